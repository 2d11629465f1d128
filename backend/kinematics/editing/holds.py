"""Stretches in which nothing moves: animation on twos, stepped keys, poses that are held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..math.rotations import Array
from ..math.signals import Mask, find_runs

_SAME_TURN, _SAME_PLACE = 1e-4, 1e-5
"""Radians and metres up to which two poses are one."""
_TWOS = 0.2
"""Seconds up to which a hold is a matter of timing, such as animation on twos or threes: longer
ones are poses that somebody wants to stand."""


def find_held_gaps(rotation_vectors: Array, root_steps: Array) -> Mask:
    """(K-1,) which gaps between poses nothing moves in.

    Args:
        turns: (K-1, J, 3) rotation vectors from each pose to the next.
        steps: (K-1, 3) metres.
    """
    still = (np.abs(rotation_vectors) < _SAME_TURN).all(axis=(1, 2))
    return still & (np.abs(root_steps) < _SAME_PLACE).all(axis=1)


def remove_repeated_poses(held: Mask, times: Array) -> NDArray[np.int64]:
    """The poses (N,) of those at `times` (K,) that are left if short holds are moved through: the
    first of each, and both ends of a hold that is longer than animation on fours would have."""
    kept = np.ones(len(times), dtype=bool)
    for first, end in find_runs(held):
        short = times[end] - times[first] < _TWOS
        kept[first + 1 : end + 1 if short and end < len(times) - 1 else end] = False
    return np.flatnonzero(kept)


def hold_ranges(held: Mask, times: Array) -> list[tuple[float, float]]:
    """Seconds at which each stretch without motion begins and ends."""
    return [(float(times[first]), float(times[end])) for first, end in find_runs(held)]
