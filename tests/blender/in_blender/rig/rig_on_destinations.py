"""Destinations of keys, and that nothing else of the existing motion changes."""

import json

import bpy
import numpy as np
import rig_builders
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import ApplyOptions, Keying
from anyframe.rig.armature.mapping import bone_map_for_posing
from rig_measure import errors, evaluated
from rig_runner import refusal
from rig_takes import tumble, walk


def put(armature, take, start: float = 1.0, name: str = "motion", **options):
    return apply_take(
        armature,
        take,
        scene=bpy.context.scene,
        name=name,
        start_frame=start,
        options=ApplyOptions(**options),
    )


def poses(armature, frames) -> np.ndarray:
    """Return the evaluated pose matrices (T, N, 4, 4) on frames, whole or not."""
    shown = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
        shown.append(evaluated(armature))
    return np.array(shown)


def places(armature, joints, frames) -> np.ndarray:
    """Return the heads (T, J, 3) of the bones of joints in the world."""
    index = {bone.name: n for n, bone in enumerate(armature.pose.bones)}
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        heads = evaluated(armature)[:, :3, 3]
        world = np.array(armature.matrix_world)
        bones = [index[bone_map_for_posing(armature).bones[joint]] for joint in joints]
        found.append(heads[bones] @ world[:3, :3].T + world[:3, 3])
    return np.array(found)


def check_same_action_changes_only_frames_of_the_motion():
    armature = rig_builders.mixamo()
    put(armature, tumble(60, 24.0))
    action = armature.animation_data.action
    outside = [*np.arange(1, 20.01, 0.25), *np.arange(45, 60.01, 0.25)]
    before = poses(armature, outside)
    put(armature, walk(24, 24.0), start=21.0, destination="SAME_ACTION")
    assert armature.animation_data.action == action and len(bpy.data.actions) == 1
    gap = np.abs(poses(armature, outside) - before).max()
    assert gap < 1e-3, gap  # of some 180 rig units
    assert errors(armature, walk(24, 24.0), start=21.0).turns < 0.1
    assert [json.loads(info)["prompt"] for info in json.loads(action["anyframe_earlier"])] == [
        "a person walks"
    ]
    return f"{gap:.1e} units"


def check_same_action_sparse_curves_keep_shape_outside_the_motion():
    armature = rig_builders.smpl()
    bones = armature.pose.bones
    bones["spine2"].rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (30, 0.8), (80, -0.5), (120, 0.0)):
        bones["spine2"].rotation_euler = (angle, 0.0, 0.3 * angle)
        bones["spine2"].keyframe_insert("rotation_euler", frame=frame)
        bones["left_hip"].rotation_quaternion = (1.0, angle, 0.0, 0.2)
        bones["left_hip"].keyframe_insert("rotation_quaternion", frame=frame)
    outside = [*np.arange(1, 49.01, 0.5), *np.arange(62, 120.01, 0.5)]
    keying = Keying(step=5)

    def shape() -> np.ndarray:
        curves = [
            c
            for c in Animation.from_data_block(armature).channelbag.fcurves
            if "spine2" in c.data_path
        ]
        curves = [c for c in curves if "euler" in c.data_path]
        return np.array([[curve.evaluate(frame) for frame in outside] for curve in curves])

    before = shape()
    put(armature, walk(12, 24.0), start=50.0, destination="SAME_ACTION", keying=keying)
    gap = np.abs(shape() - before).max()
    assert gap < 1e-5, gap
    assert errors(armature, one_frame(walk(12, 24.0), 0), start=50.0).turns < 0.1


def one_frame(take, frame):
    from anyframe.backend.kinematics.body.take import Take

    return Take(take.poses[frame : frame + 1], take.trans[frame : frame + 1], take.fps)


def check_continue_after_motion_starts_where_the_character_stands():
    armature = rig_builders.unreal()
    rig_builders.move(armature)
    put(armature, walk(24, 24.0))
    joints = ("left_hip", "right_hip", "left_shoulder")
    end = places(armature, joints, [24])[0]
    put(armature, walk(24, 24.0), 24.0, destination="SAME_ACTION", where_it_stands=True)
    both = places(armature, joints, [1, 24, 47])
    hips = both[:, :2].mean(axis=1)
    np.testing.assert_allclose(hips[1, :2], end[:2].mean(axis=0)[:2], atol=2e-3)
    first, second = np.diff(hips[:, :2], axis=0)
    assert first @ second > 0.999 * np.linalg.norm(first) * np.linalg.norm(second)
    np.testing.assert_allclose(np.linalg.norm(second), np.linalg.norm(first), rtol=1e-2)


def check_body_part_moves_and_other_bones_keep_their_motion():
    armature = rig_builders.smpl()
    put(armature, walk(40, 24.0))
    before = poses(armature, range(1, 41))
    walked = armature.animation_data.action
    put(armature, tumble(20, 24.0), start=11.0, part="LEFT_ARM")
    assert armature.animation_data.action != walked
    after = poses(armature, range(1, 41))
    names = [bone.name for bone in armature.pose.bones]
    arm = [
        n
        for n, name in enumerate(names)
        if name.startswith("left_")
        and name.split("_")[1] in {"collar", "shoulder", "elbow", "wrist", "hand"}
    ]
    others = [n for n in range(len(names)) if n not in arm]
    assert np.abs(after - before)[:, others].max() < 1e-4
    assert np.abs(after - before)[:9].max() < 1e-4 and np.abs(after - before)[32:].max() < 1e-4
    assert np.abs(after - before)[10:30, arm[1:]].max(axis=(1, 2, 3)).min() > 0.02


def check_fade_leaves_no_jump():
    armature = rig_builders.smpl()
    put(armature, walk(72, 24.0))
    frames = np.arange(1, 73)

    def speed() -> float:
        wrists = places(armature, ("left_wrist", "right_wrist"), frames)
        return float(np.linalg.norm(np.diff(wrists, axis=0), axis=-1)[18:56].max())

    walked = armature.animation_data.action
    put(armature, tumble(30, 24.0), start=21.0, part="UPPER_BODY")
    hard = speed()
    armature.animation_data.action = walked
    if Animation.from_data_block(armature).slot is None and hasattr(
        armature.animation_data, "action_slot"
    ):
        armature.animation_data.action_slot = walked.slots[0]
    put(armature, tumble(30, 24.0), start=21.0, part="UPPER_BODY", fade=8)
    soft = speed()
    assert soft < 0.6 * hard, (soft, hard)
    return f"fastest wrist {hard:.2f} without, {soft:.2f} m a frame with"


def check_nla_strip_plays_above_the_existing_motion():
    armature = rig_builders.smpl()
    put(armature, walk(72, 24.0))
    walked = armature.animation_data.action
    frames = [1, 10, 19, 60, 72]
    before = poses(armature, frames)
    applied = put(armature, tumble(30, 24.0), start=20.5, name="tumbles", destination="NLA_STRIP")
    data = armature.animation_data
    assert data.action is None
    assert [[s.action for s in t.strips] for t in data.nla_tracks] == [[walked], [applied.action]]
    strip = data.nla_tracks[-1].strips[0]
    assert (round(strip.frame_start, 3), round(strip.frame_end, 3)) == (20.5, 49.5)
    assert np.abs(poses(armature, frames) - before).max() < 1e-4
    inside = poses(armature, [20.5 + n for n in range(29)])
    data.action = applied.action
    if hasattr(data, "action_slot"):
        data.action_slot = applied.action.slots[0]
    assert np.abs(poses(armature, [20.5 + n for n in range(29)]) - inside).max() < 1e-4


def check_nla_strip_pushed_down_action_plays_as_before():
    armature = rig_builders.smpl()
    put(armature, walk(72, 24.0))
    data = armature.animation_data
    walked = Animation.from_data_block(armature)
    track = data.nla_tracks.new()
    strip = track.strips.new("walk", 1, walked.action)
    if walked.slot is not None:
        strip.action_slot = walked.slot
    data.action = None
    spine = armature.pose.bones["spine2"]
    for frame, angle in ((10, 0.0), (40, 0.6)):
        spine.rotation_mode = "XYZ"
        spine.rotation_euler = (0.0, angle, 0.0)
        spine.keyframe_insert("rotation_euler", frame=frame)
    leaning = data.action
    data.action_blend_type, data.action_extrapolation = "ADD", "NOTHING"
    data.action_influence = 0.25
    frames = [1, 9.5, 10, 25, 40, 40.5, 72]
    before = poses(armature, frames)
    bpy.ops.ed.undo_push(message="before")
    put(armature, tumble(6, 24.0), start=50.0, part="LEFT_ARM", destination="NLA_STRIP")
    bpy.ops.ed.undo_push(message="Anyframe")
    below = data.nla_tracks[1].strips[0]
    assert below.action == leaning
    assert (below.blend_type, below.extrapolation) == ("ADD", "NOTHING")
    assert below.use_animated_influence and abs(below.influence - 0.25) < 1e-6
    assert (data.action_blend_type, data.action_extrapolation) == ("REPLACE", "HOLD")
    assert data.action_influence == 1.0
    gap = np.abs(poses(armature, frames) - before).max()
    assert gap < 1e-5, gap
    bpy.ops.ed.undo()
    armature = bpy.data.objects["SMPL"]
    data = armature.animation_data
    assert (data.action_blend_type, data.action_extrapolation) == ("ADD", "NOTHING")
    assert (data.action_influence, data.action.name) == (0.25, "SMPLAction")
    assert len(data.nla_tracks) == 1
    assert np.abs(poses(armature, frames) - before).max() < 1e-5


def check_nla_strip_full_influence_is_not_animated():
    armature = rig_builders.smpl()
    put(armature, walk(12, 24.0))
    put(armature, walk(12, 24.0), start=20.0, destination="NLA_STRIP")
    below = armature.animation_data.nla_tracks[0].strips[0]
    assert not below.use_animated_influence
    assert (below.blend_type, below.extrapolation) == ("REPLACE", "HOLD")


def check_nla_strip_fade_sets_blend_frames():
    armature = rig_builders.smpl()
    put(armature, walk(72, 24.0))
    before = poses(armature, [21, 50])
    put(armature, tumble(30, 24.0), start=21.0, destination="NLA_STRIP", fade=10)
    strip = armature.animation_data.nla_tracks[-1].strips[0]
    assert (strip.blend_in, strip.blend_out) == (10.0, 10.0)
    assert np.abs(poses(armature, [21, 50]) - before).max() < 1e-4


def check_nla_strip_without_existing_motion_holds_on_one_track():
    armature = rig_builders.smpl()
    put(armature, walk(12, 24.0), destination="NLA_STRIP", fade=4)
    (track,) = armature.animation_data.nla_tracks
    assert (track.strips[0].extrapolation, track.strips[0].blend_in) == ("HOLD", 0.0)
    assert errors(armature, walk(12, 24.0)).turns < 0.1


def check_same_action_without_existing_motion_makes_a_new_one():
    armature = rig_builders.smpl()
    put(armature, walk(12, 24.0), start=5.0, destination="SAME_ACTION")
    assert errors(armature, walk(12, 24.0), start=5.0).turns < 0.1
    assert len(bpy.data.actions) == 1


def check_body_part_on_rigify_keys_settings_of_its_limbs_only():
    armature = rig_builders.rigify()
    put(armature, tumble(8, 24.0), part="LEFT_ARM")
    keyed = {curve.data_path for curve in Animation.from_data_block(armature).channelbag.fcurves}
    assert 'pose.bones["upper_arm_parent.L"]["IK_FK"]' in keyed
    assert not [path for path in keyed if ".R" in path or "thigh" in path or "torso" in path]


def check_asset_option_marks_the_action():
    armature = rig_builders.smpl()
    assert put(armature, walk(6, 24.0)).action.asset_data is None
    assert put(armature, walk(6, 24.0), asset=True).action.asset_data is not None
    assert put(armature, walk(6, 24.0)).action.asset_data is None


def check_invalid_options_raise_and_change_nothing():
    armature = rig_builders.smpl()
    armature.scale = (1.0, 1.0, 2.0)
    bpy.context.view_layer.update()
    assert "scaled unevenly (1, 1, 2)" in refusal(lambda: put(armature, walk(6)))
    armature.scale = (1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    armature.pose.bones["left_knee"].driver_add("rotation_quaternion", 1)
    sentence = refusal(lambda: put(armature, walk(6)))
    assert "A driver moves the rotation quaternion of the bone “left_knee”" in sentence
    assert not bpy.data.actions and armature.animation_data.action is None
    put(armature, walk(6), part="RIGHT_ARM")


def check_merge_into_cyclic_curves_raises():
    armature = rig_builders.smpl()
    put(armature, walk(24, 24.0))
    curves = list(Animation.from_data_block(armature).channelbag.fcurves)
    for curve in curves:
        curve.modifiers.new("CYCLES")
    frames = np.arange(1, 101)
    before = poses(armature, frames)
    arm = {"take": tumble(12, 24.0), "start": 100.0, "part": "LEFT_ARM"}
    wave = tumble(12, 24.0)
    refused = (
        {**arm, "destination": "SAME_ACTION"},
        arm,
        {"take": wave, "start": 100.0, "destination": "SAME_ACTION"},
        {"take": wave, "start": 100.0, "fade": 4},
    )
    for options in refused:
        sentence = refusal(lambda options=options: put(armature, **options))
        assert sentence.startswith("A modifier (Cycles) changes the "), sentence
        assert "would change other frames" in sentence and sentence.endswith("Graph Editor.")
        assert len(bpy.data.actions) == 1
    assert np.abs(poses(armature, frames) - before).max() < 1e-6
    # A strip, and a new Action for the whole body, leave those F-curves unchanged.
    put(armature, **arm, destination="NLA_STRIP")


def check_merge_ignores_modifiers_muted_or_on_other_curves():
    armature = rig_builders.smpl()
    armature.keyframe_insert("location", frame=1)
    put(armature, walk(24, 24.0))
    for curve in Animation.from_data_block(armature).channelbag.fcurves:
        curve.modifiers.new("CYCLES").mute = "left_" in curve.data_path
    put(armature, tumble(12, 24.0), 100.0, part="LEFT_ARM", destination="SAME_ACTION")
    for curve in Animation.from_data_block(armature).channelbag.fcurves:
        if curve.data_path != "location":
            curve.modifiers.remove(curve.modifiers[0])
    sentence = refusal(
        lambda: put(armature, walk(12), 100.0, carrier="OBJECT", destination="SAME_ACTION")
    )
    assert "changes the location of the armature object, so" in sentence, sentence


def check_merge_into_curve_without_keys_with_modifier_raises():
    armature = rig_builders.smpl()
    put(armature, walk(24, 24.0))
    holder = Animation.from_data_block(armature).channelbag
    (curve,) = [
        curve
        for curve in holder.fcurves
        if "left_elbow" in curve.data_path and curve.array_index == 0
    ]
    path = curve.data_path
    holder.fcurves.remove(curve)
    holder.fcurves.new(path, index=0).modifiers.new("FNGENERATOR")
    sentence = refusal(lambda: put(armature, walk(12), part="LEFT_ARM", destination="SAME_ACTION"))
    assert "A modifier (Built-In Function)" in sentence and "“left_elbow”" in sentence


def check_playback_warnings_mention_muted_curves():
    armature = rig_builders.smpl()
    put(armature, walk(24))
    curves = Animation.from_data_block(armature).channelbag
    for curve in curves.fcurves:
        curve.mute = "left_elbow" in curve.data_path
    curves.groups["left_wrist"].mute = True
    curves.groups["right_knee"].mute = True
    arm = {"part": "LEFT_ARM", "destination": "SAME_ACTION"}
    (note,) = put(armature, walk(12), **arm).warnings
    assert note.startswith("F-curves of “left_") and "and 1 more bones are muted" in note, note
    assert put(armature, walk(12), part="RIGHT_ARM", destination="SAME_ACTION").warnings == ()
    assert put(armature, walk(12), **{**arm, "destination": "NLA_STRIP"}).warnings == ()


def check_playback_warnings_mention_locked_channels():
    armature = rig_builders.smpl()
    armature.pose.bones["left_knee"].lock_rotation = (False, True, True)
    notes = put(armature, walk(6)).warnings
    assert notes == ("Channels of “left_knee” are locked. They were keyed nevertheless.",)
    assert errors(armature, walk(6)).turns < 0.1
