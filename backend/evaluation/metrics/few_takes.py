"""Measures of motion that was learnt from a few takes, as GANimator's authors take them.

Two frames are as far apart as their local rotations in 6D form, over all joints (Euclidean); the
root counts without its heading, and where it is does not count. A window costs the mean of its
frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...kinematics.math.rotations import Array

WINDOW, SHORT_WINDOW = 30, 15
"""Frames at 30 fps of the windows of coverage and global diversity, and of local diversity."""
COVERAGE_THRESHOLD = 2.0
"""Cost below which a real window is covered."""


def frame_distances(made: Array, real: Array) -> Array:
    """(T, R) distances of frames (T, D) and (R, D)."""
    square = (made * made).sum(1)[:, None] + (real * real).sum(1) - 2 * made @ real.T
    return np.sqrt(square.clip(min=0))


def window_distances(costs: Array, frames: int) -> Array:
    """(T - frames + 1, R - frames + 1) mean cost along each diagonal stretch of (T, R) costs.

    Raises:
        ValueError: there is no such window.
    """
    if min(costs.shape) < frames:
        raise ValueError(f"Motions of {costs.shape} frames hold no window of {frames}.")
    summed = _along_diagonals(costs)
    return (summed[frames:, frames:] - summed[:-frames, :-frames]) / frames


def coverage(made: Array, takes: Sequence[Array]) -> float:
    """Share of the takes' windows that something like is made of; features (T, D) each."""
    found = [
        window_distances(frame_distances(made, take), WINDOW).min(axis=0) < COVERAGE_THRESHOLD
        for take in takes
    ]
    return float(np.concatenate(found).mean())


def local_diversity(made: Array, takes: Sequence[Array]) -> float:
    """Mean cost of the nearest real window of each short window that is made."""
    found = [
        window_distances(frame_distances(made, take), SHORT_WINDOW).min(axis=1) for take in takes
    ]
    return float(np.min(found, axis=0).mean())


def global_diversity(made: Array, takes: Sequence[Array]) -> float:
    """Mean cost of a motion put together of pieces of takes in the best way there is, none of them
    shorter than `WINDOW`: low where a motion only repeats long stretches."""
    total = len(made)
    best = _chunk_distances(made, takes)
    least = np.full(total + 1, np.inf)
    least[0] = 0.0
    for end in range(WINDOW, total + 1):
        starts = np.arange(end - WINDOW + 1)
        least[end] = (least[starts] + best[starts, end - starts]).min()
    return float(least[total] / total)


def _chunk_distances(made: Array, takes: Sequence[Array]) -> Array:
    """(T, T + 1) summed cost of the nearest real stretch of each piece, by first frame and length;
    infinite for pieces too short, or longer than every take."""
    total = len(made)
    best = np.full((total, total + 1), np.inf)
    for take in takes:
        costs = frame_distances(made, take)
        summed = _along_diagonals(costs)
        for frames in range(WINDOW, min(costs.shape) + 1):
            sums = (summed[frames:, frames:] - summed[:-frames, :-frames]).min(axis=1)
            starts = np.arange(len(sums))
            best[starts, frames] = np.minimum(best[starts, frames], sums)
    return best


def _along_diagonals(costs: Array) -> Array:
    """(T + 1, R + 1) sums of costs (T, R) from the edges along their diagonals."""
    summed = np.zeros((costs.shape[0] + 1, costs.shape[1] + 1))
    for row in range(costs.shape[0]):
        summed[row + 1, 1:] = summed[row, :-1] + costs[row]
    return summed
