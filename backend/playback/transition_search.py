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

from ..kinematics.editing.transitions import apart
from ..kinematics.math.rotations import Array
from .clip import Passage
from .ground_contact import GRID

Places = NDArray[np.int64]
"""Of moments on a passage's grid."""

SLACK = 1.0
"""Seconds by which a passage is drawn longer than it is shown: about two steps to choose from."""
_PACES = np.linspace(0.9, 1.1, 21)
"""How many times as fast a passage may be played for a loop to close."""
_PACE_COST = 0.1
"""Metres of stance that a pace twice as fast would have to gain."""
_DELAY_COST = 0.01
"""Metres of stance that beginning one second later has to gain."""
_REST_COST = 0.2
"""Metres of stance that a loop at rest would have to gain beside one as lively as the passage."""


@dataclass(frozen=True)
class Shown:
    """What is shown of a passage."""

    passage: Passage
    seconds: float
    """For how long."""
    before: float = 0.0
    """Seconds by which it reaches into what comes before: half of the seam there."""
    after: float = 0.0
    """Seconds by which it reaches into what comes next."""
    offset: float = 0.0
    """Seconds into the passage at which it begins."""
    pace: float = 1.0
    """Seconds of the passage that pass in one second."""

    @property
    def end(self) -> float:
        """Seconds into the passage at which it ends."""
        return self.offset + self.pace * self.seconds

    @property
    def last_offset(self) -> float:
        """The latest `offset` at which the passage still reaches into what comes next."""
        return self.passage.seconds - self.pace * (self.seconds + self.after)


def halves(blends: Sequence[float], loops: bool) -> list[tuple[float, float]]:
    """Seconds by which each passage reaches into what comes before and what comes next.

    Args:
        blends: seconds of the seam at the beginning of each; the first counts for a loop alone.
        loops: whether the last passes into the first.
    """
    first = blends[0] if loops else 0.0
    seams = [first, *blends[1:], first]
    return [(seams[n] / 2, seams[n + 1] / 2) for n in range(len(blends))]


def drawn_seconds(
    seconds: Sequence[float], blends: Sequence[float], loops: bool, longest: float
) -> list[float]:
    """For how long each passage is to be drawn, `longest` at most."""
    slack = SLACK if loops or len(seconds) > 1 else 0.0
    reach = halves(blends, loops)
    return [
        min(shown + sum(reach[n]) + slack, max(longest, shown)) for n, shown in enumerate(seconds)
    ]


def begun(passage: Passage, seconds: float, reach: tuple[float, float]) -> Shown:
    """What is shown of a passage if nothing comes before: its beginning.

    Args:
        passage: if too short for its seams, it is played more slowly.
        seconds: for how long it is shown.
        reach: of `halves`.
    """
    pace = min(1.0, passage.seconds / (seconds + sum(reach)))
    return Shown(passage, seconds, *reach, offset=pace * reach[0], pace=pace)


def following(before: Shown, part: Shown) -> tuple[Shown, float]:
    """The part, beginning where it is most like the end of what is before; and how unlike it is
    there, in metres (RMS) from joint to joint."""
    offsets = _offsets(part)
    away = apart(
        _stance(before.passage, before.end), part.passage.stances[_moments(part.passage, offsets)]
    )
    best = int(np.argmin(away + _DELAY_COST * offsets))
    return replace(part, offset=float(offsets[best])), float(away[best])


def closing(part: Shown, first: Shown) -> Shown:
    """The last part, ending where it is most like the beginning of the first.

    A motion of one part, `part` being `first`, may begin elsewhere for that, too.
    """
    alone = part.passage is first.passage
    best, least = part, np.inf
    for pace in part.pace * _PACES:
        trial = replace(part, pace=float(pace))
        if trial.last_offset < pace * part.before:
            continue
        # Of several, the last goes on from the one before, so it begins where that was decided.
        offsets = _offsets(trial) if alone else np.array([min(part.offset, trial.last_offset)])
        ends = _moments(part.passage, offsets + pace * part.seconds)
        begins = _moments(part.passage, offsets)
        goal = part.passage.stances[begins] if alone else _stance(first.passage, first.offset)
        cost = apart(goal, part.passage.stances[ends])
        cost = cost + _PACE_COST * abs(np.log2(pace / part.pace)) + _DELAY_COST * offsets
        if alone:
            cost = cost + _REST_COST * _at_rest(part.passage, begins, ends)
        if cost.min() < least:
            least, best = cost.min(), replace(trial, offset=float(offsets[np.argmin(cost)]))
    return best


def _at_rest(passage: Passage, begins: Places, ends: Places) -> Array:
    """How much less (0 to 1) moves between two moments (N,) each than in all of the passage.

    A body that stands still loops best of all; that is not what was asked for.
    """
    moved = np.linalg.norm(np.diff(passage.stances, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(moved)])
    there = (way[ends] - way[begins]) / np.maximum(ends - begins, 1)
    return np.clip(1 - there / max(float(moved.mean()), 1e-9), 0, 1)


def _offsets(part: Shown) -> Array:
    """Offsets at which it may begin."""
    first = part.pace * part.before
    return np.arange(first, max(part.last_offset, first) + 1e-9, 1 / GRID)


def _moments(passage: Passage, times: Array) -> Places:
    return np.clip(np.rint(times * GRID).astype(int), 0, len(passage.grid) - 1)


def _stance(passage: Passage, time: float) -> Array:
    return passage.stances[_moments(passage, np.array([time]))[0]]
