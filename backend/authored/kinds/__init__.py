"""The kinds of authored motion; importing a module registers its kinds."""

from . import (
    arm_expressions,
    arm_stances,
    cheers,
    daily_hands,
    face_gestures,
    greetings,
    paths,
    side_steps,
    signs,
    walks_in_place,
    waves,
)

__all__ = [
    "arm_expressions",
    "arm_stances",
    "cheers",
    "daily_hands",
    "face_gestures",
    "greetings",
    "paths",
    "side_steps",
    "signs",
    "walks_in_place",
    "waves",
]
