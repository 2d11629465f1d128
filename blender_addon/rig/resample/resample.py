"""Resampling of an armature's animation: read it, fill in between its keys, and write it.

The backend fills in between the keys: `ResampleTask` hands out the key poses in chunks
(`read_chunk`), receives the filled motion (`receive_chunk`) and writes everything at the end
(`write_action`). Nothing of Blender's data is stored in between.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.holds import find_held_gaps, remove_repeated_poses
from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, scene_frames
from ...backend.kinematics.keyframes.chunks import KeyChunk, key_rate, split_into_chunks
from ...backend.kinematics.keyframes.keyed_motion import LocalPoses, snap_to_keys
from ...backend.kinematics.keyframes.sparse_keys import rotation_values_to_quaternions
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.math.signals import find_runs
from ...backend.kinematics.math.splines import KeyGaps
from ...backend.protocol.generation_fields import FPS
from ...backend.protocol.limits import LimitError
from ..action.existing_motion import FCurveMap, rotation_property
from ..action.fcurves import SAME_FRAME_TOLERANCE, retime_frames, scene_fps
from ..armature.checks import check_last_frame, check_no_drivers
from ..errors import RigError
from ..read.animation_source import (
    AnimationSource,
    TimeMap,
    find_unchanged_source,
    nearest_indices,
    read_keyed_values,
)
from ..read.armature_motion import read_armature_frames
from .checks import check_body_is_keyed, check_can_retime, check_no_modifiers, check_rate_increases
from .keys import CurveSegments, KeyGrid
from .pose import KeyedBody
from .write import FilledMotion, RewriteOptions, write_baked_action, write_filled_action

_MIN_KEY_DISTANCE = 0.01
"""Scene frames between a new key and an existing one: late in a long scene Blender's single
precision resolves no less."""
_RATE_IN_NAME = re.compile(r" \([\d.]+ fps\)(\.\d+)?$")
"""Suffix in the name of an Action that was resampled before."""
_MIN_TIME_SCALE, _MAX_TIME_SCALE = 0.01, 100.0


@dataclass(frozen=True)
class ResampleOptions:
    """Options of resampling an animation."""

    fps: float
    """Keys per second of the scene."""
    time_scale: float = 1.0
    """Speed of the new motion relative to the old one: 0.25 is slow motion."""
    holds: str = "KEEP"
    """"KEEP" holds, or "SMOOTH" short ones by moving through them."""
    exact: bool = False
    """Only sample the F-curves as they are, on each frame of the new rate."""

    def __post_init__(self) -> None:
        """Raise LimitError for values outside of their range."""
        FPS.check(self.fps)
        if not _MIN_TIME_SCALE <= self.time_scale <= _MAX_TIME_SCALE:  # false for NaN
            raise LimitError(
                f"Time Scale must be between {_MIN_TIME_SCALE:g} and {_MAX_TIME_SCALE:g} "
                f"(got {self.time_scale:g})."
            )
        if not self.exact:
            FPS.check(self.source_fps)

    @property
    def source_fps(self) -> float:
        """New frames per second of the motion as it plays now."""
        return self.fps / self.time_scale


@dataclass(frozen=True)
class ResampleResult:
    """A resampled animation that was written."""

    action: bpy.types.Action
    frame_count: int
    """Number of frames with new keys."""
    spline_ranges: tuple[tuple[float, float], ...] = ()
    """First and last scene frame of each range filled in by the plain spline."""
    hold_count: int = 0
    has_other_slots: bool = False
    """The old Action also animates other data-blocks."""


@dataclass
class _FilledChunk:
    """The filled motion of one chunk."""

    frames: np.ndarray
    """(F,) frame numbers at the new rate, counted from the first key of the source."""
    motion: LocalPoses
    spline_ranges: list[tuple[float, float]]
    """Seconds from the first key of the source."""


class ResampleTask:
    """Resampling of one source.

    Frames are scene frames of the motion as it plays now, unless a name says otherwise.
    """

    def __init__(
        self,
        armature: bpy.types.Object,
        scene: bpy.types.Scene,
        source: AnimationSource,
        options: ResampleOptions,
    ) -> None:
        """Check everything that can be checked before any work is done.

        Raises:
            RigError, LimitError, MappingError: The source cannot be resampled like this.
        """
        self.options, self.name = options, source.name
        self._strip_path, self._fingerprint = source.strip_path, source.fingerprint()
        curves = source.keyed_curves()
        self._scene_fps = scene_fps(scene)
        body = KeyedBody(armature, curves)
        body_curves = body.curves_in(curves)
        self._action_frames = source.key_frames(body_curves)
        check_body_is_keyed(armature, source, body_curves, self._action_frames)
        check_no_drivers(armature, body.keyed_properties)
        check_no_modifiers(body_curves, self._action_frames)
        check_can_retime(source, options.time_scale)
        self._frames = source.time_map.to_scene_frames(self._action_frames)
        self._seconds = (self._frames - self._frames[0]) / self._scene_fps
        check_last_frame(self._retime_frames(self._frames[-1:]))
        self.chunks: list[KeyChunk] = []
        """Chunks to be filled in; none for `exact`."""
        if not options.exact:
            rate = key_rate(self._seconds)
            check_rate_increases(self.name, rate, options.fps, options.time_scale)
            self.chunks = split_into_chunks(self._seconds, options.source_fps)
            self._check_free_frames(body_curves, source.time_map)
        self._held_gaps = np.zeros(len(self._seconds) - 1, dtype=bool)
        self._used_keys = np.ones(len(self._seconds), dtype=bool)
        self._filled: list[_FilledChunk] = []

    def _check_free_frames(self, curves: FCurveMap, time_map: TimeMap) -> None:
        """Raise RigError if every frame of the new rate has a key, or nothing moves between."""
        if self.options.holds == "SMOOTH":
            return  # which keys remain is known only after they are read
        count = int(np.floor(self._seconds[-1] * self.options.source_fps + 1e-6)) + 1
        frames = self._frames_at(np.arange(count))
        frames = frames[~_is_near_key(self._frames, frames)]
        if not len(frames):
            raise RigError(
                f"“{self.name}” already has a key on each frame of {self.options.fps:.4g} fps. "
                "Choose a higher rate, or a Time Scale below 1."
            )
        grid = KeyGrid.from_frames(self._action_frames, time_map.to_action_frames(frames))
        moves = [~CurveSegments.from_curve(curve, grid).stepped_gaps for curve in curves.values()]
        if not (np.any(moves, axis=0) & grid.filled_gaps).any():
            raise RigError(
                f"“{self.name}” must move between its keys, but all of them are stepped "
                "(Constant). Choose Smooth to move through the holds."
            )

    def read_chunk(
        self, armature: bpy.types.Object, scene: bpy.types.Scene, number: int
    ) -> tuple[Take, list[float]]:
        """Read the poses of a chunk, and the seconds of each from the first one on.

        Raises:
            RigError: The armature cannot be read, or the source has changed.
        """
        find_unchanged_source(armature, self._strip_path, self._fingerprint)
        chunk = self.chunks[number]
        keys = slice(chunk.keys.start, chunk.keys.stop)
        start = chunk.first_frame / self.options.source_fps
        seconds, frames = self._seconds[keys] - start, self._frames[keys]
        if seconds[0] > SAME_FRAME_TOLERANCE / self._scene_fps:
            seconds = np.append(0.0, seconds)
            frames = np.append(self._frames[0] + start * self._scene_fps, frames)
        else:
            seconds[0] = 0.0
        return read_armature_frames(armature, scene, frames.tolist()), seconds.tolist()

    def receive_chunk(
        self,
        armature: bpy.types.Object,
        number: int,
        sent_take: Take,
        seconds: list[float],
        resampled_take: Take,
    ) -> None:
        """Store the filled motion of a chunk.

        Args:
            armature: The armature object.
            number: Number of the chunk.
            sent_take: Poses that `read_chunk` returned.
            seconds: Seconds that `read_chunk` returned.
            resampled_take: The filled motion, at `ResampleOptions.source_fps`.

        Raises:
            RigError: The motion is too short, or the source has changed.
        """
        source = find_unchanged_source(armature, self._strip_path, self._fingerprint)
        curves = source.keyed_curves()
        body = KeyedBody(armature, curves)
        chunk = self.chunks[number]
        keys = slice(chunk.keys.start, chunk.keys.stop)
        # The sent take may begin with a pose between two keys.
        lead = len(sent_take) - len(chunk.keys)
        key_take = Take(sent_take.poses[lead:], sent_take.trans[lead:], sent_take.fps)
        # Rates that differ only by rounding number the frames alike.
        numbers = np.arange(chunk.frames.start, chunk.frames.stop)
        if len(numbers) and numbers[-1] - chunk.first_frame >= len(resampled_take):
            count = numbers[-1] - chunk.first_frame + 1
            raise RigError(
                f"The backend must send {count} frames (got {len(resampled_take)}). Press Resample "
                "Take again."
            )
        self._detect_holds(chunk, key_take, np.array(seconds[lead:]))
        used = self._used_keys[keys]
        frames, action_frames = self._frames[keys][used], self._action_frames[keys][used]
        new_frames = self._frames_at(numbers)
        is_new = ~_is_near_key(frames, new_frames)
        numbers, new_frames = numbers[is_new], new_frames[is_new]
        keyed = _read_keyed_pose(armature, body, curves, action_frames)
        key_take = Take(key_take.poses[used], key_take.trans[used], key_take.fps)
        roundtrip = body.local_motion(key_take, armature, curves, action_frames)
        if len(numbers):
            rows = numbers - chunk.first_frame
            filled_take = Take(
                resampled_take.poses[rows], resampled_take.trans[rows], resampled_take.fps
            )
            new_action_frames = source.time_map.to_action_frames(new_frames)
            motion = body.local_motion(filled_take, armature, curves, new_action_frames)
            motion = snap_to_keys(frames, roundtrip, keyed, new_frames, motion)
        else:
            motion = LocalPoses(keyed.rotations[:0], keyed.locations[:0])
        motion = LocalPoses(
            motion.rotations.astype(np.float32), motion.locations.astype(np.float32)
        )
        report = resampled_take.metadata.get("resampled")
        ranges = report.get("spline") if isinstance(report, dict) else None
        self._filled.append(
            _FilledChunk(numbers, motion, self._ranges_in_chunk(chunk, ranges or ()))
        )

    def _detect_holds(self, chunk: KeyChunk, take: Take, seconds: Array) -> None:
        gaps = KeyGaps.from_keys(seconds, take.local_matrices(), take.root_positions())
        held = find_held_gaps(gaps.rotation_vectors, gaps.root_steps)
        first, end = chunk.gaps.start, chunk.gaps.stop
        offset = chunk.keys.start
        self._held_gaps[first:end] = held[first - offset : end - offset]
        if self.options.holds == "SMOOTH":
            used = np.zeros(len(seconds), dtype=bool)
            used[remove_repeated_poses(held, seconds)] = True
            self._used_keys[chunk.keys.start : chunk.keys.stop] = used

    def _ranges_in_chunk(self, chunk: KeyChunk, ranges: Sequence[Any]) -> list[tuple[float, float]]:
        """Return the parts of ranges, in seconds of the chunk, that lie in its own gaps."""
        first, last = self._seconds[chunk.gaps.start], self._seconds[chunk.gaps.stop]
        start = chunk.first_frame / self.options.source_fps
        clipped = [(max(low + start, first), min(high + start, last)) for low, high in ranges]
        return [(low, high) for low, high in clipped if high > low]

    def check_writable(self, armature: bpy.types.Object) -> None:
        """Raise RigError if there is nothing to write, or the source has changed."""
        find_unchanged_source(armature, self._strip_path, self._fingerprint)
        if not self.options.exact and not any(len(chunk.frames) for chunk in self._filled):
            raise RigError(
                f"“{self.name}” already has a key on each frame of {self.options.fps:.4g} fps, and "
                "it has no short hold. Choose a higher rate, or a Time Scale below 1."
            )

    def write_action(self, armature: bpy.types.Object) -> ResampleResult:
        """Write a new Action that plays in place of the old one.

        Raises:
            RigError: See `check_writable`; nothing has changed.
        """
        self.check_writable(armature)
        source = find_unchanged_source(armature, self._strip_path, self._fingerprint)
        curves, to_action_frames = source.keyed_curves(), source.time_map.to_action_frames
        body = KeyedBody(armature, curves)
        options = RewriteOptions(
            name=f"{_RATE_IN_NAME.sub('', self.name)} ({self.options.fps:.5g} fps)",
            pivot_frame=float(self._frames[0]),
            time_scale=self.options.time_scale,
            keep_steps=self.options.holds == "KEEP",
        )
        has_other_slots = len(getattr(source.animation.action, "slots", ())) > 1
        if self.options.exact:
            numbers = self._all_frame_numbers()
            frames = to_action_frames(self._frames_at(numbers))
            new_frames = to_action_frames(self._new_frames_at(numbers))
            action = write_baked_action(armature, source, body, frames, new_frames, options)
            return ResampleResult(action, len(numbers), has_other_slots=has_other_slots)
        numbers = np.concatenate([chunk.frames for chunk in self._filled])
        motion = LocalPoses(
            np.concatenate([chunk.motion.rotations for chunk in self._filled]),
            np.concatenate([chunk.motion.locations for chunk in self._filled]),
        )
        grid = KeyGrid.from_frames(
            self._action_frames[self._used_keys], to_action_frames(self._frames_at(numbers))
        )
        all_keys = KeyGrid.from_frames(self._action_frames, grid.frames)
        stepped = np.any(
            [
                CurveSegments.from_curve(curve, all_keys).stepped_gaps
                for curve in body.curves_in(curves).values()
            ],
            axis=0,
        )
        filled = FilledMotion(grid, to_action_frames(self._new_frames_at(numbers)), motion)
        action = write_filled_action(armature, source, body, filled, options)
        hold_count = len(find_runs(self._held_gaps))
        hold_count += int(np.count_nonzero(stepped & ~self._held_gaps))
        return ResampleResult(
            action, len(numbers), self._spline_frames(), hold_count, has_other_slots
        )

    def retimed_frame(self, frame: float) -> float:
        """Return the frame in the new Action that shows what the old one shows on `frame`."""
        return float(self._retime_frames(np.array(frame)))

    def _retime_frames(self, frames: Array) -> Array:
        return retime_frames(frames, self._frames[0], self.options.time_scale)

    def _frames_at(self, numbers: np.ndarray) -> Array:
        return self._frames[0] + numbers * self._scene_fps / self.options.source_fps

    def _new_frames_at(self, numbers: np.ndarray) -> Array:
        """Return (T,) frames of the new motion for frame numbers at the new rate, whole or not."""
        count = int(np.ceil(numbers[-1])) + 2
        frames = scene_frames(count, self.options.fps, self._scene_fps, float(self._frames[0]))
        return np.interp(numbers, np.arange(count), frames)

    def _all_frame_numbers(self) -> np.ndarray:
        """Return (T,) frame numbers at the new rate, and that of a last key between them."""
        last = self._seconds[-1] * self.options.source_fps
        numbers = np.arange(int(np.floor(last + 1e-6)) + 1, dtype=float)
        return numbers if last - numbers[-1] < 1e-3 else np.append(numbers, last)

    def _spline_frames(self) -> tuple[tuple[float, float], ...]:
        """Return the joined ranges filled in by the plain spline, in frames of the new motion."""
        joined: list[list[float]] = []
        for start, end in sorted(span for chunk in self._filled for span in chunk.spline_ranges):
            if joined and start <= joined[-1][1] + SAME_FRAME_TOLERANCE / self._scene_fps:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        first, fps = self._frames[0], self._scene_fps / self.options.time_scale
        return tuple(
            (float(first + start * fps), float(first + end * fps)) for start, end in joined
        )


def _is_near_key(keys: Array, frames: Array) -> np.ndarray:
    """Return (T,) whether frames are on one of the keys (K,), increasing."""
    return np.abs(keys[nearest_indices(keys, frames)] - frames) < _MIN_KEY_DISTANCE


def _read_keyed_pose(
    armature: Any, body: KeyedBody, curves: FCurveMap, frames: Array
) -> LocalPoses:
    rotations = np.zeros((len(frames), len(body.rotation_modes), 4))
    for n, (bone, mode) in enumerate(body.rotation_modes.items()):
        path = rotation_property(mode)
        values = np.zeros((len(frames), 4))
        values[:, : ROTATION_CHANNELS[path]] = read_keyed_values(
            armature, curves, bone, path, frames
        )
        rotations[:, n] = rotation_values_to_quaternions(values, mode)
    locations = np.zeros((len(frames), len(body.translated_bones), 3))
    for n, bone in enumerate(body.translated_bones):
        locations[:, n] = read_keyed_values(armature, curves, bone, "location", frames)
    return LocalPoses(rotations, locations)
