"""Which stretch of each passage is shown, so that one passes into the next as a body would move.

Each passage is drawn longer than it is shown. It begins where the body stands and moves as it does
at the end of the passage before, so a step goes on as a step. A motion that loops ends as it began:
the pace of its last passage may be changed a little for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..kinematics.editing.transitions import feature_distances
from ..kinematics.math.rotations import Array
from .clip import MotionClip
from .ground_contact import GRID_FPS

GridIndices = NDArray[np.int64]
"""Of moments on a passage's grid."""

TRANSITION_SLACK = 1.0
"""Seconds by which a passage is drawn longer than it is shown: about two steps to choose from."""
_PLAYBACK_RATES = np.linspace(0.9, 1.1, 21)
"""How many times as fast a passage may be played for a loop to close."""
_PLAYBACK_RATE_COST = 0.1
"""Metres of stance that a pace twice as fast would have to gain."""
_DELAY_COST = 0.01
"""Metres of stance that beginning one second later has to gain."""
_REST_COST = 0.2
"""Metres of stance that a loop at rest would have to gain beside one as lively as the passage."""


@dataclass(frozen=True)
class ClipRange:
    """What is shown of a passage."""

    clip: MotionClip
    seconds: float
    """For how long."""
    overlap_before: float = 0.0
    """Seconds by which it reaches into what comes before: half of the seam there."""
    overlap_after: float = 0.0
    """Seconds by which it reaches into what comes next."""
    offset: float = 0.0
    """Seconds into the passage at which it begins."""
    playback_rate: float = 1.0
    """Seconds of the passage that pass in one second."""

    @property
    def end_offset(self) -> float:
        """Seconds into the passage at which it ends."""
        return self.offset + self.playback_rate * self.seconds

    @property
    def latest_offset(self) -> float:
        """The latest `offset` at which the passage still reaches into what comes next."""
        return self.clip.seconds - self.playback_rate * (self.seconds + self.overlap_after)


def half_blends(blends: Sequence[float], loop: bool) -> list[tuple[float, float]]:
    """Seconds by which each passage reaches into what comes before and what comes next.

    Args:
        blends: seconds of the seam at the beginning of each; the first counts for a loop alone.
        loops: whether the last passes into the first.
    """
    first = blends[0] if loop else 0.0
    seams = [first, *blends[1:], first]
    return [(seams[n] / 2, seams[n + 1] / 2) for n in range(len(blends))]


def clip_seconds(
    seconds: Sequence[float], blends: Sequence[float], loop: bool, max_seconds: float
) -> list[float]:
    """For how long each passage is to be drawn, `longest` at most."""
    slack = TRANSITION_SLACK if loop or len(seconds) > 1 else 0.0
    reach = half_blends(blends, loop)
    return [
        min(shown + sum(reach[n]) + slack, max(max_seconds, shown))
        for n, shown in enumerate(seconds)
    ]


def first_clip_range(clip: MotionClip, seconds: float, overlaps: tuple[float, float]) -> ClipRange:
    """What is shown of a passage if nothing comes before: its beginning.

    Args:
        passage: if too short for its seams, it is played more slowly.
        seconds: for how long it is shown.
        reach: of `halves`.
    """
    pace = min(1.0, clip.seconds / (seconds + sum(overlaps)))
    return ClipRange(clip, seconds, *overlaps, offset=pace * overlaps[0], playback_rate=pace)


def find_transition(previous: ClipRange, next_range: ClipRange) -> tuple[ClipRange, float]:
    """The part, beginning where it is most like the end of what is before; and how unlike it is
    there, in metres (RMS) from joint to joint."""
    offsets = _candidate_offsets(next_range)
    away = feature_distances(
        _features_at(previous.clip, previous.end_offset),
        next_range.clip.transition_features[_grid_indices(next_range.clip, offsets)],
    )
    best = int(np.argmin(away + _DELAY_COST * offsets))
    return replace(next_range, offset=float(offsets[best])), float(away[best])


def close_loop(last: ClipRange, first: ClipRange) -> ClipRange:
    """The last part, ending where it is most like the beginning of the first.

    A motion of one part, `part` being `first`, may begin elsewhere for that, too.
    """
    alone = last.clip is first.clip
    best, least = last, np.inf
    for pace in last.playback_rate * _PLAYBACK_RATES:
        trial = replace(last, playback_rate=float(pace))
        if trial.latest_offset < pace * last.overlap_before:
            continue
        # Of several, the last goes on from the one before, so it begins where that was decided.
        offsets = (
            _candidate_offsets(trial)
            if alone
            else np.array([min(last.offset, trial.latest_offset)])
        )
        ends = _grid_indices(last.clip, offsets + pace * last.seconds)
        begins = _grid_indices(last.clip, offsets)
        goal = (
            last.clip.transition_features[begins]
            if alone
            else _features_at(first.clip, first.offset)
        )
        cost = feature_distances(goal, last.clip.transition_features[ends])
        cost = (
            cost
            + _PLAYBACK_RATE_COST * abs(np.log2(pace / last.playback_rate))
            + _DELAY_COST * offsets
        )
        if alone:
            cost = cost + _REST_COST * _rest_fraction(last.clip, begins, ends)
        if cost.min() < least:
            least, best = cost.min(), replace(trial, offset=float(offsets[np.argmin(cost)]))
    return best


def _rest_fraction(clip: MotionClip, starts: GridIndices, ends: GridIndices) -> Array:
    """How much less (0 to 1) moves between two moments (N,) each than in all of the passage.

    A body that stands still loops best of all; that is not what was asked for.
    """
    moved = np.linalg.norm(np.diff(clip.transition_features, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(moved)])
    there = (way[ends] - way[starts]) / np.maximum(ends - starts, 1)
    return np.clip(1 - there / max(float(moved.mean()), 1e-9), 0, 1)


def _candidate_offsets(clip_range: ClipRange) -> Array:
    """Offsets at which it may begin."""
    first = clip_range.playback_rate * clip_range.overlap_before
    return np.arange(first, max(clip_range.latest_offset, first) + 1e-9, 1 / GRID_FPS)


def _grid_indices(clip: MotionClip, times: Array) -> GridIndices:
    return np.clip(np.rint(times * GRID_FPS).astype(int), 0, len(clip.grid_times) - 1)


def _features_at(clip: MotionClip, time: float) -> Array:
    return clip.transition_features[_grid_indices(clip, np.array([time]))[0]]
