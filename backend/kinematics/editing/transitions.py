"""Where one motion passes into another: how alike two moments are, and the way across.

A *stance* is how a body stands and moves at a moment, wherever it is and faces. Two motions are
joined where their stances are most alike: the second is carried to where the first is, and takes
over within the seam. numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.skeleton import SMPL, forward_kinematics
from ..math.rotations import Array, axis_rotation, matrix_to_quaternion, quaternion_to_matrix, slerp
from ..retarget.placement import GroundPose, headings_of_rotations
from ..retarget.rest_alignment import SMPL_HIP_CENTER

_AHEAD = 0.15
"""Seconds for which velocities count: a body is told by where it is and where it soon would be."""


@dataclass(frozen=True)
class GroundTransform:
    """A place on the ground carried to another: turned about the origin, then shifted."""

    angle: float = 0.0
    """Radians about Z."""
    translation: tuple[float, float] = (0.0, 0.0)
    """Metres."""

    @classmethod
    def from_poses(cls, source: GroundPose, target: GroundPose) -> GroundTransform:
        """The one that brings `start` to `to`."""
        turn = target.heading - source.heading
        x, y = target.position - _turned(source.position, turn)
        return cls(turn, (float(x), float(y)))

    def compose(self, first: GroundTransform) -> GroundTransform:
        """The move that does `first`, then this."""
        x, y = _turned(np.array(first.translation), self.angle) + self.translation
        return GroundTransform(self.angle + first.angle, (float(x), float(y)))

    def inverse(self) -> GroundTransform:
        """The move that undoes this."""
        x, y = -_turned(np.array(self.translation), -self.angle)
        return GroundTransform(-self.angle, (float(x), float(y)))


@dataclass(frozen=True)
class MotionFrames:
    """A motion at some moments; world frame, Z up."""

    matrices: Array
    """(T, 24, 3, 3) local rotations, the first being the world orientation."""
    root: Array
    """(T, 3) metres: the pelvis joint."""
    contacts: Array
    """(T, 4) contact probabilities of ankles and toes."""

    def __len__(self) -> int:
        return len(self.root)

    def transformed(self, transform: GroundTransform) -> MotionFrames:
        """The same motion elsewhere."""
        spin = axis_rotation("Z", transform.angle)
        matrices = np.array(self.matrices)
        matrices[:, 0] = spin @ matrices[:, 0]
        root = self.root @ spin.T
        root[:, :2] += transform.translation
        return MotionFrames(matrices, root, self.contacts)

    def ground_pose(self, frame: int) -> GroundPose:
        """Where the body is in one frame, and where it faces."""
        orientation = self.matrices[frame, 0]
        hips = self.root[frame] + orientation @ SMPL_HIP_CENTER
        return GroundPose(hips[:2], float(headings_of_rotations(orientation)))


def crossfade(before: MotionFrames, after: MotionFrames, weights: Array) -> MotionFrames:
    """From one motion to another at the same moments; `share` (T,) is how much of the second."""
    quaternions = [matrix_to_quaternion(frames.matrices) for frames in (before, after)]
    weight = weights[:, None]
    return MotionFrames(
        quaternion_to_matrix(slerp(quaternions[0], quaternions[1], weight)),
        (1 - weight) * before.root + weight * after.root,
        (1 - weight) * before.contacts + weight * after.contacts,
    )


def transition_features(frames: MotionFrames, fps: float) -> Array:
    """(T, D) metres: the distance of two rows is the mean (RMS) distance of the joints.

    Args:
        frames: at a constant rate, at least two.
        fps: that rate.
    """
    joints = forward_kinematics(SMPL, frames.matrices, frames.root)[0]
    speeds = np.gradient(joints, 1.0 / fps, axis=0)
    headings = headings_of_rotations(frames.matrices[:, 0])
    hips = frames.root + frames.matrices[:, 0] @ SMPL_HIP_CENTER
    joints[..., :2] -= hips[:, None, :2]
    back = axis_rotation("Z", -headings)[:, None]
    seen = np.concatenate([joints, _AHEAD * speeds], axis=1)
    seen = (back @ seen[..., None])[..., 0]
    return seen.reshape(len(seen), -1) / np.sqrt(len(SMPL))


def feature_distances(feature: Array, others: Array) -> Array:
    """(T,) metres from one stance (D,) to others (T, D)."""
    return np.linalg.norm(others - feature, axis=-1)


def _turned(place: Array, turn: float) -> Array:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin], [sin, cos]]) @ place
