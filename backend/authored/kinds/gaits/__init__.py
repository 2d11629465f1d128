"""Walks and runs over captured gaits."""

from . import (
    gait_speeds,
    moonwalk,
    styles_of_walking,
    walks_of_characters,
    walks_of_roles,
    walks_with_loads,
)

__all__ = [
    "gait_speeds",
    "moonwalk",
    "styles_of_walking",
    "walks_of_characters",
    "walks_of_roles",
    "walks_with_loads",
]
