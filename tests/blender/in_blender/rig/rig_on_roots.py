"""Carriers of root motion, planted feet, and custom rest poses."""

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.skeleton import SMPL
from anyframe.backend.kinematics.body.take import Take
from anyframe.backend.kinematics.feet.foot_lock import plan_foot_lock
from anyframe.backend.kinematics.feet.leg_ik import legs_from_pose
from anyframe.backend.kinematics.keyframes.sparse_keys import KeyTolerance
from anyframe.backend.kinematics.math.rotations import angle_between, axis_rotation, normalize
from anyframe.rig.action import root_motion
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.options import Keying
from anyframe.rig.armature import rest as rest_poses
from anyframe.rig.armature.custom_rest_pose import clear_custom_rest_pose, store_custom_rest_pose
from anyframe.rig.armature.mapping import bone_map_for_reading, summarize_rig
from anyframe.rig.armature.rest import read_rig
from anyframe.rig.read.armature_motion import read_armature_take
from mathutils import Quaternion
from rig_measure import errors, evaluated
from rig_on_destinations import places, put
from rig_runner import refusal
from rig_takes import tumble, walk

JOINTS = ("pelvis", "left_hip", "right_knee", "left_ankle", "right_wrist", "head")
FRAMES = range(1, 41)


def size_of(armature) -> float:
    """Return the height of the rig in the world."""
    rest = read_rig(armature).rest_pose.positions
    return float(
        np.ptp(rest, axis=0).max() * np.linalg.norm(np.array(armature.matrix_world)[0, :3])
    )


def distance_from_hips_motion(armature, take, **options) -> float:
    """Return the distance to the motion carried by the hips, relative to the rig's height."""
    put(armature, take, carrier="HIPS")
    expected = places(armature, JOINTS, FRAMES)
    put(armature, take, **options)
    return float(np.abs(places(armature, JOINTS, FRAMES) - expected).max()) / size_of(armature)


def check_root_bone_carries_the_same_motion():
    armature = rig_builders.unreal()
    rig_builders.move(armature)
    gaps = [
        distance_from_hips_motion(armature, take, carrier="ROOT")
        for take in (walk(40), tumble(40, 24.0))
    ]
    assert max(gaps) < 1e-4, gaps
    paths = {curve.data_path for curve in Animation.from_data_block(armature).channelbag.fcurves}
    assert {'pose.bones["root"].location', 'pose.bones["root"].rotation_quaternion'} <= paths
    put(armature, walk(40), carrier="ROOT")
    root = [bone.name for bone in armature.pose.bones].index("root")
    heads = []
    for frame in (1, 40):
        bpy.context.scene.frame_set(frame)
        heads.append(evaluated(armature)[root, :3, 3])
    assert np.linalg.norm(heads[1] - heads[0]) > 100, "the root bone walks along, in centimetres"


def check_rigify_root_carries_the_same_motion():
    armature = rig_builders.rigify()
    gap = distance_from_hips_motion(armature, walk(40), carrier="ROOT")
    assert gap < 1e-3, gap


def check_object_carries_the_same_motion():
    for mode in ("XYZ", "QUATERNION", "ZYX"):
        armature = rig_builders.mixamo()
        rig_builders.move(armature)
        armature.rotation_mode = mode
        armature.delta_location = (0.3, 0.2, 0.1)
        bpy.context.view_layer.update()
        gap = distance_from_hips_motion(armature, walk(40), carrier="OBJECT")
        assert gap < 1e-3, (mode, gap)
        bpy.context.scene.frame_set(1)
        start = np.array(armature.matrix_world)[:3, 3]
        bpy.context.scene.frame_set(40)
        assert np.linalg.norm(np.array(armature.matrix_world)[:3, 3] - start) > 1.5


def check_object_with_parent_carries_the_same_motion():
    parent = bpy.data.objects.new("Cart", None)
    bpy.context.scene.collection.objects.link(parent)
    parent.rotation_euler, parent.scale = (0.1, 0.2, 0.9), (1.3, 1.3, 1.3)
    armature = rig_builders.smpl()
    armature.parent = parent
    bpy.context.view_layer.update()
    gap = distance_from_hips_motion(armature, tumble(40, 24.0), carrier="OBJECT")
    assert gap < 1e-3, gap


def check_sparse_keys_carry_the_same_motion():
    armature = rig_builders.unreal()
    for carrier in ("ROOT", "OBJECT"):
        gap = distance_from_hips_motion(
            armature, walk(40), carrier=carrier, keying=Keying(tolerance=KeyTolerance())
        )
        assert gap < 0.004, (carrier, gap)  # twice 2 mm, on nearly 2 m


def check_root_without_bone_above_hips_raises():
    armature = rig_builders.mixamo()
    assert "There is no bone above mixamorig:Hips" in refusal(
        lambda: put(armature, walk(6), carrier="ROOT")
    )
    assert not bpy.data.actions


def check_set_in_place_removes_and_restores_root_motion():
    for carrier, build in (
        ("HIPS", rig_builders.mixamo),
        ("ROOT", rig_builders.unreal),
        ("OBJECT", rig_builders.smpl),
    ):
        armature = build()
        rig_builders.move(armature)
        put(armature, walk(40), carrier=carrier)
        there = places(armature, JOINTS, FRAMES)
        put(armature, walk(40), carrier=carrier, in_place=True)
        here = places(armature, JOINTS, FRAMES)
        assert np.linalg.norm(there[-1, 0] - there[0, 0]) > 1.5
        assert np.linalg.norm(here[:, 0] - here[0, 0], axis=1).max() < 0.1 * size_of(armature)
        np.testing.assert_allclose(here[0], there[0], atol=1e-4 * size_of(armature))
        root_motion.set_in_place(armature, False)
        back = places(armature, JOINTS, FRAMES)
        assert np.abs(back - there).max() < 1e-4 * size_of(armature), carrier
        root_motion.set_in_place(armature, False)
        assert np.abs(places(armature, JOINTS, FRAMES) - back).max() == 0
        root_motion.set_in_place(armature, True)
        assert np.abs(places(armature, JOINTS, FRAMES) - here).max() < 1e-4 * size_of(armature)


def check_set_in_place_without_root_motion_raises():
    armature = rig_builders.smpl()
    assert "must play a motion with known root motion" in refusal(
        lambda: root_motion.set_in_place(armature, True)
    )


def check_set_in_place_without_location_curves_raises():
    for carrier, whose in (("HIPS", "the bone “pelvis”"), ("OBJECT", "the object")):
        armature = rig_builders.smpl()
        put(armature, walk(12), carrier=carrier)
        playing = Animation.from_data_block(armature)
        for curve in list(playing.channelbag.fcurves):
            if curve.data_path.endswith("location"):
                playing.channelbag.fcurves.remove(curve)
        sentence = refusal(lambda armature=armature: root_motion.set_in_place(armature, True))
        assert f"must have keys on the location of {whose}, which" in sentence, sentence
        assert playing.action[root_motion.IN_PLACE_PROPERTY] is False


def check_apply_take_removed_root_target_is_ignored():
    """An Action may come from another rig, or from before a bone was renamed."""
    armature = rig_builders.unreal()
    put(armature, walk(12), carrier="ROOT")
    armature.data.bones["root"].name = "ground"
    assert root_motion.read_root_target(armature.animation_data.action) == "root"
    put(armature, walk(12))
    assert errors(armature, walk(12)).turns < 0.1
    assert root_motion.read_root_target(armature.animation_data.action) == "pelvis"


def check_body_part_leaves_root_motion_of_the_walk():
    armature = rig_builders.smpl()
    put(armature, walk(40))
    for destination in ("NEW_ACTION", "SAME_ACTION"):
        put(armature, tumble(20, 24.0), 11.0, part="RIGHT_ARM", destination=destination)
        action = armature.animation_data.action
        assert (
            root_motion.has_root_motion(action) and root_motion.read_root_target(action) == "pelvis"
        ), destination
        there = places(armature, JOINTS, FRAMES)
        root_motion.set_in_place(armature, True)
        here = places(armature, JOINTS, FRAMES)
        assert np.linalg.norm(here[:, 0] - here[0, 0], axis=1).max() < 0.2
        assert np.linalg.norm(there[-1, 0] - there[0, 0]) > 1.5
        put(armature, tumble(10, 24.0), 1.0, part="HEAD", destination=destination)
        root_motion.set_in_place(armature, False)
        assert np.abs(places(armature, JOINTS[:-1], FRAMES) - there[:, :-1]).max() < 1e-4
    put(armature, walk(12))
    offsets = armature.animation_data.action["anyframe_travel"]
    assert len(offsets) == 3 * 12, "a whole motion has a travel of its own"


def check_ground_option_lifts_the_motion():
    armature = rig_builders.mixamo()
    rig_builders.move(armature)
    put(armature, walk(40))
    low = places(armature, JOINTS, FRAMES)
    put(armature, walk(40), ground=0.75)
    lifted = places(armature, JOINTS, FRAMES) - low
    np.testing.assert_allclose(lifted, np.broadcast_to([0, 0, 0.75], lifted.shape), atol=1e-4)


def check_plant_feet_other_leg_proportions_do_not_slide():
    """The mannequin's thighs are another fraction of the leg; planted feet must not slide."""
    take = _standing_on_the_left(60)
    slides = {}
    for planted in (False, True):
        armature = rig_builders.unreal()
        put(armature, take, plant_feet=planted)
        path = places(armature, ("left_ankle",), range(1, 61))[:, 0]
        slides[planted] = float(np.linalg.norm(path - path[0], axis=1).max())
    assert slides[True] < 0.005, slides
    assert slides[False] > 2 * slides[True], slides
    return f"{1000 * slides[False]:.1f} mm without, {1000 * slides[True]:.1f} mm with"


def _standing_on_the_left(frames: int):
    """Return a take whose hips circle while both feet stay planted."""
    take = walk(frames)
    matrices = take.local_matrices()
    matrices[:] = matrices[:1]
    for side in ("left", "right"):
        for joint, angle in (("hip", -0.35), ("knee", 0.7), ("ankle", -0.35)):
            matrices[:, SMPL.index(f"{side}_{joint}")] = axis_rotation("X", angle)
    root = np.repeat(take.root_positions()[:1], frames, axis=0)
    low = Take.from_matrices(matrices, root, 24.0).joint_positions()[0, [10, 11], 2].min()
    root[:, 2] += 0.02 - low
    phase = np.linspace(0, 2 * np.pi, frames)
    root += 0.08 * np.stack([np.sin(phase), np.cos(phase) - 1, 0.5 * (np.cos(phase) - 1)], axis=1)
    plan = plan_foot_lock(legs_from_pose(matrices, root), np.ones((frames, 4)), 24.0)
    return Take.from_matrices(*plan.apply(matrices, root, np.arange(frames) / 24.0), 24.0)


def check_custom_rest_pose_odd_bind_pose_plays_correctly():
    armature = rig_builders.smpl()
    turned = {"left_shoulder": 1.1, "right_elbow": 0.9, "left_hip": -1.4, "spine2": 0.5}
    for name, angle in turned.items():
        armature.pose.bones[name].rotation_quaternion = Quaternion((0.3, 0.5, 0.8), angle)
    bpy.context.view_layer.update()
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.armature_apply(selected=False)
    bpy.ops.object.mode_set(mode="OBJECT")
    crooked = read_rig(armature).rest_pose
    for name in reversed(turned):
        bone = armature.pose.bones[name]
        bone.rotation_quaternion = Quaternion((0.3, 0.5, 0.8), -turned[name])
    bpy.context.view_layer.update()
    store_custom_rest_pose(armature, crooked, evaluated(armature))
    assert read_rig(armature).custom_rest_pose is not None
    for bone in armature.pose.bones:
        bone.rotation_quaternion = (1.0, 0.0, 0.0, 0.0)
    take = tumble(20, 24.0)
    put(armature, take)
    back = read_armature_take(armature, bpy.context.scene, 1, 20)
    turned_off = angle_between(back.local_matrices(), take.local_matrices())
    assert np.degrees(turned_off).max() < 0.1
    seen = places(armature, ("left_elbow", "left_wrist"), [5])[0]
    straight = rig_builders.smpl()
    put(straight, take)
    expected = places(straight, ("left_elbow", "left_wrist"), [5])[0]
    apart = normalize(seen[1] - seen[0]) @ normalize(expected[1] - expected[0])
    assert np.degrees(np.arccos(np.clip(apart, -1, 1))) < 0.5
    clear_custom_rest_pose(armature)
    assert read_rig(armature).custom_rest_pose is None


def check_custom_rest_pose_edited_bones_raise():
    armature = rig_builders.smpl()
    store_custom_rest_pose(armature, read_rig(armature).rest_pose, evaluated(armature))
    assert summarize_rig(armature).mapped_count == 24
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones["left_wrist"].head.x += 0.1
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "were edited after its rest pose was set" in summarize_rig(armature).error
    assert "were edited after" in refusal(lambda: put(armature, walk(6)))
    armature.data.name = "Edited"
    assert "The bones of “Edited” were edited" in summarize_rig(armature).error
    original = rest_poses.read_custom_rest_pose
    rest_poses.read_custom_rest_pose = lambda *_: 1 / 0
    try:
        assert summarize_rig(armature).error, "a panel that draws does not find out again"
    finally:
        rest_poses.read_custom_rest_pose = original
    clear_custom_rest_pose(armature)
    assert not summarize_rig(armature).error
    assert bone_map_for_reading(armature).bones
