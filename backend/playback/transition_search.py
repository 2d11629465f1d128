"""Search for the stretch of each clip to play, so that one passes into the next without a break.

Each clip is sampled longer than it is played. It starts where body pose and velocity are most like
those at the end of the previous clip, so that a step continues as a step. A looping motion ends as
it begins; the playback rate of its last clip may change a little for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..kinematics.editing.transitions import feature_distances
from ..kinematics.math.rotations import Array
from .clip import MotionClip
from .ground_contact import GRID_FPS

GridIndices = NDArray[np.int64]
"""Indices of times on a clip's grid."""

TRANSITION_SLACK = 1.0
"""Seconds by which a clip is sampled longer than it is played: about two steps to choose from."""
_PLAYBACK_RATES = np.linspace(0.9, 1.1, 21)
"""Factors of the playback rate that are tried to close a loop."""
_PLAYBACK_RATE_COST = 0.1
"""Metres of feature distance that doubling or halving the playback rate has to gain."""
_DELAY_COST = 0.01
"""Metres of feature distance that starting one second later has to gain."""
_REST_COST = 0.2
"""Metres of feature distance that a loop at rest has to gain over one as lively as its clip."""


@dataclass(frozen=True)
class ClipRange:
    """The part of a clip that is played."""

    clip: MotionClip
    seconds: float
    """Duration of the part in the sequence."""
    overlap_before: float = 0.0
    """Seconds by which it extends into the previous part: half of that transition."""
    overlap_after: float = 0.0
    """Seconds by which it extends into the next part: half of that transition."""
    offset: float = 0.0
    """Start of the part in the clip, in seconds."""
    playback_rate: float = 1.0
    """Seconds of the clip that pass in one second of the sequence."""

    @property
    def end_offset(self) -> float:
        """End of the part in the clip, in seconds."""
        return self.offset + self.playback_rate * self.seconds

    @property
    def latest_offset(self) -> float:
        """Latest `offset` at which the clip is long enough to extend into the next part."""
        return self.clip.seconds - self.playback_rate * (self.seconds + self.overlap_after)


def half_blends(blends: Sequence[float], loop: bool) -> list[tuple[float, float]]:
    """Return the seconds by which each part extends into the previous and into the next one.

    Args:
        blends: Seconds of the transition at the start of each part; the first is for loops only.
        loop: True if the last part passes into the first.
    """
    first = blends[0] if loop else 0.0
    transitions = [first, *blends[1:], first]
    return [(before / 2, after / 2) for before, after in pairwise(transitions)]


def clip_seconds(
    seconds: Sequence[float], blends: Sequence[float], loop: bool, max_seconds: float
) -> list[float]:
    """Return the seconds for which each clip is to be sampled, `max_seconds` if possible."""
    slack = TRANSITION_SLACK if loop or len(seconds) > 1 else 0.0
    return [
        min(played + sum(overlaps) + slack, max(max_seconds, played))
        for played, overlaps in zip(seconds, half_blends(blends, loop), strict=True)
    ]


def first_clip_range(clip: MotionClip, seconds: float, overlaps: tuple[float, float]) -> ClipRange:
    """Return the start of a clip; one too short for its overlaps is played more slowly.

    Args:
        clip: Clip to play.
        seconds: Duration of the part in the sequence.
        overlaps: Seconds before and after it, see `half_blends`.
    """
    rate = min(1.0, clip.seconds / (seconds + sum(overlaps)))
    return ClipRange(clip, seconds, *overlaps, offset=rate * overlaps[0], playback_rate=rate)


def find_transition(previous: ClipRange, next_range: ClipRange) -> tuple[ClipRange, float]:
    """Start `next_range` where it is most like the end of `previous`.

    Returns:
        The moved range, and its remaining feature distance: metres (RMS) from joint to joint.
    """
    offsets = _candidate_offsets(next_range)
    distances = feature_distances(
        _features_at(previous.clip, previous.end_offset),
        next_range.clip.transition_features[_grid_indices(next_range.clip, offsets)],
    )
    best = int(np.argmin(distances + _DELAY_COST * offsets))
    return replace(next_range, offset=float(offsets[best])), float(distances[best])


def close_loop(last: ClipRange, first: ClipRange) -> ClipRange:
    """Return `last` so that it ends where it is most like the start of `first`.

    Where both are the same clip, its start may move as well.
    """
    clip = last.clip
    is_single = clip is first.clip
    best, lowest_cost = last, np.inf
    for rate in last.playback_rate * _PLAYBACK_RATES:
        trial = replace(last, playback_rate=float(rate))
        if trial.latest_offset < rate * last.overlap_before:
            continue
        # The last of several clips continues the previous one, so its start is fixed.
        offsets = np.array([min(last.offset, trial.latest_offset)])
        goal = _features_at(first.clip, first.offset)
        if is_single:
            offsets = _candidate_offsets(trial)
            goal = clip.transition_features[_grid_indices(clip, offsets)]
        ends = _grid_indices(clip, offsets + rate * last.seconds)
        rate_cost = _PLAYBACK_RATE_COST * abs(np.log2(rate / last.playback_rate))
        cost = feature_distances(goal, clip.transition_features[ends]) + rate_cost
        cost = cost + _DELAY_COST * offsets
        if is_single:
            cost = cost + _REST_COST * _rest_fraction(clip, _grid_indices(clip, offsets), ends)
        if cost.min() < lowest_cost:
            lowest_cost = cost.min()
            best = replace(trial, offset=float(offsets[np.argmin(cost)]))
    return best


def _rest_fraction(clip: MotionClip, starts: GridIndices, ends: GridIndices) -> Array:
    """Return from 0 to 1 how much less moves between grid times (N,) than in the whole clip.

    A body that stands still loops best of all, which is not what the user wants to see.
    """
    steps = np.linalg.norm(np.diff(clip.transition_features, axis=0), axis=1)
    path = np.concatenate([[0.0], np.cumsum(steps)])
    mean_steps = (path[ends] - path[starts]) / np.maximum(ends - starts, 1)
    return np.clip(1 - mean_steps / max(float(steps.mean()), 1e-9), 0, 1)


def _candidate_offsets(clip_range: ClipRange) -> Array:
    first = clip_range.playback_rate * clip_range.overlap_before
    return np.arange(first, max(clip_range.latest_offset, first) + 1e-9, 1 / GRID_FPS)


def _grid_indices(clip: MotionClip, times: Array) -> GridIndices:
    return np.clip(np.rint(times * GRID_FPS).astype(int), 0, len(clip.grid_times) - 1)


def _features_at(clip: MotionClip, time: float) -> Array:
    return clip.transition_features[_grid_indices(clip, np.array([time]))[0]]
