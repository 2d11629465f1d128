"""A long motion through keys, cut into pieces that can be worked on one after the other.

What happens in a gap depends on the keys around it, so each piece is seen with some keys more at
either side. All pieces look at the motion at the same times: those of the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...protocol.limits import LIMITS, LimitError
from ..math.rotations import Array

CONTEXT_KEYS = 32
"""Keys that are seen beyond each end of a piece, where there are as many."""
_CLOSE = 1e-6
"""Frames by which two times may differ and be the same."""


@dataclass(frozen=True)
class KeyChunk:
    """Some of the gaps between keys, and what has to be seen to fill them."""

    gaps: range
    """Its own: gap g lies between the keys g and g + 1."""
    keys: range
    """The keys that are seen."""
    first_frame: int
    """The frame that is seen first, counted from the beginning of the whole; not after any key but
    perhaps the first."""
    frames: range
    """The frames in its own gaps, or on a key that begins one; in the last piece also on the last
    key."""


def split_into_chunks(times: Array, fps: float, max_gaps: int = 500) -> list[KeyChunk]:
    """Pieces of a motion, which together have all its gaps once.

    Args:
        times: (K,) seconds of the keys, increasing, at least two, the first being 0.
        fps: of the frames, which are at n / fps seconds.
        most: gaps of one piece.

    Raises:
        LimitError: if there are more frames in one gap than a take can have.
    """
    pieces: list[KeyChunk] = []
    begin = 0
    while begin < len(times) - 1:
        piece = _piece_from(begin, times, fps, max_gaps)
        pieces.append(piece)
        begin = piece.gaps.stop
    return pieces


def _piece_from(begin: int, times: Array, fps: float, most: int) -> KeyChunk:
    count = len(times)
    around = CONTEXT_KEYS
    while True:
        end = min(begin + most, count - 1)
        while end > begin:
            keys = range(max(begin - around, 0), min(end + around, count - 1) + 1)
            first = math.floor(times[keys[0]] * fps + _CLOSE)
            frames = math.ceil(times[keys[-1]] * fps) - first + 1
            if max(frames, len(keys) + 1) <= LIMITS.frames_max:
                bounds = [math.ceil(times[key] * fps - _CLOSE) for key in (begin, end)]
                own = range(bounds[0], bounds[1] + (end == count - 1))
                return KeyChunk(range(begin, end), keys, first, _within(own, times[-1] * fps))
            end = begin + (end - begin) // 2
        if around == 0:
            raise LimitError(
                f"Between {times[begin]:.4g} s and {times[begin + 1]:.4g} s, where no key is, "
                f"there would be more than {LIMITS.frames_max} frames at {fps:.6g} fps: choose a "
                "lower rate."
            )
        around //= 2


def _within(frames: range, last: float) -> range:
    """The frames that are not after the last key."""
    return range(frames.start, min(frames.stop, math.floor(last + _CLOSE) + 1))


def key_rate(times: Array) -> float:
    """Keys per second, as most gaps between keys at `times` (K,) have it."""
    return float(1 / np.median(np.diff(times)))


def merge_close_times(times: Array, tolerance: float) -> NDArray[np.floating]:
    """Sorted times (K,) without those that are hardly later than one that is kept."""
    kept: list[float] = []
    for time in np.unique(times):
        if not kept or time - kept[-1] > tolerance:
            kept.append(float(time))
    return np.array(kept)
