"""Metrics of motion learnt from a few takes, as in GANimator (Li et al., 2022).

The distance of two frames is the Euclidean distance of their local rotations in 6D form, over all
joints; the root's heading and position are left out. The distance of two windows is the mean over
their frames.
"""

from collections.abc import Sequence

import numpy as np

from ...kinematics.math.rotations import Array

WINDOW, SHORT_WINDOW = 30, 15
"""Frames at 30 fps: windows of coverage and global diversity, and windows of local diversity."""
COVERAGE_THRESHOLD = 2.0
"""Distance below which a real window counts as covered."""


def frame_distances(generated: Array, real: Array) -> Array:
    """(T, R) distances of frames (T, D) and (R, D)."""
    square = (generated * generated).sum(1)[:, None] + (real * real).sum(1) - 2 * generated @ real.T
    return np.sqrt(square.clip(min=0))


def window_distances(distances: Array, frames: int) -> Array:
    """(T - frames + 1, R - frames + 1) mean along each diagonal stretch of (T, R) distances.

    Raises:
        ValueError: A motion is shorter than a window.
    """
    if min(distances.shape) < frames:
        raise ValueError(
            f"Both motions must have {frames} frames or more (they have {distances.shape})."
        )
    summed = _along_diagonals(distances)
    return (summed[frames:, frames:] - summed[:-frames, :-frames]) / frames


def coverage(generated: Array, takes: Sequence[Array]) -> float:
    """Fraction of the takes' windows with a similar generated window; features are (T, D)."""
    values = [
        window_distances(frame_distances(generated, take), WINDOW).min(axis=0) < COVERAGE_THRESHOLD
        for take in takes
    ]
    return float(np.concatenate(values).mean())


def local_diversity(generated: Array, takes: Sequence[Array]) -> float:
    """Mean distance of each short generated window to its nearest real window."""
    values = [
        window_distances(frame_distances(generated, take), SHORT_WINDOW).min(axis=1)
        for take in takes
    ]
    return float(np.min(values, axis=0).mean())


def global_diversity(generated: Array, takes: Sequence[Array]) -> float:
    """Mean distance to the best concatenation of pieces of the takes, each of `WINDOW` or more.

    It is low where a motion only repeats long stretches. Dynamic programming over the frames.
    """
    total = len(generated)
    best = _chunk_distances(generated, takes)
    least = np.full(total + 1, np.inf)
    least[0] = 0.0
    for end in range(WINDOW, total + 1):
        starts = np.arange(end - WINDOW + 1)
        least[end] = (least[starts] + best[starts, end - starts]).min()
    return float(least[total] / total)


def _chunk_distances(generated: Array, takes: Sequence[Array]) -> Array:
    """(T, T + 1) summed distance of each piece to its nearest real stretch.

    Indices are the first frame and the length. Pieces that are too short, or longer than every
    take, are infinite.
    """
    total = len(generated)
    best = np.full((total, total + 1), np.inf)
    for take in takes:
        distances = frame_distances(generated, take)
        summed = _along_diagonals(distances)
        for frames in range(WINDOW, min(distances.shape) + 1):
            sums = (summed[frames:, frames:] - summed[:-frames, :-frames]).min(axis=1)
            starts = np.arange(len(sums))
            best[starts, frames] = np.minimum(best[starts, frames], sums)
    return best


def _along_diagonals(distances: Array) -> Array:
    """(T + 1, R + 1) sums of distances (T, R) from the edges along the diagonals."""
    summed = np.zeros((distances.shape[0] + 1, distances.shape[1] + 1))
    for row in range(distances.shape[0]):
        summed[row + 1, 1:] = summed[row, :-1] + distances[row]
    return summed
