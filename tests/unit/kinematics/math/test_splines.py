"""Cubic curves through key poses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.editing.holds import find_held_gaps, hold_ranges, remove_repeated_poses
from backend.kinematics.math.rotations import (
    Array,
    angle_between,
    axis_angle_to_matrix,
    matrix_to_axis_angle,
)
from backend.kinematics.math.splines import (
    KeyGaps,
    PoseSpline,
    evaluate_linear,
    hermite_weights,
    inverse_right_jacobian,
)


def _keys(seed: int, count: int = 7, size: float = 0.6) -> tuple[Array, Array, Array]:
    chance = np.random.default_rng(seed)
    times = np.concatenate([[0.0], np.cumsum(chance.uniform(0.05, 0.3, count - 1))])
    turns = chance.normal(0, size, (count, 3, 3))
    matrices = axis_angle_to_matrix(turns)
    return times, matrices, chance.normal(0, 0.3, (count, 3))


@given(st.integers(0, 1000))
def test_spline_at_keys_is_bit_identical(seed: int) -> None:
    times, matrices, root = _keys(seed)
    for at in (
        PoseSpline.through_keys(times, matrices, root).evaluate,
        lambda t: evaluate_linear(PoseSpline.through_keys(times, matrices, root), t),
    ):
        found, places = at(times)
        np.testing.assert_array_equal(found, matrices)
        np.testing.assert_array_equal(places, root)


@given(st.integers(0, 1000))
def test_spline_velocity_is_continuous_at_keys(seed: int) -> None:
    times, matrices, root = _keys(seed)
    spline = PoseSpline.through_keys(times, matrices, root)
    small = 1e-6  # what is turned in it by the change of a velocity is far below the tolerance
    for key in times[1:-1]:
        before, now, after = (spline.evaluate(np.array([key + d])) for d in (-small, 0, small))
        turned = [
            matrix_to_axis_angle(np.swapaxes(one[0], -1, -2) @ other[0]) / small
            for one, other in ((before, now), (now, after))
        ]
        np.testing.assert_allclose(turned[0], turned[1], atol=2e-2)
        moved = [(other[1] - one[1]) / small for one, other in ((before, now), (now, after))]
        np.testing.assert_allclose(moved[0], moved[1], atol=2e-2)


def test_spline_outside_keys_is_clamped() -> None:
    times, matrices, root = _keys(1)
    found, places = PoseSpline.through_keys(times, matrices, root).evaluate(
        np.array([-1.0, times[-1] + 1])
    )
    np.testing.assert_array_equal(found, matrices[[0, -1]])
    np.testing.assert_array_equal(places, root[[0, -1]])


def test_spline_of_even_motion_is_even() -> None:
    times = np.array([0.0, 0.1, 0.4, 0.5, 0.9])
    turns = times[:, None, None] * np.array([0.5, -1.0, 2.0])
    root = times[:, None] * np.array([1.0, 0.0, -3.0])
    looks = np.linspace(0, 0.9, 40)
    found, places = PoseSpline.through_keys(times, axis_angle_to_matrix(turns), root).evaluate(
        looks
    )
    true = axis_angle_to_matrix(looks[:, None, None] * np.array([0.5, -1.0, 2.0]))
    assert angle_between(found, true).max() < 1e-9
    np.testing.assert_allclose(places, looks[:, None] * np.array([1.0, 0.0, -3.0]), atol=1e-12)


def test_spline_of_parabola_is_exact() -> None:
    times = np.array([0.0, 0.2, 0.3, 0.7, 0.8])
    looks = np.linspace(0.2, 0.7, 20)  # the outermost gaps know one side only
    root = np.stack([times**2, 1 - 2 * times**2, times], axis=1)
    still = np.tile(np.eye(3), (5, 1, 1, 1))
    places = PoseSpline.through_keys(times, still, root).evaluate(looks)[1]
    np.testing.assert_allclose(places[:, 0], looks**2, atol=1e-12)


@given(st.integers(0, 1000), st.floats(1e-6, 3.0))
def test_inverse_right_jacobian_matches_differences(seed: int, angle: float) -> None:
    """The rotation vector's rate that gives an angular velocity, by differences."""
    chance = np.random.default_rng(seed)
    turn = chance.normal(size=3)
    turn *= angle / np.linalg.norm(turn)
    spin = chance.normal(size=3)
    small = 1e-6
    on = axis_angle_to_matrix(turn) @ axis_angle_to_matrix(small * spin)
    rate = (matrix_to_axis_angle(on) - turn) / small
    if angle < 3.0:
        np.testing.assert_allclose(inverse_right_jacobian(turn) @ spin, rate, atol=1e-3)


def test_hermite_weights_interpolate_between_keys() -> None:
    np.testing.assert_array_equal(hermite_weights(np.array([0.0, 1.0])), [[0, 0, 0], [1, 0, 0]])
    u, small = np.array([0.0, 1.0]), 1e-6
    inward = np.array([1, -1]) * small
    rates = (hermite_weights(u + inward) - hermite_weights(u)) / inward[:, None]
    np.testing.assert_allclose(rates, [[0, 1, 0], [0, 0, 1]], atol=1e-5)


def _held(pattern: str) -> tuple[Array, Array]:
    """Poses by letter, one every 24th of a second, and which gaps stand still."""
    angles = np.array([ord(letter) - ord("a") for letter in pattern], dtype=float) / 10
    turns = np.zeros((len(pattern), 1, 3))
    turns[:, 0, 1] = angles
    times = np.arange(len(pattern)) / 24
    gaps = KeyGaps.from_keys(times, axis_angle_to_matrix(turns), np.zeros((len(pattern), 3)))
    return times, find_held_gaps(gaps.rotation_vectors, gaps.root_steps)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("abcd", "abcd"),
        ("aabbccdd", "abcdd"),
        ("aaabbbcccd", "abcd"),
        ("aabbbbbbbbbbbbcc", "abbcc"),
        ("aaaaaaaaaa", "aa"),
    ],
)
def test_remove_repeated_poses_drops_short_holds(pattern: str, left: str) -> None:
    times, held = _held(pattern)
    remaining = remove_repeated_poses(held, times)
    assert "".join(pattern[n] for n in remaining) == left
    assert remaining[0] == 0 and remaining[-1] == len(pattern) - 1


def test_find_held_gaps_where_nothing_moves() -> None:
    times, held = _held("abbbcdd")
    assert hold_ranges(held, times) == [(1 / 24, 3 / 24), (5 / 24, 6 / 24)]
    far = np.zeros((1, 1, 3)), np.array([[0.0, 0.001, 0.0]])
    assert not find_held_gaps(*far)[0], "whoever slides does not stand still"
