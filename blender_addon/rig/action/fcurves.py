"""F-curves of bones and of the armature object: data paths, keys, and handles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, Channel

POSE_PROPERTIES = ("location", *ROTATION_CHANNELS)
"""Properties of a bone that make up a pose; scale is not one of them."""
LAST_FRAME = 1_048_574
"""Blender's last frame (MAXFRAME)."""
OBJECT = ""
"""Stands for the armature object where a bone's name is expected."""
BEZIER = 2
"""Value of this interpolation for `foreach_set`."""
HANDLE_TYPES = ("FREE", "AUTO", "VECTOR", "ALIGNED", "AUTO_CLAMPED")
"""Handle types in the order of their values for `foreach_set`."""

_BONE_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.?(.*)')


def scene_fps(scene: bpy.types.Scene) -> float:
    """Return the frames per second of a scene: 24 / 1.001 is 23.976, not 24."""
    return scene.render.fps / scene.render.fps_base


def retime_frames(frames: Any, pivot_frame: float, time_scale: float) -> Any:
    """Return frames of a motion played `time_scale` times as fast; `pivot_frame` stays."""
    return pivot_frame + (frames - pivot_frame) / time_scale


def split_data_path(data_path: str) -> tuple[str, str] | None:
    """Split a data path into the bone and the rest of the path (`Channel.path`).

    Returns:
        `OBJECT` and the path for a transform of the object; None for anything else.
    """
    if data_path in POSE_PROPERTIES:
        return OBJECT, data_path
    match = _BONE_PATH.fullmatch(data_path)
    return (bpy.utils.unescape_identifier(match[1]), match[2]) if match else None


def join_data_path(bone: str, path: str) -> str:
    """Return the data path of a property of a bone or, for `OBJECT`, of the object."""
    if bone == OBJECT:
        return path
    dot = "" if path.startswith("[") else "."
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"]{dot}{path}'


def write_fcurves(channelbag: Any, channels: Sequence[Channel]) -> None:
    """Add an F-curve with Bézier keys for each channel, in one group per bone.

    Channels without handles get automatic ones.

    Args:
        channelbag: Owner of `.fcurves` and `.groups`; has none of these F-curves yet.
        channels: Keys to write.
    """
    for channel in channels:
        write_keyframes(new_fcurve(channelbag, channel), channel)


def new_fcurve(channelbag: Any, channel: Channel) -> Any:
    """Add an F-curve without keys for a channel, in the group of its bone."""
    curve = channelbag.fcurves.new(join_data_path(channel.bone, channel.path), index=channel.index)
    group = channel.bone or "Object Transforms"
    curve.group = channelbag.groups.get(group) or channelbag.groups.new(group)
    return curve


def write_keyframes(curve: Any, channel: Channel) -> None:
    """Write the keys of a channel to an F-curve that has none."""
    keys = curve.keyframe_points
    count = len(channel.co) // 2
    keys.add(count)
    keys.foreach_set("co", channel.co)
    keys.foreach_set("interpolation", np.full(count, BEZIER, dtype=np.int32))
    if channel.left_handles is None or channel.right_handles is None:
        set_handle_types(keys, *[np.full(count, HANDLE_TYPES.index("AUTO_CLAMPED"))] * 2)
    else:
        set_handle_types(keys, *[np.full(count, HANDLE_TYPES.index("ALIGNED"))] * 2)
        keys.foreach_set("handle_left", channel.left_handles)
        keys.foreach_set("handle_right", channel.right_handles)
    curve.update()


def read_key_points(curve: Any, name: str) -> np.ndarray:
    """Return (K, 2) float32 frames and values of the keys ("co") or of their handles."""
    keys = curve.keyframe_points
    numbers = np.empty(2 * len(keys), dtype=np.float32)
    keys.foreach_get(name, numbers)
    return numbers.reshape(-1, 2)


def set_handle_types(keys: Any, left: Any, right: Any) -> None:
    """Set the handle types of all keys, as (K,) indices into `HANDLE_TYPES`."""
    keys.foreach_set("handle_left_type", left.astype(np.int32))
    keys.foreach_set("handle_right_type", right.astype(np.int32))
    expected = HANDLE_TYPES[left[-1]], HANDLE_TYPES[right[-1]]
    if (keys[-1].handle_left_type, keys[-1].handle_right_type) != expected:
        # Blender 3.4 silently ignores foreach_set for these properties.
        for n, key in enumerate(keys):
            key.handle_left_type = HANDLE_TYPES[left[n]]
            key.handle_right_type = HANDLE_TYPES[right[n]]


def freeze_handles(key: Any) -> None:
    """Make the handles of a key independent of its neighbours."""
    key.handle_left_type = key.handle_right_type = "FREE"


def remove_fcurves(channelbag: Any, properties: Iterable[tuple[str, str]]) -> None:
    """Remove the F-curves of these (bone, path)."""
    properties = set(properties)
    for curve in list(channelbag.fcurves):
        if split_data_path(curve.data_path) in properties:
            channelbag.fcurves.remove(curve)
