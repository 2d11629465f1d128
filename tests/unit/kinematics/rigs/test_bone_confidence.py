"""Confidence of bone maps: near 1 for correct maps, lower for each kind of error."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.math.rotations import axis_rotation, quaternion_to_matrix
from backend.kinematics.rigs.bone_confidence import SCORED_JOINTS, bone_map_confidence
from backend.kinematics.rigs.bone_map import detect_bone_map
from tests.support.rig_changes import moved, nameless
from tests.support.rigs import LAFAN, MIXAMO, RIGS, UNREAL, Rig

SIDES = ("left", "right")


def of(rig: Rig, plays: Mapping[str, str] | None = None) -> float:
    return bone_map_confidence(plays or rig.plays, rig.rest).score


@pytest.mark.parametrize("kind", RIGS)
def test_confidence_of_symmetric_rig_is_fraction_of_joints(kind):
    rig = RIGS[kind]
    found = bone_map_confidence(rig.plays, rig.rest)
    whole = sum(joint in rig.plays for joint in SCORED_JOINTS)
    assert found.issues == ()
    assert found.mapped_joints == whole
    assert found.score == pytest.approx(whole / 22)


@given(st.sampled_from(list(RIGS)), st.integers(0, 2**32 - 1))
def test_confidence_ignores_frame_size_and_position(kind, seed):
    rig = nameless(RIGS[kind], seed)
    assert of(rig) == pytest.approx(of(RIGS[kind]), abs=1e-6)


def swapped(one: str, other: str):
    """Two joints, or all of two sides or limbs, exchange their bones."""

    def change(rig: Rig) -> dict[str, str]:
        def joint(name: str) -> str:
            return name.replace(one, "#").replace(other, one).replace("#", other)

        return {joint(name): bone for name, bone in rig.plays.items()}

    return change


def shifted(rig: Rig) -> dict[str, str]:
    """The left arm one bone further out."""
    return rig.plays | {
        "left_shoulder": "LeftForeArm",
        "left_elbow": "LeftHand",
        "left_wrist": "LeftHandIndex1",
    }


def both_shifted(rig: Rig) -> dict[str, str]:
    right = {
        joint.replace("left", "right"): bone.replace("Left", "Right")
        for joint, bone in shifted(rig).items()
        if joint.startswith("left")
    }
    return shifted(rig) | right


def only(change, *parts: str):
    """A change of some joints alone."""
    return lambda rig: rig.plays | {j: b for j, b in change(rig).items() if j.endswith(parts)}


def legs_for_arms(rig: Rig) -> dict[str, str]:
    plays = dict(rig.plays)
    for side in SIDES:
        for leg, arm in (("hip", "shoulder"), ("knee", "elbow"), ("ankle", "wrist")):
            one, other = f"{side}_{leg}", f"{side}_{arm}"
            plays[one], plays[other] = rig.plays[other], rig.plays[one]
    return plays


WRONG = {
    "left for right": swapped("left", "right"),
    "legs crossed at the hips and knees": only(swapped("left", "right"), "hip", "knee"),
    "arms crossed": only(swapped("left", "right"), "collar", "shoulder", "elbow", "wrist", "hand"),
    "knee for ankle": swapped("left_knee", "left_ankle"),
    "elbow for wrist": swapped("right_elbow", "right_wrist"),
    "head for pelvis": swapped("head", "pelvis"),
    "one arm further out": shifted,
    "both arms further out": both_shifted,
    "legs for arms": legs_for_arms,
}


@pytest.mark.parametrize("direction", WRONG)
def test_confidence_of_wrong_map_is_lower(direction):
    wrong = WRONG[direction](MIXAMO)
    found = bone_map_confidence(wrong, MIXAMO.rest)
    assert found.score < 0.85 * of(MIXAMO)
    assert found.issues


def test_confidence_with_twist_bones_is_lower():
    twist = {f"{side}_elbow": f"upperarm_twist_01_{side[0]}" for side in SIDES}
    found = bone_map_confidence(UNREAL.plays | twist, UNREAL.rest)
    assert found.score < of(UNREAL)
    assert "the bones of the left and right arm do not descend from each other" in found.issues


@given(st.sampled_from(sorted(set(SCORED_JOINTS) - {"pelvis", "head"})))
def test_confidence_with_missing_joints_is_lower(joint):
    required = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    if joint.endswith(required):
        return
    less = {name: bone for name, bone in MIXAMO.plays.items() if name != joint}
    assert of(MIXAMO, less) == pytest.approx(21 / 22)


@pytest.mark.parametrize(("longer", "score"), [(1.1, 1 / 1.1), (1.5, 1 / 1.5)])
def test_confidence_with_longer_leg_is_lower(longer, score):
    positions = LAFAN.rest.positions.copy()
    names = LAFAN.rest.names
    knee, below = positions[names.index("LeftLeg")].copy(), ("LeftFoot", "LeftToe")
    for name in below:
        positions[names.index(name)] += (longer - 1) * (positions[names.index("LeftFoot")] - knee)
    rig = replace(LAFAN, rest=replace(LAFAN.rest, positions=positions))
    # The foot was moved along the shin before the toe was, so the toe went a little further.
    assert of(rig) == pytest.approx(score, rel=0.02)


def test_confidence_with_asymmetric_pose_is_lower():
    positions = MIXAMO.rest.positions.copy()
    pivot = MIXAMO.rest.names.index("LeftForeArm")
    for bone in range(len(MIXAMO.rest)):
        if pivot in MIXAMO.rest.ancestors(bone):
            direction = positions[bone] - positions[pivot]
            positions[bone] = axis_rotation("Y", -1.0) @ direction + positions[pivot]
    bent = replace(MIXAMO, rest=replace(MIXAMO.rest, positions=positions))
    found = bone_map_confidence(bent.plays, bent.rest)
    assert found.asymmetry[1] == pytest.approx(1.0 / 4, abs=0.02)  # one of four segments, by 1 rad
    assert found.score == pytest.approx(np.cos(found.asymmetry[1]), abs=1e-6)


def test_confidence_reasons_name_origin():
    found = bone_map_confidence(MIXAMO.plays, MIXAMO.rest)
    assert found.reasons("by name, as of Mixamo") == (
        "22 of 22 joints by name, as of Mixamo",
        "Left and right differ by 0% in length, 0° in pose",
    )
    wrong = bone_map_confidence(WRONG["head for pelvis"](MIXAMO), MIXAMO.rest)
    assert wrong.reasons("")[-1] == "The trunk does not rise from the pelvis to the head"


def test_confidence_of_coincident_bones_is_zero():
    rest = replace(MIXAMO.rest, positions=np.zeros_like(MIXAMO.rest.positions))
    assert bone_map_confidence(MIXAMO.plays, rest).score == 0.0


def test_confidence_of_rotated_rig_is_equal():
    turn = quaternion_to_matrix(np.array([0.5, 0.5, -0.5, 0.5]))
    rest = moved(UNREAL.rest, turn, 0.01, np.ones(3))
    assert bone_map_confidence(detect_bone_map(rest).bones, rest).score == pytest.approx(1.0)
