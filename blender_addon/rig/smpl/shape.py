"""The shape of an SMPL body in the scene: shape keys on its mesh, and the bones that follow them.

The mesh holds one shape key per beta. Where the joints go with a beta is a property of the
armature, so that a body is shaped anew without the backend and without the model file. Bones are
moved and never turned: motions stay as they are, and so do the axes that `correctives.py` reads.
"""

from __future__ import annotations

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
from ..errors import RigError

SMPL_PROPERTY = "anyframe_smpl"
"""Of an armature's data: what `remember` stores."""
_SHAPE_KEY_NAMES = tuple(f"Shape {number}" for number in range(SHAPE_COUNT))


@dataclass(frozen=True)
class SmplShape:
    """What an SMPL character in the scene is."""

    model: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    betas: tuple[float, ...]
    """(10,), as its shape keys have them."""


def store_smpl_body(armature: bpy.types.Object, body: SmplBody) -> None:
    """Keep with an armature what its bones need to follow a shape."""
    data: Any = armature.data
    data[SMPL_PROPERTY] = {
        "model": body.model,
        "gender": body.gender,
        "joints": " ".join(body.names),
        "pelvis": (body.joints[0] @ BODY_TO_WORLD.T).tolist(),
        "joint_shapes": (body.joint_shapes @ BODY_TO_WORLD.T).ravel().tolist(),
    }


def add_shape_keys(mesh: bpy.types.Object, body: SmplBody) -> None:
    """Give a mesh, which has its first shape key already, one for each beta, all at 0."""
    resting = body.vertices @ BODY_TO_WORLD.T
    for name, moves in zip(_SHAPE_KEY_NAMES, body.shapes @ BODY_TO_WORLD.T, strict=True):
        add_shape_key(mesh, name, resting + moves, limit=10.0)


def add_shape_key(mesh: Any, name: str, positions: Array, *, limit: float) -> Any:
    """A new shape key of these vertices (V, 3), at 0, whose value goes from -limit to limit."""
    key = mesh.shape_key_add(name=name, from_mix=False)
    key.slider_min, key.slider_max = -limit, limit
    key.value = 0.0  # a key is added at 0 or 1, by version
    key.data.foreach_set("co", positions.astype(np.float32).ravel())
    return key


def read_smpl_shape(armature: bpy.types.Object) -> SmplShape | None:
    """The shape of a character that `add_smpl_character` made; None for any other armature."""
    data: Any = armature.data
    kept, mesh = data.get(SMPL_PROPERTY), _find_shape_mesh(armature)
    if kept is None or mesh is None:
        return None
    keys = mesh.data.shape_keys.key_blocks
    return SmplShape(
        kept["model"], kept["gender"], tuple(keys[name].value for name in _SHAPE_KEY_NAMES)
    )


def smpl_pelvis_position(armature: bpy.types.Object) -> Array:
    """(3,) metres, the pelvis joint at rest where SMPL has it in its own space: what AMASS adds to
    ``trans`` in the world, without turning it."""
    data: Any = armature.data
    kept, shape = data[SMPL_PROPERTY], read_smpl_shape(armature)
    assert shape is not None
    shapes = np.array(kept["joint_shapes"]).reshape(SHAPE_COUNT, -1, 3)[:, 0]
    return (np.array(kept["pelvis"]) + np.array(shape.betas) @ shapes) @ BODY_TO_WORLD


def set_smpl_shape(context: bpy.types.Context, armature: bpy.types.Object, betas: Any) -> None:
    """Give an SMPL character another shape: its mesh, its joints, and its soles on the ground.

    Args:
        betas: (10,).

    Raises:
        BodyError: they cannot be betas.
        RigError: the bones cannot be edited now; nothing has been changed then.
    """
    check_betas(betas)
    mesh, before = _find_shape_mesh(armature), read_smpl_shape(armature)
    assert mesh is not None and before is not None, "the caller has asked `shape_of`"
    data: Any = armature.data
    kept = data[SMPL_PROPERTY]
    change = np.asarray(betas, dtype=float) - before.betas
    joint_shapes = np.array(kept["joint_shapes"]).reshape(SHAPE_COUNT, -1, 3)
    sole = _lowest_height(mesh)
    with _edit_bones(context, armature) as bones:
        keys = mesh.data.shape_keys.key_blocks
        for name, beta in zip(_SHAPE_KEY_NAMES, betas, strict=True):
            keys[name].value = beta
        lift = np.array([0.0, 0.0, sole - _lowest_height(mesh)])
        for name, move in zip(
            kept["joints"].split(), np.tensordot(change, joint_shapes, 1), strict=True
        ):
            bone = bones.get(name)
            if bone is not None:
                reach = bone.vector.copy()
                bone.head = np.array(bone.head) + move + lift
                bone.tail = bone.head + reach
        mesh.location.z += lift[2]


def take_betas_for(armature: bpy.types.Object, take: Take) -> tuple[float, ...] | None:
    """The betas that a take brings for an SMPL character; None if it brings none or no such body.

    Betas that are all 0 are what files hold that know nothing of a shape.

    Raises:
        RigError: they are another body's and would mean nothing on this one, or are out of bounds.
    """
    shape = read_smpl_shape(armature)
    betas = np.zeros(SHAPE_COUNT)
    given = take.betas[:SHAPE_COUNT]
    betas[: len(given)] = given
    if shape is None or not betas.any():
        return None
    if take.gender.casefold() != shape.gender:
        raise RigError(
            f"The motion brings the shape of a {take.gender} body, and “{armature.name}” is "
            f"{shape.gender}, so its shape was left as it is."
        )
    if (take.body == "SMPL-X") != (shape.model == "SMPL-X"):
        raise RigError(
            f"The motion brings the shape of an {take.body} body, and “{armature.name}” is "
            f"{shape.model}, so its shape was left as it is."
        )
    try:
        check_betas(betas.tolist())
    except SmplBodyError as error:
        raise RigError(f"{error} “{armature.name}” keeps its own.") from error
    return tuple(betas.tolist())


def _find_shape_mesh(armature: bpy.types.Object) -> Any:
    """The mesh that has the shape keys; None if there is none any more."""
    for child in armature.children:
        keys = child.data.shape_keys if isinstance(child.data, bpy.types.Mesh) else None
        if keys is not None and all(name in keys.key_blocks for name in _SHAPE_KEY_NAMES):
            return child
    return None


def _lowest_height(mesh: Any) -> float:
    """Height of the lowest vertex at rest in the mesh's own space, metres."""
    keys = mesh.data.shape_keys.key_blocks
    resting = read_shape_key(keys[0])
    height = resting.copy()
    for name in _SHAPE_KEY_NAMES:
        if keys[name].value:
            height += keys[name].value * (read_shape_key(keys[name]) - resting)
    return float(height[:, 2].min())


def read_shape_key(key: Any) -> Array:
    """(V, 3) metres, the vertices of a shape key."""
    flat = np.empty(3 * len(key.data), dtype=np.float32)
    key.data.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(float)


@contextmanager
def _edit_bones(context: bpy.types.Context, armature: bpy.types.Object) -> Iterator[Any]:
    """The edit bones of an armature; afterwards mode and active object are as they were."""
    layer: Any = context.view_layer
    active = layer.objects.active
    mode = active.mode if active is not None else "OBJECT"
    reason = _edit_obstacle(armature, layer, mode)
    if reason:
        raise RigError(f"“{armature.name}” keeps its shape: {reason}.")
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    selected = armature.select_get()
    layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        data: Any = armature.data
        yield data.edit_bones
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
        layer.objects.active = active
        armature.select_set(selected)
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)


def _edit_obstacle(armature: Any, layer: Any, mode: str) -> str:
    if armature.library is not None or armature.data.library is not None:
        return "it is linked from another file"
    if armature.name not in layer.objects or not armature.visible_get(view_layer=layer):
        return "it is hidden or not in this scene, so its bones cannot follow"
    if mode not in {"OBJECT", "POSE"}:
        return "leave Edit Mode first, then import the motion again"
    return ""
