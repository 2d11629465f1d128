"""Control rigs: controls are animated, deforming bones are read."""

import numpy as np

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.rigs.bone_map import detect_bone_map, detect_source_bone_map
from backend.kinematics.rigs.rest_pose import RestPose

PARTS = {
    "hip": "thigh",
    "knee": "shin",
    "ankle": "foot",
    "foot": "toe",
    "collar": "shoulder",
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
}
TRUNK = {"pelvis": "", "spine1": ".001", "spine2": ".002", "spine3": ".003"}


def rigify(*, toes: bool = True) -> RestPose:
    """The bones of a generated rig that matter here, all where SMPL's joints are."""
    bones: list[tuple[str, str]] = [("torso", "pelvis"), ("hips", "pelvis"), ("chest", "spine2")]
    for joint, suffix in TRUNK.items():
        bones += [(f"{kind}{suffix}", joint) for kind in ("spine_fk", "DEF-spine", "ORG-spine")]
    bones += [("neck", "neck"), ("head", "head"), ("DEF-spine.004", "neck")]
    bones += [("DEF-spine.006", "head"), ("ORG-spine.004", "neck"), ("ORG-spine.006", "head")]
    for side, letter in (("left", "L"), ("right", "R")):
        for part, name in PARTS.items():
            joint = f"{side}_{part}"
            bones += [(f"{kind}-{name}.{letter}", joint) for kind in ("DEF", "ORG")]
            if part != "foot" or toes:
                control = name if part == "collar" else f"{name}_fk"
                bones.append((f"{control}.{letter}", joint))
        bones += [(f"thigh_parent.{letter}", f"{side}_hip")]
        bones += [(f"upper_arm_parent.{letter}", f"{side}_shoulder")]
    return RestPose(
        names=tuple(bone for bone, _ in bones),
        parents=(-1,) * len(bones),
        positions=np.array([SMPL.rest_positions[SMPL.index(joint)] for _, joint in bones]),
        rotations=np.broadcast_to(np.eye(3), (len(bones), 3, 3)),
    )


def test_detect_bone_map_of_control_rig_prefers_controls():
    for toes in (True, False):
        bone_map = detect_bone_map(rigify(toes=toes))
        assert bone_map.preset == "Rigify FK controls"
        assert bone_map.bones["pelvis"] == "spine_fk"
        assert bone_map.bones["left_knee"] == "shin_fk.L"
        assert ("right_foot" in bone_map.bones) == toes


def test_detect_bone_map_of_control_rig_has_its_settings():
    bone_map = detect_bone_map(rigify())
    assert bone_map.settings["thigh_parent.R"] == {"IK_FK": 1.0, "FK_limb_follow": 0.0}
    assert bone_map.settings["torso"]["head_follow"] == 1.0
    assert bone_map.constraint_parents == {
        "upper_arm_fk.L": "shoulder.L",
        "upper_arm_fk.R": "shoulder.R",
    }
    assert bone_map.rest_controls == ("hips", "chest")


def test_detect_source_bone_map_reads_deformed_bones():
    bone_map = detect_source_bone_map(rigify())
    assert bone_map.bones["left_knee"] == "ORG-shin.L"
    assert bone_map.bones["spine2"] == "spine_fk.002"


def test_detect_source_bone_map_of_plain_rig_is_its_bone_map():
    rest = RestPose(
        SMPL.names, SMPL.parents, SMPL.rest_positions, np.broadcast_to(np.eye(3), (24, 3, 3))
    )
    assert detect_source_bone_map(rest) == detect_bone_map(rest)
    assert detect_bone_map(rest).settings == {}
