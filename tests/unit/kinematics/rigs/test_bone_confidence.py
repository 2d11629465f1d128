"""The confidence in a map of bones: near one for right maps, lower for each way to be wrong."""

from __future__ import annotations

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
def test_right_maps_of_symmetric_rigs_are_as_sure_as_they_are_whole(kind):
    rig = RIGS[kind]
    found = bone_map_confidence(rig.plays, rig.rest)
    whole = sum(joint in rig.plays for joint in SCORED_JOINTS)
    assert found.issues == ()
    assert found.mapped_joints == whole
    assert found.score == pytest.approx(whole / 22)


@given(st.sampled_from(list(RIGS)), st.integers(0, 2**32 - 1))
def test_frame_size_and_place_do_not_count(kind, seed):
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


@pytest.mark.parametrize("way", WRONG)
def test_a_whole_map_that_is_wrong_is_less_sure_than_the_right_one(way):
    wrong = WRONG[way](MIXAMO)
    found = bone_map_confidence(wrong, MIXAMO.rest)
    assert found.score < 0.85 * of(MIXAMO)
    assert found.issues


def test_twist_bones_for_joints_are_less_sure():
    twist = {f"{side}_elbow": f"upperarm_twist_01_{side[0]}" for side in SIDES}
    found = bone_map_confidence(UNREAL.plays | twist, UNREAL.rest)
    assert found.score < of(UNREAL)
    assert "the bones of the left and right arm do not descend from each other" in found.issues


@given(st.sampled_from(sorted(set(SCORED_JOINTS) - {"pelvis", "head"})))
def test_every_joint_that_is_missing_makes_it_less_sure(joint):
    required = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    if joint.endswith(required):
        return
    less = {name: bone for name, bone in MIXAMO.plays.items() if name != joint}
    assert of(MIXAMO, less) == pytest.approx(21 / 22)


@pytest.mark.parametrize(("longer", "share"), [(1.1, 1 / 1.1), (1.5, 1 / 1.5)])
def test_a_leg_that_is_longer_makes_it_less_sure_by_as_much(longer, share):
    positions = LAFAN.rest.positions.copy()
    names = LAFAN.rest.names
    knee, below = positions[names.index("LeftLeg")].copy(), ("LeftFoot", "LeftToe")
    for name in below:
        positions[names.index(name)] += (longer - 1) * (positions[names.index("LeftFoot")] - knee)
    rig = replace(LAFAN, rest=replace(LAFAN.rest, positions=positions))
    # The foot was moved along the shin before the toe was, so the toe went a little further.
    assert of(rig) == pytest.approx(share, rel=0.02)


def test_a_pose_that_is_not_symmetric_makes_it_less_sure():
    positions = MIXAMO.rest.positions.copy()
    pivot = MIXAMO.rest.names.index("LeftForeArm")
    for bone in range(len(MIXAMO.rest)):
        if pivot in MIXAMO.rest.ancestors(bone):
            way = positions[bone] - positions[pivot]
            positions[bone] = axis_rotation("Y", -1.0) @ way + positions[pivot]
    bent = replace(MIXAMO, rest=replace(MIXAMO.rest, positions=positions))
    found = bone_map_confidence(bent.plays, bent.rest)
    assert found.asymmetry[1] == pytest.approx(1.0 / 4, abs=0.02)  # one of four segments, by 1 rad
    assert found.score == pytest.approx(np.cos(found.asymmetry[1]), abs=1e-6)


def test_reasons_are_short_and_say_where_bones_come_from():
    found = bone_map_confidence(MIXAMO.plays, MIXAMO.rest)
    assert found.reasons("by name, as of Mixamo") == (
        "22 of 22 joints by name, as of Mixamo",
        "Left and right differ by 0% in length, 0° in pose",
    )
    wrong = bone_map_confidence(WRONG["head for pelvis"](MIXAMO), MIXAMO.rest)
    assert wrong.reasons("")[-1] == "The trunk does not rise from the pelvis to the head"


def test_points_in_one_place_are_not_trusted_and_do_not_break_it():
    rest = replace(MIXAMO.rest, positions=np.zeros_like(MIXAMO.rest.positions))
    assert bone_map_confidence(MIXAMO.plays, rest).score == 0.0


def test_what_is_recognised_in_a_turned_rig_is_as_sure():
    turn = quaternion_to_matrix(np.array([0.5, 0.5, -0.5, 0.5]))
    rest = moved(UNREAL.rest, turn, 0.01, np.ones(3))
    assert bone_map_confidence(detect_bone_map(rest).bones, rest).score == pytest.approx(1.0)
