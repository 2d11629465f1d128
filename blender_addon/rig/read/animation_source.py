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
from ...backend.kinematics.keyframes.chunks import merged_times
from ...backend.kinematics.math.rotations import Array
from ..action.blender_versions import Animation
from ..action.existing_motion import Curves, curves_by_channel, owner_of
from ..armature.checks import check_keyable
from ..errors import RigError

CLOSE = 1e-3
"""Scene frames by which two keys may be apart and be on one."""


@dataclass(frozen=True)
class TimeMap:
    """Frames of an action against those of the scene in which it plays."""

    scene: float = 0.0
    action: float = 0.0
    scale: float = 1.0
    """Scene frames for each of the action's."""

    def to_scene(self, frames: Array) -> Array:
        """The action's frames (K,) as the scene's."""
        return self.scene + (frames - self.action) * self.scale

    def to_action(self, frames: Array) -> Array:
        """The scene's frames (K,) as the action's."""
        return self.action + (frames - self.scene) / self.scale


@dataclass(frozen=True)
class Source:
    """An action where it plays. Only valid until Blender's data may change."""

    animation: Animation
    times: TimeMap
    strip: Any = None
    """The strip that plays it; None if the armature itself does."""
    track: str = ""

    @property
    def name(self) -> str:
        """What sentences and new actions are named by."""
        return self.animation.action.name

    @property
    def place(self) -> tuple[str, str]:
        """Track and strip, by which it is found again."""
        return self.track, self.strip.name if self.strip is not None else ""

    def curves(self) -> dict[tuple[str, str, int], Any]:
        """(bone, path, index) -> F-curve, of those that have keys and are not muted."""
        return {
            channel: curve
            for channel, curve in curves_by_channel(self.animation.curves).items()
            if len(curve.keyframe_points)
            and not curve.mute
            and not (curve.group is not None and curve.group.mute)
        }

    def mark(self) -> int:
        """A number that changes when keys do."""
        mark = zlib.crc32(repr(self.place).encode())
        for curve in self.animation.curves.fcurves:
            words = f"{curve.data_path}[{curve.array_index}]".encode()
            mark = zlib.crc32(key_numbers(curve, "co").tobytes(), zlib.crc32(words, mark))
        return mark

    def key_frames(self, curves: Curves) -> Array:
        """(K,) frames of the action on which any of these curves has a key, in the part of it that
        plays."""
        found = [key_numbers(curve, "co")[:, 0] for curve in curves.values()]
        frames = np.concatenate(found).astype(float) if found else np.zeros(0)
        if self.strip is not None:
            first, last = self.strip.action_frame_start, self.strip.action_frame_end
            frames = frames[(frames > first - CLOSE) & (frames < last + CLOSE)]
        return merged_times(frames, CLOSE)


def key_numbers(curve: Any, name: str) -> np.ndarray:
    """(K, 2) float32 frames and values of an F-curve's keys ("co") or handles."""
    keys = curve.keyframe_points
    numbers = np.empty(2 * len(keys), dtype=np.float32)
    keys.foreach_get(name, numbers)
    return numbers.reshape(-1, 2)


def sources_of(armature: bpy.types.Object, *, strips: bool) -> list[Source]:
    """What of an armature there is to resample.

    Args:
        strips: take the selected strips also if an action plays.

    Raises:
        RigError: with a sentence, if there is nothing.
    """
    check_keyable(armature)
    playing = Animation.of(armature)
    selected = selected_strips(armature)
    if playing is None or strips:
        if not selected:
            plays = "plays no action" if playing is None else "has no strip selected"
            raise RigError(
                f"“{armature.name}” {plays}, so there is nothing to resample: choose an action in "
                "the Action Editor, or select strips in the NLA editor."
            )
        return [_of_strip(track, strip) for track, strip in selected]
    if not playing.plays:
        raise RigError(
            f"The action “{playing.action.name}” does not move “{armature.name}”, for no slot of "
            "it is chosen: choose one in the Action Editor."
        )
    return [Source(playing, TimeMap())]


def found_source(armature: bpy.types.Object, place: tuple[str, str], mark: int) -> Source:
    """A source as it was before a job.

    Raises:
        RigError: if it is gone, or its keys were changed.
    """
    strip = place[1]
    found: Source | None = None
    if not strip:
        playing = Animation.of(armature)
        found = Source(playing, TimeMap()) if playing is not None and playing.plays else None
    else:
        for of_track, other in _strips(armature):
            if (of_track.name, other.name) == place:
                found = _of_strip(of_track, other)
    if found is None or found.mark() != mark:
        what = f"strip “{strip}”" if strip else "action"
        raise RigError(
            f"The {what} of “{armature.name}” was changed meanwhile, so nothing was written: press "
            "Resample Take again."
        )
    return found


def strip_selected(armature: bpy.types.Object) -> bool:
    """Whether a strip is; quick enough to be asked by a draw function."""
    return bool(selected_strips(armature))


def _strips(armature: bpy.types.Object) -> Iterable[tuple[Any, Any]]:
    data: Any = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        for strip in track.strips:
            if strip.type == "CLIP":
                yield track, strip


def selected_strips(armature: bpy.types.Object) -> list[tuple[Any, Any]]:
    """The selected strips with an action, each with its track."""
    return [(track, strip) for track, strip in _strips(armature) if strip.select]


def _of_strip(track: Any, strip: Any) -> Source:
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
    animation = Animation.of_strip(strip)
    if not animation.plays:
        raise refuse("no slot of its action is chosen. Choose one in the NLA editor.")
    times = TimeMap(strip.frame_start, strip.action_frame_start, strip.scale)
    return Source(animation, times, strip, track.name)


def values_of(armature: Any, curves: Curves, bone: str, path: str, frames: Array) -> Array:
    """(K, C) values of a bone's property on frames of an action: of its keys, to the last bit,
    where there are any, else of its curves, else as they are now.

    Args:
        curves: the F-curves of the action that have keys.
        frames: (K,) increasing.
    """
    count = ROTATION_CHANNELS.get(path, 3)
    now = np.array(getattr(owner_of(armature, bone), path), dtype=float)
    values = np.tile(now[:count], (len(frames), 1))
    for index in range(count):
        curve = curves.get((bone, path, index))
        if curve is None:
            continue
        keys = key_numbers(curve, "co").astype(float)
        near = nearest(frames, keys[:, 0])
        there = np.abs(frames[near] - keys[:, 0]) <= CLOSE
        values[near[there], index] = keys[there, 1]
        for row in np.setdiff1d(np.arange(len(frames)), near[there]):
            values[row, index] = curve.evaluate(frames[row])
    return values


def nearest(frames: Array, wanted: Array) -> np.ndarray:
    """(N,) which of frames (K,), increasing, is nearest to each wanted one (N,)."""
    after = np.clip(np.searchsorted(frames, wanted), 1, max(len(frames) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(frames) - 1)
    return np.where(wanted - frames[before] <= frames[after] - wanted, before, after)
