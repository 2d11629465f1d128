"""Holds: stretches in which nothing moves, such as stepped keys or animation on twos."""

import numpy as np
from numpy.typing import NDArray

from ..math.rotations import Array
from ..math.signals import Mask, find_runs

_MAX_HELD_ANGLE, _MAX_HELD_DISTANCE = 1e-4, 1e-5
"""Radians and metres up to which two poses are the same."""
_TIMING_SECONDS = 0.2
"""Seconds of the longest hold that is timing, such as animation on twos or threes; longer ones are
poses to be held."""


def find_held_gaps(rotation_vectors: Array, root_steps: Array) -> Mask:
    """(K-1,) gaps between poses in which nothing moves.

    Args:
        rotation_vectors: (K-1, J, 3) from each pose to the next.
        root_steps: (K-1, 3) metres.
    """
    still = (np.abs(rotation_vectors) < _MAX_HELD_ANGLE).all(axis=(1, 2))
    return still & (np.abs(root_steps) < _MAX_HELD_DISTANCE).all(axis=1)


def remove_repeated_poses(held: Mask, times: Array) -> NDArray[np.int64]:
    """Indices (N,) of the poses at `times` (K,) that remain when timing holds are interpolated.

    These are the first pose of each timing hold and both ends of each longer hold.
    """
    remaining = np.ones(len(times), dtype=bool)
    for first, end in find_runs(held):
        is_timing = times[end] - times[first] < _TIMING_SECONDS
        remaining[first + 1 : end + 1 if is_timing and end < len(times) - 1 else end] = False
    return np.flatnonzero(remaining)


def hold_ranges(held: Mask, times: Array) -> list[tuple[float, float]]:
    """Start and end of each hold in seconds."""
    return [(float(times[first]), float(times[end])) for first, end in find_runs(held)]
