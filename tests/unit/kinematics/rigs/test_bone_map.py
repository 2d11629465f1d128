"""Detection of rigs by bone names and by structure."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.math.rotations import axis_rotation
from backend.kinematics.rigs.bone_map import (
    BONE_MAP_FOLDER,
    REQUIRED_JOINTS,
    BoneMap,
    MappingError,
    detect_bone_map,
)
from backend.kinematics.rigs.bone_structure import assign_spine_joints, detect_body_by_structure
from backend.kinematics.rigs.rest_pose import RestPose
from tests.support.rig_changes import moved, nameless, renamed, shuffled
from tests.support.rigs import CMU, LAFAN, MIXAMO, RIGS, SMPL_RIG, UNREAL, Rig

SEEDS = st.integers(0, 2**32 - 1)


def bones(*table: tuple[str, int, tuple[float, float, float]]) -> RestPose:
    names, parents, positions = zip(*table, strict=True)
    rotations = np.tile(np.eye(3), (len(names), 1, 1))
    return RestPose(names, parents, np.array(positions, dtype=float), rotations)


def without(rest: RestPose, gone: set[str]) -> RestPose:
    """A rest pose less some bones and all that hang on them."""
    remaining = [i for i, name in enumerate(rest.names) if name not in gone]
    place = {old: new for new, old in enumerate(remaining)} | {-1: -1}
    return RestPose(
        tuple(rest.names[i] for i in remaining),
        tuple(place[rest.parents[i]] for i in remaining),
        rest.positions[remaining],
        rest.rotations[remaining],
        None if rest.tails is None else rest.tails[remaining],
    )


# Names


@pytest.mark.parametrize("kind", RIGS)
def test_detect_bone_map_by_name_ignores_order(kind):
    rest = shuffled(RIGS[kind].rest, np.random.default_rng(0))
    bone_map = detect_bone_map(rest)
    assert bone_map.preset == RIGS[kind].preset
    assert bone_map.bones == RIGS[kind].plays
    assert [rest.names[i] if i >= 0 else None for i in bone_map.joint_bones(rest)] == [
        RIGS[kind].plays.get(joint) for joint in SMPL.names
    ]


HUMANOID = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Chest", "spine3": "UpperChest",
    "neck": "Neck", "head": "Head", "hip": "UpperLeg", "knee": "LowerLeg", "ankle": "Foot",
    "foot": "ToeBase", "collar": "Shoulder", "shoulder": "UpperArm", "elbow": "LowerArm",
    "wrist": "Hand",
}  # fmt: skip
BIPED = HUMANOID | {
    "pelvis": "Pelvis", "spine2": "Spine1", "spine3": "Spine2", "hip": "Thigh", "knee": "Calf",
    "foot": "Toe0", "collar": "Clavicle", "elbow": "Forearm",
}  # fmt: skip
XSENS = HUMANOID | {
    "spine2": "Chest", "spine3": "Chest4", "hip": "Hip", "knee": "Knee", "ankle": "Ankle",
    "foot": "Toe", "collar": "Collar", "shoulder": "Shoulder", "elbow": "Elbow", "wrist": "Wrist",
}  # fmt: skip
WORDS = {"L": "Left", "R": "Right", "C": ""}


@pytest.mark.parametrize(
    ("preset", "words", "spell"),
    [
        ("Unity (UpperArm_L)", HUMANOID, lambda w, s: w + ("" if s == "C" else f"_{s}")),
        ("3ds Max Biped", BIPED, lambda w, s: f"Bip01 {s} {w}".replace("C ", "")),
        ("VRoid", HUMANOID, lambda w, s: f"J_Bip_{s}_{w}"),
        ("Xsens (LeftHip, LeftKnee)", XSENS, lambda w, s: WORDS[s] + w),
        ("Mixamo / MotionBuilder", HUMANOID, lambda w, s: f"mixamorig7:{WORDS[s]}{w}"),
        ("Mixamo / MotionBuilder", HUMANOID, lambda w, s: f"Character1_{WORDS[s]}{w}"),
        ("Mixamo / MotionBuilder", HUMANOID, lambda w, s: (WORDS[s] + w).upper()),
    ],
)
def test_detect_bone_map_accepts_other_spellings(preset, words, spell):
    def name(joint: str) -> str:
        side, _, part = joint.rpartition("_")
        return spell(words[part], side[:1].upper() or "C")

    rig = renamed(MIXAMO, {joint: name(joint) for joint in MIXAMO.plays})
    bone_map = detect_bone_map(rig.rest)
    assert (bone_map.preset, bone_map.bones) == (preset, rig.plays)


def test_presets_have_all_required_joints():
    names = []
    for path in sorted(BONE_MAP_FOLDER.glob("*.json")):
        preset = json.loads(path.read_text(encoding="utf-8"))
        names.append(preset["name"])
        assert set(preset["sides"]) == {"left", "right"}, path.name
        joints = {"spine3", *preset["centre"]}
        joints |= {f"{side}_{part}" for side in preset["sides"] for part in preset["limbs"]}
        assert set(REQUIRED_JOINTS) <= joints <= set(SMPL.names), path.name
        assert all("{side}" in name for n in preset["limbs"].values() for name in n), path.name
    assert len(names) == len(set(names)) > 10


def test_bone_map_lists_missing_joints():
    bone_map = detect_bone_map(MIXAMO.rest)
    assert bone_map.missing_joints == ("left_hand", "right_hand")
    assert bone_map.joint_bones(MIXAMO.rest)[SMPL.index("left_hand")] == -1


def test_bone_indices_of_repeated_name_is_the_first():
    rest = bones(("a", -1, (0, 0, 0)), ("hips", 0, (0, 1, 0)), ("hips", 1, (0, 2, 0)))
    assert BoneMap("test", {"pelvis": "hips"}).joint_bones(rest)[0] == 1


# Structure


def assert_found(rig: Rig, bones: dict[str, str] | None) -> None:
    """The body is the one that was meant, except for hands, which only names can tell."""
    assert bones is not None
    expected = {joint: bone for joint, bone in rig.plays.items() if "hand" not in joint}
    assert {joint: bone for joint, bone in bones.items() if "hand" not in joint} == expected


@pytest.mark.parametrize("kind", RIGS)
@settings(max_examples=8)
@given(SEEDS)
def test_detect_body_by_structure_ignores_order_frame_and_size(kind, seed):
    rig = nameless(RIGS[kind], seed)
    bone_map = detect_bone_map(rig.rest)
    assert bone_map.preset == "structure"
    assert_found(rig, dict(bone_map.bones))


def test_detect_body_by_structure_distinguishes_hands_and_fingers():
    rig = nameless(SMPL_RIG, 0)
    assert detect_bone_map(rig.rest).bones == rig.plays
    assert "left_hand" not in detect_bone_map(nameless(MIXAMO, 0).rest).bones


@given(st.sampled_from(["mixamo", "cmu", "unreal", "smpl"]), SEEDS)
def test_detect_body_by_structure_tolerates_asymmetry(kind, seed):
    rig = RIGS[kind]
    chance = np.random.default_rng(seed)
    size = np.ptp(rig.rest.positions, axis=0).max()
    # Bones in one place stay together: that is what makes them helpers.
    noise = {tuple(p): chance.normal(scale=0.004 * size, size=3) for p in rig.rest.positions}
    positions = np.array([p + noise[tuple(p)] for p in rig.rest.positions])
    rig = replace(rig, rest=replace(rig.rest, positions=positions))
    assert_found(nameless(rig, seed), detect_body_by_structure(nameless(rig, seed).rest))


def with_bone(rig: Rig, name: str, between: str, and_below: str, at: tuple[float, ...]) -> Rig:
    """A rig with one more bone between a bone and its child."""
    rest = rig.rest
    parents = list(rest.parents)
    parents[rest.names.index(and_below)] = len(rest)
    rest = RestPose(
        (*rest.names, name),
        (*parents, rest.names.index(between)),
        np.concatenate([rest.positions, [at]]),
        np.concatenate([rest.rotations, [np.eye(3)]]),
    )
    return replace(rig, rest=rest)


@pytest.mark.parametrize("nearly", [0.0, 0.02])
def test_detect_body_by_structure_prefers_bone_that_moves_limb(nearly):
    rig = LAFAN
    for above, bone in (("LeftArm", "LeftForeArm"), ("LeftUpLeg", "LeftLeg")):
        for side in ("Left", "Right"):
            one, other = above.replace("Left", side), bone.replace("Left", side)
            place = LAFAN.rest.positions[LAFAN.rest.names.index(other)] + [0, nearly, 0]
            rig = with_bone(rig, f"{other}Helper", one, other, place)
    assert_found(nameless(rig, 4), detect_body_by_structure(nameless(rig, 4).rest))


def test_detect_body_by_structure_prefers_bone_with_fingers():
    rig = MIXAMO
    for side in ("Left", "Right"):
        hand = MIXAMO.rest.positions[MIXAMO.rest.names.index(f"{side}Hand")]
        rig = with_bone(rig, f"{side}FingerBase", f"{side}Hand", f"{side}HandIndex1", hand)
    assert_found(nameless(rig, 5), detect_body_by_structure(nameless(rig, 5).rest))


def test_detect_body_by_structure_skips_crown_of_head():
    rest = without(MIXAMO.rest, {"LeftEye", "RightEye"})
    rig = nameless(replace(MIXAMO, rest=rest), 6)
    assert_found(rig, detect_body_by_structure(rig.rest))


@given(SEEDS)
def test_detect_body_by_structure_accepts_bent_limbs(seed):
    chance = np.random.default_rng(seed)
    rest = CMU.rest
    turns = {"lradius": ("Y", -1.5), "rradius": ("Y", 1.2), "lhumerus": ("Z", -1.2)}
    turns |= {"ltibia": ("X", 0.6), "lfemur": ("X", -0.5), "upperneck": ("Y", 0.5)}
    positions = rest.positions.copy()
    for name, (axis, angle) in turns.items():
        pivot = rest.names.index(name)
        rotation = axis_rotation(axis, angle * chance.uniform(0, 1))
        for bone in range(len(rest)):
            if pivot in rest.ancestors(bone):
                positions[bone] = rotation @ (positions[bone] - positions[pivot]) + positions[pivot]
    rig = replace(CMU, rest=replace(rest, positions=positions, tails=None))
    assert_found(nameless(rig, seed), detect_body_by_structure(nameless(rig, seed).rest))


def test_detect_body_by_structure_uses_knees_without_feet():
    rig = nameless(MIXAMO, 1)
    toes = {"ToeBase", "Toe_End"}
    footless = {n for n in MIXAMO.rest.names if n.endswith(tuple(toes))}
    rest = without(MIXAMO.rest, footless)
    plays = {joint: bone for joint, bone in MIXAMO.plays.items() if bone not in footless}
    rig = nameless(Rig("structure", rest, plays), 1)
    assert_found(rig, detect_body_by_structure(rig.rest))


def test_detect_body_by_structure_without_front_is_none():
    feet = {n for n in CMU.rest.names if n.endswith("toes")}
    rest = replace(without(CMU.rest, feet), tails=None)
    straight = rest.positions * [1, 1, 0]
    assert (
        detect_body_by_structure(nameless(Rig("", replace(rest, positions=straight), {}), 0).rest)
        is None
    )


def test_detect_body_by_structure_with_root_in_chest_finds_pelvis():
    rest = SMPL_RIG.rest
    parents = list(rest.parents)
    for bone, parent in (("spine2", "spine3"), ("spine1", "spine2"), ("pelvis", "spine1")):
        parents[SMPL.index(bone)] = SMPL.index(parent)
    parents[SMPL.index("spine3")] = -1
    rig = nameless(replace(SMPL_RIG, rest=replace(rest, parents=tuple(parents))), 2)
    bones = detect_body_by_structure(rig.rest)
    assert bones is not None
    # From a chest that is the root the bones run down, so each plays the joint at its other end.
    spine = {"spine1", "spine2", "spine3"}
    assert {bones[joint] for joint in spine} == {rig.plays[joint] for joint in spine}
    for joint in set(SMPL.names) - spine:
        assert bones[joint] == rig.plays[joint]


@pytest.mark.parametrize("head", [True, False], ids=["head", "headless"])
def test_detect_body_by_structure_accepts_long_arms(head):
    positions = UNREAL.rest.positions.copy()
    for bone in range(len(UNREAL.rest)):
        chain = {UNREAL.rest.names[i] for i in (bone, *UNREAL.rest.ancestors(bone))}
        if chain & {"lowerarm_l", "lowerarm_r", "hand_l", "hand_r"}:
            positions[bone, 0] *= 1.8
    rest = replace(UNREAL.rest, positions=positions)
    gone = set() if head else {"neck_01", "neck_02", "head"}
    plays = {joint: bone for joint, bone in UNREAL.plays.items() if bone not in gone}
    rig = nameless(Rig("", without(rest, gone), plays), 3)
    assert_found(rig, detect_body_by_structure(rig.rest))


def test_detect_body_by_structure_with_one_arm_is_none():
    names = UNREAL.rest.names
    arm = names.index("clavicle_r")
    gone = {n for i, n in enumerate(names) if arm in (i, *UNREAL.rest.ancestors(i))}
    rest = without(UNREAL.rest, gone | {n for n in names if n.startswith("ik_")})
    assert detect_body_by_structure(nameless(replace(UNREAL, rest=rest, plays={}), 3).rest) is None


@pytest.mark.parametrize("count", range(7))
def test_detect_body_by_structure_assigns_any_spine(count):
    spine = assign_spine_joints([f"s{n}" for n in range(count)])
    assert len(spine) == min(count, 3)
    assert len(set(spine.values())) == len(spine)
    if count:
        assert spine["spine3"] == f"s{count - 1}"
    if count > 1:
        assert spine["spine1"] == "s0"
    assert assign_spine_joints(["a", "b", "c", "d", "e"])["spine2"] == "c"


# What is no body

DOG = [
    ("root", -1, (0, 50, -30)),
    *((f"hind{s}", 0, (x, 48, -35)) for s, x in (("L", 8), ("R", -8))),
    *((f"shank{s}", 1 + n, (x, 28, -32)) for n, (s, x) in enumerate((("L", 8), ("R", -8)))),
    *((f"paw{s}", 3 + n, (x, 5, -38)) for n, (s, x) in enumerate((("L", 8), ("R", -8)))),
    *((f"claw{s}", 5 + n, (x, 0, -30)) for n, (s, x) in enumerate((("L", 8), ("R", -8)))),
    ("back", 0, (0, 52, 0)),
    ("withers", 9, (0, 52, 30)),
    ("neck", 10, (0, 62, 38)),
    ("head", 11, (0, 70, 45)),
    *((f"fore{s}", 10, (x, 45, 32)) for s, x in (("L", 8), ("R", -8))),
    *((f"elbow{s}", 13 + n, (x, 26, 28)) for n, (s, x) in enumerate((("L", 8), ("R", -8)))),
    *((f"wrist{s}", 15 + n, (x, 5, 31)) for n, (s, x) in enumerate((("L", 8), ("R", -8)))),
]


@pytest.mark.parametrize(
    "rest",
    [
        bones(("only", -1, (0, 0, 0))),
        bones(("Hips", -1, (0, 1, 0)), ("Spine", 0, (0, 2, 0))),
        bones(*((f"link{n}", n - 1, (0, n, 0)) for n in range(40))),
        bones(
            ("hub", -1, (0, 0, 0)), *((f"ray{n}", 0, (np.cos(n), np.sin(n), 0)) for n in range(9))
        ),
        bones(*DOG),
        replace(SMPL_RIG.rest, positions=np.zeros((24, 3))),
        replace(SMPL_RIG.rest, positions=np.full((24, 3), np.nan)),
        replace(nameless(SMPL_RIG, 0).rest, positions=np.zeros((24, 3))),
        replace(nameless(SMPL_RIG, 0).rest, positions=np.full((24, 3), np.nan)),
    ],
    ids=["one", "two", "rope", "star", "dog", "point", "nan", "nameless point", "nameless nan"],
)
def test_detect_bone_map_without_body_raises(rest):
    with pytest.raises(MappingError, match=r"\.$"):
        detect_bone_map(rest)


def test_detect_bone_map_of_incomplete_body_names_missing_joints():
    rest = without(MIXAMO.rest, {n for n in MIXAMO.rest.names if "Right" in n and "Leg" not in n})
    with pytest.raises(
        MappingError, match=r"like Mixamo.* for right ankle, right shoulder, right elbow"
    ):
        detect_bone_map(rest)


@given(st.integers(0, 40), SEEDS)
def test_detect_bone_map_of_random_hierarchies_returns_or_raises(count, seed):
    chance = np.random.default_rng(seed)
    rest = RestPose(
        tuple(f"b{n}" for n in range(count)),
        tuple(int(chance.integers(-1, n)) for n in range(count)),
        np.round(chance.normal(size=(count, 3)), 1),
        np.tile(np.eye(3), (count, 1, 1)),
    )
    try:
        bone_map = detect_bone_map(moved(rest, np.eye(3), 1.0, np.zeros(3)))
    except MappingError:
        return
    assert set(REQUIRED_JOINTS) <= set(bone_map.bones)
    assert len(set(bone_map.bones.values())) == len(bone_map.bones)
