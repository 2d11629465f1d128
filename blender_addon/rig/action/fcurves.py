"""F-curves of bones and of the armature object: data paths, keys, and handles."""

import re
from collections.abc import Iterable, Mapping, Sequence
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

SAME_FRAME_TOLERANCE = 1e-3
"""Scene frames between keys on one frame: Blender stores frames in single precision."""

_SORTED_PROPERTIES = {
    **dict.fromkeys(("amplitude", "back", "period"), np.float32),
    **dict.fromkeys(("select_control_point", "select_left_handle", "select_right_handle"), bool),
}
"""Properties of keys that are sorted along with them."""
_BONE_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.?(.*)')


def scene_fps(scene: bpy.types.Scene) -> float:
    """Return the frames per second of a scene: 24 / 1.001 is 23.976, not 24."""
    return scene.render.fps / scene.render.fps_base


def retime_frames(frames: Any, pivot_frame: float, time_scale: float) -> Any:
    """Return frames of a motion played `time_scale` times as fast; `pivot_frame` stays."""
    return pivot_frame + (frames - pivot_frame) / time_scale


def split_data_path(data_path: str) -> tuple[str, str] | None:
    """Split a data path into the bone, or `OBJECT`, and the rest of the path (`Channel.path`).

    None for a path to anything else than a bone or a transform of the object.
    """
    if data_path in POSE_PROPERTIES:
        return OBJECT, data_path
    match = _BONE_PATH.fullmatch(data_path)
    return (bpy.utils.unescape_identifier(match[1]), match[2]) if match else None


def write_fcurves(channelbag: Any, channels: Sequence[Channel]) -> None:
    """Add an F-curve with Bézier keys for each channel, in one group per bone.

    Channels without handles get automatic ones. The channelbag has none of these F-curves yet.
    """
    for channel in channels:
        write_keyframes(new_fcurve(channelbag, channel), channel)


def new_fcurve(channelbag: Any, channel: Channel) -> Any:
    """Add an F-curve without keys for a channel, in the group of its bone."""
    data_path = channel.path
    if channel.bone != OBJECT:
        dot = "" if channel.path.startswith("[") else "."
        bone = bpy.utils.escape_identifier(channel.bone)
        data_path = f'pose.bones["{bone}"]{dot}{channel.path}'
    curve = channelbag.fcurves.new(data_path, index=channel.index)
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
    has_handles = channel.left_handles is not None and channel.right_handles is not None
    handle_type = HANDLE_TYPES.index("ALIGNED" if has_handles else "AUTO_CLAMPED")
    set_handle_types(keys, *[np.full(count, handle_type)] * 2)
    if has_handles:
        keys.foreach_set("handle_left", channel.left_handles)
        keys.foreach_set("handle_right", channel.right_handles)
    curve.update()


def read_items(items: Any, name: str, width: int = 1, kind: Any = np.float32) -> np.ndarray:
    """Return (N * width,) numbers of a property of each item of one of Blender's collections."""
    numbers = np.empty(width * len(items), dtype=kind)
    items.foreach_get(name, numbers)
    return numbers


def is_muted(curve: Any) -> bool:
    return curve.mute or (curve.group is not None and curve.group.mute)


def read_key_points(curve: Any, name: str) -> np.ndarray:
    """Return (K, 2) float32 frames and values of the keys ("co") or of their handles."""
    return read_items(curve.keyframe_points, name, 2).reshape(-1, 2)


def read_key_enum(curve: Any, name: str) -> np.ndarray:
    """Return (K,) numbers of an enum property of the keys."""
    keys = curve.keyframe_points
    numbers = read_items(keys, name, kind=np.int32)
    is_handle = name.startswith("handle") and len(keys) > 0
    if is_handle and HANDLE_TYPES[numbers[0]] != getattr(keys[0], name):
        # Blender 3.4 silently ignores foreach_get for these properties.
        numbers[:] = [HANDLE_TYPES.index(getattr(key, name)) for key in keys]
    return numbers


def extend_key_enums(curve: Any, added: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return interpolation, left and right handle types (N + M,) of N keys and M added ones."""
    names = ("interpolation", "handle_left_type", "handle_right_type")
    return [np.append(read_key_enum(curve, n), new) for n, new in zip(names, added, strict=True)]


def append_keys(
    curve: Any,
    points: Mapping[str, Any],
    interpolation: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    *,
    key_type: int | None = None,
) -> None:
    """Add M keys to an F-curve that has N keys on other frames.

    Args:
        points: "co", "handle_left" and "handle_right" -> (M, 2) frames and values of the new keys.
        interpolation: (N + M,) interpolation of the existing keys and of the new ones.
        left: (N + M,) types of left handles, likewise; `right` those of right handles.
        key_type: Type of the new keys; None for Blender's default.
    """
    keys = curve.keyframe_points
    old = len(keys)
    keys.add(len(points["co"]))
    all_points = {name: read_key_points(curve, name) for name in points}
    for name, numbers in all_points.items():
        numbers[old:] = points[name]
    key_types = read_key_enum(curve, "type")
    if key_type is not None:
        key_types[old:] = key_type
    # Sorted here, because Blender's own sorting takes quadratic time.
    order = np.argsort(all_points["co"][:, 0], kind="stable")
    easing = read_key_enum(curve, "easing")
    for name, numbers in all_points.items():
        keys.foreach_set(name, numbers[order].ravel())
    enums = {"type": key_types, "interpolation": interpolation, "easing": easing}
    for name, numbers in enums.items():
        keys.foreach_set(name, numbers[order].astype(np.int32))
    for name, kind in _SORTED_PROPERTIES.items():
        keys.foreach_set(name, read_items(keys, name, kind=kind)[order])
    set_handle_types(keys, left[order], right[order])
    # Changing the type of a handle may move it.
    for name in ("handle_left", "handle_right"):
        keys.foreach_set(name, all_points[name][order].ravel())
    curve.update()


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


def remove_fcurves(channelbag: Any, properties: Iterable[tuple[str, str]]) -> None:
    properties = set(properties)
    for curve in list(channelbag.fcurves):
        if split_data_path(curve.data_path) in properties:
            channelbag.fcurves.remove(curve)
