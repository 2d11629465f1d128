"""Training takes: clips of Actions read at the frame rate of styles, and markers as their labels.

Reading a clip leaves what an armature plays, and its pose, as they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.keyframes.channels import rest_channel_values
from ...backend.protocol.style_file import STYLE_FPS
from ..action.blender_versions import HAS_SLOTS, Animation
from ..action.fcurves import POSE_PROPERTIES, read_items, scene_fps
from ..armature.checks import check_action_assignable
from ..errors import RigError
from .animation_source import TimeMap, nothing_chosen_error, read_strip, selected_strips
from .armature_motion import read_armature_frames
from .preserve_unkeyed import preserve_unkeyed, read_property_values

_REST_VALUES = {path: rest_channel_values(path) for path in POSE_PROPERTIES} | {"scale": (1.0,) * 3}
"""Values of the properties of a pose bone at rest."""
_SOLO_SETTINGS: dict[str, Any] = {
    "use_nla": False,
    "action_influence": 1.0,
    "action_blend_type": "REPLACE",
    "action_extrapolation": "HOLD",
}
"""Animation data with which an Action plays alone."""


@dataclass(frozen=True)
class ActionClip:
    """A part of an Action and when it plays. Valid only until Blender's data may change."""

    animation: Animation
    first_frame: float
    last_frame: float
    """Frames of the Action."""
    time_map: TimeMap
    """Frames of the Action against frames of the scene."""

    @property
    def name(self) -> str:
        return self.animation.action.name

    def duration(self, fps: float) -> float:
        return (self.last_frame - self.first_frame) * self.time_map.scale / fps


def list_action_clips(armature: bpy.types.Object, *, strips: bool = False) -> list[ActionClip]:
    """Return the clips of an armature to learn from: its Action, or the selected strips.

    Args:
        strips: Use the selected strips even if an Action plays.

    Raises:
        RigError: There is none, or a strip cannot be read.
    """
    playing = Animation.from_data_block(armature)
    if playing is not None and not strips:
        return [whole_action_clip(playing)]
    selected = [strip for _, strip in selected_strips(armature)]
    if not selected:
        raise nothing_chosen_error(armature, "learn from", strips=strips)
    clips = []
    for strip in selected:
        animation, time_map = read_strip(strip)
        frames = strip.action_frame_start, strip.action_frame_end
        clips.append(ActionClip(animation, *frames, time_map))
    return clips


def whole_action_clip(animation: Animation) -> ActionClip:
    first, last = animation.action.frame_range
    return ActionClip(animation, first, last, TimeMap())


def find_animation(armature: bpy.types.Object, name: str) -> Animation:
    """Find an Action and the slot that fits the armature; raise RigError if there is none."""
    action: Any = bpy.data.actions.get(name)
    if action is None:
        raise RigError(f"There is no Action “{name}” in this file.")
    if not HAS_SLOTS:
        return Animation(action)
    data = armature.animation_data
    if data is not None and data.action == action and data.action_slot is not None:
        return Animation(action, data.action_slot)
    slots = [slot for slot in action.slots if slot.target_id_type in {"OBJECT", "UNSPECIFIED"}]
    same_name = [slot for slot in slots if slot.identifier[2:] == armature.name]
    if not slots:
        raise RigError(f"The Action “{name}” must animate an object to be learnt from.")
    return Animation(action, (same_name or slots)[0])


def read_clip_take(armature: bpy.types.Object, scene: bpy.types.Scene, clip: ActionClip) -> Take:
    """Read a clip as a take at `STYLE_FPS`; raise RigError if it cannot be played or shown."""
    fps = scene_fps(scene)
    count = int(clip.duration(fps) * STYLE_FPS + 1e-6) + 1
    frames = clip.first_frame + np.arange(count) / STYLE_FPS * fps / clip.time_map.scale
    with preserve_unkeyed(scene), _playing_alone(armature, scene, clip.animation):
        return replace(read_armature_frames(armature, scene, frames.tolist()), fps=STYLE_FPS)


def read_marker_labels(scene: bpy.types.Scene, clip: ActionClip) -> list[tuple[str, float, float]]:
    """Read the labels of a clip from markers: (label, start, end) in seconds of the clip.

    The Action's own markers count if it has any, otherwise those of the scene. A label lasts until
    the next marker. Markers without a name end a label and start none.

    Raises:
        RigError: No label lies within the clip.
    """
    fps = scene_fps(scene)
    clip_end = int(clip.duration(fps) * STYLE_FPS + 1e-6) / STYLE_FPS
    action: Any = clip.animation.action
    markers = [(float(marker.frame), marker.name) for marker in action.pose_markers]
    if not markers:
        frames = np.array([float(marker.frame) for marker in scene.timeline_markers])
        names = [marker.name for marker in scene.timeline_markers]
        markers = list(zip(clip.time_map.to_action_frames(frames).tolist(), names, strict=True))
    starts = sorted(
        ((frame - clip.first_frame) * clip.time_map.scale / fps, name.strip())
        for frame, name in markers
    )
    ends = [second for second, _ in starts[1:]] + [clip_end] * bool(starts)
    labels = []
    for (start, name), end in zip(starts, ends, strict=True):
        start, end = max(start, 0.0), min(end, clip_end)  # noqa: PLW2901
        if name and end - start > 1 / STYLE_FPS:
            labels.append((name, start, end))
    if not labels:
        first, last = clip.time_map.to_scene_frames(np.array([clip.first_frame, clip.last_frame]))
        raise RigError(
            f"There is no marker from frame {first:.5g} to frame {last:.5g}, where “{clip.name}” "
            "plays. Add markers whose names are labels, or give it one label."
        )
    return labels


@contextmanager
def _playing_alone(
    armature: bpy.types.Object, scene: bpy.types.Scene, animation: Animation
) -> Iterator[None]:
    """Make an armature play only this Action, starting from its rest pose."""
    check_action_assignable(armature)
    data: Any = armature.animation_data
    previous = Animation.from_data_block(armature)
    settings = {} if data is None else {name: getattr(data, name) for name in _SOLO_SETTINGS}
    bones: Any = armature.pose.bones
    pose = {name: read_items(bones, name, len(values)) for name, values in _REST_VALUES.items()}
    posing = tuple(f".{name}" for name in _REST_VALUES)
    other_paths = (path for path in animation.data_paths if not path.endswith(posing))
    others = read_property_values(armature, other_paths)
    rest = {name: np.tile(np.array(v, np.float32), len(bones)) for name, v in _REST_VALUES.items()}
    try:
        animation.assign_to(armature)
        for name, value in _SOLO_SETTINGS.items():
            setattr(armature.animation_data, name, value)
        _set_pose(armature, rest)
        yield
    finally:
        if data is None:
            armature.animation_data_clear()
        else:
            for name, value in settings.items():
                setattr(data, name, value)
            if previous is None:
                data.action = None
            else:
                previous.assign_to(armature)
        _set_pose(armature, pose)
        for value in others:
            value.restore()
        scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
        # Setting a frame discards what is posed but not keyed.
        _set_pose(armature, pose)


def _set_pose(armature: bpy.types.Object, pose: dict[str, np.ndarray]) -> None:
    bones: Any = armature.pose.bones
    for name, values in pose.items():
        bones.foreach_set(name, values)
