"""The default character: a skinned mannequin on an armature in SMPL joint order.

The mesh comes from `assets/character.npz` (made by `assets/make_character.py`, which says what the
file holds); the bones come from the project's own skeleton. The character faces -Y with its soles
on the ground of its object.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from ..backend.kinematics.skeleton import BODY_TO_WORLD, SMPL, SOLE_DROP

MESH_FILE = Path(__file__).parents[1] / "assets" / "character.npz"

_TOE = SMPL.index("left_foot")
_GROUND = float(SMPL.rest_positions[_TOE, 1]) - SOLE_DROP

# A bone points at the joint that continues its limb; the last of a limb goes on by this much.
_AIMS = {"pelvis": "spine1", "spine3": "neck"}
_LAST = {"head": (0.0, 0.13, 0.0), "hand": (0.085, -0.01, -0.01), "foot": (0.015, 0.0, 0.06)}

_MATERIALS = (
    # Name, linear RGB, roughness; in the order of the file's material indices.
    ("Anyframe Body", (0.68, 0.69, 0.71), 0.42),
    ("Anyframe Joints", (0.035, 0.038, 0.045), 0.55),
)


def add_character(
    context: bpy.types.Context, location: Sequence[float] | None = None
) -> bpy.types.Object:
    """Add the mannequin to the scene, selected and active, and return its armature.

    As with Blender's own Add menu, an object in another mode is first taken to Object Mode and
    everything else is deselected.

    Args:
        location: metres, where its soles' centre goes; None is the 3D cursor.
    """
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in context.selected_objects:
        thing.select_set(False)
    armature = _add_armature(context)
    body = _make_body(armature)
    _link(context, body)
    armature.location = context.scene.cursor.location if location is None else Vector(location)
    return armature


def _to_blender(positions: np.ndarray) -> np.ndarray:
    """Body-frame positions (N, 3) to the character's object space: Z up, soles at 0."""
    return (positions - [0.0, _GROUND, 0.0]) @ BODY_TO_WORLD.T


def _link(context: bpy.types.Context, thing: bpy.types.Object) -> None:
    """Into the active collection, or the scene's own where that is hidden, excluded or linked."""
    layer = context.view_layer.active_layer_collection
    usable = layer.is_visible and not layer.exclude and layer.collection.library is None
    collection = layer.collection if usable else context.scene.collection
    collection.objects.link(thing)
    view = context.space_data
    if isinstance(view, bpy.types.SpaceView3D) and view.local_view:
        thing.local_view_set(view, True)


def _tails() -> np.ndarray:
    """(24, 3) metres, where each bone ends, in the body frame."""
    heads = SMPL.rest_positions
    tails = np.empty_like(heads)
    for joint, name in enumerate(SMPL.names):
        children = [SMPL.names[c] for c, p in enumerate(SMPL.parents) if p == joint]
        if children:
            tails[joint] = heads[SMPL.index(_AIMS.get(name, children[0]))]
        else:
            side = -1.0 if name.startswith("right_") else 1.0
            reach = _LAST[name.split("_")[-1]]
            tails[joint] = heads[joint] + np.array(reach) * [side, 1.0, 1.0]
    return tails


def _add_armature(context: bpy.types.Context) -> bpy.types.Object:
    data = bpy.data.armatures.new("Anyframe Character")
    data.display_type = "STICK"
    armature = bpy.data.objects.new("Anyframe Character", data)
    armature.show_in_front = True
    _link(context, armature)
    context.view_layer.objects.active = armature
    armature.select_set(True)
    heads, tails = _to_blender(SMPL.rest_positions), _to_blender(_tails())
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    for joint, name in enumerate(SMPL.names):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = heads[joint], tails[joint]
        # Local Z looks ahead; in the arms and feet, which lie flat, it looks up.
        upright = abs(bone.vector.normalized().z) > 0.6
        bone.align_roll(Vector((0.0, -1.0, 0.0) if upright else (0.0, 0.0, 1.0)))
        if SMPL.parents[joint] >= 0:
            bone.parent = bones[SMPL.parents[joint]]
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return armature


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
    _add_weights(body, parts["joints"], parts["weights"].astype(float))
    modifier = body.modifiers.new("Armature", "ARMATURE")
    assert isinstance(modifier, bpy.types.ArmatureModifier)
    modifier.object = armature
    # Dual quaternions keep knees and buttocks round in a squat, and the wrists when they twist.
    modifier.use_deform_preserve_volume = True
    return body


def _add_weights(body: bpy.types.Object, joints: np.ndarray, weights: np.ndarray) -> None:
    """Vertex groups from joints (V, 4) and weights (V, 4), one call for each group and weight."""
    rows = np.repeat(np.arange(len(joints)), joints.shape[1])
    flat_joints, flat_weights = joints.ravel(), weights.ravel()
    for joint, name in enumerate(SMPL.names):
        group = body.vertex_groups.new(name=name)
        mine = (flat_joints == joint) & (flat_weights > 0)
        for weight in np.unique(flat_weights[mine]):
            members = rows[mine & (flat_weights == weight)]
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
