"""SMPL bodies in the scene: a mesh with SMPL's shapes, correctives and skinning, and its bones.

Blender shows what SMPL computes: shape keys are applied before the armature, whose linear blending
is SMPL's. The character faces -Y, with its soles at height 0 of its object.
"""

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD
from ...backend.kinematics.body.smpl_body import (
    QUATERNION_PRODUCTS,
    SmplBody,
    check_betas,
    quaternion_correctives,
)
from ...backend.kinematics.math.rotations import Array
from .bones import add_skinned_mesh, add_smpl_armature
from .shape import add_shape_key, add_shape_keys, set_smpl_shape, store_smpl_body


def add_smpl_character(
    context: bpy.types.Context,
    body: SmplBody,
    betas: Sequence[float],
    location: Sequence[float] | None = None,
) -> bpy.types.Object:
    """Add a body to the scene, selected and active, and return its armature.

    Mode and selection change as in `add_smpl_armature`.

    Args:
        location: Metres, centre of its soles; None is the 3D cursor.

    Raises:
        SmplBodyError: The betas are out of bounds; nothing has changed.
    """
    check_betas(betas)
    ground = np.array([0.0, body.vertices[:, 1].min(), 0.0])
    name = f"{body.model} {body.gender}"
    armature = add_smpl_armature(context, name, body.names, body.parents, body.joints - ground)
    store_smpl_body(armature, body)
    vertices, faces = body.vertices @ BODY_TO_WORLD.T, body.faces.tolist()
    weights = dict(zip(body.names, body.weights.T, strict=True))
    mesh = add_skinned_mesh(context, armature, f"{armature.name} Body", vertices, faces, weights)
    mesh.shape_key_add(name="Basis", from_mix=False)
    mesh.location = Vector((0.0, 0.0, -ground[1]))
    add_shape_keys(mesh, body)
    set_smpl_shape(context, armature, betas)
    _add_correctives(mesh, armature, body)
    armature.location = context.scene.cursor.location if location is None else Vector(location)
    return armature


def _add_correctives(mesh: bpy.types.Object, armature: bpy.types.Object, body: SmplBody) -> None:
    """Add shape keys for the pose correctives, driven by the pose of the bones.

    The nine correctives of a joint are driven by the products of its quaternion's components, two
    of which add up to each element of the rotation matrix. The drivers are simple expressions,
    which Blender evaluates without Python, also in a file with untrusted scripts.
    """
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
