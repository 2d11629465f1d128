"""SMPL's pose correctives in Blender: shape keys that the pose of the bones drives.

A joint's nine corrections are driven by the nine products of its quaternion's components, two of
which make each element of the rotation matrix. Their drivers are simple expressions: Blender
evaluates them without Python, also in a file whose scripts are not trusted. They read the bone as
it is posed, so any rotation mode and constraints are corrected for as well.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD
from ...backend.kinematics.body.smpl_body import (
    QUATERNION_PRODUCTS,
    SmplBody,
    quaternion_correctives,
)
from ...backend.kinematics.math.rotations import Array
from .shape import add_shape_key


def add_correctives(mesh: bpy.types.Object, armature: bpy.types.Object, body: SmplBody) -> None:
    """Give a mesh, which has its first shape key already, the body's correctives, driven."""
    resting = body.vertices @ BODY_TO_WORLD.T
    data: Any = armature.data
    for name, correctives in zip(body.names[1:], body.correctives, strict=False):
        axes = BODY_TO_WORLD.T @ np.array(data.bones[name].matrix_local.to_3x3())
        moves = quaternion_correctives(correctives, axes) @ BODY_TO_WORLD.T
        for product, move in zip(QUATERNION_PRODUCTS, moves, strict=True):
            _add_driven_shape_key(mesh, armature, name, product, resting + move)


def _add_driven_shape_key(
    mesh: bpy.types.Object, armature: bpy.types.Object, bone: str, product: str, positions: Array
) -> None:
    key = add_shape_key(mesh, f"{bone} {product}", positions, limit=1.0)
    curve = key.driver_add("value")
    # Without keys of its own the curve is passed by, which is quicker.
    curve.keyframe_points.clear()
    driver = curve.driver
    driver.type = "SCRIPTED"
    for component in dict.fromkeys(product):
        variable = driver.variables.new()
        variable.name, variable.type = component, "TRANSFORMS"
        target = variable.targets[0]
        target.id, target.bone_target = armature, bone
        target.transform_type = f"ROT_{component.upper()}"
        target.rotation_mode = "QUATERNION"
        target.transform_space = "LOCAL_SPACE"
    driver.expression = "*".join(product)
