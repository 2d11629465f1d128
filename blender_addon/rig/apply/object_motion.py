"""Motion of an armature object that carries the root motion."""

from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rigid_transform import RigidTransform
from ...backend.kinematics.math.rotations import Array, matrix_to_quaternion, quaternion_to_matrix
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ..action.existing_motion import FCurveMap, read_existing_rotations, read_existing_values
from ..action.fcurves import OBJECT


def object_location_axes(armature: bpy.types.Object, curves: FCurveMap, frame: float) -> Array:
    """Return the object's axes (3, 3), as columns, in the channels of its location."""
    _, rotation = _object_rotation(armature, curves, frame)
    return rotation @ np.diag(np.array(armature.scale) * np.array(armature.delta_scale))


def object_matrix_at(armature: bpy.types.Object, curves: FCurveMap, frame: float) -> Array | None:
    """Return the object's `matrix_basis` (4, 4) on a frame; None if no F-curve moves the object."""
    if not any(owner == OBJECT for owner, _, _ in curves):
        return None
    matrix = np.eye(4)
    matrix[:3, :3] = object_location_axes(armature, curves, frame)
    matrix[:3, 3] = _object_location(armature, curves, frame) + np.array(armature.delta_location)
    return matrix


def object_motion(
    armature: bpy.types.Object, curves: FCurveMap, transforms: RigidTransform, frame: float
) -> RigMotion:
    """Return the motion of the object as that of one bone, `OBJECT`.

    Args:
        transforms: Motion in the object's own space, relative to where it is on `frame`.
        frame: Scene frame on which the motion begins.
    """
    rotation, _ = _object_rotation(armature, curves, frame)
    offsets = transforms.translations @ object_location_axes(armature, curves, frame).T
    locations = _object_location(armature, curves, frame) + offsets
    rotations = matrix_to_quaternion(rotation @ transforms.rotations)
    return RigMotion((OBJECT,), rotations[:, None], (OBJECT,), locations[:, None], ())


def _object_location(armature: bpy.types.Object, curves: FCurveMap, frame: float) -> Array:
    return read_existing_values(armature, curves, OBJECT, "location", np.array([frame]))[0]


def _object_rotation(armature: Any, curves: FCurveMap, frame: float) -> tuple[Array, Array]:
    """Return the object's rotation (3, 3) that can be keyed, and the same with its delta."""
    quaternion = read_existing_rotations(armature, curves, OBJECT, np.array([frame]))[0]
    rotation = quaternion_to_matrix(quaternion)
    if armature.rotation_mode == "QUATERNION":
        delta = armature.delta_rotation_quaternion
    elif armature.rotation_mode == "AXIS_ANGLE":
        return rotation, rotation  # Blender has no delta for this mode
    else:
        delta = armature.delta_rotation_euler
    return rotation, np.array(delta.to_matrix()) @ rotation
