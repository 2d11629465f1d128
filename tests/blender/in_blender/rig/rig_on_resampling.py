"""What is filled in between keys shows as it is, on every kind of rig, and passes through them.

Every fourth frame of a known motion is keyed, and what comes back of a piece is that motion: as if
the network knew it.
"""

from dataclasses import replace

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.skeleton import SMPL
from anyframe.backend.kinematics.body.take import Take
from anyframe.backend.kinematics.keyframes.chunks import split_into_chunks
from anyframe.backend.kinematics.math.rotations import angle_between
from anyframe.backend.protocol.limits import LimitError
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import ApplyOptions, Keying
from anyframe.rig.read.animation_source import list_animation_sources
from anyframe.rig.read.armature_motion import read_armature_frames, read_armature_take
from anyframe.rig.resample.resample import ResampleOptions, ResampleResult, ResampleTask
from rig_kinds import KINDS
from rig_measure import errors
from rig_on_actions import MODES, curves_of
from rig_runner import refusal
from rig_takes import swaying, tumble, turn, walk

STEP, START = 4, 5.0


def put_sparsely(armature, take: Take, **options) -> None:
    apply_take(
        armature,
        take,
        scene=bpy.context.scene,
        name="sparse",
        start_frame=START,
        options=ApplyOptions(keying=Keying(step=STEP), **options),
    )


def filled(armature, take: Take, options: ResampleOptions | None = None) -> ResampleResult:
    """Fill in between the armature's keys with a motion that begins on the first of them."""
    scene = bpy.context.scene
    (source,) = list_animation_sources(armature, strips=False)
    motion = ResampleTask(armature, scene, source, options or ResampleOptions(fps=24.0))
    for number, piece in enumerate(motion.chunks):
        sent, seconds = motion.read_chunk(armature, scene, number)
        assert len(sent) == len(seconds) and seconds[0] == 0.0
        made = Take(take.poses[piece.first_frame :], take.trans[piece.first_frame :], take.fps)
        motion.receive_chunk(armature, number, sent, seconds, made)
    return motion.write_action(armature)


def assert_keys_remain(before, after) -> None:
    """Assert that all keys of the old Action are in the new one."""
    for channel, keys in before.items():
        assert set(keys) <= set(after[channel]), channel


def check_resample_every_kind_of_rig_shows_the_filled_motion():
    notes = []
    for name, (build, _, _) in KINDS.items():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        armature = build()
        take = walk(37)
        put_sparsely(armature, take)
        before = curves_of(armature)
        written = filled(armature, take)
        assert_keys_remain(before, curves_of(armature))
        assert written.frame_count == 27
        worst = errors(armature, take, START)
        assert worst.limbs < 0.1 and worst.turns < 0.1 and worst.hips < 0.05, (name, worst)
        assert worst.ankles < 0.6, (name, worst)
        notes.append(f"{name}: {worst}")
    return "\n".join(notes)


def check_resample_every_rotation_mode_shows_the_filled_motion():
    armature = rig_builders.mixamo()
    for n, bone in enumerate(armature.pose.bones):
        bone.rotation_mode = MODES[n % len(MODES)]
    take = tumble(41, 24.0)
    put_sparsely(armature, take)
    before = curves_of(armature)
    filled(armature, take)
    assert_keys_remain(before, curves_of(armature))
    worst = errors(armature, take, START)
    assert worst.turns < 0.1 and worst.limbs < 0.1, worst
    return worst


def check_resample_ik_controls_show_the_filled_motion():
    armature = rig_builders.rigify()
    take = swaying(37)
    put_sparsely(armature, take, limbs="IK")
    before = curves_of(armature)
    take_on_rig = _played(armature, take)
    filled(armature, take_on_rig)
    after = curves_of(armature)
    assert_keys_remain(before, after)
    assert len(after['pose.bones["foot_ik.L"].location', 0]) == 37
    fk = [path for path, _ in after if "_fk." in path and "spine" not in path]
    assert not fk, fk
    away = np.linalg.norm(
        _seen(armature, 37).joint_positions() - take_on_rig.joint_positions(), axis=-1
    )
    ends = [SMPL.index(f"{side}_{end}") for side in ("left", "right") for end in ("ankle", "wrist")]
    assert away[:, ends].max() < 0.003, away[:, ends].max(axis=0)
    return f"hands and feet {1000 * away[:, ends].max():.3f} mm, all {1000 * away.max():.3f} mm"


def _played(armature, take: Take) -> Take:
    """Return the take that the rig shows with a key on each frame and limbs posed by IK."""
    playing = Animation.from_data_block(armature)
    apply_take(
        armature, take, scene=bpy.context.scene, name="dense", start_frame=START,
        options=ApplyOptions(limbs="IK"),
    )  # fmt: skip
    seen = _seen(armature, len(take))
    playing.assign_to(armature)
    return seen


def _seen(armature, frames: int) -> Take:
    return read_armature_take(armature, bpy.context.scene, int(START), int(START) + frames - 1)


def check_resample_constraints_and_moving_parent_are_compensated():
    """A simple rig with IK constraints whose hand controls are children of the chest."""
    armature = rig_builders.smpl()
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for side in ("left", "right"):
        for end, parent in (("ankle", None), ("wrist", "spine3")):
            control = bones.new(f"{side}_{end}_control")
            control.head, control.tail = bones[f"{side}_{end}"].head, bones[f"{side}_{end}"].tail
            control.parent = bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    take = _bent(swaying(37))
    scene = bpy.context.scene
    apply_take(armature, take, scene=scene, name="dense", start_frame=START)
    dense = Animation.from_data_block(armature)
    heads = {}
    for frame in range(int(START), int(START) + 37):
        scene.frame_set(frame)
        heads[frame] = {bone.name: bone.matrix.copy() for bone in armature.pose.bones}
    armature.animation_data.action = None
    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
    for side in ("left", "right"):
        for lower, end in (("knee", "ankle"), ("elbow", "wrist")):
            ik = armature.pose.bones[f"{side}_{lower}"].constraints.new("IK")
            ik.target, ik.subtarget, ik.chain_count = armature, f"{side}_{end}_control", 2
    for frame in range(int(START), int(START) + 37, STEP):
        for name in ("pelvis", "spine1", "spine2", "spine3", "left_ankle", "right_ankle"):
            bone = armature.pose.bones[name]
            bone.matrix = heads[frame][name]
            bpy.context.view_layer.update()
            bone.keyframe_insert("rotation_quaternion", frame=frame)
        pelvis = armature.pose.bones["pelvis"]
        pelvis.keyframe_insert("location", frame=frame)
        for side in ("left", "right"):
            for end in ("ankle", "wrist"):
                control = armature.pose.bones[f"{side}_{end}_control"]
                matrix = control.matrix.copy()
                matrix.translation = heads[frame][f"{side}_{end}"].translation
                control.matrix = matrix
                bpy.context.view_layer.update()
                control.keyframe_insert("location", frame=frame)
    before = curves_of(armature)
    filled(armature, take)
    assert_keys_remain(before, curves_of(armature))
    assert dense.action.users == 0 or dense.action.use_fake_user
    worst = {"ankle": 0.0, "wrist": 0.0}
    for frame in range(int(START), int(START) + 37):
        scene.frame_set(frame)
        for end, off in worst.items():
            for side in ("left", "right"):
                bone = armature.pose.bones[f"{side}_{end}"]
                away = (bone.head - heads[frame][bone.name].translation).length
                worst[end] = max(off, worst[end], away)
    assert max(worst.values()) < 0.004, worst
    return worst


def _bent(take: Take) -> Take:
    """A motion with bent, swinging elbows and a turning trunk."""
    pose = take.local_matrices()
    time = np.arange(len(take)) / take.fps
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        turn(pose, f"{side}_shoulder", "Z", -1.0 * sign)
        turn(pose, f"{side}_elbow", "Y", sign * (-0.9 + 0.3 * np.sin(3 * time)))
    turn(pose, "spine2", "Y", 0.5 * np.sin(2.5 * time))
    return Take.from_matrices(pose, take.root_positions(), take.fps)


def check_resample_unchanged_motion_equals_the_curves():
    """A reply equal to the rig's own F-curves changes nothing that shows."""
    armature = rig_builders.unreal()
    put_sparsely(armature, walk(37))
    twist = armature.pose.bones["spine_02"]
    for frame, angle in ((5, 0.0), (19, 0.6), (41, -0.4)):
        twist.rotation_mode = "XYZ"
        twist.rotation_euler = (angle, 0.3 * angle, 0.0)
        twist.keyframe_insert("rotation_euler", frame=frame)
    shown = _seen(armature, 37)
    before = curves_of(armature)
    filled(armature, shown)
    assert_keys_remain(before, curves_of(armature))
    off = angle_between(_seen(armature, 37).local_matrices(), shown.local_matrices())
    assert np.degrees(off.max()) < 0.1, np.degrees(off.max(axis=0))
    return f"{np.degrees(off.max()):.4f} degrees"


def check_resample_retimed_moves_markers_and_ranges():
    armature = rig_builders.smpl()
    put_sparsely(armature, walk(37))
    action = armature.animation_data.action
    action.use_frame_range = action.use_cyclic = True
    action.frame_start, action.frame_end = 5.0, 41.0
    action.pose_markers.new("half").frame = 23
    again = np.repeat(np.arange(37), 2)
    slow = Take(walk(37).poses[again], walk(37).trans[again], 48.0)
    made = filled(armature, slow, ResampleOptions(fps=24.0, time_scale=0.5)).action
    assert (made.frame_start, made.frame_end, made.use_cyclic) == (5.0, 77.0, True)
    assert [marker.frame for marker in made.pose_markers] == [41]
    assert [marker.frame for marker in action.pose_markers] == [23]
    frames = np.array(made["anyframe_travel_frames"])
    assert frames[0] == 5.0 and frames[-1] == 77.0


def check_resample_short_reply_raises():
    armature = rig_builders.smpl()
    put_sparsely(armature, walk(37))
    short = walk(37)
    short = Take(short.poses[:20], short.trans[:20], 24.0)
    assert "must send 37 frames (got 20)" in refusal(lambda: filled(armature, short))
    assert armature.animation_data.action.name == "sparse" and len(bpy.data.actions) == 1


def check_resample_failure_while_writing_restores_everything():
    from anyframe.rig.resample import write

    armature = rig_builders.smpl()
    put_sparsely(armature, walk(37))
    before, action = curves_of(armature), armature.animation_data.action
    insert_keys, calls = write.insert_keys, []

    def fails(*args):
        calls.append(args)
        if len(calls) == 5:
            raise MemoryError
        insert_keys(*args)

    write.insert_keys = fails
    try:
        filled(armature, walk(37))
    except MemoryError:
        pass
    else:
        raise AssertionError("it did not fail")
    finally:
        write.insert_keys = insert_keys
    assert list(bpy.data.actions) == [action] and armature.animation_data.action == action
    assert curves_of(armature) == before and not action.use_fake_user


def check_resample_options_out_of_bounds_raise():
    for wrong in (
        *({"fps": 0.0}, {"time_scale": 0.0}, {"time_scale": 1000.0}),
        {"fps": 900.0, "time_scale": 0.5},
    ):
        try:
            replace(ResampleOptions(24.0), **wrong)
        except LimitError as error:
            assert str(error).endswith("."), error
        else:
            raise AssertionError(wrong)


def check_read_chunk_starts_on_a_frame_of_the_new_rate():
    """Times of the sent poses count from such a frame."""
    armature, scene = rig_builders.smpl(), bpy.context.scene
    apply_take(armature, tumble(120, 24.0), scene=scene, name="dense", start_frame=START)
    (source,) = list_animation_sources(armature, strips=False)
    motion = ResampleTask(armature, scene, source, ResampleOptions(fps=60.0))
    motion.chunks = split_into_chunks(np.arange(120) / 24, 60.0, max_gaps=45)
    leading = []
    for number, piece in enumerate(motion.chunks):
        sent, seconds = motion.read_chunk(armature, scene, number)
        frames = START + 24 * (piece.first_frame / 60 + np.array(seconds))
        there = read_armature_frames(armature, scene, frames.tolist())
        assert np.abs(sent.joint_positions() - there.joint_positions()).max() < 1e-6
        leading.append(len(sent) - len(piece.keys))
    assert leading == [0, 1, 0], leading
