"""Head and trunk, changes of level, exercises, and motion on the floor."""

from . import (
    chairs,
    crawling,
    exercises,
    falls,
    floor_reaches,
    floor_sitting,
    gaze,
    kneeling,
    lying,
    squats,
    trunk,
    yoga,
)

__all__ = [
    "chairs",
    "crawling",
    "exercises",
    "falls",
    "floor_reaches",
    "floor_sitting",
    "gaze",
    "kneeling",
    "lying",
    "squats",
    "trunk",
    "yoga",
]
