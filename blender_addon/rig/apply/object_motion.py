"""An armature object that goes along with a motion, from where it stands when that begins."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rigid_transform import RigidTransform
from ...backend.kinematics.math.rotations import Array, matrix_to_quaternion, quaternion_to_matrix
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ..action.existing_motion import FCurveMap, read_existing_rotations, read_existing_values
from ..action.fcurves import OBJECT


def object_location_axes(armature: bpy.types.Object, curves: FCurveMap, frame: float) -> Array:
    """(3, 3) how the object's location changes if its contents move along each of its own axes; as
    columns."""
    _, turned = _object_rotation(armature, curves, frame)
    return turned @ np.diag(np.array(armature.scale) * np.array(armature.delta_scale))


def object_matrix_at(armature: bpy.types.Object, curves: FCurveMap, frame: float) -> Array | None:
    """(4, 4) the object's own transform, as its `matrix_basis`, on a frame; None if no curve moves
    it."""
    if not any(owner == OBJECT for owner, _, _ in curves):
        return None
    matrix = np.eye(4)
    matrix[:3, :3] = object_location_axes(armature, curves, frame)
    place = read_existing_values(armature, curves, OBJECT, "location", np.array([frame]))[0]
    matrix[:3, 3] = place + np.array(armature.delta_location)
    return matrix


def object_motion(
    armature: bpy.types.Object, curves: FCurveMap, transforms: RigidTransform, frame: float
) -> RigMotion:
    """The motion of the object as that of one bone, `OBJECT`.

    Args:
        curves: what it did before (`before.curves_by_channel`).
        way: in the object's own space, seen from where it is on `frame`.
        frame: on which the motion begins.
    """
    turn, _ = _object_rotation(armature, curves, frame)
    place = read_existing_values(armature, curves, OBJECT, "location", np.array([frame]))[0]
    locations = place + transforms.translations @ object_location_axes(armature, curves, frame).T
    return RigMotion(
        bones=(OBJECT,),
        rotations=matrix_to_quaternion(turn @ transforms.rotations)[:, None],
        translated_bones=(OBJECT,),
        locations=locations[:, None],
        intermediate_bones=(),
    )


def _object_rotation(armature: Any, curves: FCurveMap, frame: float) -> tuple[Array, Array]:
    """(3, 3) the object's rotation that can be keyed, and the one with its delta rotation."""
    quaternion = read_existing_rotations(armature, curves, OBJECT, np.array([frame]))[0]
    turn = quaternion_to_matrix(quaternion)
    if armature.rotation_mode == "QUATERNION":
        delta = armature.delta_rotation_quaternion
    elif armature.rotation_mode == "AXIS_ANGLE":
        return turn, turn  # Blender's delta of this mode cannot be set
    else:
        delta = armature.delta_rotation_euler
    return turn, np.array(delta.to_matrix()) @ turn
