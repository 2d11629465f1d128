"""Steps, jumps, hops, stairs and simple dances."""

from . import (
    evasions,
    jumps,
    paths,
    side_steps,
    skips,
    stairs,
    step_dances,
    walks_in_place,
)

__all__ = [
    "evasions",
    "jumps",
    "paths",
    "side_steps",
    "skips",
    "stairs",
    "step_dances",
    "walks_in_place",
]
