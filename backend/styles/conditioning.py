"""Conditioning of a style: label timelines and numbers as control tracks for all levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..kinematics.math.rotations import Array
from ..kinematics.math.signals import smoothstep
from ..protocol.control_track import check_control_values
from ..protocol.style_file import STYLE_FPS, StyleError
from ..protocol.timeline import LabelBlock, check_label, parse_timeline, timeline_seconds

MIN_MOTION_SECONDS = 0.5

_ROUNDING_TOLERANCE = 2e-3
"""Error allowed in the sum of a row's label weights: files store them in half precision."""

Timeline = str | Sequence[LabelBlock]
"""Labels over time: "walk:3,run:2" or blocks."""


@dataclass(frozen=True)
class LevelTimelines:
    """A label timeline for each level, from coarse to fine, all of the same length."""

    timelines: tuple[Timeline, ...]


Conditioning = Timeline | LevelTimelines | Array
"""A label timeline for all levels or for each; or numbers, (T, K) or (levels, T, K) at
`STYLE_FPS`."""


def frame_count_at_rate(seconds: float, loop: bool = False) -> int:
    """Return the number of frames at `STYLE_FPS`; a loop does not repeat its first frame."""
    return round(seconds * STYLE_FPS) if loop else math.ceil(seconds * STYLE_FPS - 1e-6) + 1


def conditioning_seconds(conditioning: Conditioning) -> float:
    """Return the length of the conditioning.

    Raises:
        StyleError: it is too short for a motion, or the lengths of the levels differ.
    """
    if isinstance(conditioning, LevelTimelines):
        lengths = [conditioning_seconds(timeline) for timeline in conditioning.timelines]
        if not lengths or max(lengths) - min(lengths) > 0.5 / STYLE_FPS:
            listed = ", ".join(f"{length:g}" for length in lengths)
            raise StyleError(
                f"The timelines of all levels must have the same length (got {listed} s)."
            )
        return lengths[0]
    if isinstance(conditioning, np.ndarray):
        seconds = np.shape(conditioning)[-2] / STYLE_FPS
    else:
        blocks = _blocks(conditioning)
        for block in blocks:
            if not 0 < block.seconds < np.inf:
                raise StyleError(
                    f'"{block.label}" must be longer than 0 s (got {block.seconds:g} s).'
                )
        seconds = timeline_seconds(blocks)
    if not seconds >= MIN_MOTION_SECONDS:
        raise StyleError(
            f"A motion must last at least {MIN_MOTION_SECONDS:g} s (got {seconds:g} s): lengthen "
            "the timeline."
        )
    return float(seconds)


def control_values(
    conditioning: Conditioning, labels: Sequence[str], overlap: float, loop: bool
) -> Array:
    """Return control values (T, K), or (levels, T, K), at `STYLE_FPS`."""
    if isinstance(conditioning, np.ndarray):
        check_control_values(conditioning, len(labels))
        if loop:
            return conditioning
        # A row covers the time up to the next one; a motion that ends has one more frame.
        return np.concatenate([conditioning, conditioning[..., -1:, :]], axis=-2)
    times = np.arange(frame_count_at_rate(conditioning_seconds(conditioning), loop)) / STYLE_FPS
    if isinstance(conditioning, LevelTimelines):
        rows = [_blocks(timeline) for timeline in conditioning.timelines]
        return np.stack([label_track(row, labels, times, overlap, loop) for row in rows])
    return label_track(_blocks(conditioning), labels, times, overlap, loop)


def _blocks(timeline: Timeline) -> tuple[LabelBlock, ...]:
    return parse_timeline(timeline) if isinstance(timeline, str) else tuple(timeline)


def label_track(
    blocks: Sequence[LabelBlock],
    labels: Sequence[str],
    times: Array,
    overlap: float,
    loop: bool = False,
) -> Array:
    """Return the weight of each label (T, K) at times (T,) in seconds; rows sum to 1.

    Labels fade into each other within `overlap` seconds around their border, or less where a block
    is shorter; in a loop the last one fades into the first.

    Raises:
        StyleError: a label is unknown, or the overlap is negative.
    """
    if not blocks:
        raise StyleError("The timeline is empty: name a label and its seconds.")
    if not 0 <= overlap < np.inf:
        raise StyleError(f"The overlap must be 0 s or more (got {overlap:g} s).")
    for block in blocks:
        check_label(block.label, labels)
    index = [labels.index(block.label) for block in blocks]
    ends = np.cumsum([block.seconds for block in blocks])
    track = np.zeros((len(times), len(labels)))
    if loop:
        times = times % ends[-1]
    current = np.minimum(np.searchsorted(ends, times, side="right"), len(blocks) - 1)
    track[np.arange(len(times)), np.array(index)[current]] = 1.0
    count = len(blocks)
    for border in range(count if loop and count > 1 else count - 1):
        after = (border + 1) % count
        half = min(overlap, blocks[border].seconds, blocks[after].seconds) / 2
        if half == 0:
            continue
        offset = times - ends[border]
        if after == 0:
            offset = np.where(times < half, times, offset)
        inside = np.abs(offset) < half
        weight = smoothstep((offset[inside] + half) / (2 * half))
        track[inside] = 0.0
        track[inside, index[after]] += weight
        track[inside, index[border]] += 1 - weight
    return track


def are_label_weights(tracks: Array) -> bool:
    """Tell label weights (T, K), whose rows sum to 1, from the numbers of a signal."""
    sums_to_one = np.abs(tracks.sum(axis=1) - 1) < _ROUNDING_TOLERANCE
    return bool((tracks >= 0).all() and sums_to_one.all())
