"""Passages played one after the other, as one continuous motion that may go round for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kinematics.body.skeleton import SMPL
from ..kinematics.body.take import Take
from ..kinematics.editing.transitions import GroundTransform, MotionFrames, crossfade
from ..kinematics.feet.foot_lock import FootLockPlan, plan_foot_lock
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.signals import smoothstep
from ..kinematics.retarget.placement import REST_GROUND_POSE
from .ground_contact import GRID_FPS
from .transition_search import ClipRange

_LOOP_CONTEXT = 1.5
"""Seconds around a loop that its feet are planned with, and in which the plan is led back to its
beginning, so that it goes round as well."""


_IDENTITY = GroundTransform()


@dataclass(frozen=True)
class _PlacedClip:
    """What is shown of a passage, where and when."""

    clip_range: ClipRange
    start: float
    transform: GroundTransform = _IDENTITY

    def covers(self, times: Array) -> NDArray[np.bool_]:
        """Of times (T,), those that it has a share in."""
        end = self.start + self.clip_range.seconds + self.clip_range.overlap_after
        return (times >= self.start - self.clip_range.overlap_before) & (times < end)

    def fade_in_weights(self, times: Array) -> Array:
        """(T,) how much of it there is beside what comes before, over the seam from 0 to 1."""
        if self.clip_range.overlap_before == 0:
            return np.ones(len(times))
        return smoothstep((times - self.start) / (2 * self.clip_range.overlap_before) + 0.5)

    def frames_at(self, times: Array) -> MotionFrames:
        """The motion at times (T,) of the whole."""
        shown = self.clip_range
        inside = shown.offset + shown.playback_rate * (times - self.start)
        return shown.clip.frames_at(np.clip(inside, 0, shown.clip.seconds)).transformed(
            self.transform
        )

    def moved_to_end_of(self, previous: _PlacedClip) -> _PlacedClip:
        """The same, moved to where another is when this begins."""
        now = np.array([self.start])
        here, there = self.frames_at(now).ground_pose(0), previous.frames_at(now).ground_pose(0)
        return _PlacedClip(
            self.clip_range,
            self.start,
            GroundTransform.from_poses(here, there).compose(self.transform),
        )


class MotionSequence:
    """Motions one after the other."""

    def __init__(self, clip_ranges: Sequence[ClipRange], loop: bool = False) -> None:
        """The first part begins at `REST`; each other where the one before it ends.

        Args:
            parts: as `arranged` has them.
            loops: whether the last passes into the first.
        """
        self.loop = loop
        played = [_placed_at_rest(clip_ranges[0])]
        for part in clip_ranges[1:]:
            start = played[-1].start + played[-1].clip_range.seconds
            played.append(_PlacedClip(part, start).moved_to_end_of(played[-1]))
        self._placed_clips = played
        # By the same additions as where parts begin: a sum of its own may end a rounding later.
        self.seconds = float(played[-1].start + played[-1].clip_range.seconds)
        self._loop_transform = GroundTransform()
        if loop:
            self._add_loop_neighbours()

    def frames_at(self, times: Array) -> MotionFrames:
        """The motion at `times` (T,) in seconds, feet not held; of a loop at any time."""
        rounds = np.floor(times / self.seconds) if self.loop else np.zeros(len(times))
        frames = self._frames_of_one_pass(times - rounds * self.seconds)
        matrices, root = np.array(frames.matrices), np.array(frames.root)
        for count in np.unique(rounds[rounds != 0]):
            chosen = rounds == count
            part = MotionFrames(matrices[chosen], root[chosen], frames.contacts[chosen])
            moved = part.transformed(self._transform_after_loops(int(count)))
            matrices[chosen], root[chosen] = moved.matrices, moved.root
        return MotionFrames(matrices, root, frames.contacts)

    def to_take(
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
        whole = self.loop and span == self.seconds
        count = max(round(span / speed * fps), 1)
        # A loop closes in a whole number of frames.
        step = span / count if whole else speed / fps
        times = start + np.arange(count + whole) * step
        frames = self.frames_at(times)
        matrices, root = frames.matrices, frames.root
        if lock_feet:
            matrices, root = self._foot_plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, fps)

    @cached_property
    def _foot_plan(self) -> FootLockPlan:
        around = round(_LOOP_CONTEXT * GRID_FPS) if self.loop else 0
        grid = np.arange(-around, round(self.seconds * GRID_FPS) + 1 + around) / GRID_FPS
        frames = self.frames_at(grid)
        plan = plan_foot_lock(frames.matrices, frames.root, frames.contacts, GRID_FPS)
        plan = FootLockPlan(
            grid, plan.ankle_offsets, plan.foot_rotations, plan.lock_weights, plan.root_drop
        )
        return self._looped_plan(plan) if self.loop else plan

    def _looped_plan(self, plan: FootLockPlan) -> FootLockPlan:
        """A plan that ends exactly as it begins: what is before the beginning takes over."""
        grid = np.append(np.arange(0, self.seconds, 1 / GRID_FPS), self.seconds)
        share = smoothstep((grid - self.seconds) / min(_LOOP_CONTEXT, self.seconds) + 1)
        spin = axis_rotation("Z", self._loop_transform.angle)

        def joined(track: Array, turns: bool = False) -> Array:
            now, before = (
                plan.interpolate_track(grid, track),
                plan.interpolate_track(grid - self.seconds, track),
            )
            if turns:
                before = before @ spin.T
            weight = share.reshape(-1, *[1] * (now.ndim - 1))
            return (1 - weight) * now + weight * before

        shift, turn = (
            joined(plan.ankle_offsets, turns=True),
            joined(plan.foot_rotations, turns=True),
        )
        return FootLockPlan(grid, shift, turn, joined(plan.lock_weights), joined(plan.root_drop))

    def _add_loop_neighbours(self) -> None:
        """Add the last part before the first, and the first after the last."""
        first, last = self._placed_clips[0], self._placed_clips[-1]
        again = _PlacedClip(first.clip_range, self.seconds, first.transform).moved_to_end_of(last)
        # Played one round later, the first is moved by its own way to there.
        self._loop_transform = again.transform.compose(first.transform.inverse())
        earlier = self._loop_transform.inverse().compose(last.transform)
        earlier = _PlacedClip(last.clip_range, last.start - self.seconds, earlier)
        self._placed_clips = [earlier, *self._placed_clips, again]

    def _transform_after_loops(self, count: int) -> GroundTransform:
        step = self._loop_transform if count > 0 else self._loop_transform.inverse()
        move = GroundTransform()
        for _ in range(abs(count)):
            move = step.compose(move)
        return move

    def _frames_of_one_pass(self, times: Array) -> MotionFrames:
        """The motion at times of one round, and shortly after."""
        count = len(times)
        out = MotionFrames(
            np.zeros((count, len(SMPL), 3, 3)), np.zeros((count, 3)), np.zeros((count, 4))
        )
        seen = np.zeros(count, dtype=bool)
        for n, played in enumerate(self._placed_clips):
            covered = played.covers(times)
            if n == len(self._placed_clips) - 1 and not self.loop:
                covered |= times >= played.start  # its last moment too
            if not covered.any():
                continue
            frames, share = played.frames_at(times[covered]), played.fade_in_weights(times[covered])
            before = seen[covered]
            if before.any():
                earlier = MotionFrames(*(track[covered] for track in vars(out).values()))
                frames = crossfade(earlier, frames, np.where(before, share, 1.0))
            for name, track in vars(out).items():
                track[covered] = getattr(frames, name)
            seen |= covered
        return out


def _placed_at_rest(shown: ClipRange) -> _PlacedClip:
    """The first part, begun where a rig at rest stands."""
    played = _PlacedClip(shown, 0.0)
    return _PlacedClip(
        shown,
        0.0,
        GroundTransform.from_poses(played.frames_at(np.zeros(1)).ground_pose(0), REST_GROUND_POSE),
    )
