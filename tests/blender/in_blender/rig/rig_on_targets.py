"""Each kind of rig shows the take: limbs, facing, feet, and a round trip through the rig."""

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.body.skeleton import SMPL
from anyframe.backend.kinematics.math.rotations import angle_between, normalize
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.armature.mapping import bone_map_for_posing, bone_map_for_reading, summarize_rig
from anyframe.rig.armature.rest import read_rig
from anyframe.rig.read.armature_motion import read_armature_take
from mathutils import Vector
from rig_measure import errors, evaluated
from rig_on_actions import bone, curves_of, put
from rig_takes import tumble, walk


def on(armature, preset: str, mapped: int, frames: int = 40) -> str:
    """Apply two motions to a moved, turned and scaled armature; return the largest errors."""
    summary = summarize_rig(armature)
    assert (summary.preset, summary.mapped_count) == (preset, mapped), summary
    rig_builders.move(armature)
    scene = bpy.context.scene
    notes = []
    for take in (tumble(frames, 24.0), walk(frames, 24.0)):
        apply_take(armature, take, scene=scene, name="motion", start_frame=1)
        worst = errors(armature, take)
        assert worst.limbs < 0.1, worst
        assert worst.turns < 0.1, worst
        assert worst.hips < 0.1, worst
        notes.append(str(worst))
        back = read_armature_take(armature, scene, 1, len(take))
        played = [SMPL.index(name) for name in bone_map_for_posing(armature).bones]
        turned = angle_between(back.local_matrices(), take.local_matrices())[:, played]
        assert np.degrees(turned).max() < 0.1
        assert np.abs(back.trans - take.trans).max() < 1e-4
        assert back.fps == 24.0
    assert worst.ankles < 0.2, worst
    assert_walks_where_it_faces(armature, frames)
    return "tumbling: {}; walking: {}".format(*notes)


def assert_walks_where_it_faces(armature, frames: int) -> None:
    """Compare the path of the hips in the world with left, up and forward of the rest pose."""
    rest = read_rig(armature).rest_pose
    bones = bone_map_for_reading(armature).joint_bones(rest)
    to_world = np.array(armature.matrix_world)

    def at(joint: str, positions) -> np.ndarray:
        return to_world[:3, :3] @ positions[bones[SMPL.index(joint)]] + to_world[:3, 3]

    up = normalize(at("left_shoulder", rest.positions) - at("left_hip", rest.positions))
    up = np.array([0.0, 0.0, 1.0]) if up[2] > 0.9 else up
    ahead = normalize(
        np.cross(at("left_hip", rest.positions) - at("right_hip", rest.positions), up)
    )
    hips = []
    for frame in (1, frames):
        bpy.context.scene.frame_set(frame)
        heads = evaluated(armature)[:, :3, 3]
        hips.append((at("left_hip", heads) + at("right_hip", heads)) / 2)
    start = (at("left_hip", rest.positions) + at("right_hip", rest.positions)) / 2
    aside = np.linalg.norm(np.cross(hips[0] - start, up))
    path = hips[1] - hips[0]
    assert aside < 0.05 * np.linalg.norm(path), "it does not start where it stands"
    assert normalize(path) @ ahead > np.cos(np.radians(3.0)), "it does not walk where it faces"


def check_smpl_names():
    return on(rig_builders.smpl(), "SMPL", 24)


def check_smpl_turned_and_placed_inside_its_armature():
    return on(rig_builders.smpl(heading=0.9, place=(4.0, 2.0)), "SMPL", 24)


def check_mixamo():
    return on(rig_builders.mixamo(), "Mixamo / MotionBuilder", 22)


def check_mixamo_with_other_namespaces():
    notes = [
        on(rig_builders.mixamo(namespace), "Mixamo / MotionBuilder", 22)
        for namespace in ("mixamorig1:", "Char|mixamorig:")
    ]
    return notes[0]


def check_unreal_mannequin():
    return on(rig_builders.unreal(), "Unreal mannequin", 22)


def check_rigify_metarig():
    return on(rig_builders.metarig(), "Rigify metarig", 22)


def check_the_default_character():
    from anyframe.rig.smpl.default_character import add_default_character

    return on(add_default_character(bpy.context), "SMPL", 24)


def check_a_bone_above_the_body_carries_the_motion():
    armature = rig_builders.unreal()
    put(armature, walk(12))
    bpy.context.scene.frame_set(6)
    place = [b.name for b in armature.pose.bones].index("head")
    before = evaluated(armature)[place, :3, 3]
    root = armature.pose.bones["root"]
    root.matrix = root.bone.matrix_local.copy()
    root.location = root.bone.matrix_local.to_3x3().inverted() @ Vector((100.0, 0.0, 0.0))
    put(armature, walk(12))
    bpy.context.scene.frame_set(6)
    assert np.allclose(evaluated(armature)[place, :3, 3] - before, (100.0, 0.0, 0.0), atol=1e-3)


def check_unusual_parenting_of_bones():
    """Bones without inherited rotation, with parent-space location, or connected to a tail."""
    armature = rig_builders.unreal()
    bpy.ops.object.mode_set(mode="EDIT")
    edit = armature.data.edit_bones
    for name in ("head", "thigh_l", "upperarm_r", "spine_03"):
        edit[name].use_inherit_rotation = False
    edit["pelvis"].use_local_location = False
    bpy.ops.object.mode_set(mode="OBJECT")
    notes = [_tumbles(armature)]
    bpy.ops.object.mode_set(mode="EDIT")
    edit["root"].tail = edit["pelvis"].head
    edit["pelvis"].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    notes.append(_tumbles(armature))
    assert (bone("root", "location"), 0) in curves_of(armature)
    return notes


def _tumbles(armature) -> str:
    put(armature, tumble(20, 24.0))
    worst = errors(armature, tumble(20, 24.0))
    assert worst.turns < 0.1 and worst.hips < 0.1, worst
    return str(worst)
