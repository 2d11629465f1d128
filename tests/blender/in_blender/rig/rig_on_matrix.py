"""One motion on every kind of rig: limbs, planted feet, and a round trip through the rig."""

import bpy
import numpy as np
import rig_kinds
from anyframe.backend.kinematics.body.skeleton import SMPL
from anyframe.backend.kinematics.math.rotations import angle_between, normalize
from anyframe.backend.kinematics.retarget.rest_alignment import ANKLE_JOINTS, align_rest_pose
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import ApplyOptions
from anyframe.rig.armature.mapping import bone_map_for_posing, bone_map_for_reading, summarize_rig
from anyframe.rig.armature.rest import read_rig
from anyframe.rig.read.armature_motion import read_armature_take
from rig_measure import errors, evaluated
from rig_takes import swaying, tumble, walk


def on(kind: str, frames: int = 20) -> str:
    """Check one kind of rig and return its largest errors as a note."""
    make, preset, joints = rig_kinds.KINDS[kind]
    armature = make()
    scene = bpy.context.scene
    summary = summarize_rig(armature)
    assert (summary.preset, summary.mapped_count) == (preset, joints), summary
    assert summary.confidence > 0.95 * min(joints, 22) / 22, (summary.confidence, summary.reasons)
    notes = [f"confidence {summary.confidence:.2f}"]
    for take in (tumble(frames, 24.0), walk(frames, 24.0)):
        apply_take(armature, take, scene=scene, name="there", start_frame=1)
        worst = errors(armature, take)
        assert worst.limbs < 1.0, worst
        there = shown(armature, frames)
        read = read_armature_take(armature, scene, 1, frames)
        apply_take(armature, read, scene=scene, name="and back", start_frame=1)
        again = read_armature_take(armature, scene, 1, frames)
        played = [SMPL.index(joint) for joint in bone_map_for_posing(armature).bones]
        turned = angle_between(read.local_matrices(), again.local_matrices())[:, played]
        posed = angle_between(there, shown(armature, frames))
        assert np.degrees(turned.max()) < 0.1, np.degrees(turned.max(axis=0))
        assert np.degrees(posed.max()) < 0.1, np.degrees(posed.max(axis=0))
        assert np.abs(read.trans - again.trans).max() < 1e-3
        notes.append(f"limbs {worst.limbs:.3f} deg, there again {np.degrees(posed.max()):.3f} deg")
    take = swaying(frames, 24.0)
    slides = []
    for fit in (False, True):
        fitted = ApplyOptions(plant_feet=fit)
        apply_take(armature, take, scene=scene, name="planted", start_frame=1, options=fitted)
        slides.append(slide(armature, frames))
    assert slides[1] < STEADY, slides
    note = "planted feet within {:.2f} cm, {:.2f} cm where legs are fitted".format(*slides)
    return "; ".join([*notes, note])


STEADY = 0.1
"""Centimetres that planted feet may slide on a body of SMPL's size with `plant_feet`."""


def shown(armature: bpy.types.Object, frames: int) -> np.ndarray:
    """Return rotations (T, B, 3, 3) in armature space of the bones that show the pose."""
    bones = [
        n
        for n in bone_map_for_reading(armature).joint_bones(read_rig(armature).rest_pose)
        if n >= 0
    ]
    poses = []
    for frame in range(1, frames + 1):
        bpy.context.scene.frame_set(frame)
        m = evaluated(armature)[bones, :3, :3]
        y = normalize(m[..., 1])
        x = normalize(m[..., 0] - np.sum(m[..., 0] * y, axis=-1, keepdims=True) * y)
        poses.append(np.stack([x, y, np.cross(x, y)], axis=-1))
    return np.array(poses)


def slide(armature: bpy.types.Object, frames: int) -> float:
    """Return the centimetres that planted ankles move, on a body of SMPL's size."""
    rest, bone_map = read_rig(armature).rest_pose, bone_map_for_reading(armature)
    body = align_rest_pose(rest, bone_map)
    ankles = [body.bones[ankle] for ankle in ANKLE_JOINTS]
    places = []
    for frame in range(1, frames + 1):
        bpy.context.scene.frame_set(frame)
        places.append(evaluated(armature)[ankles, :3, 3])
    away = np.array(places) - np.mean(places, axis=0)
    return float(100 * np.linalg.norm(away, axis=-1).max() / body.scale)


def check_smpl():
    return on("SMPL")


def check_mixamo_in_a_pose_with_a_namespace():
    return on("Mixamo, A-pose")


def check_unreal_with_rolled_bones():
    return on("Unreal, rolled")


def check_vrm():
    return on("VRM")


def check_daz_whose_limbs_are_split_in_line():
    return on("Daz, split limbs")


def check_turned_and_scaled_on_an_empty():
    return on("on an empty")


def check_unknown_names_with_split_limbs_wings_and_a_tail():
    return on("unknown names")


def check_no_toes_and_no_collars():
    return on("no toes, collars")


def check_rigify_metarig():
    return on("Rigify metarig")


def check_rigify():
    return on("Rigify", frames=10)
