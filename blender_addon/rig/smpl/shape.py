"""The shape of an SMPL body in the scene: shape keys on its mesh, and the bones that follow them.

The mesh holds one shape key per beta. The joint offsets per beta are a property of the armature
data, so that a shape can change without the backend and the model file. Bones are translated but
never rotated: motions stay valid, and so do the axes that `correctives` reads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD
from ...backend.kinematics.body.smpl_body import SHAPE_COUNT, SmplBody, SmplBodyError, check_betas
from ...backend.kinematics.body.take import Take
from ...backend.kinematics.math.rotations import Array
from ..action.fcurves import read_items
from ..errors import RigError
from .bones import preserve_mode_and_selection

SMPL_PROPERTY = "anyframe_smpl"
"""Property of the armature data with what `store_smpl_body` writes."""
_SHAPE_KEY_NAMES = tuple(f"Shape {number}" for number in range(SHAPE_COUNT))


@dataclass(frozen=True)
class SmplShape:
    """Body model and shape of an SMPL character in the scene."""

    model: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    betas: tuple[float, ...]
    """(10,) values of its shape keys."""


def store_smpl_body(armature: bpy.types.Object, body: SmplBody) -> None:
    """Store with an armature the data from which its bones follow a shape."""
    data: Any = armature.data
    data[SMPL_PROPERTY] = {
        "model": body.model,
        "gender": body.gender,
        "joints": " ".join(body.names),
        "pelvis": (body.joints[0] @ BODY_TO_WORLD.T).tolist(),
        "joint_shapes": (body.joint_shapes @ BODY_TO_WORLD.T).ravel().tolist(),
    }


def add_shape_keys(mesh: bpy.types.Object, body: SmplBody) -> None:
    """Add a shape key for each beta, at 0, to a mesh that has its first shape key."""
    resting = body.vertices @ BODY_TO_WORLD.T
    for name, moves in zip(_SHAPE_KEY_NAMES, body.shapes @ BODY_TO_WORLD.T, strict=True):
        add_shape_key(mesh, name, resting + moves, limit=10.0)


def add_shape_key(mesh: Any, name: str, positions: Array, *, limit: float) -> Any:
    """Add a shape key with vertices (V, 3), at 0, with values from -limit to limit."""
    key = mesh.shape_key_add(name=name, from_mix=False)
    key.slider_min, key.slider_max = -limit, limit
    key.value = 0.0  # it starts at 0 or 1, depending on Blender's version
    key.data.foreach_set("co", positions.astype(np.float32).ravel())
    return key


def read_smpl_shape(armature: bpy.types.Object) -> SmplShape | None:
    """Return the shape of a character of `add_smpl_character`; None for any other armature."""
    data: Any = armature.data
    stored, mesh = data.get(SMPL_PROPERTY), _find_shape_mesh(armature)
    if stored is None or mesh is None:
        return None
    keys = mesh.data.shape_keys.key_blocks
    betas = tuple(keys[name].value for name in _SHAPE_KEY_NAMES)
    return SmplShape(stored["model"], stored["gender"], betas)


def smpl_pelvis_position(armature: bpy.types.Object) -> Array:
    """Return the pelvis joint (3,) at rest, metres, which AMASS adds to ``trans`` unrotated."""
    data: Any = armature.data
    stored, shape = data[SMPL_PROPERTY], read_smpl_shape(armature)
    assert shape is not None
    pelvis_shapes = np.array(stored["joint_shapes"]).reshape(SHAPE_COUNT, -1, 3)[:, 0]
    pelvis = np.array(stored["pelvis"]) + np.array(shape.betas) @ pelvis_shapes
    return pelvis @ BODY_TO_WORLD


def set_smpl_shape(context: bpy.types.Context, armature: bpy.types.Object, betas: Any) -> None:
    """Change the shape of an SMPL character: mesh and joints; its soles stay on the ground.

    Args:
        armature: A character for which `read_smpl_shape` returns a shape.

    Raises:
        SmplBodyError: The betas are out of bounds.
        RigError: The bones cannot be edited; nothing has changed.
    """
    check_betas(betas)
    data: Any = armature.data
    mesh, shape, stored = _find_shape_mesh(armature), read_smpl_shape(armature), data[SMPL_PROPERTY]
    assert mesh is not None and shape is not None
    change = np.asarray(betas, dtype=float) - shape.betas
    joint_shapes = np.array(stored["joint_shapes"]).reshape(SHAPE_COUNT, -1, 3)
    joint_offsets = np.tensordot(change, joint_shapes, 1)
    sole = _lowest_height(mesh)
    with _edit_bones(context, armature) as bones:
        keys = mesh.data.shape_keys.key_blocks
        for name, beta in zip(_SHAPE_KEY_NAMES, betas, strict=True):
            keys[name].value = beta
        lift = np.array([0.0, 0.0, sole - _lowest_height(mesh)])
        for name, offset in zip(stored["joints"].split(), joint_offsets, strict=True):
            bone = bones.get(name)
            if bone is not None:
                vector = bone.vector.copy()
                bone.head = np.array(bone.head) + offset + lift
                bone.tail = bone.head + vector
        mesh.location.z += lift[2]


def take_betas_for(armature: bpy.types.Object, take: Take) -> tuple[float, ...] | None:
    """Return the betas of a take for an SMPL character.

    None if the armature is no SMPL character, or the betas are all 0: files without a shape have
    such betas.

    Raises:
        RigError: The betas belong to another body model or gender, or are out of bounds.
    """
    shape = read_smpl_shape(armature)
    betas = np.zeros(SHAPE_COUNT)
    betas[: len(take.betas)] = take.betas[:SHAPE_COUNT]
    if shape is None or not betas.any():
        return None
    if take.gender.casefold() != shape.gender:
        raise RigError(
            f"The shape of the motion must be that of a {shape.gender} body (got {take.gender}). "
            f"“{armature.name}” keeps its shape."
        )
    if (take.body == "SMPL-X") != (shape.model == "SMPL-X"):
        raise RigError(
            f"The shape of the motion must be that of an {shape.model} body (got {take.body}). "
            f"“{armature.name}” keeps its shape."
        )
    try:
        check_betas(betas.tolist())
    except SmplBodyError as error:
        raise RigError(f"{error} “{armature.name}” keeps its shape.") from error
    return tuple(betas.tolist())


def _find_shape_mesh(armature: bpy.types.Object) -> Any:
    for child in armature.children:
        keys = child.data.shape_keys if isinstance(child.data, bpy.types.Mesh) else None
        if keys is not None and all(name in keys.key_blocks for name in _SHAPE_KEY_NAMES):
            return child
    return None


def _lowest_height(mesh: Any) -> float:
    keys = mesh.data.shape_keys.key_blocks
    basis = read_shape_key(keys[0])
    vertices = basis.copy()
    for name in _SHAPE_KEY_NAMES:
        if keys[name].value:
            vertices += keys[name].value * (read_shape_key(keys[name]) - basis)
    return float(vertices[:, 2].min())


def read_shape_key(key: Any) -> Array:
    return read_items(key.data, "co", 3).reshape(-1, 3).astype(float)


@contextmanager
def _edit_bones(context: bpy.types.Context, armature: bpy.types.Object) -> Iterator[Any]:
    """Yield the edit bones of an armature; mode and active object are restored at the end."""
    layer: Any = context.view_layer
    active = layer.objects.active
    mode = active.mode if active is not None else "OBJECT"
    obstacle = _edit_obstacle(armature, layer, mode)
    if obstacle:
        raise RigError(f"“{armature.name}” keeps its shape: {obstacle}.")
    with preserve_mode_and_selection(context):
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        layer.objects.active = armature
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            data: Any = armature.data
            yield data.edit_bones
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")


def _edit_obstacle(armature: Any, layer: Any, mode: str) -> str:
    if armature.library is not None or armature.data.library is not None:
        return "it is linked from another file"
    if armature.name not in layer.objects or not armature.visible_get(view_layer=layer):
        return "it is hidden or not in this scene, so its bones cannot follow"
    if mode not in {"OBJECT", "POSE"}:
        return "leave Edit Mode first, then import the motion again"
    return ""
