"""The default character: its bones, its mesh, its deformation, and the scene around it."""

import bpy
import numpy as np
from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from anyframe.rig.smpl.default_character import add_default_character
from mathutils import Quaternion, Vector


def _added() -> tuple[bpy.types.Object, bpy.types.Object]:
    armature = add_default_character(bpy.context)
    (body,) = armature.children
    bpy.context.view_layer.update()
    return armature, body


def _posed(body: bpy.types.Object) -> np.ndarray:
    """(V, 3) metres, the deformed vertices."""
    bpy.context.view_layer.update()
    mesh = body.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    flat = np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def check_add_default_character_bones_match_the_skeleton():
    armature, _ = _added()
    bones = armature.data.bones
    assert sorted(b.name for b in bones) == sorted(SMPL.names)
    toe = SMPL.rest_positions[SMPL.index("left_foot")]
    expected = (SMPL.rest_positions - [0.0, toe[1] - TOE_JOINT_HEIGHT, 0.0]) @ BODY_TO_WORLD.T
    for joint, (name, parent) in enumerate(zip(SMPL.names, SMPL.parents, strict=True)):
        bone = bones[name]
        assert (bone.parent.name if bone.parent else None) == (
            None if parent < 0 else SMPL.names[parent]
        )
        head = np.array(armature.matrix_world @ bone.head_local)
        assert np.abs(head - expected[joint]).max() < 1e-3, name
        assert bone.length > 0.02 and not bone.use_connect and bone.use_deform
    assert {b.rotation_mode for b in armature.pose.bones} == {"QUATERNION"}


def check_add_default_character_mesh_stands_on_the_ground():
    _, body = _added()
    mesh = body.data
    assert not mesh.validate(verbose=True)
    assert 6_000 <= len(mesh.polygons) <= 15_000
    assert all(p.use_smooth for p in mesh.polygons)
    rest = _posed(body)
    assert abs(rest[:, 2].min()) < 2e-3 and 1.70 < rest[:, 2].max() < 1.76
    assert (rest[:, 2] < 3e-3).sum() > 100, "the soles are not flat"
    assert abs(rest[:, 0].min() + rest[:, 0].max()) < 1e-5
    nose = min(mesh.vertices, key=lambda v: v.co.y if v.co.z > 1.5 else 9.0)
    assert nose.normal.y < -0.5, "faces look inwards, or it does not face -Y"


def check_add_default_character_materials_match_viewport_and_render():
    _, body = _added()
    assert {p.material_index for p in body.data.polygons} == {0, 1}
    assert len(body.data.materials) == 2
    for material in body.data.materials:
        (shader,) = [n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED"]
        assert list(shader.inputs["Base Color"].default_value) == list(material.diffuse_color)


def check_add_default_character_every_vertex_has_weights():
    _, body = _added()
    assert [g.name for g in body.vertex_groups] == list(SMPL.names)
    for vertex in body.data.vertices:
        weights = [g.weight for g in vertex.groups]
        assert 1 <= len(weights) <= 4 and abs(sum(weights) - 1.0) < 1e-4


def check_add_default_character_bent_limb_moves_alone():
    armature, body = _added()
    rest = _posed(body)
    forearm, shin = rest[:, 0] > 0.35, (rest[:, 2] < 0.65) & (rest[:, 0] < 0)
    for name, axis, limb in (
        ("left_elbow", Vector((0, 0, 1)), forearm),
        ("right_knee", Vector((1, 0, 0)), shin),
    ):
        bone = armature.pose.bones[name]
        local = bone.bone.matrix_local.to_3x3().inverted() @ axis
        bone.rotation_quaternion = Quaternion(local, np.radians(90))
        moved = np.abs(_posed(body) - rest).max(axis=1) > 1e-4
        assert moved.sum() > 500 and not (moved & ~limb).any(), name
        bone.rotation_quaternion = Quaternion()
    assert np.abs(_posed(body) - rest).max() < 1e-5


def check_add_default_character_leaves_the_scene_unchanged():
    scene, layer = bpy.context.scene, bpy.context.view_layer
    bpy.ops.object.armature_add(location=(1, 2, 3))
    other = layer.objects.active
    bpy.ops.object.mode_set(mode="POSE")
    other.pose.bones[0].location = (0, 1, 0)
    scene.cursor.location = (0.5, -2.0, 0.0)
    armature = add_default_character(bpy.context)
    assert bpy.context.mode == "OBJECT" and other.mode == "OBJECT"
    assert layer.objects.active == armature and bpy.context.selected_objects == [armature]
    assert armature.location == scene.cursor.location
    assert tuple(other.location) == (1, 2, 3)
    assert len(other.data.bones) == 1 and tuple(other.pose.bones[0].location) == (0, 1, 0)


def check_add_default_character_in_edit_mode_keeps_edits():
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.subdivide()
    add_default_character(bpy.context)
    assert cube.mode == "OBJECT" and len(cube.data.polygons) == 24


def check_add_default_character_hidden_collection_uses_the_scene():
    first, _ = _added()
    hidden = bpy.data.collections.new("hidden")
    bpy.context.scene.collection.children.link(hidden)
    for setting in ("exclude", "hide_viewport"):
        layer = bpy.context.view_layer.layer_collection.children["hidden"]
        bpy.context.view_layer.active_layer_collection = layer
        setattr(layer, setting, True)
        second = add_default_character(bpy.context, location=(0, 0, 1))
        assert tuple(second.location) == (0, 0, 1)
        assert second.visible_get() and second.children[0].visible_get()
        assert second.data != first.data and len(second.data.bones) == len(SMPL)
        setattr(bpy.context.view_layer.layer_collection.children["hidden"], setting, False)


def check_add_default_character_has_few_distinct_weights():
    """Adding weights takes one slow call per group and distinct weight."""
    _, mesh = _added()
    found = [(e.group, e.weight) for vertex in mesh.data.vertices for e in vertex.groups]
    assert 4 * len(set(found)) < len(found), (len(set(found)), len(found))
    return f"{len(set(found))} calls for {len(found)} influences"
