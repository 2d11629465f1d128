"""Sources of animation: the Action that an armature plays, or the selected NLA strips.

No source is stored while a job runs. It is found again by the names and the fingerprint that it
had, so that a change of the file in the meantime ends with an error.
"""

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
from ..action.existing_motion import FCurveMap, fcurves_by_channel, read_existing_values
from ..action.fcurves import SAME_FRAME_TOLERANCE, is_muted, read_key_points
from ..armature.checks import check_armature_keyable
from ..errors import RigError


@dataclass(frozen=True)
class TimeMap:
    """Frames of an Action against frames of the scene in which it plays."""

    scene_frame: float = 0.0
    action_frame: float = 0.0
    scale: float = 1.0
    """Scene frames per Action frame."""

    def to_scene_frames(self, frames: Array) -> Array:
        return self.scene_frame + (frames - self.action_frame) * self.scale

    def to_action_frames(self, frames: Array) -> Array:
        return self.action_frame + (frames - self.scene_frame) / self.scale


@dataclass(frozen=True)
class AnimationSource:
    """An Action and where it plays. Valid only until Blender's data may change."""

    animation: Animation
    time_map: TimeMap
    strip: Any = None
    """The strip that plays the Action; None if the armature itself does."""
    track: str = ""

    @property
    def name(self) -> str:
        return self.animation.action.name

    @property
    def strip_path(self) -> tuple[str, str]:
        """Names of the track and of the strip, by which the source is found again."""
        return self.track, self.strip.name if self.strip is not None else ""

    def keyed_curves(self) -> dict[tuple[str, str, int], Any]:
        """Return the F-curves with keys that are not muted, by (bone, path, index)."""
        return {
            channel: curve
            for channel, curve in fcurves_by_channel(self.animation.channelbag).items()
            if len(curve.keyframe_points) and not is_muted(curve)
        }

    def fingerprint(self) -> int:
        checksum = zlib.crc32(repr(self.strip_path).encode())
        for curve in self.animation.channelbag.fcurves:
            channel = f"{curve.data_path}[{curve.array_index}]".encode()
            checksum = zlib.crc32(channel, checksum)
            checksum = zlib.crc32(read_key_points(curve, "co").tobytes(), checksum)
        return checksum

    def key_frames(self, curves: FCurveMap) -> Array:
        """Return (K,) Action frames with a key on any of these F-curves, in the part that plays."""
        points = [read_key_points(curve, "co")[:, 0] for curve in curves.values()]
        frames = np.concatenate(points).astype(float) if points else np.zeros(0)
        if self.strip is not None:
            first = self.strip.action_frame_start - SAME_FRAME_TOLERANCE
            last = self.strip.action_frame_end + SAME_FRAME_TOLERANCE
            frames = frames[(frames > first) & (frames < last)]
        return merge_close_times(frames, SAME_FRAME_TOLERANCE)


def list_animation_sources(armature: bpy.types.Object, *, strips: bool) -> list[AnimationSource]:
    """Return the animation of an armature that can be resampled.

    Args:
        strips: Use the selected strips even if an Action plays.

    Raises:
        RigError: There is none, or it cannot be resampled.
    """
    check_armature_keyable(armature)
    playing = Animation.from_data_block(armature)
    if playing is None or strips:
        selected = selected_strips(armature)
        if not selected:
            raise nothing_chosen_error(armature, "resample", strips=strips)
        return [_source_from_strip(track, strip) for track, strip in selected]
    if not playing.is_playing:
        raise RigError(
            f"The Action “{playing.action.name}” does not move “{armature.name}” because it has no "
            "slot chosen. Choose one in the Action Editor."
        )
    return [AnimationSource(playing, TimeMap())]


def nothing_chosen_error(armature: bpy.types.Object, verb: str, *, strips: bool) -> RigError:
    problem = "has no strip selected" if strips else "plays no Action"
    return RigError(
        f"“{armature.name}” {problem}, so there is nothing to {verb}. Choose an Action in the "
        "Action Editor, or select strips in the NLA editor."
    )


def find_unchanged_source(
    armature: bpy.types.Object, strip_path: tuple[str, str], fingerprint: int
) -> AnimationSource:
    """Find a source again; raise RigError if it is gone, or if its keys have changed."""
    strip_name = strip_path[1]
    source: AnimationSource | None = None
    if strip_name:
        for track, strip in _clip_strips(armature):
            if (track.name, strip.name) == strip_path:
                source = _source_from_strip(track, strip)
    else:
        playing = Animation.from_data_block(armature)
        if playing is not None and playing.is_playing:
            source = AnimationSource(playing, TimeMap())
    if source is None or source.fingerprint() != fingerprint:
        kind = f"strip “{strip_name}”" if strip_name else "Action"
        raise RigError(
            f"The {kind} of “{armature.name}” was changed meanwhile, so nothing was written. Press "
            "Resample Take again."
        )
    return source


def _clip_strips(armature: bpy.types.Object) -> Iterable[tuple[Any, Any]]:
    data: Any = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        for strip in track.strips:
            if strip.type == "CLIP":
                yield track, strip


def selected_strips(armature: bpy.types.Object) -> list[tuple[Any, Any]]:
    """Return the selected strips of the type for Actions, each after its track."""
    return [(track, strip) for track, strip in _clip_strips(armature) if strip.select]


def read_strip(strip: Any) -> tuple[Animation, TimeMap]:
    """Return what a strip plays, and when; RigError without an Action, a slot or an even speed."""
    if strip.action is None:
        raise RigError(f"The strip “{strip.name}” has no Action. Choose one in the NLA editor.")
    if strip.use_animated_time or strip.use_reverse or strip.scale <= 0:
        raise RigError(
            f"The strip “{strip.name}” plays backwards or at an animated time. Bake it first (NLA "
            "> Bake Action)."
        )
    animation = Animation.from_strip(strip)
    if not animation.is_playing:
        raise RigError(
            f"The Action of the strip “{strip.name}” has no slot chosen. Choose one in the NLA "
            "editor."
        )
    return animation, TimeMap(strip.frame_start, strip.action_frame_start, strip.scale)


def _source_from_strip(track: Any, strip: Any) -> AnimationSource:
    if track.mute or strip.mute:
        raise RigError(f"The strip “{strip.name}” is muted. Unmute it and its track.")
    return AnimationSource(*read_strip(strip), strip, track.name)


def read_keyed_values(
    armature: Any, curves: FCurveMap, bone: str, path: str, frames: Array
) -> Array:
    """Return (K, C) values of a property of a bone.

    On frames with a key they are those of the key to the last bit; otherwise those of the F-curve,
    or the current ones if there is none.

    Args:
        curves: F-curves of the Action that have keys.
        frames: (K,) Action frames, increasing.
    """
    values = read_existing_values(armature, curves, bone, path, frames)
    for index in range(ROTATION_CHANNELS.get(path, 3)):
        curve = curves.get((bone, path, index))
        if curve is not None:
            keys = read_key_points(curve, "co").astype(float)
            nearest = nearest_indices(frames, keys[:, 0])
            is_on_frame = np.abs(frames[nearest] - keys[:, 0]) <= SAME_FRAME_TOLERANCE
            values[nearest[is_on_frame], index] = keys[is_on_frame, 1]
    return values


def nearest_indices(frames: Array, targets: Array) -> np.ndarray:
    """Return, for each target (N,), the index of the nearest of `frames` (K,), increasing."""
    after = np.clip(np.searchsorted(frames, targets), 1, max(len(frames) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(frames) - 1)
    return np.where(targets - frames[before] <= frames[after] - targets, before, after)
