"""Rotations as plain arrays: matrices, quaternions, axis-angle, Euler angles and the 6D form.

Every function is batched: ``...`` stands for any leading shape. Matrices act on column vectors.
Quaternions are (w, x, y, z), angles are radians, and the 6D form is the first two *columns* of the
matrix (Zhou et al., "On the Continuity of Rotation Representations in Neural Networks", CVPR 2019).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

_AXES = {"X": 0, "Y": 1, "Z": 2}


def dot(a: Array, b: Array) -> Array:
    """Inner products (...) of vectors (..., D); faster than a sum over such short axes."""
    return np.einsum("...i,...i->...", a, b)


def norm(v: Array) -> Array:
    """Lengths (...) of vectors (..., D)."""
    return np.sqrt(dot(v, v))


def normalize(v: ArrayLike, eps: float = 1e-12) -> Array:
    """Scale vectors (..., D) to unit length; a zero vector stays zero."""
    vectors: Array = np.asarray(v)
    return vectors / np.maximum(norm(vectors), eps)[..., None]


def rotate(matrices: Array, vectors: Array) -> Array:
    """Rotate vectors (..., 3) by matrices (..., 3, 3)."""
    return (matrices @ vectors[..., None])[..., 0]


def invert_rotations(matrices: Array) -> Array:
    """Inverses (..., 3, 3) of rotation matrices: their transposes."""
    return np.swapaxes(matrices, -1, -2)


def multiply_quaternions(a: Array, b: Array) -> Array:
    """Product a b of quaternions (..., 4): the rotation b, followed by a."""
    w, u = a[..., :1], a[..., 1:]
    x, v = b[..., :1], b[..., 1:]
    real = w * x - np.sum(u * v, axis=-1, keepdims=True)
    return np.concatenate([real, w * v + x * u + np.cross(u, v)], axis=-1)


def invert_quaternions(q: Array) -> Array:
    """Inverses (..., 4) of unit quaternions."""
    return q * [1.0, -1.0, -1.0, -1.0]


def axis_angle_to_quaternion(aa: ArrayLike) -> Array:
    """Axis-angle (..., 3) in radians to unit quaternions (..., 4)."""
    aa = np.asarray(aa)
    angle = norm(aa)[..., None]
    # sinc keeps the zero rotation exact: sin(a/2)/a = sinc(a/2pi)/2.
    return np.concatenate([np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * aa], axis=-1)


def quaternion_to_axis_angle(q: ArrayLike) -> Array:
    """Unit quaternions (..., 4) to axis-angle (..., 3), angle in [0, pi]."""
    q = np.asarray(q)
    q = np.where(q[..., :1] < 0, -q, q)
    sin = norm(q[..., 1:])[..., None]
    angle = 2 * np.arctan2(sin, q[..., :1])
    scale = np.where(sin > 1e-9, angle / np.maximum(sin, 1e-9), 2.0)
    return np.multiply(q[..., 1:], scale)


def quaternion_to_matrix(q: ArrayLike) -> Array:
    """Quaternions (..., 4), normalised here, to matrices (..., 3, 3)."""
    w, x, y, z = np.moveaxis(normalize(q), -1, 0)
    m = np.empty((*w.shape, 3, 3), w.dtype)
    m[..., 0, 0] = 1 - 2 * (y * y + z * z)
    m[..., 0, 1] = 2 * (x * y - w * z)
    m[..., 0, 2] = 2 * (x * z + w * y)
    m[..., 1, 0] = 2 * (x * y + w * z)
    m[..., 1, 1] = 1 - 2 * (x * x + z * z)
    m[..., 1, 2] = 2 * (y * z - w * x)
    m[..., 2, 0] = 2 * (x * z - w * y)
    m[..., 2, 1] = 2 * (y * z + w * x)
    m[..., 2, 2] = 1 - 2 * (x * x + y * y)
    return m


def matrix_to_quaternion(m: ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) to unit quaternions (..., 4) with w >= 0.

    Of the four classical formulas, each matrix uses the one with the largest denominator, so half
    turns stay accurate.
    """
    m = np.asarray(m)
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a = m[..., 2, 1] - m[..., 1, 2]
    b = m[..., 0, 2] - m[..., 2, 0]
    c = m[..., 1, 0] - m[..., 0, 1]
    d = m[..., 0, 1] + m[..., 1, 0]
    e = m[..., 0, 2] + m[..., 2, 0]
    f = m[..., 1, 2] + m[..., 2, 1]
    squares = [1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22]
    candidates = (
        (squares[0], a, b, c),
        (a, squares[1], d, e),
        (b, d, squares[2], f),
        (c, e, f, squares[3]),
    )
    best = np.argmax(squares, axis=0)
    q = np.stack(candidates[0], axis=-1)
    for n in range(1, 4):
        # Rare: few joints rotate that far.
        mask = best == n
        if mask.any():
            q[mask] = np.stack([part[mask] for part in candidates[n]], axis=-1)
    q = normalize(q)
    return np.where(q[..., :1] < 0, -q, q)


def axis_angle_to_matrix(aa: ArrayLike) -> Array:
    """Axis-angle (..., 3) to matrices (..., 3, 3)."""
    return quaternion_to_matrix(axis_angle_to_quaternion(aa))


def matrix_to_axis_angle(m: ArrayLike) -> Array:
    """Matrices (..., 3, 3) to axis-angle (..., 3), angle in [0, pi]."""
    return quaternion_to_axis_angle(matrix_to_quaternion(m))


def matrix_to_6d(m: ArrayLike) -> Array:
    """Matrices (..., 3, 3) to their first two columns (..., 6)."""
    m = np.asarray(m)
    return np.concatenate([m[..., :, 0], m[..., :, 1]], axis=-1)


def matrix_from_6d(x: ArrayLike) -> Array:
    """6D (..., 6), need not be orthonormal, to matrices (..., 3, 3) by Gram-Schmidt."""
    x = np.asarray(x)
    a = normalize(x[..., :3])
    b = x[..., 3:]
    b = normalize(b - dot(a, b)[..., None] * a)
    return np.stack([a, b, np.cross(a, b)], axis=-1)


def axis_rotation(axis: str, angle: ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) about one coordinate axis, 'X', 'Y' or 'Z'."""
    i = _AXES[axis]
    j, k = (i + 1) % 3, (i + 2) % 3
    m = np.zeros((*np.shape(angle), 3, 3))
    m[..., i, i] = 1.0
    m[..., j, j] = m[..., k, k] = np.cos(angle)
    m[..., k, j] = np.sin(angle)
    m[..., j, k] = -m[..., k, j]
    return m


def matrix_to_euler(m: ArrayLike, order: str) -> Array:
    """Matrices (..., 3, 3) to intrinsic Tait-Bryan angles (..., 3) for a permutation of 'XYZ'.

    'ZYX' stands for Rz(a0) @ Ry(a1) @ Rx(a2), the order in which a BVH lists its rotation channels;
    Blender calls the same product rotation mode 'XYZ' (reversed), with the angles sorted by axis.
    The middle angle lies in [-pi/2, pi/2]. In gimbal lock the third angle is zero.
    """
    m = np.asarray(m)
    i, j, k = (_AXES[axis] for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    cos_mid = np.hypot(m[..., i, i], m[..., i, j])
    mid = np.arctan2(sign * m[..., i, k], cos_mid)
    free = cos_mid > 1e-7
    first = np.where(
        free,
        np.arctan2(-sign * m[..., j, k], m[..., k, k]),
        np.arctan2(sign * m[..., k, j], m[..., j, j]),
    )
    # From the matrix with the first rotation undone: accurate where the first is mostly rounding.
    cos, sin = np.cos(first), sign * np.sin(first)
    third = np.arctan2(
        sign * (cos * m[..., j, i] + sin * m[..., k, i]), cos * m[..., j, j] + sin * m[..., k, j]
    )
    return np.stack([first, mid, third], axis=-1)


def unwrap_euler(angles: ArrayLike) -> Array:
    """Make a track of Euler angles (T, ..., 3) continuous in time (an "Euler filter").

    Of the two equivalent triples and all full turns, each frame takes the one nearest to the frame
    before it.
    """
    track = np.array(angles, dtype=float)
    flipped = track * [1.0, -1.0, 1.0] + np.pi
    # Flipping both frames keeps their distance, so each pair decides alone whether to switch.
    switches = _distance_without_turns(track[:-1], flipped[1:]) < _distance_without_turns(
        track[:-1], track[1:]
    )
    use_flipped = np.cumsum(switches, axis=0) % 2 == 1
    track[1:] = np.where(use_flipped[..., None], flipped[1:], track[1:])
    return np.unwrap(track, axis=0)


def _distance_without_turns(a: Array, b: Array) -> Array:
    """Sum of the distances (...) between angles (..., 3), modulo full turns."""
    gap = b - a
    return np.abs(gap - 2 * np.pi * np.round(gap / (2 * np.pi))).sum(axis=-1)


def rotation_between(a: ArrayLike, b: ArrayLike) -> Array:
    """The smallest rotation (..., 3, 3) that takes direction a (..., 3) to direction b (..., 3)."""
    return quaternion_to_matrix(quaternion_between(a, b))


def quaternion_between(a: ArrayLike, b: ArrayLike) -> Array:
    """The rotation of `rotation_between` as a unit quaternion (..., 4)."""
    a, b = np.broadcast_arrays(normalize(np.asarray(a, float)), normalize(np.asarray(b, float)))
    cosine = dot(a, b)[..., None]
    q = np.concatenate([1 + cosine, np.cross(a, b)], axis=-1)
    opposite = cosine[..., 0] < -1 + 1e-9
    if opposite.any():
        # Any half turn about an axis orthogonal to a is a solution.
        a = a[opposite]
        other_axis = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
        axis = normalize(np.cross(a, other_axis))
        q[opposite] = np.concatenate([np.zeros_like(axis[..., :1]), axis], axis=-1)
    return normalize(q)


def continuous_quaternions(q: ArrayLike) -> Array:
    """Flip signs along the first axis of (T, ..., 4) so that neighbours share a hemisphere."""
    track: Array = np.array(q)
    same = dot(track[1:], track[:-1]) >= 0
    track[1:] *= np.cumprod(np.where(same, 1, -1), axis=0)[..., None]
    return track


def slerp(q0: ArrayLike, q1: ArrayLike, t: ArrayLike) -> Array:
    """Spherical interpolation from q0 to q1 (..., 4) along the shorter arc; u (...) in [0, 1]."""
    q0, q1 = np.asarray(q0), np.asarray(q1)
    t = np.asarray(t)[..., None]
    cosine = dot(q0, q1)[..., None]
    q1 = np.where(cosine < 0, -q1, q1)
    angle = np.arccos(np.clip(np.abs(cosine), -1, 1))
    sin = np.sin(angle)
    safe = np.maximum(sin, 1e-9)
    w0 = np.where(sin > 1e-6, np.sin((1 - t) * angle) / safe, 1 - t)
    w1 = np.where(sin > 1e-6, np.sin(t * angle) / safe, t)
    return normalize(w0 * q0 + w1 * q1)


def angle_between(a: ArrayLike, b: ArrayLike) -> Array:
    """Geodesic angle in radians (...) between rotation matrices (..., 3, 3)."""
    q = matrix_to_quaternion(np.matmul(np.swapaxes(np.asarray(a), -1, -2), np.asarray(b)))
    return np.multiply(2, np.arctan2(norm(q[..., 1:]), q[..., 0]))
