"""Passages played one after the other, as one continuous motion that may go round for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kinematics.body.skeleton import SMPL
from ..kinematics.body.take import Take
from ..kinematics.editing.transitions import Frames, Move, crossfade
from ..kinematics.feet.foot_lock import FootPlan, plan_feet
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.signals import smoothstep
from ..kinematics.retarget.placement import REST
from .ground_contact import GRID
from .transition_search import Shown

_CONTEXT = 1.5
"""Seconds around a loop that its feet are planned with, and in which the plan is led back to its
beginning, so that it goes round as well."""


_STAYS = Move()


@dataclass(frozen=True)
class _Played:
    """What is shown of a passage, where and when."""

    shown: Shown
    start: float
    move: Move = _STAYS

    def covers(self, times: Array) -> NDArray[np.bool_]:
        """Of times (T,), those that it has a share in."""
        end = self.start + self.shown.seconds + self.shown.after
        return (times >= self.start - self.shown.before) & (times < end)

    def share(self, times: Array) -> Array:
        """(T,) how much of it there is beside what comes before, over the seam from 0 to 1."""
        if self.shown.before == 0:
            return np.ones(len(times))
        return smoothstep((times - self.start) / (2 * self.shown.before) + 0.5)

    def at(self, times: Array) -> Frames:
        """The motion at times (T,) of the whole."""
        shown = self.shown
        inside = shown.offset + shown.pace * (times - self.start)
        return shown.passage.at(np.clip(inside, 0, shown.passage.seconds)).moved(self.move)

    def from_spot_of(self, before: _Played) -> _Played:
        """The same, moved to where another is when this begins."""
        now = np.array([self.start])
        here, there = self.at(now).spot(0), before.at(now).spot(0)
        return _Played(self.shown, self.start, Move.between(here, there).after(self.move))


class Performance:
    """Motions one after the other."""

    def __init__(self, parts: Sequence[Shown], loops: bool = False) -> None:
        """The first part begins at `REST`; each other where the one before it ends.

        Args:
            parts: as `arranged` has them.
            loops: whether the last passes into the first.
        """
        self.loops = loops
        played = [_begun(parts[0])]
        for part in parts[1:]:
            start = played[-1].start + played[-1].shown.seconds
            played.append(_Played(part, start).from_spot_of(played[-1]))
        self._played = played
        # By the same additions as where parts begin: a sum of its own may end a rounding later.
        self.seconds = float(played[-1].start + played[-1].shown.seconds)
        self._round = Move()
        if loops:
            self._close()

    def at(self, times: Array) -> Frames:
        """The motion at `times` (T,) in seconds, feet not held; of a loop at any time."""
        rounds = np.floor(times / self.seconds) if self.loops else np.zeros(len(times))
        frames = self._once(times - rounds * self.seconds)
        matrices, root = np.array(frames.matrices), np.array(frames.root)
        for count in np.unique(rounds[rounds != 0]):
            chosen = rounds == count
            part = Frames(matrices[chosen], root[chosen], frames.touching[chosen])
            moved = part.moved(self._moved_round(int(count)))
            matrices[chosen], root[chosen] = moved.matrices, moved.root
        return Frames(matrices, root, frames.touching)

    def take(
        self,
        fps: float,
        lock_feet: bool,
        *,
        start: float = 0.0,
        end: float | None = None,
        speed: float = 1.0,
    ) -> Take:
        """The motion or a part of it as a take of ``round((end - start) / speed * fps)`` frames.

        A whole loop has one more, which is its first again, one round on. Arguments as of
        `Sampler.look`.
        """
        span = (self.seconds if end is None else end) - start
        whole = self.loops and span == self.seconds
        count = max(round(span / speed * fps), 1)
        # A loop closes in a whole number of frames.
        step = span / count if whole else speed / fps
        times = start + np.arange(count + whole) * step
        frames = self.at(times)
        matrices, root = frames.matrices, frames.root
        if lock_feet:
            matrices, root = self._plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, fps)

    @cached_property
    def _plan(self) -> FootPlan:
        around = round(_CONTEXT * GRID) if self.loops else 0
        grid = np.arange(-around, round(self.seconds * GRID) + 1 + around) / GRID
        frames = self.at(grid)
        plan = plan_feet(frames.matrices, frames.root, frames.touching, GRID)
        plan = FootPlan(grid, plan.shift, plan.turn, plan.hold, plan.drop)
        return self._going_round(plan) if self.loops else plan

    def _going_round(self, plan: FootPlan) -> FootPlan:
        """A plan that ends exactly as it begins: what is before the beginning takes over."""
        grid = np.append(np.arange(0, self.seconds, 1 / GRID), self.seconds)
        share = smoothstep((grid - self.seconds) / min(_CONTEXT, self.seconds) + 1)
        spin = axis_rotation("Z", self._round.turn)

        def joined(track: Array, turns: bool = False) -> Array:
            now, before = plan.at(grid, track), plan.at(grid - self.seconds, track)
            if turns:
                before = before @ spin.T
            weight = share.reshape(-1, *[1] * (now.ndim - 1))
            return (1 - weight) * now + weight * before

        shift, turn = joined(plan.shift, turns=True), joined(plan.turn, turns=True)
        return FootPlan(grid, shift, turn, joined(plan.hold), joined(plan.drop))

    def _close(self) -> None:
        """Add the last part before the first, and the first after the last."""
        first, last = self._played[0], self._played[-1]
        again = _Played(first.shown, self.seconds, first.move).from_spot_of(last)
        # Played one round later, the first is moved by its own way to there.
        self._round = again.move.after(first.move.inverse())
        earlier = self._round.inverse().after(last.move)
        earlier = _Played(last.shown, last.start - self.seconds, earlier)
        self._played = [earlier, *self._played, again]

    def _moved_round(self, count: int) -> Move:
        step = self._round if count > 0 else self._round.inverse()
        move = Move()
        for _ in range(abs(count)):
            move = step.after(move)
        return move

    def _once(self, times: Array) -> Frames:
        """The motion at times of one round, and shortly after."""
        count = len(times)
        out = Frames(np.zeros((count, len(SMPL), 3, 3)), np.zeros((count, 3)), np.zeros((count, 4)))
        seen = np.zeros(count, dtype=bool)
        for n, played in enumerate(self._played):
            covered = played.covers(times)
            if n == len(self._played) - 1 and not self.loops:
                covered |= times >= played.start  # its last moment too
            if not covered.any():
                continue
            frames, share = played.at(times[covered]), played.share(times[covered])
            before = seen[covered]
            if before.any():
                earlier = Frames(*(track[covered] for track in vars(out).values()))
                frames = crossfade(earlier, frames, np.where(before, share, 1.0))
            for name, track in vars(out).items():
                track[covered] = getattr(frames, name)
            seen |= covered
        return out


def _begun(shown: Shown) -> _Played:
    """The first part, begun where a rig at rest stands."""
    played = _Played(shown, 0.0)
    return _Played(shown, 0.0, Move.between(played.at(np.zeros(1)).spot(0), REST))
