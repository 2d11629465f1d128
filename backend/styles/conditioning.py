"""What is wanted of a motion: labels over time or numbers, for all levels or each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..kinematics.math.rotations import Array
from ..protocol.control_track import check_control_values
from ..protocol.limits import check_fine_levels
from .errors import StyleError
from .label_tracks import LabelBlock, label_track, parse_timeline, timeline_seconds
from .sampler import MIN_MOTION_SECONDS, frame_count_at_rate
from .skeleton_graph import STYLE_FPS

Timeline = str | Sequence[LabelBlock]
"""Labels over time, written or as spans."""


@dataclass(frozen=True)
class LevelTimelines:
    """What is wanted at each level by itself."""

    timelines: tuple[Timeline, ...]
    """From coarse to fine, all as long."""


Conditioning = Timeline | LevelTimelines | Array
"""What is wanted, at all levels or each; or numbers, (T, K) or (levels, T, K), `RATE` frames a
second."""


def conditioning_seconds(conditioning: Conditioning) -> float:
    """Length of what is wanted.

    Raises:
        StyleError: it is too short for a motion, or the levels differ.
    """
    if isinstance(conditioning, LevelTimelines):
        lengths = [conditioning_seconds(timeline) for timeline in conditioning.timelines]
        if not lengths or max(lengths) - min(lengths) > 0.5 / STYLE_FPS:
            told = ", ".join(f"{length:g}" for length in lengths)
            raise StyleError(f"The labels of the levels are for {told} s: make them as long.")
        return lengths[0]
    if isinstance(conditioning, np.ndarray):
        seconds = np.shape(conditioning)[-2] / STYLE_FPS
    else:
        spans = _spans(conditioning)
        for span in spans:
            if not 0 < span.seconds < np.inf:
                raise StyleError(
                    f'"{span.label}" lasts {span.seconds:g} s; it must be longer than 0 s.'
                )
        seconds = timeline_seconds(spans)
    if not seconds >= MIN_MOTION_SECONDS:
        raise StyleError(
            f"The labels are for {seconds:g} s; a motion lasts {MIN_MOTION_SECONDS:g} s or longer."
        )
    return float(seconds)


def level_control_tracks(
    conditioning: Conditioning,
    labels: Sequence[str],
    levels: int,
    *,
    fine: Conditioning | None,
    fine_levels: int | None,
    overlap: float,
    loop: bool,
) -> list[Array]:
    """(T, K) for each level, at `RATE`.

    Args:
        wanted: at all levels, or the coarser ones.
        labels: (K,) that the style knows.
        levels: of the style.
        fine: what is wanted at the finer levels; None for the same.
        fine_levels: how many of the finest those are; half of them if None.
        overlap: seconds in which a label passes into the next.
        loop: whether the last label passes into the first.

    Raises:
        StyleError: an unknown label, or tracks that do not fit together.
        LimitError: a number of fine levels that is none.
    """
    coarse = _track(conditioning, labels, overlap, loop)
    if coarse.ndim == 3:
        if fine is not None:
            raise StyleError(
                "Labels for every level leave nothing to say about the finer ones: leave out one "
                "of the two."
            )
        if len(coarse) != levels:
            raise StyleError(f"There are labels for {len(coarse)} levels; the style has {levels}.")
        return list(coarse)
    if fine is None:
        return [coarse] * levels
    lengths = [conditioning_seconds(one) for one in (fine, conditioning)]
    if abs(lengths[0] - lengths[1]) > 0.5 / STYLE_FPS:
        raise StyleError(
            f"The labels of the fine levels are for {lengths[0]:g} s and those of the coarse ones "
            f"for {lengths[1]:g} s: make them as long."
        )
    count = levels // 2 if fine_levels is None else fine_levels
    check_fine_levels(count, levels)
    told = _track(fine, labels, overlap, loop)
    return [coarse] * (levels - count) + [told] * count


def _track(conditioning: Conditioning, labels: Sequence[str], overlap: float, loop: bool) -> Array:
    """(T, K), or (levels, T, K)."""
    if isinstance(conditioning, np.ndarray):
        check_control_values(conditioning, len(labels))
        # A row is for the time up to the next; what goes once has a moment more, its end.
        return (
            conditioning
            if loop
            else np.concatenate([conditioning, conditioning[..., -1:, :]], axis=-2)
        )
    times = np.arange(frame_count_at_rate(conditioning_seconds(conditioning), loop)) / STYLE_FPS
    if isinstance(conditioning, LevelTimelines):
        rows = [_spans(timeline) for timeline in conditioning.timelines]
        return np.stack([label_track(row, labels, times, overlap, loop) for row in rows])
    return label_track(_spans(conditioning), labels, times, overlap, loop)


def _spans(timeline: Timeline) -> tuple[LabelBlock, ...]:
    return parse_timeline(timeline) if isinstance(timeline, str) else tuple(timeline)
