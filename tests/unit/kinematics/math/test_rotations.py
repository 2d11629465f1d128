"""Conversions of rotations, also at half turns and in gimbal lock; continuous tracks."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike

from backend.kinematics.math.rotations import (
    Array,
    angle_between,
    axis_angle_to_matrix,
    axis_angle_to_quaternion,
    axis_rotation,
    continuous_quaternions,
    matrix_from_6d,
    matrix_to_6d,
    matrix_to_axis_angle,
    matrix_to_euler,
    matrix_to_quaternion,
    normalize,
    quaternion_to_axis_angle,
    quaternion_to_matrix,
    rotation_between,
    slerp,
    unwrap_euler,
)

ORDERS = ["".join(order) for order in permutations("XYZ")]
_COMPONENT = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-9, -1e-7]), st.floats(-1.0, 1.0))
_ANGLE = st.one_of(
    st.sampled_from([0.0, np.pi / 2, -np.pi / 2, np.pi, 1e-9]),
    st.floats(-8, -1).map(lambda n: np.pi / 2 - 10**n),
    st.floats(-np.pi, np.pi),
)
VECTORS = arrays(float, 3, elements=_COMPONENT).filter(lambda v: np.linalg.norm(v) > 1e-3)
QUATERNIONS = arrays(float, 4, elements=_COMPONENT).filter(lambda q: np.linalg.norm(q) > 1e-3)
ANGLES = arrays(float, 3, elements=_ANGLE)


def assert_rotation(m: Array, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(m @ np.swapaxes(m, -1, -2), np.eye(3), atol=tolerance)
    assert np.linalg.det(m) > 0


@given(QUATERNIONS)
def test_quaternions_to_matrices_and_back_are_equal(q):
    m = quaternion_to_matrix(q)
    assert_rotation(m)
    back = matrix_to_quaternion(m)
    assert abs(back @ normalize(q)) == pytest.approx(1.0, abs=1e-12)
    assert back[0] >= 0


@given(VECTORS, st.one_of(st.sampled_from([0.0, 1e-10, np.pi, np.pi - 1e-9]), st.floats(0, np.pi)))
def test_axis_angles_to_quaternions_and_back_are_equal(axis, angle):
    aa = normalize(axis) * angle
    back = matrix_to_axis_angle(axis_angle_to_matrix(aa))
    assert np.linalg.norm(back) <= np.pi + 1e-12
    either = np.minimum(np.abs(back - aa).max(), np.abs(back + aa).max())
    assert (either if angle > np.pi - 1e-6 else np.abs(back - aa).max()) < 1e-7


@given(VECTORS, st.floats(0.0, 20.0))
def test_axis_angle_to_matrix_rotates_about_its_axis(axis, angle):
    m = axis_angle_to_matrix(normalize(axis) * angle)
    np.testing.assert_allclose(m @ normalize(axis), normalize(axis), atol=1e-9)
    assert np.trace(m) == pytest.approx(1 + 2 * np.cos(angle), abs=1e-9)


@given(st.floats(-20, 20))
def test_axis_rotation_matches_textbook(angle):
    cos, sin = np.cos(angle), np.sin(angle)
    np.testing.assert_allclose(
        axis_rotation("Z", angle), [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]
    )
    np.testing.assert_allclose(
        axis_rotation("X", angle), [[1, 0, 0], [0, cos, -sin], [0, sin, cos]]
    )
    np.testing.assert_allclose(
        axis_rotation("Y", angle), [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]
    )


def euler_to_matrix(angles: ArrayLike, order: str) -> Array:
    first, second, third = map(axis_rotation, order, np.moveaxis(np.asarray(angles), -1, 0))
    return first @ second @ third


@given(ANGLES, st.sampled_from(ORDERS), st.sampled_from([np.float64, np.float32]))
def test_matrix_to_euler_is_exact_in_gimbal_lock(angles, order, precision):
    m = euler_to_matrix(angles, order).astype(precision)
    back = matrix_to_euler(m, order).astype(float)
    assert np.abs(back[1]) <= np.pi / 2 + 1e-6
    np.testing.assert_allclose(euler_to_matrix(back, order), m, atol=2e-6)


@pytest.mark.parametrize("order", ORDERS)
def test_matrix_to_euler_is_intrinsic_in_letter_order(order):
    first, second, third = map(axis_rotation, order, (0.1, 0.2, 0.3))
    np.testing.assert_allclose(matrix_to_euler(first @ second @ third, order), [0.1, 0.2, 0.3])


@given(QUATERNIONS)
def test_matrix_to_6d_and_back_is_equal(q):
    m = quaternion_to_matrix(q)
    np.testing.assert_allclose(matrix_from_6d(matrix_to_6d(m)), m, atol=1e-12)


@given(VECTORS, VECTORS)
def test_matrix_from_6d_accepts_any_vectors(a, b):
    if np.linalg.norm(np.cross(a, b)) < 1e-3:
        return
    m = matrix_from_6d(np.concatenate([3 * a, b + a]))
    assert_rotation(m)
    np.testing.assert_allclose(m[:, 0], normalize(a), atol=1e-9)


@given(VECTORS, VECTORS)
def test_rotation_between_is_smallest_rotation(a, b):
    m = rotation_between(a, b)
    assert_rotation(m)
    np.testing.assert_allclose(m @ normalize(a), normalize(b), atol=1e-6)
    between = np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)
    assert angle_between(np.eye(3), m) == pytest.approx(between, abs=1e-6)


@pytest.mark.parametrize("precision", [float, np.float32])
@given(VECTORS)
def test_rotation_between_opposite_directions_is_half_turn(precision, a):
    a = a.astype(precision)
    m = rotation_between(a, -a)
    np.testing.assert_allclose(m @ a, -a, atol=1e-6)
    assert angle_between(np.eye(3), m) == pytest.approx(np.pi)


@given(arrays(float, (12, 2, 4), elements=st.floats(-1, 1)))
def test_continuous_quaternions_stay_in_one_hemisphere(q):
    q = normalize(q + np.array([1e-3, 0, 0, 0]))
    track = continuous_quaternions(q)
    assert (np.sum(track[1:] * track[:-1], axis=-1) >= 0).all()
    np.testing.assert_array_equal(np.abs(track), np.abs(q))
    np.testing.assert_array_equal(track[0], q[0])


def test_continuous_quaternions_do_not_change_input():
    q = np.array([[1.0, 0, 0, 0], [-1.0, 0, 0, 0]])
    assert continuous_quaternions(q)[1, 0] == 1.0
    assert q[1, 0] == -1.0
    assert continuous_quaternions(q[:1]).shape == (1, 4)


@given(arrays(float, (15, 2, 3), elements=st.floats(-np.pi, np.pi)), st.sampled_from(ORDERS))
def test_unwrap_euler_keeps_rotation_and_is_continuous(angles, order):
    track = unwrap_euler(angles)
    assert np.abs(np.diff(track, axis=0)).max() <= np.pi + 1e-9
    np.testing.assert_allclose(
        euler_to_matrix(track, order), euler_to_matrix(angles, order), atol=1e-9
    )


def test_unwrap_euler_of_steady_rotation_is_linear():
    steady = np.linspace(0, 6 * np.pi, 100)
    tilted = np.stack([steady, np.full(100, 0.4), np.full(100, -0.2)], axis=-1)
    track = unwrap_euler(matrix_to_euler(euler_to_matrix(tilted, "ZYX"), "ZYX"))
    np.testing.assert_allclose(np.diff(track, axis=0), np.diff(tilted, axis=0), atol=1e-9)


@given(QUATERNIONS, QUATERNIONS)
def test_slerp_starts_and_ends_exactly(q0, q1):
    q0, q1 = normalize(q0), normalize(q1)
    assert abs(slerp(q0, q1, 0.0) @ q0) == pytest.approx(1.0, abs=1e-9)
    assert abs(slerp(q0, q1, 1.0) @ q1) == pytest.approx(1.0, abs=1e-9)


@given(VECTORS, st.floats(1e-4, np.pi - 1e-4), st.floats(0, 1), st.booleans())
def test_slerp_is_even_along_shorter_arc(axis, angle, u, flipped):
    q1 = axis_angle_to_quaternion(normalize(axis) * angle)
    q = slerp([1.0, 0, 0, 0], -q1 if flipped else q1, u)
    np.testing.assert_allclose(quaternion_to_axis_angle(q), normalize(axis) * angle * u, atol=1e-6)


@given(QUATERNIONS, VECTORS, st.floats(0, np.pi))
def test_angle_between_equals_rotation_angle(q, axis, angle):
    m = quaternion_to_matrix(q)
    turned = m @ axis_angle_to_matrix(normalize(axis) * angle)
    assert angle_between(m, turned) == pytest.approx(angle, abs=1e-6)


def test_rotations_are_batched_and_keep_single_precision():
    aa = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    m = axis_angle_to_matrix(aa)
    assert m.shape == (2, 5, 3, 3)
    assert m.dtype == matrix_to_axis_angle(m).dtype == np.float32
    np.testing.assert_allclose(m[1, 3], axis_angle_to_matrix(aa[1, 3]), atol=1e-6)


def test_normalize_of_zero_is_zero():
    np.testing.assert_array_equal(normalize([[0.0, 0, 0], [0, 3, 4]]), [[0, 0, 0], [0, 0.6, 0.8]])
