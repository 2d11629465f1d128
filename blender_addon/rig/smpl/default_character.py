"""The default character: a skinned mannequin on an armature in SMPL joint order.

The mesh comes from `assets/character.npz` (`tools/make_character.py` makes and describes it), the
bones from `SMPL`. The character faces -Y, with its soles at height 0 of its object.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from .bones import add_skinned_mesh, add_smpl_armature

MESH_FILE = Path(__file__).parents[2] / "assets" / "character.npz"

_TOE = SMPL.index("left_foot")
_GROUND = np.array([0.0, float(SMPL.rest_positions[_TOE, 1]) - TOE_JOINT_HEIGHT, 0.0])
"""Middle between the soles in the body frame."""

_MATERIALS = (
    ("Anyframe Body", (0.68, 0.69, 0.71), 0.42),
    ("Anyframe Joints", (0.035, 0.038, 0.045), 0.55),
)
"""Name, linear RGB and roughness, in the order of the file's material indices."""


def add_default_character(
    context: bpy.types.Context, location: Sequence[float] | None = None
) -> bpy.types.Object:
    """Add the mannequin to the scene, selected and active, and return its armature.

    Mode and selection change as in `add_smpl_armature`.

    Args:
        location: Metres, centre of its soles; None is the 3D cursor.
    """
    joints = SMPL.rest_positions - _GROUND
    armature = add_smpl_armature(context, "Anyframe Character", SMPL.names, SMPL.parents, joints)
    _add_body(context, armature)
    armature.location = context.scene.cursor.location if location is None else Vector(location)
    return armature


def _add_body(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    with np.load(MESH_FILE, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    faces = np.split(parts["corners"], np.cumsum(parts["corner_counts"], dtype=np.int64)[:-1])
    vertices = (parts["vertices"].astype(float) - _GROUND) @ BODY_TO_WORLD.T
    weights = np.zeros((len(vertices), len(SMPL)))
    # Each vertex has four joints, some without weight.
    np.add.at(weights, (np.arange(len(vertices))[:, None], parts["joints"]), parts["weights"])
    polygons = [face.tolist() for face in faces]
    groups = dict(zip(SMPL.names, weights.T, strict=True))
    body = add_skinned_mesh(context, armature, "Anyframe Body", vertices, polygons, groups)
    mesh: Any = body.data
    modifier: Any = body.modifiers[0]
    for name, colour, roughness in _MATERIALS:
        mesh.materials.append(_material(name, colour, roughness))
    mesh.polygons.foreach_set("material_index", parts["materials"].astype(np.int32))
    mesh.update()
    # Dual quaternions keep volume: in knees and buttocks in a squat, and in twisted wrists.
    modifier.use_deform_preserve_volume = True


def _material(
    name: str, colour: tuple[float, float, float], roughness: float
) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*colour, 1.0)
    material.roughness = roughness
    if material.node_tree is None:
        material.use_nodes = True
    for node in material.node_tree.nodes:
        if node.type == "BSDF_PRINCIPLED":
            base, rough = node.inputs["Base Color"], node.inputs["Roughness"]
            base.default_value = (*colour, 1.0)  # pyright: ignore[reportAttributeAccessIssue]
            rough.default_value = roughness  # pyright: ignore[reportAttributeAccessIssue]
    return material
