"""What is wanted of a motion: labels over time or numbers, for all levels or each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..kinematics.math.rotations import Array
from ..protocol.control_track import check_track
from ..protocol.limits import check_fine_levels
from .errors import StyleError
from .label_tracks import Span, parse_timeline, seconds_of, soft_track
from .sampler import SHORTEST, frames_for
from .skeleton_graph import RATE

Timeline = str | Sequence[Span]
"""Labels over time, written or as spans."""


@dataclass(frozen=True)
class ByLevel:
    """What is wanted at each level by itself."""

    timelines: tuple[Timeline, ...]
    """From coarse to fine, all as long."""


Wanted = Timeline | ByLevel | Array
"""What is wanted, at all levels or each; or numbers, (T, K) or (levels, T, K), `RATE` frames a
second."""


def seconds_wanted(wanted: Wanted) -> float:
    """Length of what is wanted.

    Raises:
        StyleError: it is too short for a motion, or the levels differ.
    """
    if isinstance(wanted, ByLevel):
        lengths = [seconds_wanted(timeline) for timeline in wanted.timelines]
        if not lengths or max(lengths) - min(lengths) > 0.5 / RATE:
            told = ", ".join(f"{length:g}" for length in lengths)
            raise StyleError(f"The labels of the levels are for {told} s: make them as long.")
        return lengths[0]
    if isinstance(wanted, np.ndarray):
        seconds = np.shape(wanted)[-2] / RATE
    else:
        spans = _spans(wanted)
        for span in spans:
            if not 0 < span.seconds < np.inf:
                raise StyleError(
                    f'"{span.label}" lasts {span.seconds:g} s; it must be longer than 0 s.'
                )
        seconds = seconds_of(spans)
    if not seconds >= SHORTEST:
        raise StyleError(
            f"The labels are for {seconds:g} s; a motion lasts {SHORTEST:g} s or longer."
        )
    return float(seconds)


def tracks_wanted(
    wanted: Wanted,
    labels: Sequence[str],
    levels: int,
    *,
    fine: Wanted | None,
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
    coarse = _track(wanted, labels, overlap, loop)
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
    lengths = [seconds_wanted(one) for one in (fine, wanted)]
    if abs(lengths[0] - lengths[1]) > 0.5 / RATE:
        raise StyleError(
            f"The labels of the fine levels are for {lengths[0]:g} s and those of the coarse ones "
            f"for {lengths[1]:g} s: make them as long."
        )
    count = levels // 2 if fine_levels is None else fine_levels
    check_fine_levels(count, levels)
    told = _track(fine, labels, overlap, loop)
    return [coarse] * (levels - count) + [told] * count


def _track(wanted: Wanted, labels: Sequence[str], overlap: float, loop: bool) -> Array:
    """(T, K), or (levels, T, K)."""
    if isinstance(wanted, np.ndarray):
        check_track(wanted, len(labels))
        # A row is for the time up to the next; what goes once has a moment more, its end.
        return wanted if loop else np.concatenate([wanted, wanted[..., -1:, :]], axis=-2)
    times = np.arange(frames_for(seconds_wanted(wanted), loop)) / RATE
    if isinstance(wanted, ByLevel):
        rows = [_spans(timeline) for timeline in wanted.timelines]
        return np.stack([soft_track(row, labels, times, overlap, loop) for row in rows])
    return soft_track(_spans(wanted), labels, times, overlap, loop)


def _spans(timeline: Timeline) -> tuple[Span, ...]:
    return parse_timeline(timeline) if isinstance(timeline, str) else tuple(timeline)
