"""Presets recognise whole rigs by published names, with any sides and prefixes."""

import numpy as np
import pytest

from backend.kinematics.rigs.bone_map import detect_bone_map, detect_source_bone_map
from backend.kinematics.rigs.bone_names import common_prefix, normalize_bone_name, split_side
from backend.kinematics.rigs.rest_pose import RestPose
from tests.support.rig_changes import renamed, shuffled
from tests.support.rig_names import NAMES
from tests.support.rigs import MIXAMO, Rig


@pytest.mark.parametrize("kind", NAMES)
def test_detect_bone_map_of_full_rig_finds_its_joints(kind):
    names = NAMES[kind]
    bone_map = detect_bone_map(shuffled(names.rest(), np.random.default_rng(0)))
    assert bone_map.bones == names.plays
    assert bone_map.preset == names.preset


def with_prefix(rest: RestPose, prefix: str) -> RestPose:
    names = tuple(prefix + name for name in rest.names)
    return RestPose(names, rest.parents, rest.positions, rest.rotations, rest.tails)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("prefix", ["Hero:", "a|b:", "Armature_", "my_hero_"])
def test_detect_bone_map_ignores_namespace_and_prefix(kind, prefix):
    names = NAMES[kind]
    bone_map = detect_bone_map(with_prefix(names.rest(), prefix))
    assert bone_map.bones == {joint: prefix + bone for joint, bone in names.plays.items()}


def test_detect_bone_map_of_auto_rig_pro_uses_fk():
    rest = NAMES["Auto-Rig Pro"].rest()
    switches = detect_bone_map(rest).settings
    assert switches == {
        f"c_{end}_ik.{side}": {"ik_fk_switch": 1.0} for end in ("foot", "hand") for side in "lr"
    }
    shown = NAMES["Auto-Rig Pro, exported"].rest()
    for name, position in zip(shown.names, shown.positions, strict=True):
        if name in rest.names:
            rest.positions[rest.names.index(name)] = position
    assert detect_bone_map(rest).preset == "Auto-Rig Pro FK controls"
    assert detect_source_bone_map(rest).preset == "Auto-Rig Pro deform bones"
    assert detect_source_bone_map(rest).bones["left_knee"] == "leg_stretch.l"


WORDS = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck",
    "head": "Head", "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase",
    "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand",
}  # fmt: skip

SPELLINGS = {
    "Arm.Left": lambda word, side: f"{word}.{side}" if side else word,
    "Arm_left": lambda word, side: f"{word}_{side.lower()}" if side else word,
    "L_Arm": lambda word, side: f"{side[:1]}_{word}" if side else word,
    "L Arm": lambda word, side: f"{side[:1]} {word}" if side else word,
    "LArm": lambda word, side: side[:1] + word,
    "l.arm": lambda word, side: f"{side[:1]}.{word}".lower() if side else word.lower(),
    "arm.l": lambda word, side: f"{word}.{side[:1]}".lower() if side else word.lower(),
    "armleft": lambda word, side: (word + side).lower(),
    "ARMLEFT": lambda word, side: (word + side).upper(),
    "Arm_Left_jnt": lambda word, side: f"{word}_{side}_jnt" if side else f"{word}_jnt",
    "C_Spine, L_Arm": lambda word, side: f"{side[:1] or 'C'}_{word}",
    "LeftArm.001": lambda word, side: f"{side}{word}.001",
    "Arm.L.002": lambda word, side: f"{word}.{side[:1]}.002" if side else f"{word}.002",
    "leftArm": lambda word, side: side.lower() + word,
    "Spine_01": lambda word, side: side + word.replace("Spine", "Spine_0").removesuffix("_0"),
}


def spelt(spell) -> Rig:
    def name(joint: str) -> str:
        side, _, part = joint.rpartition("_")
        return spell(WORDS[part], side.title())

    return renamed(MIXAMO, {joint: name(joint) for joint in MIXAMO.plays})


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_detect_bone_map_accepts_any_spelling_of_sides(spelling):
    rig = spelt(SPELLINGS[spelling])
    bone_map = detect_bone_map(shuffled(rig.rest, np.random.default_rng(1)))
    assert bone_map.preset != "structure"
    assert bone_map.bones == rig.plays


def test_detect_bone_map_ignores_numbered_copies():
    rig = spelt(SPELLINGS["arm.l"])
    rest = rig.rest
    copies = [name for name in rest.names if name in rig.plays.values()]
    rest = RestPose(
        names=(*(f"{name}.001" for name in copies), *rest.names),
        parents=(*[-1] * len(copies), *(p + len(copies) if p >= 0 else -1 for p in rest.parents)),
        positions=np.concatenate([np.zeros((len(copies), 3)), rest.positions]),
        rotations=np.tile(np.eye(3), (len(copies) + len(rest), 1, 1)),
    )
    assert detect_bone_map(rest).bones == rig.plays


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hero:Upper_Arm.L.001", ("left", "upperarm")),
        ("RightUpLeg", ("right", "upleg")),
        ("thigh_r", ("right", "thigh")),
        ("R Calf", ("right", "calf")),
        ("spine_03.x", ("", "spine3")),
        ("Spine.003", ("", "spine")),
        ("C_Spine", ("", "spine")),
        ("Head", ("", "head")),
        ("L", ("left", "")),
    ],
)
def test_split_side_separates_side_and_stem(name, expected):
    assert split_side(name) == expected


def test_common_prefix_is_shared_by_most_names():
    assert common_prefix(["Rig_Hips", "Rig_Arm_L", "Rig_Arm_R", "Rig_Leg_L", "Camera"]) == "Rig_"
    assert common_prefix(["a_b_Hips", "a_b_Arm_L", "a_b_Arm_R"]) == "a_b_"
    assert common_prefix(["Arm_L", "Arm_R", "Leg_L", "Leg_R"]) == ""
    assert common_prefix([]) == ""
    assert split_side("Rig_Arm_L", "Rig_") == ("left", "arm")


def test_normalize_bone_name_removes_namespace_case_and_punctuation():
    assert normalize_bone_name("rig|mixamorig:Left_Up-Leg") == "leftupleg"
    assert normalize_bone_name("DEF-thigh.L", ["DEF-"]) == "thighl"
    assert (
        normalize_bone_name("spine_01")
        == normalize_bone_name("Spine1")
        != normalize_bone_name("spine.001")
    )
