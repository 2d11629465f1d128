"""Curves over frames: runs of a mask, smoothing, and easing between fixed parts."""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .rotations import Array

_SHORT_DISTANCE = 0.03
"""Metres. Longer corrections get more frames, so that their acceleration stays the same."""

Mask = NDArray[np.bool_]


def smoothstep(x: Array) -> Array:
    """Cubic ramp from 0 to 1 for x from 0 to 1, with zero slope at both ends."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def windowed_maximum(curve: Array, width: int) -> Array:
    """Largest value (T,) of a curve (T,) within `width` frames to either side."""
    padded = np.pad(curve, width, mode="edge")
    return np.max([padded[n : n + len(curve)] for n in range(2 * width + 1)], axis=0)


def windowed_average(curve: Array, width: int) -> Array:
    """Average (T,) of a curve (T,) over `width` frames to either side, under a Hann window."""
    kernel = np.hanning(2 * width + 3)[1:-1]
    return np.convolve(np.pad(curve, width, mode="edge"), kernel / kernel.sum(), mode="valid")


def gaussian_filter(curve: Array, spread: float, *, reflect: bool = False) -> Array:
    """Smooth a curve (T,) with a Gaussian.

    Args:
        spread: Standard deviation in frames.
        reflect: Extend the curve by point reflection at its ends, which keeps the end values and
            slopes, instead of by its end values.
    """
    reach = max(round(3 * spread), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    padded = np.pad(curve, reach, mode="edge")
    if reflect:
        padded = np.pad(curve, reach, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def find_runs(mask: Mask) -> NDArray[np.int64]:
    """(S, 2) first frame and one past the last of each run of True in a mask (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return edges.reshape(-1, 2)


def remove_short_runs(mask: Mask, min_length: int, keep_at_ends: bool = False) -> Mask:
    """Mask (T,) without runs shorter than `min_length`; `keep_at_ends` spares those at its ends."""
    out = mask.copy()
    for first, end in find_runs(mask):
        inside = first > 0 and end < len(mask)
        if end - first < min_length and (inside or not keep_at_ends):
            out[first:end] = False
    return out


def fill_with_easing(track: Array, track_in_metres: Array, fixed: Mask, ease_frames: int) -> Array:
    """Fill a track (T, D) outside of `fixed` (T,): out to zero and back in `ease_frames` each.

    Cubic Hermite segments continue at the speed that the fixed parts have at their edges. Where two
    fixed parts are close, one segment joins them; if they are too close, it also replaces some of
    their frames.

    Args:
        track_in_metres: (T, 3) the same correction in metres; a long one gets more frames.
        ease_frames: Frames for a correction of up to 3 cm.
    """

    def ease_length(metres: Array) -> int:
        stretch = math.sqrt(math.hypot(*metres) / _SHORT_DISTANCE)
        return round(ease_frames * min(max(stretch, 1.0), 2.0))

    fixed = fixed.copy()
    for first, end in find_runs(~fixed):
        if first > 0 and end < len(fixed):
            needed = ease_length(track_in_metres[end] - track_in_metres[first - 1])
            missing = max(needed - (end - first), 0)
            fixed[max(first - missing // 2, 0) : end + missing // 2] = False
    slope = partial(_edge_slope, track, fixed)
    out = np.where(fixed[:, None], track, 0.0)
    for first, end in find_runs(~fixed):
        before = first - 1 if first > 0 else None
        after = end if end < len(track) else None
        frames_out = ease_length(track_in_metres[before]) if before is not None else 0
        frames_in = ease_length(track_in_metres[after]) if after is not None else 0
        if before is not None and after is not None and after - before < frames_out + frames_in:
            _write_cubic(out, before, after, slope(before), slope(after))
            continue
        if before is not None:
            _write_cubic(out, before, before + frames_out, slope(before), 0.0)
        if after is not None:
            _write_cubic(out, after - frames_in, after, 0.0, slope(after))
    return out


def _edge_slope(track: Array, fixed: Mask, edge: int) -> Array:
    """(D,) change per frame at the edge of a fixed part, from its own side."""
    for neighbour in (edge - 1, edge + 1):
        if 0 <= neighbour < len(track) and fixed[neighbour]:
            return (track[edge] - track[neighbour]) * (edge - neighbour)
    return np.zeros(track.shape[1])


def _write_cubic(
    out: Array, first: int, last: int, start_slope: Array | float, end_slope: Array | float
) -> None:
    """Write the cubic from out[first] to out[last], clipped to the track's ends."""
    start_value = out[first] if first >= 0 else np.zeros(out.shape[1])
    end_value = out[last] if last < len(out) else np.zeros(out.shape[1])
    inside = np.arange(max(first + 1, 0), min(last, len(out)))
    span = last - first
    u = ((inside - first) / span)[:, None]
    start_slope, end_slope = span * start_slope, span * end_slope
    quadratic = 3 * (end_value - start_value) - 2 * start_slope - end_slope
    cubic = 2 * (start_value - end_value) + start_slope + end_slope
    out[inside] = start_value + u * (start_slope + u * (quadratic + u * cubic))
