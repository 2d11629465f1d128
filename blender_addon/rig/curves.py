"""F-curves of bones: whose they are, writing whole ones at once, and taking some away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import numpy as np

from ..backend.kinematics.keys import ROTATION_CHANNELS, Channel

TRANSFORMS = ("location", *ROTATION_CHANNELS)
"""The properties of a bone that a pose is made of; scale is not."""

_OF_A_BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.?(.*)')
# The numbers that foreach_set wants for items of the enums.
_BEZIER = 2
_HANDLES = {"ALIGNED": 3, "AUTO_CLAMPED": 4}


def bone_and_path(data_path: str) -> tuple[str, str] | None:
    """The bone of a data path and what follows it (see `Channel.path`); None if it is no bone's."""
    match = _OF_A_BONE.fullmatch(data_path)
    return (bpy.utils.unescape_identifier(match[1]), match[2]) if match else None


def write_curves(holder: Any, channels: Sequence[Channel]) -> None:
    """Add an F-curve for each channel, in a group for each bone.

    The keys are Bézier ones, so that what is between frames (motion blur, slow motion) is smooth
    and the curves can be edited as usual. Where a channel brings no handles they are automatic.

    Args:
        holder: of `.fcurves` and `.groups`; has none of these F-curves yet.
    """
    for channel in channels:
        bone = bpy.utils.escape_identifier(channel.bone)
        dot = "" if channel.path.startswith("[") else "."
        curve = holder.fcurves.new(f'pose.bones["{bone}"]{dot}{channel.path}', index=channel.index)
        curve.group = holder.groups.get(channel.bone) or holder.groups.new(channel.bone)
        keys = curve.keyframe_points
        count = len(channel.co) // 2
        keys.add(count)
        keys.foreach_set("co", channel.co)
        keys.foreach_set("interpolation", np.full(count, _BEZIER, dtype=np.int32))
        if channel.left is None or channel.right is None:
            _set_handle_types(keys, "AUTO_CLAMPED")
        else:
            _set_handle_types(keys, "ALIGNED")
            keys.foreach_set("handle_left", channel.left)
            keys.foreach_set("handle_right", channel.right)
        curve.update()


def _set_handle_types(keys: Any, kind: str) -> None:
    numbers = np.full(len(keys), _HANDLES[kind], dtype=np.int32)
    keys.foreach_set("handle_left_type", numbers)
    keys.foreach_set("handle_right_type", numbers)
    if keys[0].handle_left_type != kind:  # Blender 3.4 passes over these properties in silence
        for key in keys:
            key.handle_left_type = key.handle_right_type = kind


def remove_curves(holder: Any, unwanted: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Remove the F-curves of these (bone, path); returns those of them that there were."""
    unwanted = set(unwanted)
    removed: set[tuple[str, str]] = set()
    for curve in list(holder.fcurves):
        key = bone_and_path(curve.data_path)
        if key in unwanted:
            holder.fcurves.remove(curve)
            removed.add(key)
    return removed
