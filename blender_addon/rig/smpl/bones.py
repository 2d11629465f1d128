"""Armatures with SMPL's joints as bones, for the default character and for SMPL bodies."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD

_TAIL_JOINTS = {
    "pelvis": "spine1",
    "spine3": "neck",
    "left_wrist": "left_middle1",
    "right_wrist": "right_middle1",
}
"""Joint -> the child at which its bone ends, for joints with several children."""
_END_BONE_OFFSETS = {
    "head": (0.0, 0.13, 0.0),
    "hand": (0.085, -0.01, -0.01),
    "foot": (0.015, 0.0, 0.06),
}
"""Metres in the body frame (left side) from the last joint of a limb to the end of its bone."""
_MIN_BONE_LENGTH = 0.01
"""Metres. Blender removes bones without length."""


def add_smpl_armature(
    context: bpy.types.Context,
    name: str,
    joints: Sequence[str],
    parents: Sequence[int],
    heads: np.ndarray,
) -> bpy.types.Object:
    """Add an armature to the scene, selected and active, at the origin and in Object Mode.

    As with Blender's own Add menu, the active object leaves its mode first and everything else is
    deselected. Bones have SMPL's names and start at `heads` (J, 3), metres in the body frame.
    """
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in context.selected_objects:
        thing.select_set(False)
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"
    armature = bpy.data.objects.new(name, data)
    armature.show_in_front = True
    link_to_scene(context, armature)
    context.view_layer.objects.active = armature
    armature.select_set(True)
    tails = _tails(joints, parents, heads) @ BODY_TO_WORLD.T
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    for joint, head in enumerate(heads @ BODY_TO_WORLD.T):
        bone = data.edit_bones.new(joints[joint])
        bone.head, bone.tail = head, tails[joint]
        # Local Z points forward; in the arms and feet, which are horizontal, it points up.
        upright = abs(bone.vector.normalized().z) > 0.6
        bone.align_roll(Vector((0.0, -1.0, 0.0) if upright else (0.0, 0.0, 1.0)))
        if parents[joint] >= 0:
            bone.parent = bones[parents[joint]]
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return armature


def add_skinned_mesh(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    name: str,
    vertices: np.ndarray,
    faces: Sequence[Sequence[int]],
    weights: Mapping[str, np.ndarray],
) -> bpy.types.Object:
    """Add a smooth mesh to the scene that follows the bones of an armature.

    Args:
        vertices: (V, 3) metres, in the space of the armature.
        weights: Bone -> its weights (V,).
    """
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    mesh.update()
    skin = bpy.data.objects.new(name, mesh)
    skin.parent = armature
    for bone, bone_weights in weights.items():
        group = skin.vertex_groups.new(name=bone)
        for weight in np.unique(bone_weights[bone_weights > 0]):
            group.add(np.flatnonzero(bone_weights == weight).tolist(), float(weight), "REPLACE")
    modifier: Any = skin.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    link_to_scene(context, skin)
    return skin


def link_to_scene(context: bpy.types.Context, thing: bpy.types.Object) -> None:
    """Link an object to the active collection, or to the scene's own if that one is not usable."""
    layer = context.view_layer.active_layer_collection
    usable = layer.is_visible and not layer.exclude and layer.collection.library is None
    collection = layer.collection if usable else context.scene.collection
    collection.objects.link(thing)
    view = context.space_data
    if isinstance(view, bpy.types.SpaceView3D) and view.local_view:
        thing.local_view_set(view, True)


def move_to_scene(armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
    for thing in (armature, *armature.children_recursive):
        for collection in thing.users_collection:
            collection.objects.unlink(thing)
        scene.collection.objects.link(thing)


@contextmanager
def preserve_mode_and_selection(context: bpy.types.Context) -> Iterator[None]:
    """Restore mode, active object and selection at the end."""
    layer: Any = context.view_layer
    active, selected = layer.objects.active, list(layer.objects.selected)
    mode = active.mode if active is not None else "OBJECT"
    in_mode = [thing for thing in layer.objects if thing.mode == mode]
    try:
        yield
    finally:
        if mode != "OBJECT":
            # All selected objects change their mode together.
            _select(layer, in_mode)
            layer.objects.active = active
            bpy.ops.object.mode_set(mode=mode)
        _select(layer, selected)
        layer.objects.active = active


def _select(layer: Any, things: Sequence[bpy.types.Object]) -> None:
    for thing in list(layer.objects.selected):
        thing.select_set(False, view_layer=layer)
    for thing in things:
        thing.select_set(True, view_layer=layer)


def _tails(joints: Sequence[str], parents: Sequence[int], heads: np.ndarray) -> np.ndarray:
    """Return (J, 3) metres, end of each bone in the body frame."""
    tails = np.empty_like(heads)
    for joint, name in enumerate(joints):
        children = [joints[child] for child, parent in enumerate(parents) if parent == joint]
        end_offset = _END_BONE_OFFSETS.get(name.split("_")[-1])
        if end_offset is not None:
            side = -1.0 if name.startswith("right_") else 1.0
            tails[joint] = heads[joint] + np.array(end_offset) * [side, 1.0, 1.0]
        elif children:
            target = _TAIL_JOINTS.get(name)
            tails[joint] = heads[joints.index(target if target in children else children[0])]
        else:
            tails[joint] = heads[joint] + 0.7 * (heads[joint] - heads[parents[joint]])
        if np.linalg.norm(tails[joint] - heads[joint]) < _MIN_BONE_LENGTH:
            tails[joint] = heads[joint] + [0.0, _MIN_BONE_LENGTH, 0.0]
    return tails
