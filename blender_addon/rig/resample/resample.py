"""Resampling of an armature's animation: read it, fill in between its keys, and write it.

The backend fills in between the keys. Nothing of Blender's data is stored in between.
"""

import re
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
from ..action.fcurves import SAME_FRAME_TOLERANCE, read_key_points, retime_frames, scene_fps
from ..action.merging import BAKE_HINT, active_modifiers
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
from .keys import CurveSegments, KeyGrid
from .pose import KeyedBody
from .write import FilledMotion, RewriteOptions, write_baked_action, write_filled_action

_MIN_KEY_DISTANCE = 0.01
"""Scene frames between a new key and an existing one: late in a long scene Blender's single
precision resolves no less."""
_RATE_IN_NAME = re.compile(r" \([\d.]+ fps\)(\.\d+)?$")
"""Suffix in the name of an Action that was resampled before."""
_MIN_TIME_SCALE, _MAX_TIME_SCALE = 0.01, 100.0
_VALUE_TOLERANCE = 1e-7
"""Metres or radians. Keys whose values differ by less are equal: F-curves have single precision."""
_RATE_TOLERANCE = 1e-3
"""Relative difference. Rates that differ by less are equal: 23.976 and 24000 / 1001."""


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
    """Resampling of one source: `read_chunk` and `receive_chunk` of each, then `write_action`.

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
        _check_body_is_keyed(armature, source, body_curves, self._action_frames)
        check_no_drivers(armature, body.keyed_properties)
        _check_no_modifiers(body_curves, self._action_frames)
        if source.strip is not None and options.time_scale != 1.0:
            raise RigError(
                f"Time Scale must be 1 for the strip “{source.strip.name}” "
                f"(got {options.time_scale:g}). Set the strip's Playback Scale in the NLA editor "
                "instead."
            )
        self._frames = source.time_map.to_scene_frames(self._action_frames)
        self._seconds = (self._frames - self._frames[0]) / self._scene_fps
        check_last_frame(retime_frames(self._frames[-1:], self._frames[0], options.time_scale))
        self.chunks: list[KeyChunk] = []
        """Chunks to be filled in; none for `exact`."""
        if not options.exact:
            self._check_rate_increases()
            self.chunks = split_into_chunks(self._seconds, options.source_fps)
            self._check_free_frames(body_curves, source.time_map)
        self._held_gaps = np.zeros(len(self._seconds) - 1, dtype=bool)
        self._used_keys = np.ones(len(self._seconds), dtype=bool)
        self._filled: list[_FilledChunk] = []

    def _check_rate_increases(self) -> None:
        """Raise RigError if the new rate is below the rate of the keys."""
        time_scale, fps = self.options.time_scale, self.options.fps
        rate = key_rate(self._seconds) * time_scale
        if rate > fps * (1 + _RATE_TOLERANCE):
            speed = f", played {time_scale:g} times as fast," if time_scale != 1.0 else ""
            raise RigError(
                f"The frame rate must be at least the {rate:.4g} keys per second of “{self.name}”"
                f"{speed} (got {fps:.4g} fps). Choose a higher rate, or turn on Exact to thin out "
                "the keys."
            )

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
        if not (~np.all(_stepped_gaps(curves, grid), axis=0) & grid.filled_gaps).any():
            raise RigError(
                f"“{self.name}” must move between its keys, but all of them are stepped "
                "(Constant). Choose Smooth to move through the holds."
            )

    def read_chunk(
        self, armature: bpy.types.Object, scene: bpy.types.Scene, number: int
    ) -> tuple[Take, list[float]]:
        """Read the poses of a chunk and the seconds of each; RigError if the source has changed."""
        self._find_source(armature)
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
            sent_take: Poses that `read_chunk` returned.
            seconds: Seconds that `read_chunk` returned.
            resampled_take: The filled motion, at `ResampleOptions.source_fps`.

        Raises:
            RigError: The motion is too short, or the source has changed.
        """
        source = self._find_source(armature)
        curves = source.keyed_curves()
        body = KeyedBody(armature, curves)
        chunk = self.chunks[number]
        keys = slice(chunk.keys.start, chunk.keys.stop)
        # The sent take may begin with a pose between two keys.
        lead = len(sent_take) - len(chunk.keys)
        key_take = _select_frames(sent_take, slice(lead, None))
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
        used_take = _select_frames(key_take, used)
        roundtrip = body.local_motion(used_take, armature, curves, action_frames)
        if len(numbers):
            filled_take = _select_frames(resampled_take, numbers - chunk.first_frame)
            new_action_frames = source.time_map.to_action_frames(new_frames)
            motion = body.local_motion(filled_take, armature, curves, new_action_frames)
            motion = snap_to_keys(frames, roundtrip, keyed, new_frames, motion)
        else:
            motion = LocalPoses(keyed.rotations[:0], keyed.locations[:0])
        arrays = motion.rotations.astype(np.float32), motion.locations.astype(np.float32)
        report = resampled_take.metadata.get("resampled")
        ranges = report.get("spline") if isinstance(report, dict) else None
        # Of the ranges, in seconds of the chunk, the parts in its own gaps count.
        low, high = self._seconds[chunk.gaps.start], self._seconds[chunk.gaps.stop]
        offset = chunk.first_frame / self.options.source_fps
        spans = [(max(a + offset, low), min(b + offset, high)) for a, b in ranges or ()]
        spans = [(start, end) for start, end in spans if end > start]
        self._filled.append(_FilledChunk(numbers, LocalPoses(*arrays), spans))

    def _detect_holds(self, chunk: KeyChunk, take: Take, seconds: Array) -> None:
        gaps = KeyGaps.from_keys(seconds, take.local_matrices(), take.root_positions())
        held = find_held_gaps(gaps.rotation_vectors, gaps.root_steps)
        first, end, offset = chunk.gaps.start, chunk.gaps.stop, chunk.keys.start
        self._held_gaps[first:end] = held[first - offset : end - offset]
        if self.options.holds == "SMOOTH":
            used = np.isin(np.arange(len(seconds)), remove_repeated_poses(held, seconds))
            self._used_keys[chunk.keys.start : chunk.keys.stop] = used

    def _find_source(self, armature: bpy.types.Object) -> AnimationSource:
        return find_unchanged_source(armature, self._strip_path, self._fingerprint)

    def check_writable(self, armature: bpy.types.Object) -> AnimationSource:
        """Return the source; raise RigError if it has changed, or if there is nothing to write."""
        source = self._find_source(armature)
        if not self.options.exact and not any(len(chunk.frames) for chunk in self._filled):
            raise RigError(
                f"“{self.name}” already has a key on each frame of {self.options.fps:.4g} fps, and "
                "it has no short hold. Choose a higher rate, or a Time Scale below 1."
            )
        return source

    def write_action(self, armature: bpy.types.Object) -> ResampleResult:
        """Write a new Action that plays in place of the old one; raise as `check_writable`."""
        source = self.check_writable(armature)
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
            # The last key may lie between two frames of the new rate.
            last = self._seconds[-1] * self.options.source_fps
            numbers = np.arange(int(np.floor(last + 1e-6)) + 1, dtype=float)
            numbers = numbers if last - numbers[-1] < 1e-3 else np.append(numbers, last)
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
        stepped = np.any(_stepped_gaps(body.curves_in(curves), all_keys), axis=0)
        filled = FilledMotion(grid, to_action_frames(self._new_frames_at(numbers)), motion)
        action = write_filled_action(armature, source, body, filled, options)
        hold_count = len(find_runs(self._held_gaps))
        hold_count += int(np.count_nonzero(stepped & ~self._held_gaps))
        return ResampleResult(
            action, len(numbers), self._spline_frames(), hold_count, has_other_slots
        )

    def retimed_frame(self, frame: float) -> float:
        """Return the frame in the new Action that shows what the old one shows on `frame`."""
        return float(retime_frames(frame, self._frames[0], self.options.time_scale))

    def _frames_at(self, numbers: np.ndarray) -> Array:
        return self._frames[0] + numbers * self._scene_fps / self.options.source_fps

    def _new_frames_at(self, numbers: np.ndarray) -> Array:
        """Return (T,) frames of the new motion for frame numbers at the new rate, whole or not."""
        count = int(np.ceil(numbers[-1])) + 2
        frames = scene_frames(count, self.options.fps, self._scene_fps, float(self._frames[0]))
        return np.interp(numbers, np.arange(count), frames)

    def _spline_frames(self) -> tuple[tuple[float, float], ...]:
        """Return the joined ranges filled in by the plain spline, in frames of the new motion."""
        joined: list[list[float]] = []
        for start, end in sorted(span for chunk in self._filled for span in chunk.spline_ranges):
            if joined and start <= joined[-1][1] + SAME_FRAME_TOLERANCE / self._scene_fps:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        fps = self._scene_fps / self.options.time_scale
        return tuple(
            (float(first), float(last))
            for first, last in self._frames[0] + np.array(joined).reshape(-1, 2) * fps
        )


def _select_frames(take: Take, frames: slice | np.ndarray) -> Take:
    return Take(take.poses[frames], take.trans[frames], take.fps)


def _stepped_gaps(curves: FCurveMap, grid: KeyGrid) -> list[np.ndarray]:
    return [CurveSegments.from_curve(curve, grid).stepped_gaps for curve in curves.values()]


def _check_body_is_keyed(
    armature: bpy.types.Object, source: AnimationSource, body_curves: FCurveMap, frames: Array
) -> None:
    """Raise RigError if no keys, on the Action frames (K,), move the body."""
    if not body_curves:
        others = sorted({bone for bone, _, _ in source.keyed_curves() if bone})
        if others:
            raise RigError(
                f"“{source.name}” must key bones of the body that was found in “{armature.name}” "
                f"(it keys others, such as “{others[0]}”). Choose the keyed bones in the panel "
                "Bones."
            )
        raise RigError(f"“{source.name}” has no keys on bones of “{armature.name}”.")
    if len(frames) < 2:
        raise RigError(f"“{source.name}” must have keys on at least two frames (it has one).")
    points = [read_key_points(curve, "co") for curve in body_curves.values()]
    if all(np.ptp(point[:, 1]) < _VALUE_TOLERANCE for point in points):
        raise RigError(
            f"Nothing moves in “{source.name}”: all keys of the body have the same values. Choose "
            "an Action with a motion."
        )


def _check_no_modifiers(curves: FCurveMap, frames: Array) -> None:
    """Raise RigError if a modifier changes an F-curve between the first and last frame of keys.

    A Cycles modifier repeats an F-curve that has keys on both, and does not change it in between.
    """
    for curve, modifier, sentence in active_modifiers(curves):
        keys = read_key_points(curve, "co")[:, 0]
        spans_all = np.abs(keys[[0, -1]] - frames[[0, -1]]).max() <= SAME_FRAME_TOLERANCE
        if modifier.type != "CYCLES" or not spans_all:
            raise RigError(f"{sentence}, so its motion is not that of its keys. {BAKE_HINT}")


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
