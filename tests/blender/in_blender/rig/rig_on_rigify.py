"""A generated Rigify rig: its controls are keyed, and the deforming bones follow."""

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from anyframe.backend.kinematics.keyframes.sparse_keys import KeyTolerance
from anyframe.backend.kinematics.math.rotations import normalize
from anyframe.backend.kinematics.retarget.rest_alignment import align_rest_pose
from anyframe.rig.action.blender_versions import Animation
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import EVERY_FRAME, ApplyOptions, Keying
from anyframe.rig.armature.mapping import bone_map_for_posing, bone_map_for_reading
from anyframe.rig.armature.rest import read_rig
from rig_measure import evaluated
from rig_on_matrix import slide
from rig_on_targets import on
from rig_runner import refusal
from rig_takes import swaying, tumble, walk

DEFORMING = {
    "hip": ("DEF-thigh", "DEF-shin"),
    "knee": ("DEF-shin", "DEF-foot"),
    "shoulder": ("DEF-upper_arm", "DEF-forearm"),
    "elbow": ("DEF-forearm", "DEF-hand"),
}
NEXT = {"hip": "knee", "knee": "ankle", "shoulder": "elbow", "elbow": "wrist"}


def check_rigify_fk_controls_and_deforming_bones_follow():
    armature = rig_builders.rigify()
    note = on(armature, "Rigify FK controls", 22, frames=16)
    assert len(armature.data.bones) > 500
    limbs, joints = _deforming_errors(armature, tumble(16, 24.0))
    assert limbs < 1.0
    assert joints < 1.0
    return f"{note}; DEF bones: limbs {limbs:.3f} deg, joints {joints:.3f} cm off the controls"


def _deforming_errors(armature, take) -> tuple[float, float]:
    """Return degrees between DEF limbs and the take, centimetres between DEF and FK joints."""
    scene = bpy.context.scene
    apply_take(armature, take, scene=scene, name="motion", start_frame=1)
    rest = read_rig(armature).rest_pose
    place = {name: n for n, name in enumerate(rest.names)}
    bone_map = bone_map_for_posing(armature)
    body = align_rest_pose(rest, bone_map)
    to_rig = body.body_to_rig @ BODY_TO_WORLD.T
    of_take = take.joint_positions()
    limbs = joints = 0.0
    for n in range(len(take)):
        scene.frame_set(1 + n)
        heads = evaluated(armature)[:, :3, 3]
        for side, letter in (("left", "L"), ("right", "R")):
            for part, (start, end) in DEFORMING.items():
                one, other = place[f"{start}.{letter}"], place[f"{end}.{letter}"]
                direction = normalize(heads[other] - heads[one])
                a, b = SMPL.index(f"{side}_{part}"), SMPL.index(f"{side}_{NEXT[part]}")
                expected = normalize(to_rig @ (of_take[n, b] - of_take[n, a]))
                angle = np.degrees(np.arccos(np.clip(direction @ expected, -1, 1)))
                limbs = max(limbs, angle)
                control = place[bone_map.bones[f"{side}_{part}"]]
                gap = np.linalg.norm(heads[one] - heads[control]) / body.scale
                joints = max(joints, 100 * gap)
    return limbs, joints


def check_rigify_earlier_manual_animation_does_not_disturb():
    """IK controls, chest and hips have keys, and follow settings differ from their defaults."""
    armature = rig_builders.rigify()
    bones = armature.pose.bones
    for name in ("chest", "hips", "torso", "hand_ik.L", "foot_ik.R"):
        bones[name].rotation_mode = "QUATERNION"
        bones[name].rotation_quaternion = (0.9, 0.2, 0.3, -0.1)
        bones[name].keyframe_insert("rotation_quaternion", frame=1)
    bones["chest"].location = (0.1, 0.0, 0.2)
    bones["torso"]["head_follow"] = bones["torso"]["neck_follow"] = 0.0
    bones["thigh_parent.L"]["FK_limb_follow"] = 1.0
    bones["upper_arm_parent.R"]["FK_limb_follow"] = 1.0
    bones["upper_arm_parent.R"].keyframe_insert('["FK_limb_follow"]', frame=1)
    return on(armature, "Rigify FK controls", 22, frames=12)


def check_rigify_settings_are_keyed_and_ik_controls_keep_animation():
    armature = rig_builders.rigify()
    hand = armature.pose.bones["hand_ik.L"]
    hand.location = (0.1, 0.2, 0.3)
    hand.keyframe_insert("location", frame=1)
    applied = apply_take(armature, walk(8), scene=bpy.context.scene, name="walk", start_frame=1)
    curves = {
        (curve.data_path, curve.array_index): curve
        for curve in Animation.from_data_block(armature).channelbag.fcurves
    }
    switch = curves['pose.bones["thigh_parent.L"]["IK_FK"]', 0]
    assert [tuple(key.co) for key in switch.keyframe_points] == [(1.0, 1.0)]
    assert ('pose.bones["hand_ik.L"].location', 2) in curves
    assert not [path for path, _ in curves if "DEF-" in path or "ORG-" in path or "MCH-" in path]
    assert set(applied.bones) >= {"torso", "spine_fk", "thigh_fk.L", "hand_fk.R", "head"}
    assert applied.warnings == ()


def check_rigify_ik_shows_the_same_limbs_as_fk():
    armature = rig_builders.rigify()
    scene = bpy.context.scene
    shown = bone_map_for_reading(armature)
    joints = [f"{s}_{j}" for s in ("left", "right") for j in
              ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")]  # fmt: skip
    place = {bone.name: n for n, bone in enumerate(armature.pose.bones)}
    bones = [place[shown.bones[joint]] for joint in joints]
    notes = []
    for carrier in ("HIPS", "ROOT"):
        heads = {}
        for limbs in ("FK", "IK"):
            options = ApplyOptions(limbs=limbs, carrier=carrier)
            apply_take(armature, walk(20), scene=scene, name=limbs, start_frame=1, options=options)
            found = []
            for frame in range(1, 21):
                scene.frame_set(frame)
                found.append(evaluated(armature)[bones, :3, 3])
            heads[limbs] = np.array(found)
        away = 100 * np.linalg.norm(heads["IK"] - heads["FK"], axis=-1).max(axis=0)
        bent = np.array(["knee" in joint or "elbow" in joint for joint in joints])
        # Rigify's solver may stretch its bones a little (their ik_stretch) instead of bending.
        assert away[bent].max() < 3.0, dict(zip(joints, away.round(2), strict=True))
        assert away[~bent].max() < 0.1, dict(zip(joints, away.round(2), strict=True))
        ends, middles = away[~bent].max(), away[bent].max()
        notes.append(f"{carrier}: ends within {ends:.2f} cm of FK, middles {middles:.2f} cm")
    return "; ".join(notes)


def check_rigify_ik_keys_are_on_the_controls():
    armature = rig_builders.rigify()
    scene = bpy.context.scene
    apply_take(
        armature,
        walk(8),
        scene=scene,
        name="x",
        start_frame=1,
        options=ApplyOptions(limbs="IK_LEGS"),
    )
    curves = {c.data_path: c for c in Animation.from_data_block(armature).channelbag.fcurves}
    for name in ("foot_ik.L", "thigh_ik_target.R", "hand_fk.L", "toe_ik.R"):
        assert [path for path in curves if f'"{name}"' in path], name
    assert not [path for path in curves if "thigh_fk" in path or "hand_ik" in path]
    switches = {
        name: curves[f'pose.bones["{name}"]["IK_FK"]'].evaluate(1)
        for name in ("thigh_parent.L", "upper_arm_parent.L")
    }
    assert switches == {"thigh_parent.L": 0.0, "upper_arm_parent.L": 1.0}


def check_rigify_ik_planted_feet_stand():
    armature = rig_builders.rigify()
    take = swaying(20, 24.0)
    scene = bpy.context.scene
    for keying in (EVERY_FRAME, Keying(tolerance=KeyTolerance())):
        options = ApplyOptions(limbs="IK", plant_feet=True, keying=keying)
        apply_take(armature, take, scene=scene, name="x", start_frame=1, options=options)
        slid = slide(armature, 20)
        assert slid < 0.5, slid
    return f"planted feet within {slid:.2f} cm with sparse keys"


def check_ik_limbs_unknown_rig_raises():
    armature = rig_builders.mixamo()
    sentence = refusal(
        lambda: apply_take(
            armature,
            walk(4),
            scene=bpy.context.scene,
            name="x",
            start_frame=1,
            options=ApplyOptions(limbs="IK"),
        )
    )
    assert "No controls for inverse kinematics are known of a Mixamo" in sentence, sentence
