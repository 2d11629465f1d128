"""Bins of motion length, each with enough different captures to fit a mixture to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinematics.math.rotations import Array

MIN_CAPTURES = 8
"""Different captures in a bin."""
SAME_LENGTH = 0.05
"""Largest difference in seconds between lengths that stay in one bin."""


@dataclass(frozen=True)
class LengthBin:
    """Sequences of one label and of similar length."""

    members: NDArray[np.int64]
    """(n,) numbers of the sequences."""
    low: float
    """Seconds of the shortest sequence."""
    high: float
    """Seconds of the longest sequence."""
    median: float
    """Median length in seconds."""
    captures: int
    """Number of different captures; a mirror image is none of its own."""


def cut_length_bins(
    seconds: Array, captures: Sequence[str], min_captures: int = MIN_CAPTURES
) -> list[LengthBin]:
    """Divide the sequences of one label by length, each bin growing until it has enough captures.

    Samples of codes are not counted, or a single sequence could be enough. A remainder at the end
    joins the bin before.

    Args:
        seconds: (n,) length of each sequence.
        captures: Name of the capture of each sequence.
        min_captures: Different captures in each bin; all of them if there are fewer.
    """
    order = np.argsort(seconds, kind="stable")
    groups: list[list[int]] = [[]]
    for position, number in enumerate(order):
        is_full = len({captures[n] for n in groups[-1]}) >= min_captures
        if is_full and seconds[number] - seconds[order[position - 1]] > SAME_LENGTH:
            groups.append([])
        groups[-1].append(int(number))
    if len(groups) > 1 and len({captures[n] for n in groups[-1]}) < min_captures:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [_length_bin(group, seconds, captures) for group in groups]


def _length_bin(group: list[int], seconds: Array, captures: Sequence[str]) -> LengthBin:
    lengths = seconds[group]
    return LengthBin(
        np.array(group),
        float(lengths.min()),
        float(lengths.max()),
        float(np.median(lengths)),
        len({captures[n] for n in group}),
    )
