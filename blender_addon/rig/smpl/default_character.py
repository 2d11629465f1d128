"""The default character: a skinned mannequin on an armature in SMPL joint order.

The mesh comes from `assets/character.npz` (`tools/make_character.py` makes and describes it), the
bones from `SMPL`. The character faces -Y, with its soles at height 0 of its object.
"""

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from .bones import add_smpl_armature, link_to_scene

MESH_FILE = Path(__file__).parents[2] / "assets" / "character.npz"

_TOE = SMPL.index("left_foot")
_GROUND = float(SMPL.rest_positions[_TOE, 1]) - TOE_JOINT_HEIGHT

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
    ground = np.array([0.0, _GROUND, 0.0])
    joints = SMPL.rest_positions - ground
    armature = add_smpl_armature(context, "Anyframe Character", SMPL.names, SMPL.parents, joints)
    body = _make_body(armature)
    link_to_scene(context, body)
    armature.location = context.scene.cursor.location if location is None else Vector(location)
    return armature


def _to_blender(positions: np.ndarray) -> np.ndarray:
    """Map body-frame positions (N, 3) to the character's object space: Z up, soles at 0."""
    return (positions - [0.0, _GROUND, 0.0]) @ BODY_TO_WORLD.T


def _make_body(armature: bpy.types.Object) -> bpy.types.Object:
    with np.load(MESH_FILE, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    faces = np.split(parts["corners"], np.cumsum(parts["corner_counts"], dtype=np.int64)[:-1])
    mesh = bpy.data.meshes.new("Anyframe Body")
    vertices = _to_blender(parts["vertices"].astype(float))
    mesh.from_pydata(vertices.tolist(), [], [face.tolist() for face in faces])
    for name, colour, roughness in _MATERIALS:
        mesh.materials.append(_material(name, colour, roughness))
    mesh.polygons.foreach_set("material_index", parts["materials"].astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    mesh.update()
    body = bpy.data.objects.new("Anyframe Body", mesh)
    body.parent = armature
    _add_vertex_groups(body, parts["joints"], parts["weights"].astype(float))
    modifier = body.modifiers.new("Armature", "ARMATURE")
    assert isinstance(modifier, bpy.types.ArmatureModifier)
    modifier.object = armature
    # Dual quaternions keep volume: in knees and buttocks in a squat, and in twisted wrists.
    modifier.use_deform_preserve_volume = True
    return body


def _add_vertex_groups(body: bpy.types.Object, joints: np.ndarray, weights: np.ndarray) -> None:
    """Add vertex groups from joints (V, 4) and weights (V, 4), one call per group and weight."""
    rows = np.repeat(np.arange(len(joints)), joints.shape[1])
    flat_joints, flat_weights = joints.ravel(), weights.ravel()
    for joint, name in enumerate(SMPL.names):
        group = body.vertex_groups.new(name=name)
        is_weighted = (flat_joints == joint) & (flat_weights > 0)
        for weight in np.unique(flat_weights[is_weighted]):
            members = rows[is_weighted & (flat_weights == weight)]
            group.add(members.tolist(), float(weight), "REPLACE")


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
