"""Measures of embeddings: known values, and laws that hold for any."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.data.features import align_heading, heading, joint_positions
from backend.evaluation.metrics.clips import random_clips
from backend.evaluation.metrics.distribution import (
    density_coverage,
    diversity,
    frechet_distance,
    kernel_distance,
    matching_distance,
    multimodality,
    r_precision,
)

SEEDS = st.integers(0, 10_000)


def _normal(count: int, width: int = 4, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return scale * np.random.default_rng(seed).normal(size=(count, width))


@given(SEEDS, st.floats(-3, 3))
def test_frechet_distance_of_shifted_set_is_squared_shift(seed: int, shift: float) -> None:
    x = _normal(50, seed=seed)
    assert frechet_distance(x, x + shift) == pytest.approx(4 * shift**2, abs=1e-6)


@given(SEEDS, st.floats(0.2, 4))
def test_frechet_distance_of_scaled_set_matches_formula(seed: int, scale: float) -> None:
    x = _normal(60, seed=seed)
    x -= x.mean(axis=0)
    expected = (scale - 1) ** 2 * np.trace(np.cov(x, rowvar=False))
    assert frechet_distance(x, scale * x) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(SEEDS)
def test_frechet_distance_is_symmetric_and_rotation_invariant(seed: int) -> None:
    x, y = _normal(40, seed=seed), _normal(45, seed=seed + 1, scale=1.5)
    basis = np.linalg.qr(_normal(4, seed=seed + 2))[0]
    there = frechet_distance(x, y)
    assert frechet_distance(y, x) == pytest.approx(there, abs=1e-6)
    assert frechet_distance(x @ basis, y @ basis) == pytest.approx(there, abs=1e-6)


def test_frechet_distance_with_few_samples_is_finite() -> None:
    x = _normal(10, width=64)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(x, _normal(10, width=64, seed=1)) > 0


def test_frechet_distance_of_a_single_motion_raises() -> None:
    with pytest.raises(ValueError, match="two motions or more"):
        frechet_distance(_normal(5), _normal(1))


def test_kernel_distance_is_unbiased() -> None:
    chance = np.random.default_rng(0)
    found = [
        kernel_distance(_normal(40, seed=2 * n), _normal(40, seed=2 * n + 1), chance, subsets=1)
        for n in range(300)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    assert min(found) < 0 < max(found)


def test_kernel_distance_of_shifted_set_is_positive() -> None:
    chance = np.random.default_rng(0)
    x = _normal(200)
    near = kernel_distance(x, _normal(200, seed=1) + 0.3, chance, subsets=10, size=100)
    far = kernel_distance(x, _normal(200, seed=1) + 1.0, chance, subsets=10, size=100)
    assert 0 < near < far


def test_kernel_distance_of_points_matches_kernel_formula() -> None:
    x, y = np.array([[1.0, 0.0]] * 2), np.array([[0.0, 1.0]] * 2)
    expected = 2 * 1.5**3 - 2 * 1.0
    assert kernel_distance(x, y, np.random.default_rng(0), subsets=1) == pytest.approx(expected)


def test_density_coverage_of_identical_and_distant_sets() -> None:
    x = _normal(300)
    density, coverage = density_coverage(x, _normal(300, seed=1))
    assert density == pytest.approx(1.0, abs=0.15)
    assert coverage > 0.9
    assert density_coverage(x, x + 100) == (0.0, 0.0)


def test_density_coverage_with_lost_mode_has_lower_coverage() -> None:
    x = np.concatenate([_normal(100), _normal(100, seed=1) + 50])
    assert density_coverage(x, _normal(200, seed=2))[1] == pytest.approx(0.5, abs=0.05)


def test_r_precision_of_equal_vectors_is_one() -> None:
    x = _normal(70, width=16)
    assert r_precision(x, x) == (1.0, 1.0, 1.0)


def test_r_precision_of_random_and_constant_vectors_is_chance() -> None:
    text, motion = _normal(3200, width=16), _normal(3200, width=16, seed=1)
    assert r_precision(text, motion) == pytest.approx((1 / 32, 2 / 32, 3 / 32), abs=0.02)
    assert r_precision(text, np.zeros_like(motion)) == (0.0, 0.0, 0.0)


def test_r_precision_drops_last_partial_batch() -> None:
    x = _normal(40, width=16)
    wrong_at_the_end = x.copy()
    wrong_at_the_end[32:] = x[32:][::-1]
    assert r_precision(x, wrong_at_the_end) == (1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"32 pairs or more \(got 31\)"):
        r_precision(x[:31], x[:31])


@given(SEEDS)
def test_r_precision_rises_with_rank(seed: int) -> None:
    text = _normal(32, seed=seed)
    first, second, third = r_precision(text, text + _normal(32, seed=seed + 1))
    assert 0 <= first <= second <= third <= 1


def test_distances_match_hand_computed_values() -> None:
    chance = np.random.default_rng(0)
    two = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert matching_distance(two, two[::-1]) == 5.0
    assert diversity(two, chance) == 5.0
    assert multimodality(np.stack([two, two, np.zeros((2, 2))]), chance) == pytest.approx(10 / 3)
    with pytest.raises(ValueError, match="two motions"):
        diversity(two[:1], chance)


def _swinging_rows(fps: float, seconds: float = 2.0) -> tuple[torch.Tensor, torch.Tensor]:
    """A walk along a curve: smooth in every column."""
    times = torch.arange(round(seconds * fps) + 1) / fps
    rows = torch.zeros(len(times), 135)
    rows[:, 0:132:6] = 1.0
    rows[:, 4:132:6] = 1.0
    rows[:, 132:] = torch.stack([times, torch.sin(3 * times), torch.ones_like(times)], dim=1)
    return rows, times


def test_random_clips_at_native_rate_are_native_frames() -> None:
    rows, times = _swinging_rows(60.0)
    (clip,), (when,) = random_clips([rows], [times], 60.0, 31, np.random.default_rng(3))
    begins = int(torch.linspace(0, 90, 91)[np.random.default_rng(3).integers(91)])
    own = rows[begins : begins + 31]
    expected = align_heading(own, heading(own[0]), own[0, 132:134])
    assert torch.equal(clip, expected)
    assert when[-1] == pytest.approx(0.5)


@pytest.mark.parametrize("fps", [20.0, 40.0, 100.0])
def test_random_clips_between_frames_lie_on_the_motion(fps: float) -> None:
    rows, times = _swinging_rows(120.0)
    clips, when = random_clips([rows] * 5, [times] * 5, fps, 11, np.random.default_rng(0))
    assert len(clips) == 5
    for clip, time in zip(clips, when, strict=True):
        assert len(clip) == len(time) == 11
        # The curve's speed along x stays 1 m/s in its own frame of reference.
        path = joint_positions(clip)[:, 0]
        speed = torch.linalg.vector_norm(torch.diff(path, dim=0), dim=-1) * fps
        assert speed.max() < np.sqrt(10.0) + 1e-2
        assert speed.min() > 0.99
        assert clip[0, 132:134].abs().max() < 1e-6


def test_random_clips_of_short_or_slow_motions_are_left_out() -> None:
    fast, slow = _swinging_rows(60.0), _swinging_rows(24.0)
    short = _swinging_rows(60.0, 0.2)
    motions = [fast, slow, short]
    clips, _ = random_clips(*zip(*motions, strict=True), 60.0, 31, np.random.default_rng(0))
    assert len(clips) == 1
    clips, _ = random_clips(*zip(*motions, strict=True), 20.0, 11, np.random.default_rng(0))
    assert len(clips) == 2
