"""Clips played one after the other as one continuous motion, which may loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kinematics.body.skeleton import SMPL
from ..kinematics.body.take import Take
from ..kinematics.editing.transitions import GroundTransform, MotionFrames, crossfade
from ..kinematics.feet.foot_lock import FootLockPlan, plan_foot_lock
from ..kinematics.feet.leg_ik import legs_from_pose
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.signals import smoothstep
from ..kinematics.retarget.placement import REST_GROUND_POSE, GroundPose
from .ground_contact import GRID_FPS
from .transition_search import ClipRange

_LOOP_CONTEXT = 1.5
"""Seconds around a loop that are planned with it, and over which its foot lock plan is led back to
its start."""
_IDENTITY = GroundTransform()


@dataclass(frozen=True)
class _PlacedClip:
    """A part of a clip with its place in time and on the ground."""

    clip_range: ClipRange
    start: float
    transform: GroundTransform = _IDENTITY

    @property
    def end(self) -> float:
        return self.start + self.clip_range.seconds

    def covers(self, times: Array) -> NDArray[np.bool_]:
        """Return which of the times (T,) the part, with its overlaps, contributes to."""
        after = self.clip_range.overlap_after
        return (times >= self.start - self.clip_range.overlap_before) & (times < self.end + after)

    def fade_in_weights(self, times: Array) -> Array:
        """Return the weight (T,) against the previous part: 0 to 1 over the transition."""
        if self.clip_range.overlap_before == 0:
            return np.ones(len(times))
        return smoothstep((times - self.start) / (2 * self.clip_range.overlap_before) + 0.5)

    def frames_at(self, times: Array) -> MotionFrames:
        """Return the motion at times (T,) of the sequence."""
        part = self.clip_range
        clip_times = part.offset + part.playback_rate * (times - self.start)
        frames = part.clip.frames_at(np.clip(clip_times, 0, part.clip.seconds))
        return frames.transformed(self.transform)

    def moved_to(self, target: GroundPose) -> _PlacedClip:
        """Return the part moved so that it starts at a pose on the ground."""
        pose = self.frames_at(np.array([self.start])).ground_pose(0)
        transform = GroundTransform.from_poses(pose, target).compose(self.transform)
        return _PlacedClip(self.clip_range, self.start, transform)

    def moved_to_end_of(self, previous: _PlacedClip) -> _PlacedClip:
        """Return the part moved to where `previous` is when this one starts."""
        return self.moved_to(previous.frames_at(np.array([self.start])).ground_pose(0))


class MotionSequence:
    """Parts of clips one after the other."""

    def __init__(self, clip_ranges: Sequence[ClipRange], loop: bool = False) -> None:
        """Place the first part at `REST_GROUND_POSE`, and each other where the previous one ends.

        Args:
            clip_ranges: Parts, as `transition_search` chooses them.
            loop: True if the last part passes into the first.
        """
        self.loop = loop
        placed = [_PlacedClip(clip_ranges[0], 0.0).moved_to(REST_GROUND_POSE)]
        for part in clip_ranges[1:]:
            placed.append(_PlacedClip(part, placed[-1].end).moved_to_end_of(placed[-1]))
        self._placed_clips = placed
        self.seconds = float(placed[-1].end)
        self._loop_transform = _IDENTITY
        if loop:
            self._add_loop_neighbours()

    def frames_at(self, times: Array) -> MotionFrames:
        """Return the motion at `times` (T,) in seconds, any for a loop, without foot lock."""
        passes = np.floor(times / self.seconds) if self.loop else np.zeros(len(times))
        frames = self._frames_of_one_pass(times - passes * self.seconds)
        matrices, root = np.array(frames.matrices), np.array(frames.root)
        for count in np.unique(passes[passes != 0]):
            chosen = passes == count
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
        """Return the motion or a part of it as a take.

        A whole loop has one frame more, which is the first one again, one pass later.

        Args:
            fps: Frames per second of the take.
            lock_feet: Hold planted feet in place.
            start: Seconds into the motion at which the take begins.
            end: Seconds into the motion before which it ends; None for the end of the motion.
            speed: Seconds of the motion that pass in one second of the take.
        """
        span = (self.seconds if end is None else end) - start
        is_whole_loop = self.loop and span == self.seconds
        count = max(round(span / speed * fps), 1)
        # A loop closes in a whole number of frames.
        step = span / count if is_whole_loop else speed / fps
        times = start + np.arange(count + is_whole_loop) * step
        frames = self.frames_at(times)
        matrices, root = frames.matrices, frames.root
        if lock_feet:
            matrices, root = self._foot_plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, fps)

    @cached_property
    def _foot_plan(self) -> FootLockPlan:
        context = round(_LOOP_CONTEXT * GRID_FPS) if self.loop else 0
        grid = np.arange(-context, round(self.seconds * GRID_FPS) + 1 + context) / GRID_FPS
        frames = self.frames_at(grid)
        legs = legs_from_pose(frames.matrices, frames.root)
        plan = replace(plan_foot_lock(legs, frames.contacts, GRID_FPS), times=grid)
        return self._looped_plan(plan) if self.loop else plan

    def _looped_plan(self, plan: FootLockPlan) -> FootLockPlan:
        """Blend the end of a plan into what precedes its start, so that it ends as it begins."""
        grid = np.append(np.arange(0, self.seconds, 1 / GRID_FPS), self.seconds)
        alpha = smoothstep((grid - self.seconds) / min(_LOOP_CONTEXT, self.seconds) + 1)
        spin = axis_rotation("Z", self._loop_transform.angle)

        def blend_track(track: Array, rotated: bool = False) -> Array:
            now = plan.interpolate_track(grid, track)
            before = plan.interpolate_track(grid - self.seconds, track)
            if rotated:
                before = before @ spin.T
            weight = alpha.reshape(-1, *[1] * (now.ndim - 1))
            return (1 - weight) * now + weight * before

        return FootLockPlan(
            grid,
            blend_track(plan.ankle_offsets, rotated=True),
            blend_track(plan.foot_rotations, rotated=True),
            blend_track(plan.lock_weights),
            blend_track(plan.root_drop),
        )

    def _add_loop_neighbours(self) -> None:
        """Add the last part before the first, and the first after the last."""
        first, last = self._placed_clips[0], self._placed_clips[-1]
        again = _PlacedClip(first.clip_range, self.seconds, first.transform).moved_to_end_of(last)
        # From the first part to the same part one pass later.
        self._loop_transform = again.transform.compose(first.transform.inverse())
        earlier = self._loop_transform.inverse().compose(last.transform)
        earlier = _PlacedClip(last.clip_range, last.start - self.seconds, earlier)
        self._placed_clips = [earlier, *self._placed_clips, again]

    def _transform_after_loops(self, count: int) -> GroundTransform:
        step = self._loop_transform if count > 0 else self._loop_transform.inverse()
        transform = _IDENTITY
        for _ in range(abs(count)):
            transform = step.compose(transform)
        return transform

    def _frames_of_one_pass(self, times: Array) -> MotionFrames:
        count = len(times)
        out = MotionFrames(
            np.zeros((count, len(SMPL), 3, 3)), np.zeros((count, 3)), np.zeros((count, 4))
        )
        is_set = np.zeros(count, dtype=bool)
        for n, placed in enumerate(self._placed_clips):
            covered = placed.covers(times)
            if n == len(self._placed_clips) - 1 and not self.loop:
                covered |= times >= placed.start  # the last moment too
            if not covered.any():
                continue
            frames = placed.frames_at(times[covered])
            has_previous = is_set[covered]
            if has_previous.any():
                previous = MotionFrames(*(track[covered] for track in vars(out).values()))
                weights = placed.fade_in_weights(times[covered])
                frames = crossfade(previous, frames, np.where(has_previous, weights, 1.0))
            for name, track in vars(out).items():
                track[covered] = getattr(frames, name)
            is_set |= covered
        return out
