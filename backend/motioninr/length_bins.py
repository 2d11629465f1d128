"""Intervals of length, each with enough different captures to draw new motions from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinematics.math.rotations import Array

MIN_CAPTURES = 8
"""Different captures that an interval is to hold."""
SAME_LENGTH = 0.05
"""Seconds by which lengths may differ and still be one length, which no interval divides."""


@dataclass(frozen=True)
class LengthBin:
    """Sequences of one action and of similar length."""

    members: NDArray[np.int64]
    """(n,) their numbers."""
    low: float
    """Seconds of the shortest, and"""
    high: float
    """of the longest;"""
    median: float
    """and of the one between."""
    captures: int
    """How many different captures there are: a motion and its mirror image are one."""


def cut_length_bins(
    seconds: Array, captures: Sequence[str], min_captures: int = MIN_CAPTURES
) -> list[LengthBin]:
    """Cut one action's sequences by length, each interval growing until it holds enough.

    Captures are counted, never draws from their codes, or one sequence alone could be enough. What
    is left over at the end belongs to the interval before.

    Args:
        seconds: (n,) length of each sequence.
        captures: (n) name of the capture that each is of.
        enough: different captures in each; all that there are if these are fewer.
    """
    order = np.argsort(seconds, kind="stable")
    groups: list[list[int]] = [[]]
    for place, number in enumerate(order):
        group = groups[-1]
        full = len({captures[n] for n in group}) >= min_captures
        if full and seconds[number] - seconds[order[place - 1]] > SAME_LENGTH:
            groups.append([])
        groups[-1].append(int(number))
    if len(groups) > 1 and len({captures[n] for n in groups[-1]}) < min_captures:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [_length_bin(group, seconds, captures) for group in groups]


def _length_bin(group: list[int], seconds: Array, captures: Sequence[str]) -> LengthBin:
    own = seconds[group]
    return LengthBin(
        np.array(group),
        float(own.min()),
        float(own.max()),
        float(np.median(own)),
        len({captures[n] for n in group}),
    )
