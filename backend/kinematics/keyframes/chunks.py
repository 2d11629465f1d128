"""Split a long motion through keys into chunks that can be resampled one after the other.

A gap depends on the keys around it, so each chunk includes further keys at both ends. All chunks
share the frame times of the whole motion.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...protocol.limits import LIMITS, LimitError
from ..math.rotations import Array

CONTEXT_KEYS = 32
"""Keys beyond each end of a chunk, as far as they exist."""
_FRAME_TOLERANCE = 1e-6
"""Frames by which two equal times may differ."""


@dataclass(frozen=True)
class KeyChunk:
    """Some of the gaps between keys, and the keys needed to fill them."""

    gaps: range
    """Gaps of the chunk; gap g lies between the keys g and g + 1."""
    keys: range
    """Keys of the chunk and its context."""
    first_frame: int
    """First frame of the context, counted from the start of the motion."""
    frames: range
    """Frames in the chunk's gaps or on a key that starts one; at the end also on the last key."""


def split_into_chunks(times: Array, fps: float, max_gaps: int = 500) -> list[KeyChunk]:
    """Split a motion into chunks that together contain each gap once.

    Args:
        times: (K,) seconds of the keys, increasing, at least two, the first being 0.
        fps: Rate of the frames, which are at n / fps seconds.

    Raises:
        LimitError: A gap has more frames than a take may have.
    """
    chunks: list[KeyChunk] = []
    while (begin := chunks[-1].gaps.stop if chunks else 0) < len(times) - 1:
        chunks.append(_chunk_from(begin, times, fps, max_gaps))
    return chunks


def _chunk_from(begin: int, times: Array, fps: float, max_gaps: int) -> KeyChunk:
    last, context = len(times) - 1, CONTEXT_KEYS
    while True:
        end = min(begin + max_gaps, last)
        while end > begin:
            keys = range(max(begin - context, 0), min(end + context, last) + 1)
            first = math.floor(times[keys[0]] * fps + _FRAME_TOLERANCE)
            frames = math.ceil(times[keys[-1]] * fps) - first + 1
            if max(frames, len(keys) + 1) <= LIMITS.frames_max:
                start, stop = (math.ceil(times[k] * fps - _FRAME_TOLERANCE) for k in (begin, end))
                past_last = math.floor(times[last] * fps + _FRAME_TOLERANCE) + 1
                inside = range(start, min(stop + (end == last), past_last))
                return KeyChunk(range(begin, end), keys, first, inside)
            end = begin + (end - begin) // 2
        if context == 0:
            raise LimitError(
                f"Between {times[begin]:.4g} s and {times[begin + 1]:.4g} s, where no key is, "
                f"there would be more than {LIMITS.frames_max} frames at {fps:.6g} fps: choose a "
                "lower rate."
            )
        context //= 2


def key_rate(times: Array) -> float:
    """Keys per second: the median over the gaps between keys at `times` (K,)."""
    return float(1 / np.median(np.diff(times)))


def merge_close_times(times: Array, tolerance: float) -> NDArray[np.floating]:
    """Sorted times (K,) without those within the tolerance after a remaining one."""
    merged: list[float] = []
    for time in np.unique(times):
        if not merged or time - merged[-1] > tolerance:
            merged.append(float(time))
    return np.array(merged)
