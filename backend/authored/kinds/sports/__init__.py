"""Swings, throws, kicks, punches, and what answers them."""

from . import (
    ball_handling,
    ball_kicks,
    defence,
    hit_reactions,
    kicks,
    punches,
    racket,
    shooting,
    swings,
    throws,
    underarm_throws,
    weapons,
)

__all__ = [
    "ball_handling",
    "ball_kicks",
    "defence",
    "hit_reactions",
    "kicks",
    "punches",
    "racket",
    "shooting",
    "swings",
    "throws",
    "underarm_throws",
    "weapons",
]
