"""Retargeting from rigs to takes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import (
    BODY_TO_WORLD,
    SMPL,
    TOE_JOINT_HEIGHT,
    forward_kinematics,
)
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import (
    Array,
    angle_between,
    axis_angle_to_matrix,
    axis_rotation,
    normalize,
    quaternion_to_matrix,
)
from backend.kinematics.retarget.rest_alignment import LIMB_AIM_JOINTS
from backend.kinematics.retarget.rig_to_take import retarget_to_take
from backend.kinematics.rigs.bone_map import BoneMap, detect_bone_map
from tests.support.rig_changes import moved
from tests.support.rig_files import follow
from tests.support.rigs import CMU, MIXAMO, RIGS, SMPL_RIG, Rig

SEEDS = st.integers(0, 2**32 - 1)


def some_take(seed: int, frames: int = 3) -> Take:
    chance = np.random.default_rng(seed)
    poses = axis_angle_to_matrix(chance.normal(scale=0.7, size=(frames, 24, 3)))
    return Take.from_matrices(poses, chance.normal(size=(frames, 3)), 30.0)


def in_rest_frame(take: Take) -> tuple[Array, Array]:
    """World rotations and positions of the SMPL body as a rig that stands Y up at its origin."""
    local, root = take.local_matrices().astype(float), take.root_positions()
    positions, world = forward_kinematics(SMPL, local, root)
    return BODY_TO_WORLD.T @ world, positions @ BODY_TO_WORLD


def pose(rig: Rig, world: Array, root: Array) -> Array:
    """Positions (T, N, 3) of a parents-first rig's bones."""
    positions = np.empty((*world.shape[:2], 3))
    for bone, parent in enumerate(rig.rest.parents):
        offset = rig.rest.positions[bone]
        if parent >= 0:
            carried = world[:, parent] @ rig.rest.rotations[parent].T
            offset = positions[:, parent] + carried @ (offset - rig.rest.positions[parent])
        positions[:, bone] = offset if parent >= 0 else offset + root
    return positions


@given(SEEDS)
def test_retarget_to_take_from_smpl_gives_the_same_take(seed):
    take = some_take(seed)
    rest = SMPL_RIG.rest
    rotations, positions = in_rest_frame(take)
    for floor in (0.0, None):
        back = retarget_to_take(rest, rotations, positions, detect_bone_map(rest), take.fps, floor)
        assert angle_between(back.local_matrices(), take.local_matrices()).max() < 1e-3
        sole = (
            0.0
            if floor == 0.0
            else SMPL.rest_positions[SMPL.index("left_foot"), 1] - TOE_JOINT_HEIGHT
        )
        expected = take.root_positions() - [0, 0, sole]
        np.testing.assert_allclose(back.root_positions(), expected, atol=1e-5)
    assert back.fps == take.fps


@given(SEEDS, st.floats(0.01, 100))
def test_retarget_to_take_ignores_frame_size_and_roll(seed, scale):
    take, chance = some_take(seed), np.random.default_rng(seed)
    frame = axis_rotation("Z", chance.integers(4) * np.pi / 2) @ axis_rotation("X", np.pi / 2)
    rolls = quaternion_to_matrix(chance.normal(size=(24, 4)))
    rest = moved(SMPL_RIG.rest, frame, scale, np.zeros(3))
    rest = replace(rest, rotations=rest.rotations @ rolls)
    rotations, positions = in_rest_frame(take)
    rotations = frame @ rotations @ rolls
    positions = scale * positions @ frame.T
    back = retarget_to_take(rest, rotations, positions, detect_bone_map(rest), 30.0, floor=0.0)
    assert angle_between(back.local_matrices(), take.local_matrices()).max() < 1e-3
    np.testing.assert_allclose(back.root_positions(), take.root_positions(), atol=1e-4)


@pytest.mark.parametrize("kind", RIGS)
@settings(max_examples=10)
@given(SEEDS)
def test_retarget_to_take_keeps_limb_directions(kind, seed):
    rig, motion = RIGS[kind], some_take(seed)
    world = follow(motion, rig, np.tile(np.eye(3), (len(rig.rest), 1, 1)))
    positions = pose(rig, world, np.zeros((3, 3)))
    take = retarget_to_take(rig.rest, world, positions, detect_bone_map(rig.rest), 30.0)
    joints = take.joint_positions() @ BODY_TO_WORLD
    for start, end in LIMB_AIM_JOINTS.items():
        if end not in rig.plays or start.endswith("ankle"):
            continue
        one, other = (rig.rest.names.index(rig.plays[name]) for name in (start, end))
        np.testing.assert_allclose(
            normalize(joints[:, SMPL.index(end)] - joints[:, SMPL.index(start)]),
            normalize(positions[:, other] - positions[:, one]),
            atol=1e-4,
        )


def test_retarget_to_take_of_rest_stands_on_ground():
    for rig in (MIXAMO, CMU):
        still = np.tile(np.eye(3), (1, len(rig.rest), 1, 1))
        take = retarget_to_take(
            rig.rest, still, rig.rest.positions[None], detect_bone_map(rig.rest), 24.0
        )
        joints = take.joint_positions()[0]
        assert joints[SMPL.index("head"), 2] > 1.4
        assert -0.05 < joints[:, 2].min() < 0.1
        np.testing.assert_allclose(take.joint_positions()[0, 0, :2], [0, 0], atol=0.1)
        assert joints[SMPL.index("left_wrist"), 0] > 0.4


def test_retarget_to_take_scales_root_motion_by_leg_length():
    rest = SMPL_RIG.rest
    steps = np.array([[0.0, 0, 0], [0, 0, 100]])
    rig = replace(SMPL_RIG, rest=moved(rest, np.eye(3), 50.0, np.zeros(3)))
    still = np.tile(np.eye(3), (2, 24, 1, 1))
    take = retarget_to_take(rig.rest, still, pose(rig, still, steps), detect_bone_map(rest), 24.0)
    np.testing.assert_allclose(take.trans[1] - take.trans[0], [0, -2, 0], atol=1e-5)


def test_retarget_to_take_interpolates_missing_spine():
    absent = {"spine1", "spine2", "left_foot", "right_collar", "left_hand"}
    bone_map = BoneMap("test", {name: name for name in SMPL.names if name not in absent})
    bent = np.tile(np.eye(3), (1, 24, 1, 1))
    chest, trunk = SMPL.index("spine3"), ("spine1", "spine2", "spine3")
    turn = axis_rotation("X", 0.9)
    for joint, name in enumerate(SMPL.names):
        above = name == "spine3" or chest in SMPL_RIG.rest.ancestors(joint)
        bent[0, joint] = turn if above else np.eye(3)
    take = retarget_to_take(SMPL_RIG.rest, bent, SMPL.rest_positions[None], bone_map, 24.0)
    local = take.local_matrices()[0]
    for name in trunk:
        np.testing.assert_allclose(local[SMPL.index(name)], axis_rotation("X", 0.3), atol=1e-6)
    for name in ("left_foot", "right_collar", "left_hand", "head"):
        np.testing.assert_allclose(local[SMPL.index(name)], np.eye(3), atol=1e-6)
