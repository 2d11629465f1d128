"""F-curves of bones: whose they are, writing whole ones at once, and taking some away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, Channel

POSE_PROPERTIES = ("location", *ROTATION_CHANNELS)
"""The properties of a bone that a pose is made of; scale is not."""

LAST_FRAME = 1_048_574
"""Blender's frames end here."""
OBJECT = ""
"""Stands for the object itself where else a bone is named."""

_OF_A_BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.?(.*)')
# The numbers that foreach_set wants for items of the enums.
BEZIER = 2
HANDLE_TYPES = ("FREE", "AUTO", "VECTOR", "ALIGNED", "AUTO_CLAMPED")


def split_data_path(data_path: str) -> tuple[str, str] | None:
    """The bone of a data path and what follows it (see `Channel.path`).

    `OBJECT` and the path for the object's own transforms; None for what is neither.
    """
    if data_path in POSE_PROPERTIES:
        return OBJECT, data_path
    match = _OF_A_BONE.fullmatch(data_path)
    return (bpy.utils.unescape_identifier(match[1]), match[2]) if match else None


def join_data_path(bone: str, path: str) -> str:
    """The data path of a bone's property, or the object's; `bone_and_path` back."""
    if bone == OBJECT:
        return path
    dot = "" if path.startswith("[") else "."
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"]{dot}{path}'


def write_fcurves(channelbag: Any, channels: Sequence[Channel]) -> None:
    """Add an F-curve for each channel, in a group for each bone.

    The keys are Bézier ones, so that what is between frames (motion blur, slow motion) is smooth
    and the curves can be edited as usual. Where a channel brings no handles they are automatic.

    Args:
        holder: of `.fcurves` and `.groups`; has none of these F-curves yet.
    """
    for channel in channels:
        write_keyframes(new_fcurve(channelbag, channel), channel)


def new_fcurve(channelbag: Any, channel: Channel) -> Any:
    """An empty F-curve for a channel, in the group of its bone."""
    curve = channelbag.fcurves.new(join_data_path(channel.bone, channel.path), index=channel.index)
    group = channel.bone or "Object Transforms"
    curve.group = channelbag.groups.get(group) or channelbag.groups.new(group)
    return curve


def write_keyframes(curve: Any, channel: Channel) -> None:
    """Put a channel's keys on an F-curve that has none."""
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


def set_handle_types(keys: Any, left: Any, right: Any) -> None:
    """Give each key its kinds of handle, as places in `HANDLES` (K,)."""
    keys.foreach_set("handle_left_type", left.astype(np.int32))
    keys.foreach_set("handle_right_type", right.astype(np.int32))
    last = keys[-1]
    if (last.handle_left_type, last.handle_right_type) != (
        HANDLE_TYPES[left[-1]],
        HANDLE_TYPES[right[-1]],
    ):
        # Blender 3.4 passes over these properties in silence.
        for n, key in enumerate(keys):
            key.handle_left_type, key.handle_right_type = (
                HANDLE_TYPES[left[n]],
                HANDLE_TYPES[right[n]],
            )


def freeze_handles(key: Any) -> None:
    """Let a key's handles stay where they are, whatever its neighbours do."""
    key.handle_left_type = key.handle_right_type = "FREE"


def remove_fcurves(channelbag: Any, properties: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Remove the F-curves of these (bone, path); returns those of them that there were."""
    properties = set(properties)
    removed: set[tuple[str, str]] = set()
    for curve in list(channelbag.fcurves):
        key = split_data_path(curve.data_path)
        if key in properties:
            channelbag.fcurves.remove(curve)
            removed.add(key)
    return removed
