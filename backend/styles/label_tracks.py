"""Control tracks: what is wanted at each moment, as numbers from 0 to 1, one for each label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kinematics.math.rotations import Array
from ..kinematics.math.signals import smoothstep
from ..protocol.timeline import LabelBlock, check_label, parse_timeline, timeline_seconds
from .errors import StyleError

__all__ = [
    "LabelBlock",
    "are_label_weights",
    "check_label",
    "label_track",
    "parse_timeline",
    "resize_track",
    "timeline_seconds",
]

_ROUNDING_TOLERANCE = 2e-3
"""By which shares that were rounded may miss their sum."""


def label_track(
    spans: Sequence[LabelBlock],
    labels: Sequence[str],
    times: Array,
    overlap: float,
    loop: bool = False,
) -> Array:
    """(T, K) how much of each label is wanted at times (T,) in seconds; rows sum to 1.

    Args:
        spans: one after the other.
        labels: (K,) that the style knows.
        times: seconds from the timeline's beginning.
        overlap: seconds in which one label passes into the next, the half of them on either side;
            less where a span is shorter.
        loop: whether the last passes into the first.

    Raises:
        StyleError: a label that is not known, or an overlap that is none.
    """
    if not spans:
        raise StyleError("The timeline is empty: name a label and its seconds.")
    if not 0 <= overlap < np.inf:
        raise StyleError(f"The overlap is {overlap:g} s; it must be 0 s or more.")
    for span in spans:
        check_label(span.label, labels)
    index = [labels.index(span.label) for span in spans]
    ends = np.cumsum([span.seconds for span in spans])
    track = np.zeros((len(times), len(labels)))
    here = np.minimum(np.searchsorted(ends, times, side="right"), len(spans) - 1)
    if loop:
        times = times % ends[-1]
        here = np.minimum(np.searchsorted(ends, times, side="right"), len(spans) - 1)
    track[np.arange(len(times)), np.array(index)[here]] = 1.0
    count = len(spans)
    for border in range(count if loop and count > 1 else count - 1):
        after = (border + 1) % count
        half = min(overlap, spans[border].seconds, spans[after].seconds) / 2
        if half == 0:
            continue
        away = times - ends[border]
        if after == 0:
            away = np.where(times < half, times, away)
        inside = np.abs(away) < half
        share = smoothstep((away[inside] + half) / (2 * half))
        track[inside] = 0.0
        track[inside, index[after]] += share
        track[inside, index[border]] += 1 - share
    return track


def are_label_weights(tracks: Array) -> bool:
    """Whether control tracks (T, K) say how much there is of each label, and are not a signal's
    numbers; they may have been kept in half precision."""
    return bool(
        (tracks >= 0).all() and (np.abs(tracks.sum(axis=1) - 1) < _ROUNDING_TOLERANCE).all()
    )


def resize_track(track: Array, frames: int, loop: bool = False) -> Array:
    """A control track (T, K) at `frames` moments of the same stretch of time, straight between."""
    count = len(track)
    last = np.arange(frames) * (count / frames if loop else (count - 1) / max(frames - 1, 1))
    source = np.concatenate([track, track[:1]]) if loop else track
    return np.stack([np.interp(last, np.arange(len(source)), c) for c in source.T], axis=1)
