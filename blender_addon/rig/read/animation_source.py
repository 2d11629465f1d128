"""What is resampled: the action that an armature plays, or the selected strips of its NLA tracks.

Nothing here is kept while a job runs: a source is looked up again by the names and the mark that it
had, so that whatever happens to the file meanwhile ends with a sentence.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS
from ...backend.kinematics.keyframes.chunks import merge_close_times
from ...backend.kinematics.math.rotations import Array
from ..action.blender_versions import Animation
from ..action.existing_motion import FCurveMap, channel_owner, fcurves_by_channel
from ..armature.checks import check_armature_keyable
from ..errors import RigError

SAME_FRAME_TOLERANCE = 1e-3
"""Scene frames by which two keys may be apart and be on one."""


@dataclass(frozen=True)
class TimeMap:
    """Frames of an action against those of the scene in which it plays."""

    scene_frame: float = 0.0
    action_frame: float = 0.0
    scale: float = 1.0
    """Scene frames for each of the action's."""

    def to_scene_frames(self, frames: Array) -> Array:
        """The action's frames (K,) as the scene's."""
        return self.scene_frame + (frames - self.action_frame) * self.scale

    def to_action_frames(self, frames: Array) -> Array:
        """The scene's frames (K,) as the action's."""
        return self.action_frame + (frames - self.scene_frame) / self.scale


@dataclass(frozen=True)
class AnimationSource:
    """An action where it plays. Only valid until Blender's data may change."""

    animation: Animation
    time_map: TimeMap
    strip: Any = None
    """The strip that plays it; None if the armature itself does."""
    track: str = ""

    @property
    def name(self) -> str:
        """What sentences and new actions are named by."""
        return self.animation.action.name

    @property
    def strip_path(self) -> tuple[str, str]:
        """Track and strip, by which it is found again."""
        return self.track, self.strip.name if self.strip is not None else ""

    def keyed_curves(self) -> dict[tuple[str, str, int], Any]:
        """(bone, path, index) -> F-curve, of those that have keys and are not muted."""
        return {
            channel: curve
            for channel, curve in fcurves_by_channel(self.animation.channelbag).items()
            if len(curve.keyframe_points)
            and not curve.mute
            and not (curve.group is not None and curve.group.mute)
        }

    def fingerprint(self) -> int:
        """A number that changes when keys do."""
        mark = zlib.crc32(repr(self.strip_path).encode())
        for curve in self.animation.channelbag.fcurves:
            words = f"{curve.data_path}[{curve.array_index}]".encode()
            mark = zlib.crc32(read_key_points(curve, "co").tobytes(), zlib.crc32(words, mark))
        return mark

    def key_frames(self, curves: FCurveMap) -> Array:
        """(K,) frames of the action on which any of these curves has a key, in the part of it that
        plays."""
        found = [read_key_points(curve, "co")[:, 0] for curve in curves.values()]
        frames = np.concatenate(found).astype(float) if found else np.zeros(0)
        if self.strip is not None:
            first, last = self.strip.action_frame_start, self.strip.action_frame_end
            frames = frames[
                (frames > first - SAME_FRAME_TOLERANCE) & (frames < last + SAME_FRAME_TOLERANCE)
            ]
        return merge_close_times(frames, SAME_FRAME_TOLERANCE)


def read_key_points(curve: Any, name: str) -> np.ndarray:
    """(K, 2) float32 frames and values of an F-curve's keys ("co") or handles."""
    keys = curve.keyframe_points
    numbers = np.empty(2 * len(keys), dtype=np.float32)
    keys.foreach_get(name, numbers)
    return numbers.reshape(-1, 2)


def list_animation_sources(armature: bpy.types.Object, *, strips: bool) -> list[AnimationSource]:
    """What of an armature there is to resample.

    Args:
        strips: take the selected strips also if an action plays.

    Raises:
        RigError: with a sentence, if there is nothing.
    """
    check_armature_keyable(armature)
    playing = Animation.from_data_block(armature)
    selected = selected_strips(armature)
    if playing is None or strips:
        if not selected:
            plays = "plays no action" if playing is None else "has no strip selected"
            raise RigError(
                f"“{armature.name}” {plays}, so there is nothing to resample: choose an action in "
                "the Action Editor, or select strips in the NLA editor."
            )
        return [_source_from_strip(track, strip) for track, strip in selected]
    if not playing.is_playing:
        raise RigError(
            f"The action “{playing.action.name}” does not move “{armature.name}”, for no slot of "
            "it is chosen: choose one in the Action Editor."
        )
    return [AnimationSource(playing, TimeMap())]


def find_unchanged_source(
    armature: bpy.types.Object, strip_path: tuple[str, str], fingerprint: int
) -> AnimationSource:
    """A source as it was before a job.

    Raises:
        RigError: if it is gone, or its keys were changed.
    """
    strip = strip_path[1]
    found: AnimationSource | None = None
    if not strip:
        playing = Animation.from_data_block(armature)
        found = (
            AnimationSource(playing, TimeMap())
            if playing is not None and playing.is_playing
            else None
        )
    else:
        for of_track, other in _clip_strips(armature):
            if (of_track.name, other.name) == strip_path:
                found = _source_from_strip(of_track, other)
    if found is None or found.fingerprint() != fingerprint:
        what = f"strip “{strip}”" if strip else "action"
        raise RigError(
            f"The {what} of “{armature.name}” was changed meanwhile, so nothing was written: press "
            "Resample Take again."
        )
    return found


def has_selected_strip(armature: bpy.types.Object) -> bool:
    """Whether a strip is; quick enough to be asked by a draw function."""
    return bool(selected_strips(armature))


def _clip_strips(armature: bpy.types.Object) -> Iterable[tuple[Any, Any]]:
    data: Any = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        for strip in track.strips:
            if strip.type == "CLIP":
                yield track, strip


def selected_strips(armature: bpy.types.Object) -> list[tuple[Any, Any]]:
    """The selected strips with an action, each with its track."""
    return [(track, strip) for track, strip in _clip_strips(armature) if strip.select]


def _source_from_strip(track: Any, strip: Any) -> AnimationSource:
    def refuse(why: str) -> RigError:
        return RigError(f"The strip “{strip.name}” cannot be resampled: {why}")

    if strip.action is None:
        raise refuse("it has no action. Choose one in the NLA editor.")
    if track.mute or strip.mute:
        raise refuse("it is muted, so it moves nothing. Unmute it and its track.")
    if strip.use_animated_time or strip.use_reverse or strip.scale <= 0:
        raise refuse(
            "it plays backwards or at an animated time. Bake it first (NLA > Bake Action)."
        )
    animation = Animation.from_strip(strip)
    if not animation.is_playing:
        raise refuse("no slot of its action is chosen. Choose one in the NLA editor.")
    times = TimeMap(strip.frame_start, strip.action_frame_start, strip.scale)
    return AnimationSource(animation, times, strip, track.name)


def read_keyed_values(
    armature: Any, curves: FCurveMap, bone: str, path: str, frames: Array
) -> Array:
    """(K, C) values of a bone's property on frames of an action: of its keys, to the last bit,
    where there are any, else of its curves, else as they are now.

    Args:
        curves: the F-curves of the action that have keys.
        frames: (K,) increasing.
    """
    count = ROTATION_CHANNELS.get(path, 3)
    now = np.array(getattr(channel_owner(armature, bone), path), dtype=float)
    values = np.tile(now[:count], (len(frames), 1))
    for index in range(count):
        curve = curves.get((bone, path, index))
        if curve is None:
            continue
        keys = read_key_points(curve, "co").astype(float)
        near = nearest_indices(frames, keys[:, 0])
        there = np.abs(frames[near] - keys[:, 0]) <= SAME_FRAME_TOLERANCE
        values[near[there], index] = keys[there, 1]
        for row in np.setdiff1d(np.arange(len(frames)), near[there]):
            values[row, index] = curve.evaluate(frames[row])
    return values


def nearest_indices(frames: Array, targets: Array) -> np.ndarray:
    """(N,) which of frames (K,), increasing, is nearest to each wanted one (N,)."""
    after = np.clip(np.searchsorted(frames, targets), 1, max(len(frames) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(frames) - 1)
    return np.where(targets - frames[before] <= frames[after] - targets, before, after)
