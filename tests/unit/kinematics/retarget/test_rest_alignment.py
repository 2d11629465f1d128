"""Alignment of rigs at rest with the SMPL body at rest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT
from backend.kinematics.math.rotations import angle_between, axis_rotation, normalize
from backend.kinematics.retarget.rest_alignment import (
    LIMB_AIM_JOINTS,
    SMPL_HIP_CENTER,
    align_rest_pose,
    hip_center,
)
from backend.kinematics.rigs.bone_map import BoneMap, MappingError, detect_bone_map
from backend.kinematics.rigs.rest_pose import RestPose, nearest_axis
from tests.support.rig_changes import moved
from tests.support.rigs import CMU, DAZ, MIXAMO, RIGS, SMPL_RIG

UPRIGHT = {
    "Y up": np.eye(3),
    "Z up, facing -Y": axis_rotation("X", np.pi / 2),
    "Z up, facing +X": axis_rotation("Z", np.pi / 2) @ axis_rotation("X", np.pi / 2),
    "X up": axis_rotation("Z", -np.pi / 2),
    "head down": axis_rotation("X", np.pi),
}


def test_align_rest_pose_of_smpl_is_identity():
    body = align_rest_pose(SMPL_RIG.rest, detect_bone_map(SMPL_RIG.rest))
    assert body.bones == list(range(24))
    np.testing.assert_array_equal(body.body_to_rig, np.eye(3))
    assert angle_between(body.limb_alignments, np.eye(3)).max() < 1e-7
    assert body.scale == pytest.approx(1.0)
    sole = SMPL.rest_positions[SMPL.index("left_foot"), 1] - TOE_JOINT_HEIGHT
    np.testing.assert_allclose(body.ground_origin, [0.0, sole, 0.0], atol=1e-9)


@pytest.mark.parametrize("upright", UPRIGHT)
@settings(max_examples=8)
@given(st.floats(0.01, 200), st.integers(0, 2**32 - 1))
def test_align_rest_pose_finds_frame_scale_and_ground(upright, scale, seed):
    place = np.random.default_rng(seed).normal(size=3) * 10
    rest = moved(SMPL_RIG.rest, UPRIGHT[upright], scale, place)
    body = align_rest_pose(rest, detect_bone_map(rest))
    np.testing.assert_allclose(body.body_to_rig, UPRIGHT[upright], atol=1e-9)
    assert body.scale == pytest.approx(scale)
    assert angle_between(body.limb_alignments, np.eye(3)).max() < 1e-6
    home = (rest.positions - body.ground_origin) @ body.body_to_rig / body.scale
    assert home[SMPL.index("left_foot"), 1] == pytest.approx(TOE_JOINT_HEIGHT, abs=1e-6)
    centre = hip_center(rest.positions, body.bones)
    np.testing.assert_allclose(
        (centre - place) @ body.body_to_rig / scale, SMPL_HIP_CENTER + SMPL.offsets[0], atol=1e-6
    )


@given(st.floats(-np.pi, np.pi))
def test_align_rest_pose_snaps_small_headings_to_axes(heading):
    rest = moved(SMPL_RIG.rest, axis_rotation("Y", heading), 1.0, np.zeros(3))
    frame = align_rest_pose(rest, detect_bone_map(rest)).body_to_rig
    quarters = heading / (np.pi / 2)
    off = abs(quarters - round(quarters)) * 90
    expected = round(quarters) * np.pi / 2 if off < 8 else heading
    if abs(off - 8) > 1e-3:
        np.testing.assert_allclose(frame, axis_rotation("Y", expected), atol=1e-6)


@pytest.mark.parametrize("kind", RIGS)
def test_align_rest_pose_maps_limbs_to_the_rig(kind):
    rig = RIGS[kind]
    body = align_rest_pose(rig.rest, detect_bone_map(rig.rest))
    for joint, target in LIMB_AIM_JOINTS.items():
        if target not in rig.plays or joint.endswith("ankle"):
            continue
        start, end = (rig.rest.names.index(rig.plays[name]) for name in (joint, target))
        own = normalize(SMPL.offsets[SMPL.index(target)])
        aimed = body.limb_alignments[SMPL.index(joint)] @ own
        direction = rig.rest.positions[end] - rig.rest.positions[start]
        np.testing.assert_allclose(aimed, normalize(direction), atol=1e-9)
    for name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head", "left_collar"):
        np.testing.assert_array_equal(body.limb_alignments[SMPL.index(name)], np.eye(3))


@pytest.mark.parametrize("rig", [MIXAMO, CMU, DAZ], ids=["toes", "spread legs", "tips"])
def test_align_rest_pose_rotates_feet_without_tilt(rig):
    body = align_rest_pose(rig.rest, detect_bone_map(rig.rest))
    for side in ("left", "right"):
        foot = body.limb_alignments[SMPL.index(f"{side}_ankle")]
        np.testing.assert_allclose(foot @ [0, 1, 0], [0, 1, 0], atol=1e-9)
        np.testing.assert_array_equal(foot, body.limb_alignments[SMPL.index(f"{side}_foot")])


def test_align_rest_pose_uses_tail_of_foot_without_toes():
    tips = DAZ.rest.tails
    assert tips is not None
    foot = DAZ.rest.names.index("lFoot")
    tips = tips.copy()
    tips[foot] = DAZ.rest.positions[foot] + [12, -4, 0]
    body = align_rest_pose(replace(DAZ.rest, tails=tips), detect_bone_map(DAZ.rest))
    own = SMPL.offsets[SMPL.index("left_foot")] * [1, 0, 1]
    aimed = body.limb_alignments[SMPL.index("left_ankle")] @ normalize(own)
    np.testing.assert_allclose(aimed, [1, 0, 0], atol=1e-9)
    unknown = align_rest_pose(replace(DAZ.rest, tails=None), detect_bone_map(DAZ.rest))
    knee, ankle = (
        unknown.limb_alignments[SMPL.index(f"left_{part}")] for part in ("knee", "ankle")
    )
    np.testing.assert_array_equal(knee, ankle)


def test_align_rest_pose_aligns_hanging_and_crossed_arms():
    rest = SMPL_RIG.rest
    positions = rest.positions.copy()
    for side, turn in (("left", -np.pi / 2), ("right", np.pi)):
        shoulder = SMPL.index(f"{side}_shoulder")
        for part in ("elbow", "wrist", "hand"):
            joint = SMPL.index(f"{side}_{part}")
            lever = positions[joint] - positions[shoulder]
            positions[joint] = positions[shoulder] + axis_rotation("Z", turn) @ lever
    body = align_rest_pose(replace(rest, positions=positions), detect_bone_map(rest))
    assert np.isfinite(body.limb_alignments).all()
    turned = angle_between(body.limb_alignments[SMPL.index("left_shoulder")], np.eye(3))
    assert turned == pytest.approx(np.pi / 2, abs=0.05)


def test_align_rest_pose_without_length_or_front_raises():
    rest = SMPL_RIG.rest
    bone_map = BoneMap("test", {name: name for name in SMPL.names})
    flat = rest.positions * [0, 1, 1]
    with pytest.raises(MappingError, match="front"):
        align_rest_pose(replace(rest, positions=flat), bone_map)
    legless = rest.positions.copy()
    for side in ("left", "right"):
        hip, knee, ankle = (SMPL.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        legless[[knee, ankle]] = legless[hip]
    with pytest.raises(MappingError, match="no length"):
        align_rest_pose(replace(rest, positions=legless), bone_map)
    with pytest.raises(MappingError):
        align_rest_pose(replace(rest, positions=np.zeros((24, 3))), bone_map)


def test_nearest_axis_keeps_sign():
    np.testing.assert_array_equal(nearest_axis(np.array([0.2, -3.0, 1.0])), [0, -1, 0])


def test_rest_pose_with_pose_moves_tails():
    rest = DAZ.rest.with_pose(
        np.tile(np.eye(3), (43, 1, 1)), DAZ.rest.positions + np.array([0, 5, 0])
    )
    turn = axis_rotation("Z", 1.0)
    turned = rest.with_pose(np.tile(turn, (43, 1, 1)), rest.positions @ turn.T)
    assert rest.tails is not None
    assert turned.tails is not None
    np.testing.assert_allclose(turned.tails, rest.tails @ turn.T, atol=1e-9)
    np.testing.assert_array_equal(np.isnan(turned.tails), np.isnan(DAZ.rest.tails))


def test_rest_pose_ancestors_end_at_root():
    rest = RestPose(("b", "root", "a"), (2, -1, 1), np.zeros((3, 3)), np.zeros((3, 3, 3)))
    assert rest.ancestors(0) == [2, 1]
    assert len(rest) == 3
