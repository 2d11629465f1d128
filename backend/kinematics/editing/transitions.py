"""Transitions between motions: similarity of two moments, transforms on the ground, crossfades.

Transition features describe how a body stands and moves at a moment, independent of its position
and heading. Motions are joined where their features are most similar: the second motion is moved to
the first and replaces it within the transition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.skeleton import SMPL, forward_kinematics
from ..math.rotations import (
    Array,
    axis_rotation,
    matrix_to_quaternion,
    quaternion_to_matrix,
    rotate,
    slerp,
)
from ..retarget.placement import GroundPose, headings_of_rotations
from ..retarget.rest_alignment import SMPL_HIP_CENTER

_VELOCITY_SECONDS = 0.15
"""Weight of velocities beside positions: joints are compared now and this much later."""


@dataclass(frozen=True)
class GroundTransform:
    """A rotation about the origin of the ground, followed by a translation.

    Angles add up exactly under `compose`, so headings of long loops do not drift.
    """

    angle: float = 0.0
    """Radians about Z."""
    translation: tuple[float, float] = (0.0, 0.0)
    """Metres."""

    @classmethod
    def from_poses(cls, source: GroundPose, target: GroundPose) -> GroundTransform:
        angle = target.heading - source.heading
        x, y = target.position - _rotate_on_ground(source.position, angle)
        return cls(angle, (float(x), float(y)))

    def compose(self, first: GroundTransform) -> GroundTransform:
        x, y = _rotate_on_ground(np.array(first.translation), self.angle) + self.translation
        return GroundTransform(self.angle + first.angle, (float(x), float(y)))

    def inverse(self) -> GroundTransform:
        x, y = -_rotate_on_ground(np.array(self.translation), -self.angle)
        return GroundTransform(-self.angle, (float(x), float(y)))


@dataclass(frozen=True)
class MotionFrames:
    """A motion at T moments; world frame, Z up."""

    matrices: Array
    """(T, 24, 3, 3) local rotations, the first being the world orientation."""
    root: Array
    """(T, 3) metres, the pelvis joint."""
    contacts: Array
    """(T, 4) contact probabilities of ankles and toes."""

    def __len__(self) -> int:
        return len(self.root)

    def transformed(self, transform: GroundTransform) -> MotionFrames:
        spin = axis_rotation("Z", transform.angle)
        matrices = np.array(self.matrices)
        matrices[:, 0] = spin @ matrices[:, 0]
        root = self.root @ spin.T
        root[:, :2] += transform.translation
        return MotionFrames(matrices, root, self.contacts)

    def ground_pose(self, frame: int) -> GroundPose:
        rotation = self.matrices[frame, 0]
        hips = self.root[frame] + rotation @ SMPL_HIP_CENTER
        return GroundPose(hips[:2], float(headings_of_rotations(rotation)))


def crossfade(before: MotionFrames, after: MotionFrames, weights: Array) -> MotionFrames:
    """Blend two motions at the same moments; `weights` (T,) from 0 to 1 are those of the second."""
    quaternions = [matrix_to_quaternion(frames.matrices) for frames in (before, after)]
    weight = weights[:, None]
    return MotionFrames(
        quaternion_to_matrix(slerp(quaternions[0], quaternions[1], weight)),
        (1 - weight) * before.root + weight * after.root,
        (1 - weight) * before.contacts + weight * after.contacts,
    )


def transition_features(frames: MotionFrames, fps: float) -> Array:
    """Features (T, D) of evenly spaced frames; their distance is the RMS joint distance."""
    joints = forward_kinematics(SMPL, frames.matrices, frames.root)[0]
    velocities = np.gradient(joints, 1.0 / fps, axis=0)
    hips = frames.root + frames.matrices[:, 0] @ SMPL_HIP_CENTER
    joints[..., :2] -= hips[:, None, :2]
    unturn = axis_rotation("Z", -headings_of_rotations(frames.matrices[:, 0]))[:, None]
    features = rotate(unturn, np.concatenate([joints, _VELOCITY_SECONDS * velocities], axis=1))
    return features.reshape(len(features), -1) / np.sqrt(len(SMPL))


def feature_distances(feature: Array, candidates: Array) -> Array:
    """Distances (T,) in metres from features (D,) to candidates (T, D)."""
    return np.linalg.norm(candidates - feature, axis=-1)


def _rotate_on_ground(position: Array, angle: float) -> Array:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]]) @ position
