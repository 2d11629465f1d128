"""Motion that an armature already has: the values of its channels, frame by frame."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS
from ...backend.kinematics.keyframes.sparse_keys import rotation_values_to_quaternions
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from .blender_versions import Animation
from .fcurves import OBJECT, split_data_path

FCurveMap = Mapping[tuple[str, str, int], Any]
"""(bone, path, index) -> F-curve."""


def fcurves_by_channel(channelbag: Any) -> dict[tuple[str, str, int], Any]:
    """Return the F-curves of a channelbag that move bones or the object."""
    return {
        (*key, curve.array_index): curve
        for curve in channelbag.fcurves
        if (key := split_data_path(curve.data_path)) is not None
    }


def playing_fcurves(armature: bpy.types.Object) -> FCurveMap:
    """Return the F-curves of what an armature plays; none if it plays nothing."""
    animation = Animation.from_data_block(armature)
    if animation is None or not animation.is_playing:
        return {}
    return fcurves_by_channel(animation.channelbag)


def channel_owner(armature: bpy.types.Object, bone: str) -> Any:
    """Return the pose bone, or the object itself for `OBJECT`."""
    return armature if bone == OBJECT else armature.pose.bones[bone]


def read_existing_values(
    armature: bpy.types.Object, curves: FCurveMap, bone: str, path: str, frames: Array
) -> Array:
    """Return (T, C) values of a property; channels without an F-curve have their current value."""
    count = ROTATION_CHANNELS.get(path, 3)
    current = np.array(getattr(channel_owner(armature, bone), path), dtype=float)
    values = np.tile(current[:count], (len(frames), 1))
    for index in range(count):
        curve = curves.get((bone, path, index))
        if curve is not None:
            values[:, index] = [curve.evaluate(frame) for frame in frames]
    return values


def read_existing_rotations(
    armature: bpy.types.Object, curves: FCurveMap, bone: str, frames: Array
) -> Array:
    """Return (T, 4) unit quaternions of a bone's rotation relative to its rest pose."""
    mode = channel_owner(armature, bone).rotation_mode
    values = read_existing_values(armature, curves, bone, rotation_property(mode), frames)
    padded = np.zeros((len(frames), 4))
    padded[:, : values.shape[1]] = values
    if mode == "QUATERNION" and not np.linalg.norm(padded, axis=1).all():
        padded[np.linalg.norm(padded, axis=1) == 0] = (1.0, 0.0, 0.0, 0.0)
    return rotation_values_to_quaternions(padded, mode)


def read_existing_motion(
    armature: bpy.types.Object, curves: FCurveMap, motion: RigMotion, frames: Array
) -> RigMotion:
    """Return the existing motion of the bones of `motion` on frames (T,)."""
    rotations = [read_existing_rotations(armature, curves, bone, frames) for bone in motion.bones]
    locations = [
        read_existing_values(armature, curves, bone, "location", frames)
        for bone in motion.translated_bones
    ]
    count = len(frames)
    return replace(
        motion,
        rotations=np.stack(rotations, axis=1) if rotations else np.zeros((count, 0, 4)),
        locations=np.stack(locations, axis=1) if locations else np.zeros((count, 0, 3)),
    )


def rotation_property(mode: str) -> str:
    special = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return special.get(mode, "rotation_euler")


def current_value(armature: bpy.types.Object, bone: str, path: str, index: int) -> float:
    """Return the current value of a channel, which may be a custom property."""
    owner = channel_owner(armature, bone)
    if path.startswith("["):
        return float(owner.path_resolve(path))
    return float(getattr(owner, path)[index])
