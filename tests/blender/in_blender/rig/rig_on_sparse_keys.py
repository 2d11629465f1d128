"""Sparse keys show the pose of keys on every frame within the tolerance, also between frames."""

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.keyframes.sparse_keys import KeyTolerance
from anyframe.backend.kinematics.math.rotations import angle_between
from anyframe.backend.kinematics.retarget.rig_chains import END_EFFECTORS
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import ApplyOptions, Keying
from anyframe.rig.armature.mapping import bone_map_for_posing, bone_map_for_reading
from rig_measure import evaluated
from rig_takes import tumble, walk

SPARSE = Keying(tolerance=KeyTolerance())


def put(armature, take, keying: Keying = SPARSE):
    scene = bpy.context.scene
    options = ApplyOptions(keying=keying)
    return apply_take(armature, take, scene=scene, name="x", start_frame=1, options=options)


def curves_of(armature) -> list:
    return list(Animation.from_data_block(armature).channelbag.fcurves)


def keys_of(armature) -> int:
    return sum(len(curve.keyframe_points) for curve in curves_of(armature))


def poses(armature, take) -> tuple[np.ndarray, np.ndarray]:
    """Return end effectors in the world (T, E, 3) and local rotations (T, B, 3, 3) per frame."""
    scene = bpy.context.scene
    shown = bone_map_for_reading(armature).bones
    numbers = [armature.pose.bones.find(shown[joint]) for joint in END_EFFECTORS if joint in shown]
    bones = [armature.pose.bones[name] for name in bone_map_for_posing(armature).bones.values()]
    to_world = np.array(armature.matrix_world)
    step = scene.render.fps / scene.render.fps_base / take.fps
    ends, turns = [], []
    for n in range(len(take)):
        frame = 1 + n * step
        scene.frame_set(int(frame), subframe=frame - int(frame))
        heads = evaluated(armature)[numbers, :, 3]
        ends.append((heads @ to_world.T)[:, :3])
        turns.append([np.array(bone.matrix_basis.to_3x3().normalized()) for bone in bones])
    return np.array(ends), np.array(turns)


def compared(armature, take, fewer: float = 6.0) -> str:
    """Compare sparse keys with a key on every frame of the take, in a scene at 60 fps."""
    bpy.context.scene.render.fps = 60
    bpy.context.view_layer.update()
    put(armature, take, Keying())
    dense, (ends, turns) = keys_of(armature), poses(armature, take)
    put(armature, take)
    few, (near, turned) = keys_of(armature), poses(armature, take)
    apart = 1000 * np.linalg.norm(near - ends, axis=-1).max()
    angle = np.degrees(angle_between(turned, turns)).max()
    assert apart < 2.0, apart
    assert angle < 0.5, angle
    at_scene_rate = dense * min(1.0, 60.0 / take.fps)
    assert at_scene_rate > fewer * few, (dense, few)
    return f"{few} keys, {at_scene_rate / few:.1f} times fewer; {apart:.2f} mm, {angle:.2f} deg off"


def check_sparse_keys_smpl_walk_within_tolerance():
    return compared(rig_builders.smpl(), walk(240, 60.0))


def check_sparse_keys_between_frames_within_tolerance():
    return compared(rig_builders.smpl(), walk(240, 120.0))


def check_sparse_keys_mixamo_in_centimetres_within_tolerance():
    armature = rig_builders.mixamo()
    rig_builders.move(armature)
    return compared(armature, walk(240, 120.0))


def check_sparse_keys_unreal_within_tolerance():
    return compared(rig_builders.unreal(), walk(120, 60.0))


def check_sparse_keys_rigify_within_tolerance():
    return compared(rig_builders.rigify(), walk(90, 60.0))


def check_sparse_keys_every_rotation_mode_within_tolerance():
    armature = rig_builders.smpl()
    modes = ("QUATERNION", "XYZ", "AXIS_ANGLE", "ZXY")
    for n, bone in enumerate(armature.pose.bones):
        bone.rotation_mode = modes[n % len(modes)]
    notes = [compared(armature, walk(120, 60.0)), compared(armature, tumble(120, 60.0), 2.0)]
    return "walking: {}; tumbling: {}".format(*notes)


def check_sparse_keys_no_inherit_rotation_within_tolerance():
    armature = rig_builders.smpl()
    for name in ("head", "left_shoulder", "right_hip"):
        armature.data.bones[name].use_inherit_rotation = False
    armature.data.bones["pelvis"].use_local_location = False
    return compared(armature, walk(120, 60.0))


def check_sparse_keys_are_editable():
    armature = rig_builders.smpl()
    bpy.context.scene.render.fps = 60
    put(armature, walk(120, 120.0))
    frames, whole = {}, []
    for curve in curves_of(armature):
        keys = curve.keyframe_points
        assert {key.interpolation for key in keys} == {"BEZIER"}
        assert {key.handle_left_type for key in keys} == {"ALIGNED"}
        assert {key.handle_right_type for key in keys} == {"ALIGNED"}
        here = [key.co.x for key in keys]
        assert frames.setdefault(curve.data_path, here) == here
        whole += [frame == round(frame) for frame in here[:-1]]
    # The knees reverse within a frame: only there keys must lie between frames.
    assert np.mean(whole) > 0.8, np.mean(whole)


def check_every_nth_keys_are_on_nth_frames():
    armature = rig_builders.smpl()
    put(armature, walk(24, 24.0), Keying(step=5))
    for curve in curves_of(armature):
        keys = curve.keyframe_points
        assert [key.co.x for key in keys] == [1.0, 6.0, 11.0, 16.0, 21.0, 24.0]
        assert {key.handle_left_type for key in keys} == {"AUTO_CLAMPED"}


def check_sparse_keys_one_frame_makes_one_key():
    armature = rig_builders.smpl()
    for keying in (Keying(), Keying(step=3), SPARSE):
        put(armature, walk(1, 24.0), keying)
        assert all(len(curve.keyframe_points) == 1 for curve in curves_of(armature))
