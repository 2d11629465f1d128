"""Foot lock: planted feet stay, free feet and leg lengths are unchanged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import (
    BODY_TO_WORLD,
    SMPL,
    TOE_JOINT_HEIGHT,
    forward_kinematics,
)
from backend.kinematics.feet.foot_lock import FootLockPlan, plan_foot_lock
from backend.kinematics.feet.leg_ik import legs_from_pose, move_ankles
from backend.kinematics.math.rotations import angle_between, axis_angle_to_matrix, axis_rotation
from tests.support.motions import STANDING

GRID = 120.0
SECONDS = 2.0
TIMES = np.arange(int(SECONDS * GRID) + 1) / GRID
LEGS = [1, 2, 4, 5, 7, 8]
seeds = st.integers(0, 10_000)


def _motion(seed: int, drift: float = 0.05, sway: float = 0.06) -> tuple[np.ndarray, np.ndarray]:
    """A body with bent knees whose limbs sway and whose root creeps."""
    chance = np.random.default_rng(seed)
    sizes, phases = chance.uniform(0, sway, (24, 3)), chance.uniform(0, 2 * np.pi, (24, 3))
    angles = sizes * np.sin(2.5 * TIMES[:, None, None] + phases)
    angles[:, [1, 2], 0] -= 0.35
    angles[:, [4, 5], 0] += 0.7
    angles[:, [7, 8], 0] -= 0.35
    matrices = axis_angle_to_matrix(angles)
    matrices[:, 0] = axis_rotation("Z", chance.uniform(-3, 3)) @ BODY_TO_WORLD @ matrices[:, 0]
    root = np.stack([drift * TIMES, 0.01 * np.sin(4 * TIMES), 0 * TIMES + STANDING - 0.05], axis=1)
    return matrices, root


def _contacts(seed: int) -> np.ndarray:
    """Probabilities (T, 4) that come and go."""
    chance = np.random.default_rng(seed)
    waves = np.sin(chance.uniform(2, 9, 4) * TIMES[:, None] + chance.uniform(0, 6, 4))
    return 1 / (1 + np.exp(-8 * waves))


def _joints(motion: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return forward_kinematics(SMPL, *motion)[0]


def _lock(
    motion: tuple[np.ndarray, np.ndarray], touching: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return plan_foot_lock(legs_from_pose(*motion), touching, GRID).apply(*motion, TIMES)


def test_foot_lock_keeps_standing_feet_in_place() -> None:
    motion = _motion(3, sway=0.03)
    before, after = _joints(motion), _joints(_lock(motion, np.ones((len(TIMES), 4))))
    for joints in (7, 8, 10, 11):
        assert np.ptp(before[:, joints, :2], axis=0).max() > 0.03
        assert np.ptp(after[:, joints], axis=0).max() < 0.003
    np.testing.assert_allclose(after[:, [10, 11], 2], TOE_JOINT_HEIGHT, atol=0.002)
    assert after[:, [7, 8], 2].min() > TOE_JOINT_HEIGHT - SMPL.offsets[10, 1] - 0.002


def test_foot_lock_rotates_ankle_around_toes() -> None:
    matrices, root = _motion(5, drift=0.02, sway=0.02)
    lift = np.clip(TIMES - 1.0, 0, 0.5)
    matrices[:, 7] = matrices[:, 7] @ axis_rotation("X", 0.9 * lift)
    touching = np.ones((len(TIMES), 4))
    touching[:, 0] = TIMES < 1.0
    after = _joints(_lock((matrices, root), touching))
    assert np.ptp(after[:, 10], axis=0).max() < 0.003
    assert np.ptp(after[TIMES < 0.99, 7], axis=0).max() < 0.003
    assert after[-1, 7, 2] - after[0, 7, 2] > 0.03


@given(seeds)
def test_foot_lock_without_contact_changes_nothing(seed: int) -> None:
    matrices, root = _motion(seed)
    held, moved = _lock((matrices, root), np.zeros((len(TIMES), 4)))
    assert np.array_equal(held, matrices)
    assert np.array_equal(moved, root)


@given(seeds)
def test_foot_lock_moves_only_legs_and_keeps_lengths(seed: int) -> None:
    matrices, root = _motion(seed)
    held, moved = _lock((matrices, root), _contacts(seed))
    others = [j for j in range(24) if j not in LEGS]
    assert np.array_equal(held[:, others], matrices[:, others])
    np.testing.assert_allclose(held @ held.swapaxes(-1, -2), np.eye(3) + 0 * held, atol=1e-9)
    assert np.array_equal(moved[:, :2], root[:, :2])
    joints = _joints((held, moved))
    for joint in LEGS:
        bone = np.linalg.norm(joints[:, joint] - joints[:, SMPL.parents[joint]], axis=-1)
        np.testing.assert_allclose(bone, np.linalg.norm(SMPL.offsets[joint]), atol=1e-9)


@given(seeds, st.integers(0, 7))
def test_foot_lock_at_every_rate_is_equal(seed: int, start: int) -> None:
    matrices, root = _motion(seed)
    plan = plan_foot_lock(legs_from_pose(matrices, root), _contacts(seed), GRID)
    all_frames = plan.apply(matrices, root, TIMES)
    half = slice(start, None, 2)
    every_second = plan.apply(matrices[half], root[half], TIMES[half])
    np.testing.assert_allclose(every_second[0], all_frames[0][half], atol=1e-12)
    np.testing.assert_allclose(every_second[1], all_frames[1][half], atol=1e-12)


@given(seeds)
def test_foot_lock_is_smooth(seed: int) -> None:
    motion = _motion(seed)
    held, moved = _lock(motion, _contacts(seed))

    def most(track: np.ndarray) -> float:
        return float(np.abs(np.diff(track, 2, axis=0)).max()) * GRID**2

    def turning(matrices: np.ndarray) -> float:
        speed = angle_between(matrices[:-1, LEGS], matrices[1:, LEGS]) * GRID
        return float(np.abs(np.diff(speed, axis=0)).max()) * GRID

    # A pop of 5 degrees within a frame would be 1250 rad/s², one of a centimetre 144 m/s².
    assert turning(held) < turning(motion[0]) + 100
    assert most(_joints((held, moved))) < most(_joints(motion)) + 30


@given(seeds)
def test_foot_lock_keeps_knees_on_their_side(seed: int) -> None:
    motion = _motion(seed)
    before, after = legs_from_pose(*motion), legs_from_pose(*_lock(motion, _contacts(seed)))
    assert after.knee_angles.min() >= 0
    same = np.sum(before.knee_axes * after.knee_axes, axis=-1)
    assert same.min() > 0.8


places = st.tuples(
    st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(0.0, 0.3), st.integers(0, 1)
)


@given(seeds, places)
def test_move_ankles_within_reach_is_exact(
    seed: int, place: tuple[float, float, float, int]
) -> None:
    matrices, root = _motion(seed)
    legs = legs_from_pose(matrices, root)
    x, y, up, side = place
    shift = np.zeros((len(TIMES), 2, 3))
    shift[:, side] = [x, y, up]
    away = np.linalg.norm(legs.ankle + shift - legs.hip, axis=-1)
    in_reach = (away < legs.max_length - 0.01).all(axis=1) & (away > 0.3).all(axis=1)
    out = move_ankles(matrices, root, root, shift, 0 * shift, np.ones((len(TIMES), 2)))
    found = legs_from_pose(out, root)
    gap = np.linalg.norm(found.ankle - legs.ankle - shift, axis=-1)
    assert gap[in_reach].max(initial=0.0) < 1e-6
    turned = angle_between(found.foot_rotation, legs.foot_rotation)
    np.testing.assert_allclose(turned, 0.0, atol=1e-6)


@given(seeds, st.floats(0.05, 2.0))
def test_move_ankles_out_of_reach_is_approached(seed: int, beyond: float) -> None:
    matrices, root = _motion(seed)
    shift = np.zeros((len(TIMES), 2, 3))
    shift[:, :, 0] = 0.9 + beyond
    out = move_ankles(matrices, root, root, shift, 0 * shift, np.ones((len(TIMES), 2)))
    before, after = legs_from_pose(matrices, root), legs_from_pose(out, root)
    assert np.isfinite(out).all()
    assert (after.length <= before.max_length + 1e-9).all()
    assert (after.length > before.max_length - 0.006).all()


def test_foot_lock_lowers_root_for_foot_out_of_reach() -> None:
    matrices, root = _motion(1, drift=0.0)
    matrices[:] = np.eye(3)
    matrices[:, 0] = BODY_TO_WORLD
    root[:, 2] = STANDING + 0.03
    held, moved = _lock((matrices, root), np.ones((len(TIMES), 4)))
    assert 0.02 < (root - moved)[:, 2].min() < 0.05
    np.testing.assert_allclose(_joints((held, moved))[:, [10, 11], 2], TOE_JOINT_HEIGHT, atol=0.003)


def test_foot_lock_splits_contact_at_steps() -> None:
    matrices, root = _motion(2, drift=0.0)
    root[:, 0] = 0.5 / (1 + np.exp(-12 * (TIMES - 1.0)))  # half a metre, contact claimed throughout
    after = _joints(_lock((matrices, root), np.ones((len(TIMES), 4))))
    moved = after[-1, [10, 11], 0] - after[0, [10, 11], 0]
    assert moved.min() > 0.35


def test_foot_lock_puts_sunken_foot_flat_on_floor() -> None:
    matrices, root = _motion(4, drift=0.0, sway=0.02)
    matrices[:, [7, 8]] = matrices[:, [7, 8]] @ axis_rotation("X", -0.5)
    root[:, 2] -= 0.06
    sunk = _joints((matrices, root))
    after = _joints(_lock((matrices, root), np.ones((len(TIMES), 4))))
    heel = after[:, [7, 8], 2] - (TOE_JOINT_HEIGHT - SMPL.offsets[10, 1])
    assert (sunk[:, [7, 8], 2] - sunk[:, [10, 11], 2]).max() < 0.04
    assert np.abs(heel).max() < 0.003


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_foot_lock_of_short_motions_keeps_shapes(frames: int) -> None:
    matrices, root = _motion(0)
    legs = legs_from_pose(matrices[:frames], root[:frames])
    plan = plan_foot_lock(legs, np.ones((frames, 4)), GRID)
    held, moved = plan.apply(matrices[:frames], root[:frames], TIMES[:frames])
    assert held.shape == (frames, 24, 3, 3)
    assert moved.shape == (frames, 3)


def test_foot_lock_outside_grid_uses_its_ends() -> None:
    plan = FootLockPlan(
        np.array([0.0, 1.0]), np.ones((2, 2, 3)), np.zeros((2, 2, 3)), np.ones((2, 2)), np.zeros(2)
    )
    matrices, root = _motion(0)
    out = plan.apply(matrices[:3], root[:3], np.array([-1.0, 0.5, 9.0]))
    assert np.isfinite(out[0]).all()


def test_foot_lock_lifts_scuffing_foot() -> None:
    """Feet that are dragged half a metre along the floor between two stances step instead."""
    matrices, root = _motion(1, drift=0.0, sway=0.0)
    root[:, :2] = 0.0
    root[:, 0] = 0.5 * np.clip((TIMES - 0.7) / 0.6, 0, 1)
    root[:, 2] += TOE_JOINT_HEIGHT - _joints((matrices, root))[0, [10, 11], 2].min()
    touching = np.ones((len(TIMES), 4))
    touching[(TIMES > 0.7) & (TIMES < 1.3)] = 0
    before, after = _joints((matrices, root)), _joints(_lock((matrices, root), touching))
    swing = (TIMES > 0.9) & (TIMES < 1.1)
    for toe in (10, 11):
        assert before[swing, toe, 2].max() < TOE_JOINT_HEIGHT + 0.005
        assert after[swing, toe, 2].min() > TOE_JOINT_HEIGHT + 0.02
        assert np.ptp(after[TIMES < 0.6, toe], axis=0).max() < 0.003


def test_smpl_legs_translated_equal_posed_legs() -> None:
    matrices, root = _motion(5)
    path = np.stack([0.2 * TIMES, -0.1 * TIMES, 0.05 * np.sin(TIMES)], axis=1)
    moved, posed = (
        legs_from_pose(matrices, root).translated(path),
        legs_from_pose(matrices, root + path),
    )
    for name, track in vars(posed).items():
        np.testing.assert_allclose(getattr(moved, name), track, atol=1e-12, err_msg=name)
    joints = _joints((matrices, root + path))
    np.testing.assert_allclose(moved.foot_positions, joints[:, [7, 8, 10, 11]], atol=1e-12)
