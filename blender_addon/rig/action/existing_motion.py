"""What an armature did before a motion came: the values its channels had, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS
from ...backend.kinematics.keyframes.sparse_keys import rotation_values_to_quaternions
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from .fcurves import OBJECT, split_data_path

FCurveMap = Mapping[tuple[str, str, int], Any]
"""(bone, path, index) -> F-curve."""


def fcurves_by_channel(holder: Any) -> dict[tuple[str, str, int], Any]:
    """The F-curves of an action (or of a slot's part of it) that move bones or the object."""
    found = {}
    for curve in holder.fcurves if holder is not None else ():
        key = split_data_path(curve.data_path)
        if key is not None:
            found[(*key, curve.array_index)] = curve
    return found


def channel_owner(armature: bpy.types.Object, bone: str) -> Any:
    """What has the properties: the pose bone, or the object itself for `OBJECT`."""
    return armature if bone == OBJECT else armature.pose.bones[bone]


def read_existing_values(
    armature: bpy.types.Object, curves: FCurveMap, bone: str, path: str, frames: Array
) -> Array:
    """(T, C) values of a property; where no curve moves a channel, as it stands now."""
    count = ROTATION_CHANNELS.get(path, 3)
    now = np.array(getattr(channel_owner(armature, bone), path), dtype=float)
    values = np.tile(now[:count], (len(frames), 1))
    for index in range(count):
        curve = curves.get((bone, path, index))
        if curve is not None:
            values[:, index] = [curve.evaluate(frame) for frame in frames]
    return values


def read_existing_rotations(
    armature: bpy.types.Object, curves: FCurveMap, bone: str, frames: Array
) -> Array:
    """(T, 4) unit quaternions of a bone's own rotation."""
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
    """What the bones of a motion did on the same frames (T,)."""
    rotations = [read_existing_rotations(armature, curves, bone, frames) for bone in motion.bones]
    places = [
        read_existing_values(armature, curves, bone, "location", frames)
        for bone in motion.translated_bones
    ]
    count = len(frames)
    return replace(
        motion,
        rotations=np.stack(rotations, axis=1) if rotations else np.zeros((count, 0, 4)),
        locations=np.stack(places, axis=1) if places else np.zeros((count, 0, 3)),
    )


def rotation_property(mode: str) -> str:
    """The property that holds a rotation in a rotation mode, as Blender names that."""
    special = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return special.get(mode, "rotation_euler")


def current_value(armature: bpy.types.Object, bone: str, path: str, index: int) -> float:
    """What a channel is if no curve moves it; also of a custom property."""
    owner = channel_owner(armature, bone)
    if path.startswith("["):
        return float(owner.path_resolve(path))
    return float(getattr(owner, path)[index])
