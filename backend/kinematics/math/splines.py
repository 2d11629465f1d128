"""Cubic Hermite curves through key poses: rotations and positions, with optional tangents.

Between two keys a rotation is ``R_k exp(h(t))``. h is the Hermite cubic in the tangent space of the
first key, from 0 to the rotation vector of the whole gap, with the angular velocities of both keys
as slopes; the curve and its velocity are continuous at the keys. The tangents of `catmull_rom` give
the spline that animation programs draw.

K keys, J joints. Values in the gaps may be batched: (K, B, ...) in place of (K, ...).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import Array, axis_angle_to_matrix, matrix_to_axis_angle, rotate


@dataclass(frozen=True)
class KeyGaps:
    """Differences between consecutive keys: K - 1 gaps."""

    durations: Array
    """(K-1,) seconds."""
    rotation_vectors: Array
    """(K-1, J, 3) rotation from each key to the next, in either key's own frame."""
    root_steps: Array
    """(K-1, 3) metres from the root of each key to the next."""

    @classmethod
    def from_keys(cls, times: Array, matrices: Array, root: Array) -> KeyGaps:
        """Gaps of keys at `times` (K,), rotations (K, J, 3, 3) and root positions (K, 3)."""
        relative = np.swapaxes(matrices[:-1], -1, -2) @ matrices[1:]
        rotation_vectors = matrix_to_axis_angle(relative)
        return cls(np.diff(times, axis=0), rotation_vectors, np.diff(root, axis=0))

    def __len__(self) -> int:
        return len(self.durations)

    def mean_velocities(self) -> tuple[Array, Array]:
        """Angular velocities (K-1, J, 3) in rad/s and root velocities (K-1, 3) in m/s."""
        seconds = self.durations[..., None]
        return self.rotation_vectors / seconds[..., None], self.root_steps / seconds


@dataclass(frozen=True)
class Tangents:
    """Velocities of a motion at its keys."""

    angular_velocities: Array
    """(K, J, 3) rad/s in each joint's own frame."""
    root_velocities: Array
    """(K, 3) m/s."""


def catmull_rom(gaps: KeyGaps) -> Tangents:
    """Velocities of the parabola through each key and its neighbours; at both ends, the mean
    velocity of the adjacent gap."""
    velocities = []
    for rates in gaps.mean_velocities():
        w = gaps.durations.reshape(*gaps.durations.shape, *[1] * (rates.ndim - gaps.durations.ndim))
        inner = (rates[:-1] * w[1:] + rates[1:] * w[:-1]) / (w[:-1] + w[1:])
        velocities.append(np.concatenate([rates[:1], inner, rates[-1:]]))
    return Tangents(*velocities)


def hermite_weights(t: Array) -> Array:
    """(..., 3) weights of the step, the start slope and the end slope at `t` (...) of a gap."""
    u = t[..., None]
    step, begin, end = u * u * (3 - 2 * u), u * (1 - u) ** 2, u * u * (u - 1)
    return np.concatenate([step, begin, end], axis=-1)


def inverse_right_jacobian(rotation_vectors: Array) -> Array:
    """(..., 3, 3) inverse right Jacobian of SO(3): maps the angular velocity at the end of a
    rotation by `rotation_vectors` (..., 3) to the rate of that vector."""
    angle = np.linalg.norm(rotation_vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(rotation_vectors, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    safe = np.maximum(angle, 1e-4)
    factor = 1 / safe**2 - (1 + np.cos(safe)) / (2 * safe * np.maximum(np.sin(safe), 1e-4))
    factor = np.where(angle > 1e-2, factor, 1 / 12)
    return np.eye(3) + cross / 2 + factor * (cross @ cross)


@dataclass(frozen=True)
class PoseSpline:
    """A motion through key poses."""

    times: Array
    """(K,) seconds, increasing, at least two."""
    matrices: Array
    """(K, J, 3, 3) local rotations."""
    root: Array
    """(K, 3) metres."""
    gaps: KeyGaps
    tangents: Tangents

    @classmethod
    def through_keys(
        cls, times: Array, matrices: Array, root: Array, tangents: Tangents | None = None
    ) -> PoseSpline:
        """Spline through keys; without tangents, a Catmull-Rom spline."""
        gaps = KeyGaps.from_keys(times, matrices, root)
        return cls(times, matrices, root, gaps, tangents or catmull_rom(gaps))

    def locate(self, times: Array) -> tuple[NDArray[np.int64], Array]:
        """The gap (T,) of each of `times` (T,), and the fraction (T,) of it from 0 to 1."""
        gap = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, len(self.gaps) - 1)
        return gap, np.clip((times - self.times[gap]) / self.gaps.durations[gap], 0, 1)

    def offsets_from_key(self, gap: NDArray[np.int64], t: Array) -> tuple[Array, Array]:
        """Rotation vectors (T, J, 3) and root offsets (T, 3) from the key that starts each gap."""
        weights = hermite_weights(t).T[..., None]
        weights[1:] *= self.gaps.durations[gap][:, None]
        angular, root = self.tangents.angular_velocities, self.tangents.root_velocities
        vectors, step = self.gaps.rotation_vectors[gap], self.gaps.root_steps[gap]
        end_rates = rotate(inverse_right_jacobian(vectors), angular[gap + 1])
        offsets = weights[0] * step + weights[1] * root[gap] + weights[2] * root[gap + 1]
        weights = weights[..., None]
        vectors = weights[0] * vectors + weights[1] * angular[gap] + weights[2] * end_rates
        return vectors, offsets

    def pose_at_offsets(
        self, gap: NDArray[np.int64], t: Array, rotation_vectors: Array, root_offsets: Array
    ) -> tuple[Array, Array]:
        """Rotations (T, J, 3, 3) and roots (T, 3) at offsets from a key; keys are bit-identical."""
        matrices = self.matrices[gap] @ axis_angle_to_matrix(rotation_vectors)
        root = self.root[gap] + root_offsets
        for key in (0, 1):
            here = t == key
            matrices[here], root[here] = self.matrices[gap[here] + key], self.root[gap[here] + key]
        return matrices, root

    def evaluate(self, times: Array) -> tuple[Array, Array]:
        """Rotations (T, J, 3, 3) and root positions (T, 3) at `times` (T,), clamped to the ends."""
        gap, t = self.locate(times)
        return self.pose_at_offsets(gap, t, *self.offsets_from_key(gap, t))


def evaluate_linear(spline: PoseSpline, times: Array) -> tuple[Array, Array]:
    """Rotations and root positions of `PoseSpline.evaluate` by slerp and straight lines."""
    gap, t = spline.locate(times)
    vectors = t[:, None, None] * spline.gaps.rotation_vectors[gap]
    return spline.pose_at_offsets(gap, t, vectors, t[:, None] * spline.gaps.root_steps[gap])
