"""Measures of movement on motions whose answer is known."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.data.motion_set import save_motion_set
from backend.data.sequences import ClipSpan
from backend.evaluation.experiments.movement import compare_movement
from backend.evaluation.metrics.movement import (
    MEASURED_FPS,
    Movement,
    choose_measurable_sequences,
    low_pass,
    mean_movement,
    measure_cleanup_stages,
    measure_movement,
)
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from backend.kinematics.math.rotations import matrix_to_6d
from tests.support.motions import STANDING, motion_set, write_tiny_weights

TIMES = np.arange(120) / MEASURED_FPS


def _standing(path: np.ndarray) -> np.ndarray:
    """Joints of a stiff standing body on a path (T, 3)."""
    rotations = np.broadcast_to(np.eye(3), (len(path), 24, 3, 3)).copy()
    rotations[:, 0] = BODY_TO_WORLD
    return forward_kinematics(SMPL, rotations, path + np.array([0.0, 0.0, STANDING]))[0]


def _path(x: np.ndarray | float = 0.0, z: np.ndarray | float = 0.0) -> np.ndarray:
    return np.stack(np.broadcast_arrays(x, 0.0, z + 0 * TIMES), axis=1)


def test_measure_movement_of_a_standing_body_is_zero() -> None:
    seen = measure_movement(_standing(_path()), MEASURED_FPS)
    np.testing.assert_allclose(list(asdict(seen).values()), 0.0, atol=1e-6)


@pytest.mark.parametrize(("speed", "skate"), [(0.1, 0.0), (0.5, 100.0)])
def test_measure_movement_counts_skate_above_speed_threshold(speed: float, skate: float) -> None:
    seen = measure_movement(_standing(_path(x=speed * TIMES)), MEASURED_FPS)
    assert seen.skate == skate
    assert seen.slide == pytest.approx(speed)


def test_measure_movement_skate_is_a_fraction_of_time() -> None:
    half = np.cumsum(np.where(TIMES < 1.0, 0.5, 0.0)) / MEASURED_FPS
    assert measure_movement(_standing(_path(x=half)), MEASURED_FPS).skate == pytest.approx(
        50, abs=1
    )


def test_measure_movement_of_raised_feet_has_no_skate() -> None:
    seen = measure_movement(_standing(_path(x=2 * TIMES, z=0.2)), MEASURED_FPS)
    assert (seen.skate, seen.slide) == (0.0, 0.0)
    assert seen.above == pytest.approx(200)


def test_measure_movement_measures_depth_from_the_floor() -> None:
    seen = measure_movement(_standing(_path(z=-0.03)), MEASURED_FPS)
    assert (seen.through, seen.above) == (pytest.approx(30), 0.0)


def test_measure_movement_jerk_is_third_derivative_at_all_rates() -> None:
    for fps in (30.0, 60.0, 120.0):
        times = np.arange(round(2 * fps)) / fps
        path = np.stack([5.0 * times**3 / 6, 0 * times, 0 * times], axis=1)
        seen = measure_movement(_standing(path), fps)
        assert seen.jerk == pytest.approx(5.0, rel=1e-6)


def test_low_pass_removes_noise_and_preserves_motion() -> None:
    noise = np.random.default_rng(0).normal(scale=0.001, size=TIMES.shape)
    quiet, noisy = (
        measure_movement(_standing(_path(x=x)), MEASURED_FPS) for x in (TIMES, TIMES + noise)
    )
    assert noisy.jerk > 300 * max(quiet.jerk, 1)
    assert noisy.smooth_jerk < noisy.jerk / 20


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.5, 8), st.integers(2, 60))
def test_low_pass_of_straight_lines_changes_nothing(
    a: float, b: float, spread: float, count: int
) -> None:
    line = (a + b * np.arange(count))[:, None]
    np.testing.assert_allclose(low_pass(line, spread), line, atol=1e-6)


def test_measure_movement_of_three_frames_raises() -> None:
    with pytest.raises(ValueError, match="four frames or more"):
        measure_movement(_standing(_path())[:3], MEASURED_FPS)


def test_choose_measurable_sequences_needs_multiple_of_measured_rate() -> None:
    spans = [ClipSpan(str(fps), 0, 99, fps, "", ()) for fps in (24.0, 60.0, 120.0, 90.0, 30.0)]
    assert choose_measurable_sequences(spans, 10) == [1, 2]
    assert len(choose_measurable_sequences(spans, 1)) == 1


def test_mean_movement_averages_each_metric() -> None:
    one, other = Movement(1, 2, 3, 4, 5, 6), Movement(3, 4, 5, 6, 7, 8)
    assert mean_movement([one, other]) == Movement(2, 3, 4, 5, 6, 7)


def test_measure_cleanup_stages_with_foot_lock_removes_skate() -> None:
    times = np.arange(240) / 120.0
    rotations = np.broadcast_to(np.eye(3), (240, 22, 3, 3)).copy()
    rotations[:, 0] = BODY_TO_WORLD
    root = np.stack([0.4 * np.sin(4 * times), 0 * times, 0 * times + STANDING - 0.02], axis=1)
    rows = np.concatenate([matrix_to_6d(rotations).reshape(240, -1), root], axis=1)
    seen = measure_cleanup_stages(torch.from_numpy(rows.astype(np.float32)), torch.ones(240, 4))
    assert seen["raw"].skate > 50
    assert seen["foot lock"].skate < 0.5 * seen["raw"].skate
    assert seen["root grounded"].through < 2 < seen["raw"].through


def test_compare_movement_has_real_decoded_and_generated_rows(tmp_path: Path) -> None:
    data = tmp_path / "data.npz"
    save_motion_set(data, motion_set(6))
    write_tiny_weights(tmp_path / "weights", data, tmp_path)
    measured = compare_movement(data, tmp_path / "weights", tmp_path / "inr", limit=3)
    assert len(measured) == 7
    assert {len(movements) for movements in measured.values()} == {3}
    for movements in measured.values():
        assert all(np.isfinite(list(asdict(m).values())).all() for m in movements)
