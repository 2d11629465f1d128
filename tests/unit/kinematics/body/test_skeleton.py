"""The SMPL skeleton, forward kinematics and its inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import (
    BODY_TO_WORLD,
    MIRRORED_JOINTS,
    SMPL,
    TOE_JOINT_HEIGHT,
    Skeleton,
    forward_kinematics,
    local_rotations,
)
from backend.kinematics.math.rotations import axis_angle_to_matrix, axis_rotation


def random_pose(seed: int, frames: int = 3) -> np.ndarray:
    return axis_angle_to_matrix(np.random.default_rng(seed).normal(size=(frames, 24, 3)))


def test_skeleton_has_smpl_joints_in_order():
    assert len(SMPL) == 24
    assert SMPL.names[:4] == ("pelvis", "left_hip", "right_hip", "spine1")
    assert SMPL.parents == (
        -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21,
    )  # fmt: skip


def test_skeleton_left_is_positive_x_and_toes_positive_z():
    rest = SMPL.rest_positions
    assert rest[SMPL.index("left_wrist"), 0] > 0.5
    assert rest[SMPL.index("left_foot"), 2] > rest[SMPL.index("left_ankle"), 2] + 0.1
    height = rest[SMPL.index("head"), 1] - rest[SMPL.index("left_foot"), 1] + TOE_JOINT_HEIGHT
    assert 1.4 < height < 1.7


def test_skeleton_left_and_right_mirror_each_other():
    assert [MIRRORED_JOINTS[i] for i in MIRRORED_JOINTS] == list(range(24))
    np.testing.assert_array_equal(SMPL.offsets[list(MIRRORED_JOINTS)], SMPL.offsets * [-1, 1, 1])
    twins = {SMPL.names[joint]: SMPL.names[twin] for joint, twin in enumerate(MIRRORED_JOINTS)}
    assert twins["left_elbow"] == "right_elbow"
    assert twins["spine2"] == "spine2"


def test_skeleton_index_of_unknown_joint_raises():
    with pytest.raises(ValueError, match="not in tuple"):
        SMPL.index("tail")


def test_forward_kinematics_of_identity_is_rest_pose():
    positions, world = forward_kinematics(SMPL, np.tile(np.eye(3), (24, 1, 1)), SMPL.offsets[0])
    np.testing.assert_allclose(positions, SMPL.rest_positions, atol=1e-15)
    np.testing.assert_array_equal(world, np.tile(np.eye(3), (24, 1, 1)))


def test_body_to_world_stands_body_up_facing_minus_y():
    local = np.tile(np.eye(3), (24, 1, 1))
    local[0] = BODY_TO_WORLD
    positions, _ = forward_kinematics(SMPL, local, np.zeros(3))
    assert positions[SMPL.index("head"), 2] > 0.5
    toes, ankle = positions[SMPL.index("left_foot")], positions[SMPL.index("left_ankle")]
    assert toes[1] < ankle[1] - 0.1


def test_forward_kinematics_of_elbow_moves_only_its_descendants():
    local = np.tile(np.eye(3), (24, 1, 1))
    local[SMPL.index("left_elbow")] = axis_rotation("Y", -np.pi / 2)
    positions, _ = forward_kinematics(SMPL, local, SMPL.offsets[0])
    moved = np.abs(positions - SMPL.rest_positions).max(axis=1) > 1e-9
    assert [SMPL.names[i] for i in np.flatnonzero(moved)] == ["left_wrist", "left_hand"]
    forearm = positions[SMPL.index("left_wrist")] - positions[SMPL.index("left_elbow")]
    np.testing.assert_allclose(forearm, [0.005, 0.01, 0.26], atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_local_rotations_invert_forward_kinematics(seed):
    local = random_pose(seed)
    _, world = forward_kinematics(SMPL, local, np.zeros((3, 3)))
    np.testing.assert_allclose(local_rotations(SMPL, world), local, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_forward_kinematics_keeps_lengths_and_follows_root(seed):
    local, root = random_pose(seed), np.random.default_rng(seed).normal(size=(3, 3))
    positions, _ = forward_kinematics(SMPL, local, root)
    np.testing.assert_array_equal(positions[:, 0], root)
    lengths = np.linalg.norm(positions[:, 1:] - positions[:, SMPL.parents[1:]], axis=-1)
    expected = np.linalg.norm(SMPL.offsets[1:], axis=-1)
    np.testing.assert_allclose(lengths, np.tile(expected, (3, 1)), atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_mirrored_pose_is_mirror_image(seed):
    flip = np.diag([-1.0, 1.0, 1.0])

    def mirrored(rotations: np.ndarray) -> np.ndarray:
        return flip @ rotations[:, list(MIRRORED_JOINTS)] @ flip

    local = random_pose(seed)
    np.testing.assert_array_equal(mirrored(mirrored(local)), local)
    positions, _ = forward_kinematics(SMPL, local, np.zeros((3, 3)))
    image, _ = forward_kinematics(SMPL, mirrored(local), np.zeros((3, 3)))
    np.testing.assert_allclose(image, positions[:, list(MIRRORED_JOINTS)] @ flip, atol=1e-12)


def test_forward_kinematics_of_other_skeletons_keeps_precision():
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0]]))
    local = np.tile(np.eye(3), (3, 1, 1)).astype(np.float32)
    local[0] = axis_rotation("Z", np.pi / 2)
    positions, world = forward_kinematics(chain, local, np.zeros(3, dtype=np.float32))
    assert positions.dtype == world.dtype == np.float32
    np.testing.assert_allclose(positions[2], [0, 2, 0], atol=1e-6)
