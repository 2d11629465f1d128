"""Cubic curves through key poses: rotations and positions, with tangents that can be given.

Between two keys a rotation is ``R_k exp(h(u))``: h is the Hermite cubic in the tangent space of the
first key from 0 to the rotation vector of the whole gap, with the angular velocities of both keys
as slopes, so the curve and its velocity have no step at a key. With the velocities that neighbours
give (`catmull_rom`) it is the spline that animation programs draw; others bend it.

K keys, J joints. What lies between keys may be batched: then (K, B, ...) is in place of (K, ...).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import Array, axis_angle_to_matrix, matrix_to_axis_angle


@dataclass(frozen=True)
class KeyGaps:
    """What lies between keys: K - 1 gaps."""

    durations: Array
    """(K-1,)."""
    rotation_vectors: Array
    """(K-1, J, 3) rotation vector from each key to the next, in either key's own frame."""
    root_steps: Array
    """(K-1, 3) metres from each key's root to the next."""

    @classmethod
    def from_keys(cls, times: Array, matrices: Array, root: Array) -> KeyGaps:
        """Those of keys at `times` (K,), rotations (K, J, 3, 3) and root positions (K, 3)."""
        between = np.swapaxes(matrices[:-1], -1, -2) @ matrices[1:]
        turns = matrix_to_axis_angle(between)
        return cls(np.diff(times, axis=0), turns, np.diff(root, axis=0))

    def __len__(self) -> int:
        return len(self.durations)


@dataclass(frozen=True)
class Tangents:
    """How fast a motion is in its keys."""

    angular_velocities: Array
    """(K, J, 3) angular velocity in each joint's own frame, rad/s."""
    root_velocities: Array
    """(K, 3) velocity of the root, m/s."""


def catmull_rom(gaps: KeyGaps) -> Tangents:
    """The velocities of the parabola through each key and its neighbours; at the ends those of the
    only gap there is."""
    return Tangents(
        _parabolic(gaps.durations, gaps.rotation_vectors / gaps.durations[..., None, None]),
        _parabolic(gaps.durations, gaps.root_steps / gaps.durations[..., None]),
    )


def _parabolic(seconds: Array, rates: Array) -> Array:
    """(K, ...) velocities from the mean ones (K-1, ...) of the gaps."""
    wide = seconds.reshape(*seconds.shape, *[1] * (rates.ndim - seconds.ndim))
    inner = (rates[:-1] * wide[1:] + rates[1:] * wide[:-1]) / (wide[:-1] + wide[1:])
    return np.concatenate([rates[:1], inner, rates[-1:]])


def hermite_weights(t: Array) -> Array:
    """(..., 3) how far a cubic has gone at `share` (...) of its gap: by the step, by the slope at
    its beginning and by the slope at its end."""
    u = t[..., None]
    step, begin, end = u * u * (3 - 2 * u), u * (1 - u) ** 2, u * u * (u - 1)
    return np.concatenate([step, begin, end], axis=-1)


def inverse_right_jacobian(rotation_vectors: Array) -> Array:
    """(..., 3, 3): angular velocity at the end of a rotation by `turns` (..., 3) -> the rate of its
    rotation vector (the inverse right Jacobian of SO(3))."""
    angle = np.linalg.norm(rotation_vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(rotation_vectors, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    safe = np.maximum(angle, 1e-4)
    square = 1 / safe**2 - (1 + np.cos(safe)) / (2 * safe * np.maximum(np.sin(safe), 1e-4))
    square = np.where(angle > 1e-2, square, 1 / 12)
    return np.eye(3) + cross / 2 + square * (cross @ cross)


@dataclass(frozen=True)
class PoseSpline:
    """A motion through keys."""

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
        """The spline of these keys; with Catmull-Rom tangents if none are given."""
        gaps = KeyGaps.from_keys(times, matrices, root)
        return cls(times, matrices, root, gaps, tangents or catmull_rom(gaps))

    def locate(self, times: Array) -> tuple[NDArray[np.int64], Array]:
        """The gap (T,) that each of times (T,) is in, and its share (T,) of it from 0 to 1."""
        gap = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, len(self.gaps) - 1)
        return gap, np.clip((times - self.times[gap]) / self.gaps.durations[gap], 0, 1)

    def offsets_from_key(self, gap: NDArray[np.int64], t: Array) -> tuple[Array, Array]:
        """Rotation vectors (T, J, 3) and root steps (T, 3) from the key that begins a gap (T,)."""
        seconds = self.gaps.durations[gap]
        weights = hermite_weights(t)
        weights = np.stack([weights[:, 0], weights[:, 1] * seconds, weights[:, 2] * seconds])
        turns, tangents = self.gaps.rotation_vectors[gap], self.tangents
        ends = (inverse_right_jacobian(turns) @ tangents.angular_velocities[gap + 1][..., None])[
            ..., 0
        ]
        wide = weights[..., None, None]
        turned = wide[0] * turns + wide[1] * tangents.angular_velocities[gap] + wide[2] * ends
        wide = weights[..., None]
        moved = (
            wide[0] * self.gaps.root_steps[gap]
            + wide[1] * tangents.root_velocities[gap]
            + wide[2] * tangents.root_velocities[gap + 1]
        )
        return turned, moved

    def pose_at_offsets(
        self, gap: NDArray[np.int64], t: Array, rotation_vectors: Array, root_offsets: Array
    ) -> tuple[Array, Array]:
        """Rotations (T, J, 3, 3) and roots (T, 3) at such offsets; keys exactly as they are."""
        matrices = self.matrices[gap] @ axis_angle_to_matrix(rotation_vectors)
        root = self.root[gap] + root_offsets
        for key in (0, 1):
            here = t == key
            matrices[here], root[here] = self.matrices[gap[here] + key], self.root[gap[here] + key]
        return matrices, root

    def evaluate(self, times: Array) -> tuple[Array, Array]:
        """Rotations (T, J, 3, 3) and root positions (T, 3) at `times` (T,); the ends are held."""
        gap, share = self.locate(times)
        return self.pose_at_offsets(gap, share, *self.offsets_from_key(gap, share))


def evaluate_linear(spline: PoseSpline, times: Array) -> tuple[Array, Array]:
    """As `Spline.at`, by slerp and straight lines."""
    gap, share = spline.locate(times)
    turned = share[:, None, None] * spline.gaps.rotation_vectors[gap]
    return spline.pose_at_offsets(gap, share, turned, share[:, None] * spline.gaps.root_steps[gap])
