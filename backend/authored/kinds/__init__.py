"""The kinds of authored motion; importing a module registers its kinds."""

from . import (
    arm_expressions,
    arm_stances,
    cheers,
    daily_hands,
    face_gestures,
    gait_speeds,
    greetings,
    manners_of_walking,
    paths,
    side_steps,
    signs,
    walks_in_place,
    walks_of_characters,
    walks_with_loads,
    waves,
)

__all__ = [
    "arm_expressions",
    "arm_stances",
    "cheers",
    "daily_hands",
    "face_gestures",
    "gait_speeds",
    "greetings",
    "manners_of_walking",
    "paths",
    "side_steps",
    "signs",
    "walks_in_place",
    "walks_of_characters",
    "walks_with_loads",
    "waves",
]
