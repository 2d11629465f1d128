"""An armature's own motion at another rate: read, filled in between its keys, and written.

In between stands somebody who fills in: this side hands out poses in pieces (`Resampling.piece`),
takes in what comes back (`take_in`) and writes it all at the end (`write`). Nothing of Blender's is
kept from one to the next.
"""

from __future__ import annotations

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
from ...backend.protocol.limits import LimitError, check_fps
from ..action.existing_motion import FCurveMap, rotation_property
from ..armature.checks import check_no_drivers
from ..errors import RigError
from ..read.animation_source import (
    SAME_FRAME_TOLERANCE,
    AnimationSource,
    TimeMap,
    find_unchanged_source,
    nearest_indices,
    read_keyed_values,
)
from ..read.armature_motion import read_armature_frames
from .checks import (
    check_body_is_keyed,
    check_can_retime,
    check_last_frame,
    check_no_modifiers,
    check_rate_increases,
)
from .keys import CurveSegments, KeyGrid
from .pose import KeyedBody
from .write import FilledMotion, RewriteOptions, write_baked_action, write_filled_action

_MIN_KEY_DISTANCE = 0.01
"""Scene frames that a new key is away from those that are there, at least: late in a long scene
Blender knows no less."""
_RATE_IN_NAME = re.compile(r" \([\d.]+ fps\)(\.\d+)?$")
"""What an action is called that was resampled before, behind its own name."""
_MIN_TIME_SCALE = 0.01
"""And a hundred times as fast is the fastest."""


@dataclass(frozen=True)
class ResampleOptions:
    """What an animator asks for."""

    fps: float
    """Keys per second of the scene."""
    time_scale: float = 1.0
    """How many times as fast the motion plays then: 0.25 is slow motion."""
    holds: str = "KEEP"
    """"KEEP" what stands still, or "SMOOTH" it over."""
    exact: bool = False
    """Only look at the curves as they are, on each frame of the new rate."""

    def __post_init__(self) -> None:
        """Raise LimitError for what cannot be."""
        check_fps(self.fps)
        if (
            not _MIN_TIME_SCALE <= self.time_scale <= 1 / _MIN_TIME_SCALE
        ):  # NaN is outside of every range
            raise LimitError(
                f"Time Scale must be between {_MIN_TIME_SCALE:g} and {1 / _MIN_TIME_SCALE:g} "
                f"(got {self.time_scale:g})."
            )
        if not self.exact:
            check_fps(self.source_fps)

    @property
    def source_fps(self) -> float:
        """Frames wanted for each second of the motion as it plays now."""
        return self.fps / self.time_scale


@dataclass(frozen=True)
class ResampleResult:
    """What was written."""

    action: bpy.types.Action
    frame_count: int
    """Frames on which there are new keys."""
    spline_ranges: tuple[tuple[float, float], ...]
    """From and to which frames the plain spline was used."""
    hold_count: int
    """Stretches in which something stands still."""
    has_other_slots: bool = False
    """Whether the old action also moves what this armature is not."""


@dataclass
class _FilledChunk:
    """What came back of one piece."""

    frames: np.ndarray
    """(F,) counted from the beginning of the whole."""
    motion: LocalPoses
    spline_ranges: list[tuple[float, float]]
    """Seconds from the first key on."""


class ResampleTask:
    """One source on its way."""

    def __init__(
        self,
        armature: bpy.types.Object,
        scene: bpy.types.Scene,
        source: AnimationSource,
        options: ResampleOptions,
    ) -> None:
        """Look at all that can be looked at before anything is done.

        Raises:
            RigError, LimitError, MappingError: it cannot be resampled so; with a sentence.
        """
        self.options, self.name = options, source.name
        self._strip_path, self._fingerprint = source.strip_path, source.fingerprint()
        curves = source.keyed_curves()
        self._rate = scene.render.fps / scene.render.fps_base
        body = KeyedBody(armature, curves)
        mine = _body_curves(body, curves)
        self._action_frames = source.key_frames(mine)
        check_body_is_keyed(armature, source, mine, self._action_frames)
        check_no_drivers(armature, body.keyed_properties)
        check_no_modifiers(mine, self._action_frames)
        check_can_retime(source, options.time_scale)
        self._frames = source.time_map.to_scene_frames(self._action_frames)
        self._seconds = (self._frames - self._frames[0]) / self._rate
        check_last_frame(self._retime_frames(self._frames[-1:]))
        self.chunks: list[KeyChunk] = []
        """What has to be filled in, piece by piece; nothing if it is exact."""
        if not options.exact:
            check_rate_increases(
                self.name, key_rate(self._seconds), options.fps, options.time_scale
            )
            self.chunks = split_into_chunks(self._seconds, options.source_fps)
            self._check_free_frames(mine, source.time_map)
        self._held = np.zeros(len(self._seconds) - 1, dtype=bool)
        self._kept = np.ones(len(self._seconds), dtype=bool)
        self._fillings: list[_FilledChunk] = []

    def _check_free_frames(self, curves: FCurveMap, times: TimeMap) -> None:
        """RigError if no frame of the new rate is anywhere but on a key, or nothing may move."""
        if self.options.holds == "SMOOTH":
            return  # what is held is only known once it is read
        grid = KeyGrid.from_frames(
            self._frames, self._new_frames(np.ones(len(self._frames), dtype=bool))
        )
        if not len(grid.frames):
            raise RigError(
                f"“{self.name}” already has a key on each frame of {self.options.fps:.4g} fps. "
                "Choose a higher rate, or a Time Scale below 1."
            )
        at = KeyGrid.from_frames(self._action_frames, times.to_action_frames(grid.frames))
        moves = [~CurveSegments.from_curve(curve, at).stepped_gaps for curve in curves.values()]
        if not (np.any(moves, axis=0) & grid.filled_gaps).any():
            raise RigError(
                f"All keys of “{self.name}” are stepped (Constant), so between them nothing moves: "
                "choose Smooth for the holds to move through them."
            )

    def read_chunk(
        self, armature: bpy.types.Object, scene: bpy.types.Scene, number: int
    ) -> tuple[Take, list[float]]:
        """The poses of a piece, and the seconds of each from the first one on.

        Raises:
            RigError: it cannot be read (any more).
        """
        find_unchanged_source(armature, self._strip_path, self._fingerprint)
        piece = self.chunks[number]
        keys = np.arange(piece.keys.start, piece.keys.stop)
        begin = piece.first_frame / self.options.source_fps
        seconds = self._seconds[keys] - begin
        frames = self._frames[keys]
        if seconds[0] > SAME_FRAME_TOLERANCE / self._rate:
            seconds = np.append(0.0, seconds)
            frames = np.append(self._frames[0] + begin * self._rate, frames)
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
        """Take what came of a piece.

        Args:
            armature: as it is now.
            number: of the piece.
            sent, seconds: as `piece` gave them.
            made: at the rate of the wish's `source_fps`.

        Raises:
            RigError: it is no motion of this piece, or the source has changed.
        """
        source = find_unchanged_source(armature, self._strip_path, self._fingerprint)
        curves = source.keyed_curves()
        body = KeyedBody(armature, curves)
        piece = self.chunks[number]
        lead = len(sent_take) - len(piece.keys)
        sent_take = Take(sent_take.poses[lead:], sent_take.trans[lead:], sent_take.fps)
        # Two rates that are the same but for rounding count the frames alike.
        own = np.arange(piece.frames.start, piece.frames.stop)
        if len(own) and own[-1] - piece.first_frame >= len(resampled_take):
            count = own[-1] - piece.first_frame + 1
            raise RigError(
                f"The backend must send {count} frames (got {len(resampled_take)}). Press Resample "
                "Take again."
            )
        self._detect_holds(piece, sent_take, np.array(seconds[lead:]))
        kept = self._kept[piece.keys.start : piece.keys.stop]
        at = self._frames[0] + own * self._rate / self.options.source_fps
        beside = ~_is_near_key(self._frames[piece.keys.start : piece.keys.stop][kept], at)
        own, at = own[beside], at[beside]
        keys = np.arange(piece.keys.start, piece.keys.stop)[kept]
        key_frames = self._action_frames[keys]
        keyed = _keyed_pose(armature, body, curves, key_frames)
        kept_take = Take(sent_take.poses[kept], sent_take.trans[kept], sent_take.fps)
        found = body.local_motion(kept_take, armature, curves, key_frames)
        if len(own):
            shown = own - piece.first_frame
            filled = Take(
                resampled_take.poses[shown], resampled_take.trans[shown], resampled_take.fps
            )
            motion = body.local_motion(
                filled, armature, curves, source.time_map.to_action_frames(at)
            )
            local = snap_to_keys(self._frames[keys], found, keyed, at, motion)
        else:
            local = LocalPoses(keyed.rotations[:0], keyed.locations[:0])
        told = resampled_take.metadata.get("resampled")
        told = told if isinstance(told, dict) else {}
        self._fillings.append(
            _FilledChunk(
                own,
                LocalPoses(local.rotations.astype(np.float32), local.locations.astype(np.float32)),
                self._ranges_in_chunk(piece, told.get("spline") or ()),
            )
        )

    def _detect_holds(self, piece: KeyChunk, sent: Take, seconds: Array) -> None:
        gaps = KeyGaps.from_keys(seconds, sent.local_matrices(), sent.root_positions())
        held = find_held_gaps(gaps.rotation_vectors, gaps.root_steps)
        mine = slice(piece.gaps.start, piece.gaps.stop)
        inside = slice(piece.gaps.start - piece.keys.start, piece.gaps.stop - piece.keys.start)
        self._held[mine] = held[inside]
        if self.options.holds == "SMOOTH":
            kept = np.zeros(len(seconds), dtype=bool)
            kept[remove_repeated_poses(held, seconds)] = True
            self._kept[piece.keys.start : piece.keys.stop] = kept

    def _ranges_in_chunk(self, piece: KeyChunk, ranges: Sequence[Any]) -> list[tuple[float, float]]:
        """Those parts of ranges that are in a piece's own gaps."""
        first, last = self._seconds[piece.gaps.start], self._seconds[piece.gaps.stop]
        begin = piece.first_frame / self.options.source_fps
        clipped = [(max(a + begin, first), min(b + begin, last)) for a, b in ranges]
        return [(a, b) for a, b in clipped if b > a]

    def _new_frames(self, kept: np.ndarray) -> Array:
        """(T,) frames of the scene, as the motion plays now, on which it gets keys."""
        count = int(np.floor(self._seconds[-1] * self.options.source_fps + 1e-6)) + 1
        frames = self._frames[0] + np.arange(count) * self._rate / self.options.source_fps
        return frames[~_is_near_key(self._frames[kept], frames)]

    def check_writable(self, armature: bpy.types.Object) -> None:
        """Raise RigError if there is nothing to write, or the source has changed."""
        find_unchanged_source(armature, self._strip_path, self._fingerprint)
        if not self.options.exact and not any(len(filling.frames) for filling in self._fillings):
            raise RigError(
                f"“{self.name}” already has a key on each frame of {self.options.fps:.4g} fps, and "
                "it has no short hold. Choose a higher rate, or a Time Scale below 1."
            )

    def write_action(self, armature: bpy.types.Object) -> ResampleResult:
        """Write what was taken in, as a new action that plays in place of the old one.

        Raises:
            RigError: as `check`; nothing has been changed then.
        """
        self.check_writable(armature)
        source = find_unchanged_source(armature, self._strip_path, self._fingerprint)
        curves = source.keyed_curves()
        body = KeyedBody(armature, curves)
        others = len(getattr(source.animation.action, "slots", ())) > 1
        if self.options.exact:
            frames = (
                self._frames[0]
                + self._sampled_frame_numbers() * self._rate / self.options.source_fps
            )
            wanted = self._scene_frames_of(self._sampled_frame_numbers())
            made = write_baked_action(
                armature,
                source,
                body,
                source.time_map.to_action_frames(frames),
                source.time_map.to_action_frames(wanted),
                self._rewrite_options(),
            )
            return ResampleResult(made, len(wanted), (), 0, others)
        numbers = np.concatenate([filling.frames for filling in self._fillings])
        made = LocalPoses(
            np.concatenate([filling.motion.rotations for filling in self._fillings]),
            np.concatenate([filling.motion.locations for filling in self._fillings]),
        )
        frames = self._frames[0] + numbers * self._rate / self.options.source_fps
        now = KeyGrid.from_frames(
            self._action_frames[self._kept], source.time_map.to_action_frames(frames)
        )
        stepped = _stepped_gaps(
            _body_curves(body, curves), KeyGrid.from_frames(self._action_frames, now.frames)
        )
        then = source.time_map.to_action_frames(self._scene_frames_of(numbers))
        action = write_filled_action(
            armature, source, body, FilledMotion(now, then, made), self._rewrite_options()
        )
        return ResampleResult(
            action,
            len(numbers),
            self._spline_frames(),
            len(find_runs(self._held)) + int(np.count_nonzero(stepped & ~self._held)),
            others,
        )

    def retimed_frame(self, frame: float) -> float:
        """Where what was on a frame is in the new action."""
        return float(self._retime_frames(np.array(frame)))

    def _rewrite_options(self) -> RewriteOptions:
        wish = self.options
        name = f"{_RATE_IN_NAME.sub('', self.name)} ({wish.fps:.5g} fps)"
        return RewriteOptions(name, float(self._frames[0]), wish.time_scale, wish.holds == "KEEP")

    def _sampled_frame_numbers(self) -> np.ndarray:
        """(T,) the frames of the new rate, and the last key if it is on none."""
        last = self._seconds[-1] * self.options.source_fps
        count = int(np.floor(last + 1e-6)) + 1
        looks = np.arange(count, dtype=float)
        return looks if last - looks[-1] < 1e-3 else np.append(looks, last)

    def _scene_frames_of(self, numbers: np.ndarray) -> Array:
        """(T,) frames of the scene for frames of the new rate, whole or not."""
        count = int(np.ceil(numbers[-1])) + 2
        evenly = scene_frames(count, self.options.fps, self._rate, float(self._frames[0]))
        return np.interp(numbers, np.arange(count), evenly)

    def _retime_frames(self, frames: Array) -> Array:
        return self._frames[0] + (frames - self._frames[0]) / self.options.time_scale

    def _spline_frames(self) -> tuple[tuple[float, float], ...]:
        """Ranges in which the spline was used, joined, in frames of the scene as it plays then."""
        joined: list[list[float]] = []
        for begin, end in sorted(
            one for filling in self._fillings for one in filling.spline_ranges
        ):
            if joined and begin <= joined[-1][1] + SAME_FRAME_TOLERANCE / self._rate:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([begin, end])
        first, rate = self._frames[0], self._rate / self.options.time_scale
        return tuple((float(first + a * rate), float(first + b * rate)) for a, b in joined)


def _body_curves(body: KeyedBody, curves: FCurveMap) -> dict[tuple[str, str, int], Any]:
    """The curves by which a body's motion is told."""
    return {
        channel: curve
        for channel, curve in curves.items()
        if (channel[0], channel[1]) in body.keyed_properties
    }


def _is_near_key(keys: Array, frames: Array) -> np.ndarray:
    """(T,) which frames are on one of keys (K,), increasing."""
    return np.abs(keys[nearest_indices(keys, frames)] - frames) < _MIN_KEY_DISTANCE


def _keyed_pose(armature: Any, body: KeyedBody, curves: FCurveMap, frames: Array) -> LocalPoses:
    """What the keys say, on frames of the action."""
    rotations = np.zeros((len(frames), len(body.rotated_bones), 4))
    for n, (bone, mode) in enumerate(body.rotation_modes.items()):
        path = rotation_property(mode)
        count = ROTATION_CHANNELS[path]
        values = np.zeros((len(frames), 4))
        values[:, :count] = read_keyed_values(armature, curves, bone, path, frames)
        rotations[:, n] = rotation_values_to_quaternions(values, mode)
    places = [
        read_keyed_values(armature, curves, bone, "location", frames)
        for bone in body.translated_bones
    ]
    return LocalPoses(
        rotations, np.stack(places, axis=1) if places else np.zeros((len(frames), 0, 3))
    )


def _stepped_gaps(curves: FCurveMap, grid: KeyGrid) -> np.ndarray:
    """(K-1,) gaps in which some curve stands still until its next key."""
    return np.any(
        [CurveSegments.from_curve(curve, grid).stepped_gaps for curve in curves.values()], axis=0
    )
