"""Reading of takes: constraints, frame rate and range, and a scene that stays unchanged."""

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.skeleton import SMPL
from anyframe.backend.kinematics.math.rotations import angle_between
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.armature.mapping import summarize_rig
from anyframe.rig.read.armature_motion import read_armature_take
from anyframe.rig.read.training_takes import read_clip_take, whole_action_clip
from rig_runner import refusal
from rig_takes import tumble, walk


def check_read_armature_take_restores_the_frame():
    armature = rig_builders.smpl()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    apply_take(armature, tumble(20, 30 / 1.001), scene=scene, name="x", start_frame=11)
    scene.frame_set(4, subframe=0.5)
    take = read_armature_take(armature, scene, 11, 30)
    assert (scene.frame_current, scene.frame_subframe) == (4, 0.5)
    assert len(take) == 20 and abs(take.fps - 30 / 1.001) < 1e-5
    part = read_armature_take(armature, scene, 15, 15)
    assert len(part) == 1 and np.allclose(part.trans[0], take.trans[4], atol=1e-6)


def check_read_armature_take_unkeyed_values_stay():
    armature, other = rig_builders.smpl(), rig_builders.mixamo()
    scene = bpy.context.scene
    box = bpy.data.objects.new("Box", None)
    scene.collection.objects.link(box)
    bone = other.pose.bones["mixamorig:LeftArm"]
    bone["grip"] = 0.0
    for frame in (1, 40):
        box.keyframe_insert("location", frame=frame)
        bone.keyframe_insert("location", frame=frame)
        bone.keyframe_insert('["grip"]', frame=frame)
    box.rotation_euler[2] = 0.25
    box.keyframe_insert("rotation_euler", frame=1)
    track = box.animation_data.nla_tracks.new()
    track.strips.new("turn", 1, box.animation_data.action)
    box.animation_data.action = None
    scene.frame_set(30)

    def change():
        box.location, box.rotation_euler = (1.0, 2.0, 3.0), (0.0, 0.0, 1.5)
        bone.location, bone["grip"] = (0.0, 0.25, 0.0), 0.75
        bpy.context.view_layer.update()

    def check(after):
        bpy.context.view_layer.update()
        assert tuple(box.location) == (1.0, 2.0, 3.0), after
        assert tuple(box.rotation_euler) == (0.0, 0.0, 1.5), after
        assert tuple(bone.location) == (0.0, 0.25, 0.0), after
        assert bone["grip"] == 0.75, after
        evaluated = box.evaluated_get(bpy.context.evaluated_depsgraph_get())
        assert tuple(evaluated.matrix_world.translation) == (1.0, 2.0, 3.0), after

    change()
    scene.frame_set(30)
    assert box.location[0] == 0.0, "showing a frame resets what is not keyed"
    change()
    read_armature_take(armature, scene, 5, 12)
    check("a motion is read")
    apply_take(armature, walk(12), scene=scene, name="x", start_frame=1)
    check("a motion lands on another frame")
    clip = whole_action_clip(Animation.from_data_block(armature))
    read_clip_take(armature, scene, clip)
    check("an action is learnt from")
    scene.frame_set(31)
    assert box.location[0] == 0.0 and bone["grip"] == 0.0, "nothing was keyed"


def check_read_armature_take_includes_constraints():
    armature = rig_builders.mixamo()
    scene = bpy.context.scene
    apply_take(armature, walk(12), scene=scene, name="x", start_frame=1)
    without = read_armature_take(armature, scene, 1, 12)
    target = bpy.data.objects.new("Target", None)
    scene.collection.objects.link(target)
    target.location = (0.5, -1.0, 1.6)
    foot = armature.pose.bones["mixamorig:LeftHand"].constraints.new("IK")
    foot.target, foot.chain_count = target, 3
    seen = read_armature_take(armature, scene, 1, 12)
    turned = np.degrees(angle_between(seen.local_matrices(), without.local_matrices()).max(axis=0))
    assert turned[SMPL.index("left_shoulder")] > 10
    assert turned[SMPL.index("right_shoulder")] < 0.1


def check_read_armature_take_rigify_includes_ik():
    armature = rig_builders.rigify()
    scene = bpy.context.scene
    resting = read_armature_take(armature, scene, 1, 1)
    hand = armature.pose.bones["hand_ik.L"]
    hand.location = (0.0, 0.1, 0.15)
    bpy.context.view_layer.update()
    seen = read_armature_take(armature, scene, 1, 1)
    turned = np.degrees(angle_between(seen.local_matrices(), resting.local_matrices()))[0]
    assert turned[SMPL.index("left_elbow")] > 5
    assert turned[SMPL.index("right_elbow")] < 0.1
    assert turned[SMPL.index("spine2")] < 0.1


def check_read_armature_take_invalid_input_raises_a_sentence():
    armature = rig_builders.smpl()
    scene = bpy.context.scene
    assert "is not an armature" in refusal(
        lambda: read_armature_take(bpy.data.objects.new("Empty", None), scene, 1, 2)
    )
    assert "last frame must be between 5 and" in refusal(
        lambda: read_armature_take(armature, scene, 5, 4)
    )
    elsewhere = bpy.data.scenes.new("Other")
    assert "is not in the scene" in refusal(lambda: read_armature_take(armature, elsewhere, 1, 2))
    chair = rig_builders.make("Chair", {"leg": (None, (0.0, 0.0, 1.0))})
    assert "could be matched" in refusal(lambda: read_armature_take(chair, scene, 1, 2))
    armature.hide_viewport = True
    assert "hidden" in refusal(lambda: read_armature_take(armature, scene, 1, 2))


def check_summarize_rig_edited_bones_updates():
    armature = rig_builders.mixamo()
    assert summarize_rig(armature).mapped_count == 22
    assert summarize_rig(armature).missing_joints == ("left_hand", "right_hand")
    armature.data.bones["mixamorig:Neck"].name = "Stalk"
    assert "neck" in summarize_rig(armature).missing_joints
    bpy.ops.object.mode_set(mode="EDIT")
    edit = armature.data.edit_bones
    for bone in [bone for bone in edit if "Left" in bone.name]:
        edit.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    summary = summarize_rig(armature)
    assert (summary.preset, summary.mapped_count) == ("", 0)
    assert summary.error.endswith(".")
