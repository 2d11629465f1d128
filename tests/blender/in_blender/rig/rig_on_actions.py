"""Applying a take: its effect on Actions, and everything that it leaves unchanged."""

from pathlib import Path

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.take import Take
from anyframe.rig.action.blender_versions import HAS_SLOTS, Animation
from anyframe.rig.apply.apply import apply_take
from rig_measure import errors, evaluated
from rig_takes import tumble, walk

MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def put(armature, take: Take | None = None, name: str = "motion", start: float = 1.0):
    return apply_take(
        armature, take or walk(12), scene=bpy.context.scene, name=name, start_frame=start
    )


def curves_of(owner) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """Return the keys of each F-curve that plays on a data-block."""
    playing = Animation.from_data_block(owner)
    assert playing is not None and playing.is_playing
    found = {}
    for curve in playing.channelbag.fcurves:
        key = (curve.data_path, curve.array_index)
        assert key not in found, f"{key} twice"
        found[key] = [tuple(point.co) for point in curve.keyframe_points]
    return found


def bone(name: str, path: str) -> str:
    return f'pose.bones["{name}"].{path}'


def check_apply_take_keys_mapped_bones_and_root_location_only():
    armature = rig_builders.unreal()
    applied = put(armature, walk(12), start=10.0)
    keyed = curves_of(armature)
    bones = {path.split('"')[1] for path, _ in keyed}
    assert bones == set(applied.bones)
    assert not bones & {"root", "upperarm_twist_01_l", "ik_foot_l", "index_01_l", "spine_02"}
    assert {path for path, _ in keyed if "location" in path} == {bone("pelvis", "location")}
    assert all([x for x, _ in keys] == list(range(10, 22)) for keys in keyed.values())
    assert (applied.first_frame, applied.last_frame) == (10.0, 21.0)
    groups = Animation.from_data_block(armature).channelbag.groups
    assert {group.name for group in groups} == bones
    assert all(len(groups[name].channels) >= 4 for name in bones)
    assert applied.action == armature.animation_data.action


def check_apply_take_every_rotation_mode_shows_the_pose():
    armature = rig_builders.mixamo()
    for n, pose_bone in enumerate(armature.pose.bones):
        pose_bone.rotation_mode = MODES[n % len(MODES)]
    put(armature, tumble(40, 24.0))
    worst = errors(armature, tumble(40, 24.0))
    assert worst.turns < 0.1
    assert [b.rotation_mode for b in armature.pose.bones][:8] == list(MODES)
    return worst


def check_apply_take_any_rate_falls_on_scene_frames():
    armature = rig_builders.smpl()
    render = bpy.context.scene.render
    render.fps, render.fps_base = 24, 1.001
    first = next(iter(_keys(armature, walk(24, 24 / 1.001), 1.0)))
    assert first == [float(n) for n in range(1, 25)]
    tenths = next(iter(_keys(armature, walk(10, 240 / 1.001), 5.5)))
    assert np.allclose(tenths, 5.5 + 0.1 * np.arange(10), atol=1e-5)
    assert (render.fps, round(render.fps_base, 6)) == (24, 1.001)


def _keys(armature, take, start):
    put(armature, take, start=start)
    return [[x for x, _ in keys] for keys in curves_of(armature).values()]


def check_apply_take_between_frames_is_smooth():
    """Motion blur and slow motion sample between the keys."""
    armature = rig_builders.smpl()
    fine, coarse = walk(48, 48.0), walk(24, 24.0)
    coarse.poses[:], coarse.trans[:] = fine.poses[::2], fine.trans[::2]
    put(armature, coarse)
    bpy.context.scene.frame_set(6, subframe=0.5)
    between = evaluated(armature)
    put(armature, fine, start=1.0)
    bpy.context.scene.frame_set(6, subframe=0.5)
    gap = np.abs(between[:, :3, 3] - evaluated(armature)[:, :3, 3]).max()
    assert gap < 0.01, gap
    return f"{100 * gap:.2f} cm"


def check_apply_take_without_frame_change_shows_the_pose():
    armature = rig_builders.smpl()
    put(armature, tumble(5, 24.0), start=float(bpy.context.scene.frame_current))
    bpy.context.view_layer.update()
    shown = evaluated(armature)
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    assert np.abs(shown - evaluated(armature)).max() < 1e-6
    assert np.abs(shown - [b.matrix_local for b in armature.data.bones]).max() > 0.1


def check_apply_take_keeps_previous_action_and_its_other_channels():
    armature = rig_builders.unreal()
    armature.location = (1.0, 2.0, 3.0)
    armature.keyframe_insert("location", frame=1)
    twist = armature.pose.bones["upperarm_twist_01_l"]
    twist.rotation_mode = "XYZ"
    twist.rotation_euler = (0.1, 0.2, 0.3)
    twist.keyframe_insert("rotation_euler", frame=3)
    head = armature.pose.bones["head"]
    head["glow"] = 0.5
    head.keyframe_insert('["glow"]', frame=2)
    head.scale = (1.2, 1.2, 1.2)
    head.keyframe_insert("scale", frame=1)
    head.rotation_mode = "ZXY"
    head.keyframe_insert("rotation_quaternion", frame=1)
    thigh = armature.pose.bones["thigh_l"]
    thigh.location = (5.0, 0.0, 0.0)
    thigh.keyframe_insert("location", frame=1)
    before = armature.animation_data.action
    old = curves_of(armature)
    put(armature)
    new = curves_of(armature)
    assert armature.animation_data.action != before
    assert before.use_fake_user and bpy.data.actions.get(before.name) == before
    for path, count in (
        ("location", 3),
        (bone("upperarm_twist_01_l", "rotation_euler"), 3),
        ('pose.bones["head"]["glow"]', 1),
        (bone("head", "scale"), 3),
    ):
        for index in range(count):
            assert new[path, index] == old[path, index], path
    assert (bone("head", "rotation_quaternion"), 0) not in new
    assert len(new[bone("head", "rotation_euler"), 0]) == 12
    # A location left by the old motion on a bone of the body would pull it out of its joint.
    assert new[bone("thigh_l", "location"), 0] == [(1.0, 0.0)]
    armature.animation_data.action = before
    if HAS_SLOTS:
        armature.animation_data.action_slot = before.slots[0]
    assert curves_of(armature) == old


def check_apply_take_unkeyed_pose_does_not_pull_joints_apart():
    armature = rig_builders.unreal()
    for name in ("thigh_l", "spine_02", "head"):
        armature.pose.bones[name].location = (3.0, 2.0, 1.0)
    armature.pose.bones["spine_04"].rotation_quaternion = (0.9, 0.1, 0.4, 0.0)
    armature.pose.bones["index_01_l"].rotation_quaternion = (0.9, 0.1, 0.4, 0.0)
    put(armature, tumble(20, 24.0))
    worst = errors(armature, tumble(20, 24.0))
    assert worst.limbs < 0.1 and worst.turns < 0.1 and worst.hips < 0.1, worst
    assert armature.pose.bones["index_01_l"].rotation_quaternion.w < 0.95


def check_apply_take_repeated_plays_like_the_first():
    armature = rig_builders.mixamo()
    takes = [walk(12), tumble(20, 24.0), tumble(9, 24.0, seed=3)]
    for n, take in enumerate(takes):
        put(armature, take, name="a person walks")
        assert errors(armature, take).turns < 0.1
        assert len(bpy.data.actions) == n + 1
        if HAS_SLOTS:
            assert armature.animation_data.action_slot is not None
            assert len(armature.animation_data.action.slots) == 1
    assert all(len(keys) == 9 for keys in curves_of(armature).values())
    assert not [action.name for action in bpy.data.actions if action.users == 0]


def check_apply_take_action_survives_saving_and_loading():
    armature = rig_builders.smpl()
    for seed in range(3):
        put(armature, tumble(9, 24.0, seed=seed))
    file = str(Path("saved.blend").resolve())
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.open_mainfile(filepath=file)
    armature = bpy.data.objects["SMPL"]
    assert len(bpy.data.actions) == 3
    assert errors(armature, tumble(9, 24.0, seed=2)).turns < 0.1
    put(armature)
    assert len(bpy.data.actions) == 4


def check_apply_take_shared_action_still_moves_the_other_object():
    armature, other = rig_builders.smpl(), bpy.data.objects.new("Cart", None)
    bpy.context.scene.collection.objects.link(other)
    armature.keyframe_insert("location", frame=1)
    shared = armature.animation_data.action
    other.animation_data_create().action = shared
    if HAS_SLOTS:
        other.animation_data.action_slot = shared.slots.new("OBJECT", "Cart")
        other.location = (4.0, 0.0, 0.0)
        other.keyframe_insert("location", frame=7)
    other_curves = curves_of(other)
    put(armature)
    assert other.animation_data.action == shared and curves_of(other) == other_curves
    assert not shared.use_fake_user


def check_apply_take_action_without_slot_stays_and_is_not_copied():
    armature = rig_builders.smpl()
    armature.keyframe_insert("location", frame=1)
    before = armature.animation_data.action
    if HAS_SLOTS:
        armature.animation_data.action_slot = None
    put(armature)
    assert before.use_fake_user
    assert (("location", 0) in curves_of(armature)) == (not HAS_SLOTS)


def check_apply_take_nla_tracks_stay():
    armature = rig_builders.smpl()
    armature.keyframe_insert("location", frame=1)
    action = armature.animation_data.action
    track = armature.animation_data.nla_tracks.new()
    track.strips.new("old", 1, action)
    armature.animation_data.action = None
    put(armature)
    assert [strip.action for strip in track.strips] == [action]
    assert not action.use_fake_user


def check_apply_take_writes_metadata_on_the_action():
    armature = rig_builders.smpl()
    take = walk(12)
    put(armature, take)
    action = armature.animation_data.action
    assert action["anyframe_prompt"] == "a person walks"
    assert action["anyframe_seed"] == str(2**40)
    assert action["anyframe_fps"] == 24.0
    assert action["anyframe_model"] == "nerm 1"
    assert action["anyframe_licence"] == "CC0-1.0"
    put(armature, Take(take.poses, take.trans, 30.0))
    assert armature.animation_data.action["anyframe_fps"] == 30.0
    assert "anyframe_prompt" not in armature.animation_data.action


def check_apply_take_long_and_strange_names_work():
    armature = rig_builders.mixamo('o"dd\\n:')
    put(armature, tumble(9, 24.0), name="läuft „schnell“ " * 30)
    assert armature.animation_data.action.name.startswith("läuft „schnell“ läuft")
    assert errors(armature, tumble(9, 24.0)).turns < 0.1
    put(armature, tumble(9, 24.0), name="")
    assert errors(armature, tumble(9, 24.0)).turns < 0.1


def check_apply_take_one_undo_restores_action_and_pose():
    armature = rig_builders.smpl()
    spine = armature.pose.bones["spine2"]
    spine.rotation_quaternion = (0.9, 0.3, 0.1, 0.0)
    spine.keyframe_insert("rotation_quaternion", frame=1)
    armature.pose.bones["left_knee"].rotation_quaternion = (0.8, 0.5, 0.0, 0.0)
    name = armature.animation_data.action.name
    bpy.context.view_layer.update()
    pose = evaluated(armature)
    bpy.ops.ed.undo_push(message="before")
    put(armature, tumble(9, 24.0))
    bpy.context.scene.frame_set(1)
    bpy.ops.ed.undo_push(message="Anyframe")
    bpy.ops.ed.undo()
    armature = bpy.data.objects["SMPL"]
    assert armature.animation_data.action.name == name
    assert len(bpy.data.actions) == 1
    assert not armature.animation_data.action.use_fake_user
    assert np.abs(evaluated(armature) - pose).max() < 1e-6
    bpy.ops.ed.redo()
    armature = bpy.data.objects["SMPL"]
    assert errors(armature, tumble(9, 24.0)).turns < 0.1


def check_apply_take_leaves_the_scene_unchanged():
    armature, other = rig_builders.smpl(), rig_builders.mixamo()
    scene, layer = bpy.context.scene, bpy.context.view_layer
    layer.objects.active = armature
    armature.select_set(True)
    other.select_set(False)
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_start, scene.frame_end = 3, 7
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.frame_set(5, subframe=0.25)

    def state():
        return (
            (scene.frame_start, scene.frame_end, scene.frame_current, scene.frame_subframe),
            (scene.render.fps, scene.render.fps_base, scene.use_preview_range),
            (armature.mode, layer.objects.active.name, bpy.context.mode),
            [o.name for o in layer.objects if o.select_get()],
            [b.name for b in bpy.context.selected_pose_bones or ()],
            [b.rotation_mode for b in armature.pose.bones],
            armature.matrix_world.copy(),
            (other.animation_data, armature.data.animation_data),
            [len(collection) for collection in (bpy.data.objects, bpy.data.armatures)],
        )

    before = state()
    put(armature, tumble(9, 30 / 1.001), start=5.25)
    assert state() == before
