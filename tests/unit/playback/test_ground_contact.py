"""Planted feet neither hover nor slip, and free ones are left alone."""

import numpy as np
import pytest

from backend.kinematics.body.skeleton import BODY_TO_WORLD
from backend.kinematics.feet.leg_ik import legs_from_pose
from backend.playback.ground_contact import GRID_FPS, root_correction
from tests.support.motions import STANDING


def _standing(path: np.ndarray) -> np.ndarray:
    """Feet (T, 4, 3) of a stiff standing body whose root follows a path (T, 3) off its place on the
    floor."""
    local = np.broadcast_to(np.eye(3), (len(path), 24, 3, 3)).copy()
    local[:, 0] = BODY_TO_WORLD
    return legs_from_pose(local, path + np.array([0.0, 0.0, STANDING])).foot_positions


def _lowest(feet: np.ndarray, correction: np.ndarray) -> np.ndarray:
    return feet[:, 2, 2] + correction[:, 2]


TIMES = np.arange(int(2 * GRID_FPS)) / GRID_FPS


@pytest.mark.parametrize("height", [-0.08, 0.0, 0.06])
def test_root_correction_planted_body_moves_onto_floor(height: float) -> None:
    feet = _standing(np.stack([0 * TIMES, 0 * TIMES, 0 * TIMES + height], axis=1))
    correction = root_correction(feet, np.ones((len(feet), 4)))
    np.testing.assert_allclose(_lowest(feet, correction), 0.025, atol=1e-3)
    np.testing.assert_allclose(correction[:, :2], 0.0, atol=1e-6)


def test_root_correction_planted_feet_do_not_slip() -> None:
    path = np.stack([0.1 * TIMES, 0.02 * np.sin(5 * TIMES), 0 * TIMES], axis=1)
    feet = _standing(path)
    correction = root_correction(feet, np.ones((len(feet), 4)))
    moved = path[:, :2] + correction[:, :2]
    assert np.ptp(moved, axis=0).max() < 0.02
    assert np.ptp(path[:, 0]) > 0.15


def test_root_correction_free_feet_unchanged() -> None:
    path = np.stack([2.0 * TIMES, 0 * TIMES, 0.5 + 0.2 * np.sin(TIMES)], axis=1)
    correction = root_correction(_standing(path), np.zeros((len(path), 4)))
    np.testing.assert_allclose(correction, 0.0, atol=0.01)


def test_root_correction_jump_keeps_height() -> None:
    air = (TIMES > 0.6) & (TIMES < 1.2)
    height = np.where(air, 0.4 * np.sin(np.pi * (TIMES - 0.6) / 0.6), 0.0) + 0.05
    feet = _standing(np.stack([0 * TIMES, 0 * TIMES, height], axis=1))
    touching = np.repeat(1.0 - air[:, None], 4, axis=1)
    heights = _lowest(feet, root_correction(feet, touching)) - 0.025
    assert heights.max() == pytest.approx(0.4, abs=0.02)
    assert np.abs(heights[~air]).max() < 0.02


def test_root_correction_single_frame_works() -> None:
    feet = _standing(np.array([[0.0, 0.0, 0.05]]))
    assert root_correction(feet, np.ones((1, 4))).shape == (1, 3)
