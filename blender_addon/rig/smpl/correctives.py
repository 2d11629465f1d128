"""SMPL's pose correctives in Blender: shape keys that the pose of the bones drives.

The nine correctives of a joint are driven by the products of its quaternion's components, two of
which add up to each element of the rotation matrix. Their drivers are simple expressions, which
Blender evaluates without Python, also in a file with untrusted scripts. They read the posed bone,
so they work with any rotation mode and with constraints.
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
    """Add the correctives of a body, with drivers, to a mesh that has its first shape key."""
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
    # Blender evaluates the driver faster if its F-curve has no keys.
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
