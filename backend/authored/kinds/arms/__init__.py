"""Gestures of arms and hands."""

from . import (
    arm_expressions,
    arm_stances,
    body_care,
    cheers,
    daily_hands,
    face_gestures,
    greetings,
    hand_tools,
    hand_work,
    held_things,
    instruments,
    signs,
    waves,
)

__all__ = [
    "arm_expressions",
    "arm_stances",
    "body_care",
    "cheers",
    "daily_hands",
    "face_gestures",
    "greetings",
    "hand_tools",
    "hand_work",
    "held_things",
    "instruments",
    "signs",
    "waves",
]
