"""Actions as takes to learn from: each played by itself, at the rate that styles are learnt at, and
the markers that say what happens in it.

What an armature plays, and how it stands, is as before afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.protocol.style_file import STYLE_FPS
from ..action.blender_versions import HAS_SLOTS, Animation
from ..errors import RigError
from .animation_source import TimeMap, selected_strips
from .armature_motion import read_armature_frames
from .preserve_unkeyed import PropertyValue, preserve_unkeyed, read_property_values

_POSE_PROPERTY_DEFAULTS = {
    "location": (3, 0.0),
    "rotation_quaternion": (4, None),
    "rotation_euler": (3, 0.0),
    "rotation_axis_angle": (4, 0.0),
    "scale": (3, 1.0),
}
"""Property of a pose bone -> how many numbers, and what they are at rest."""


@dataclass(frozen=True)
class ActionClip:
    """A part of an action, and when it plays. Only valid until Blender's data may change."""

    animation: Animation
    first_frame: float
    last_frame: float
    """Frames of the action."""
    time_map: TimeMap
    """Against those of the scene."""

    @property
    def name(self) -> str:
        """Of the action."""
        return self.animation.action.name

    def duration(self, rate: float) -> float:
        """How long it plays in a scene at this rate."""
        return (self.last_frame - self.first_frame) * self.time_map.scale / rate


def list_action_clips(armature: bpy.types.Object, *, strips: bool = False) -> list[ActionClip]:
    """What of an armature there is to learn from: the action that it plays, or selected strips.

    Args:
        strips: take the selected strips also if an action plays.

    Raises:
        RigError: there is nothing.
    """
    playing = Animation.from_data_block(armature)
    if playing is not None and not strips:
        return [whole_action_clip(playing)]
    found = [_clip_from_strip(strip) for _, strip in selected_strips(armature)]
    if not found:
        plays = "has no strip selected" if strips else "plays no action"
        raise RigError(
            f"“{armature.name}” {plays}, so there is nothing to learn from: choose an action in "
            "the Action Editor, or select strips in the NLA editor."
        )
    return found


def whole_action_clip(animation: Animation) -> ActionClip:
    """A whole action, as it plays where an armature has it."""
    first, last = animation.action.frame_range
    return ActionClip(animation, first, last, TimeMap())


def find_animation(armature: bpy.types.Object, name: str) -> Animation:
    """An action by its name, and the slot of it that is the armature's.

    Raises:
        RigError: there is none, or it moves other things.
    """
    action: Any = bpy.data.actions.get(name)
    if action is None:
        raise RigError(f"There is no action “{name}” in this file.")
    if not HAS_SLOTS:
        return Animation(action)
    data = armature.animation_data
    if data is not None and data.action == action and data.action_slot is not None:
        return Animation(action, data.action_slot)
    fitting = [slot for slot in action.slots if slot.target_id_type in {"OBJECT", "UNSPECIFIED"}]
    own = [slot for slot in fitting if slot.identifier[2:] == armature.name] or fitting
    if not own:
        raise RigError(f"The action “{name}” moves no object, so it is no motion to learn from.")
    return Animation(action, own[0])


def read_clip_take(armature: bpy.types.Object, scene: bpy.types.Scene, clip: ActionClip) -> Take:
    """A clip as a take at `RATE`, from its first frame to its last.

    Raises:
        RigError: with a sentence.
    """
    rate = scene.render.fps / scene.render.fps_base
    count = int(clip.duration(rate) * STYLE_FPS + 1e-6) + 1
    frames = clip.first_frame + np.arange(count) / STYLE_FPS * rate / clip.time_map.scale
    with preserve_unkeyed(scene), _playing_alone(armature, scene, clip.animation):
        return replace(
            read_armature_frames(armature, scene, [float(f) for f in frames]), fps=STYLE_FPS
        )


def read_marker_labels(scene: bpy.types.Scene, clip: ActionClip) -> list[tuple[str, float, float]]:
    """(label, from second, to second) of a clip: the action's own markers if it has some, else the
    scene's. Each holds until the next; what comes before the first, or has no name, is in no range.

    Raises:
        RigError: there is no marker.
    """
    rate = scene.render.fps / scene.render.fps_base
    end = int(clip.duration(rate) * STYLE_FPS + 1e-6) / STYLE_FPS
    action: Any = clip.animation.action
    own = [(float(marker.frame), marker.name) for marker in action.pose_markers]
    if not own:
        frames = np.array([float(marker.frame) for marker in scene.timeline_markers])
        names = [marker.name for marker in scene.timeline_markers]
        own = list(zip(clip.time_map.to_action_frames(frames).tolist(), names, strict=True))
    begins = sorted(
        ((frame - clip.first_frame) * clip.time_map.scale / rate, name.strip())
        for frame, name in own
    )
    ends = [second for second, _ in begins[1:]] + [end] * bool(begins)
    cut = [
        (name, max(start, 0.0), min(stop, end))
        for (start, name), stop in zip(begins, ends, strict=True)
    ]
    found = [
        (name, start, stop) for name, start, stop in cut if name and stop - start > 1 / STYLE_FPS
    ]
    if not found:
        first, last = clip.time_map.to_scene_frames(np.array([clip.first_frame, clip.last_frame]))
        raise RigError(
            f"There is no marker from frame {first:.5g} to frame {last:.5g}, where “{clip.name}” "
            "plays: add markers whose names are labels, or give it one label."
        )
    return found


def _clip_from_strip(strip: Any) -> ActionClip:
    if strip.action is None:
        raise RigError(f"The strip “{strip.name}” has no action: choose one in the NLA editor.")
    if strip.use_animated_time or strip.use_reverse or strip.scale <= 0:
        raise RigError(
            f"The strip “{strip.name}” plays backwards or at an animated time: bake it first (NLA "
            "> Bake Action)."
        )
    times = TimeMap(strip.frame_start, strip.action_frame_start, strip.scale)
    animation = Animation.from_strip(strip)
    if not animation.is_playing:
        raise RigError(
            f"No slot of the action of the strip “{strip.name}” is chosen: choose one in the NLA "
            "editor."
        )
    return ActionClip(animation, strip.action_frame_start, strip.action_frame_end, times)


@contextmanager
def _playing_alone(
    armature: bpy.types.Object, scene: bpy.types.Scene, animation: Animation
) -> Iterator[None]:
    """Have an armature play an action alone, from its rest pose."""
    data: Any = armature.animation_data
    if data is not None and data.use_tweak_mode:
        raise RigError(f"A strip of “{armature.name}” is being tweaked: leave Tweak Mode first.")
    if armature.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file: make a library override of it first."
        )
    had = Animation.from_data_block(armature)
    state = {} if data is None else {name: getattr(data, name) for name in _SOLO_SETTINGS}
    pose, others = _read_pose(armature), _read_unposed_values(armature, animation)
    try:
        animation.assign_to(armature)
        for name, alone in _SOLO_SETTINGS.items():
            setattr(armature.animation_data, name, alone)
        _set_pose(armature, None)
        yield
    finally:
        if data is None:
            armature.animation_data_clear()
        else:
            for name, value in state.items():
                setattr(data, name, value)
            if had is None:
                data.action = None
            else:
                had.assign_to(armature)
        _set_pose(armature, pose)
        for value in others:
            value.restore()
        scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
        # What is posed but not keyed is lost when a frame is set.
        _set_pose(armature, pose)


_SOLO_SETTINGS: dict[str, Any] = {
    "use_nla": False,
    "action_influence": 1.0,
    "action_blend_type": "REPLACE",
    "action_extrapolation": "HOLD",
}
"""Of an armature's animation data: what has an action play by itself."""


def _read_pose(armature: bpy.types.Object) -> dict[str, np.ndarray]:
    bones: Any = armature.pose.bones
    found = {}
    for name, (count, _) in _POSE_PROPERTY_DEFAULTS.items():
        found[name] = np.empty(count * len(bones), dtype=np.float32)
        bones.foreach_get(name, found[name])
    return found


def _set_pose(armature: bpy.types.Object, pose: dict[str, np.ndarray] | None) -> None:
    """Pose an armature as it was, or at rest."""
    bones: Any = armature.pose.bones
    for name, (count, still) in _POSE_PROPERTY_DEFAULTS.items():
        if pose is not None:
            bones.foreach_set(name, pose[name])
            continue
        one = (1.0, 0.0, 0.0, 0.0) if still is None else (still,) * count
        if name == "rotation_axis_angle":
            one = (0.0, 0.0, 1.0, 0.0)
        bones.foreach_set(name, np.tile(np.array(one, dtype=np.float32), len(bones)))


def _read_unposed_values(armature: bpy.types.Object, animation: Animation) -> list[PropertyValue]:
    """What an action moves besides poses, as it is now."""
    posed = tuple(f".{name}" for name in _POSE_PROPERTY_DEFAULTS)
    return read_property_values(
        armature, (path for path in animation.data_paths if not path.endswith(posed))
    )
