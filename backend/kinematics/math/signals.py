"""Curves over frames: runs of a mask, smoothing, and easing between the parts that are kept."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .rotations import Array

_QUICK_WAY = 0.03
"""Metres; a longer way takes longer, so that its acceleration stays the same."""

Mask = NDArray[np.bool_]


def smoothstep(x: Array) -> Array:
    """From 0 to 1 as x does, flat at both ends."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def windowed_maximum(curve: Array, width: int) -> Array:
    """The largest value (T,) within `width` frames to either side of each of a curve (T,)."""
    longer = pad_with_end_values(curve, width)
    return np.max([longer[n : n + len(curve)] for n in range(2 * width + 1)], axis=0)


def windowed_average(curve: Array, width: int) -> Array:
    """A curve (T,) averaged over `width` frames to either side, its ends held."""
    kernel = np.hanning(2 * width + 3)[1:-1]
    return np.convolve(pad_with_end_values(curve, width), kernel / kernel.sum(), mode="valid")


def pad_with_end_values(curve: Array, width: int) -> Array:
    """A curve (T,) whose ends are held for `width` frames more at either side."""
    before, after = np.full(width, curve[0]), np.full(width, curve[-1])
    return np.concatenate([before, curve, after])


def find_runs(mask: Mask) -> NDArray[np.int64]:
    """(S, 2) first frame and one past the last of each run of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return edges.reshape(-1, 2)


def remove_short_runs(mask: Mask, min_length: int, keep_at_ends: bool = False) -> Mask:
    """The mask (T,) without runs shorter than `shortest`; `at_ends` keeps those at its ends."""
    out = mask.copy()
    for first, end in find_runs(mask):
        inside = first > 0 and end < len(mask)
        if end - first < min_length and (inside or not keep_at_ends):
            out[first:end] = False
    return out


def fill_with_easing(track: Array, track_in_metres: Array, kept: Mask, ease_frames: int) -> Array:
    """Fill a track (T, D) where it is not `kept` (T,): out to zero and in again in `ease` frames.

    Cubic Hermite pieces go on with the speed that the kept parts have at their edges; where two
    kept parts are near, one piece joins them, and if they are too near it takes from both. `way`
    (T, 3) is the track in metres: a long way gets more time.
    """

    def frames(metres: Array) -> int:
        longer = math.sqrt(math.hypot(*metres) / _QUICK_WAY)
        return round(ease_frames * min(max(longer, 1.0), 2.0))

    kept = kept.copy()
    for first, end in find_runs(~kept):
        if first > 0 and end < len(kept):
            lacking = max(
                frames(track_in_metres[end] - track_in_metres[first - 1]) - (end - first), 0
            )
            kept[max(first - lacking // 2, 0) : end + lacking // 2] = False
    out = np.where(kept[:, None], track, 0.0)
    for first, end in find_runs(~kept):
        before = first - 1 if first > 0 else None
        after = end if end < len(track) else None
        away = frames(track_in_metres[before]) if before is not None else 0
        back = frames(track_in_metres[after]) if after is not None else 0
        if before is not None and after is not None and after - before < away + back:
            _join(out, before, after, _slope(track, kept, before), _slope(track, kept, after))
            continue
        still = np.zeros(track.shape[1])
        if before is not None:
            _join(out, before, before + away, _slope(track, kept, before), still)
        if after is not None:
            _join(out, after - back, after, still, _slope(track, kept, after))
    return out


def _slope(track: Array, kept: Mask, edge: int) -> Array:
    """(D,) change a frame at the edge of a kept part, from its own side."""
    for other in (edge - 1, edge + 1):
        if 0 <= other < len(track) and kept[other]:
            return (track[edge] - track[other]) * (edge - other)
    return np.zeros(track.shape[1])


def _join(out: Array, first: int, last: int, leaving: Array, arriving: Array) -> None:
    """Write the cubic from out[first] to out[last]; the part beyond the track's ends is cut."""
    begin = out[first] if first >= 0 else np.zeros(out.shape[1])
    finish = out[last] if last < len(out) else np.zeros(out.shape[1])
    inside = slice(max(first + 1, 0), min(last, len(out)))
    span = last - first
    u = ((np.arange(inside.start, inside.stop) - first) / span)[:, None]
    leaving, arriving = span * leaving, span * arriving
    bent = 3 * (finish - begin) - 2 * leaving - arriving
    turned = 2 * (begin - finish) + leaving + arriving
    out[inside] = begin + u * (leaving + u * (bent + u * turned))
