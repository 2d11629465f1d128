"""Two-bone inverse kinematics of both legs: the ankles reach positions, the knees keep their side.

The knee is bent or stretched about its current axis until the distance from hip to ankle is right;
then the whole leg is swung at the hip by the smallest rotation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import (
    Array,
    axis_angle_to_matrix,
    dot,
    invert_rotations,
    norm,
    normalize,
    rotate,
    rotation_between,
)

_HIPS, _KNEES, _ANKLES = [1, 2], [4, 5], [7, 8]
_HIP, _KNEE, _ANKLE, _TOE = (SMPL.offsets[[j, j + 1]] for j in (1, 4, 7, 10))

_THIGH_AXIS_WEIGHT = 0.35
"""Weight of the thigh's X axis beside the plane of the bent leg, which a straight leg lacks."""
_STRETCH_MARGIN = 0.005 / float(
    np.linalg.norm(_KNEE, axis=-1).mean() + np.linalg.norm(_ANKLE, axis=-1).mean()
)
"""Fraction of the leg's length (5 mm of the SMPL body's) before full stretch in which reaching
slows down."""


@dataclass(frozen=True)
class Legs:
    """Both legs in T poses; the second axis is left, right. World frame, any unit."""

    hip: Array
    """(T, 2, 3) positions, like knee and ankle."""
    knee: Array
    ankle: Array
    knee_axes: Array
    """(T, 2, 3) unit axis about which the knee bends; positive angles move the shin backwards."""
    knee_angles: Array
    """(T, 2) radians between thigh and shin, 0 for a straight leg."""

    @property
    def length(self) -> Array:
        """(T, 2) distance from hip to ankle."""
        return norm(self.ankle - self.hip)

    @property
    def max_length(self) -> Array:
        """(T, 2) distance from hip to ankle with the knee stretched."""
        along, perpendicular = self.squared_length_parts()
        return np.sqrt(along + 2 * perpendicular)

    def squared_length_parts(self) -> tuple[Array, Array]:
        """Parts (T, 2) of the squared length: a constant, and the factor of 2 · cos(knee angle)."""
        thigh, shin, axes = self.knee - self.hip, self.ankle - self.knee, self.knee_axes
        along = dot(thigh, axes) * dot(shin, axes)
        perpendicular = norm(_perpendicular(thigh, axes)) * norm(_perpendicular(shin, axes))
        return dot(thigh, thigh) + dot(shin, shin) + 2 * along, perpendicular


@dataclass(frozen=True)
class SmplLegs(Legs):
    """Legs of the SMPL body, in metres."""

    toe: Array
    thigh_rotation: Array
    """(T, 2, 3, 3) world orientation, like those of shin and foot."""
    shin_rotation: Array
    foot_rotation: Array

    @property
    def foot_positions(self) -> Array:
        """(T, 4, 3) left and right ankle, left and right toes."""
        return np.concatenate([self.ankle, self.toe], axis=1)

    def translated(self, offset: Array) -> SmplLegs:
        """Return the legs moved by (T, 3) metres."""
        joints = ("hip", "knee", "ankle", "toe")
        return replace(self, **{name: getattr(self, name) + offset[:, None] for name in joints})


def legs_from_joints(hip: Array, knee: Array, ankle: Array, across: Array) -> Legs:
    """Build the legs of any body from the positions (T, 2, 3) of their joints and `across`
    (T, 2, 3), unit vectors to the body's left that rotate with the thighs."""
    thigh, shin = knee - hip, ankle - knee
    plane = np.cross(normalize(thigh), normalize(shin))
    knee_axes = normalize(plane + _THIGH_AXIS_WEIGHT * across)
    a, b = _perpendicular(thigh, knee_axes), _perpendicular(shin, knee_axes)
    knee_angles = np.arctan2(dot(np.cross(a, b), knee_axes), dot(a, b))
    return Legs(hip, knee, ankle, knee_axes, knee_angles)


def legs_from_pose(matrices: Array, root: Array) -> SmplLegs:
    """Compute forward kinematics of the legs alone.

    Args:
        matrices: (T, 24, 3, 3) local rotations, the first being the world orientation.
        root: (T, 3) pelvis joint in metres.
    """
    pelvis = matrices[:, None, 0]
    thigh = pelvis @ matrices[:, _HIPS]
    shin = thigh @ matrices[:, _KNEES]
    foot = shin @ matrices[:, _ANKLES]
    hip = root[:, None] + _joint_offsets(pelvis, _HIP)
    knee = hip + _joint_offsets(thigh, _KNEE)
    ankle = knee + _joint_offsets(shin, _ANKLE)
    legs = legs_from_joints(hip, knee, ankle, thigh[..., :, 0])
    return SmplLegs(
        **vars(legs),
        toe=ankle + _joint_offsets(foot, _TOE),
        thigh_rotation=thigh,
        shin_rotation=shin,
        foot_rotation=foot,
    )


def solve_leg_rotations(
    legs: Legs, hip_to_ankle: Array, lock_weights: Array | float
) -> tuple[Array, Array]:
    """Solve for rotations that put the ankles `hip_to_ankle` (T, 2, 3) from the hips.

    Args:
        lock_weights: (T, 2) from 0 to 1: how far a hyperextended knee is bent forwards instead.

    Returns:
        World rotations (T, 2, 3, 3) of the whole leg, and before it of the shin alone. Targets
        beyond the leg's length are approached, not reached.
    """
    along, perpendicular = legs.squared_length_parts()
    longest = legs.max_length
    gap, initial_gap = (longest - norm(hip_to_ankle)) / longest, (longest - legs.length) / longest
    # The gap to full stretch stays positive: exact down to a margin, then approaching zero. A leg
    # that was initially straighter may stay so: the margin shrinks to its initial gap.
    margin = np.clip(initial_gap, 1e-6, _STRETCH_MARGIN)
    soft_gap = np.where(gap > margin, gap, margin * np.exp(np.minimum(gap / margin - 1, 0.0)))
    length = longest - longest * soft_gap
    cosine = (length**2 - along) / (2 * np.maximum(perpendicular, 1e-12))
    angles = np.arccos(np.clip(cosine, -1.0, 1.0))
    # Locking the foot brings a hyperextended knee to its natural side.
    angles = angles + (1 - lock_weights) * (legs.knee_angles - np.abs(legs.knee_angles))
    flexion = axis_angle_to_matrix(legs.knee_axes * (angles - legs.knee_angles)[..., None])
    new_hip_to_ankle = legs.knee - legs.hip + rotate(flexion, legs.ankle - legs.knee)
    return rotation_between(new_hip_to_ankle, hip_to_ankle), flexion


def move_ankles(
    matrices: Array,
    root: Array,
    moved_root: Array,
    ankle_offsets: Array,
    foot_rotations: Array,
    lock_weights: Array,
) -> Array:
    """Compute local rotations (N, 24, 3, 3) that put the ankles in place while the root moves.

    Feet keep their world orientation apart from `foot_rotations`. Targets beyond the leg's length
    are approached.

    Args:
        root: (N, 3) pelvis joint in metres to which the offsets refer.
        moved_root: (N, 3) new position of the pelvis joint.
        ankle_offsets: (N, 2, 3) metres from each ankle to its target, world frame.
        foot_rotations: (N, 2, 3) axis-angle by which each foot rotates, world frame.
        lock_weights: (N, 2) as for `solve_leg_rotations`.
    """
    legs = legs_from_pose(np.asarray(matrices, dtype=float), np.asarray(root, dtype=float))
    hip = legs.hip + (moved_root - root)[:, None]
    swing, flexion = solve_leg_rotations(legs, legs.ankle + ankle_offsets - hip, lock_weights)
    thigh = swing @ legs.thigh_rotation
    shin = swing @ flexion @ legs.shin_rotation
    foot = axis_angle_to_matrix(foot_rotations) @ legs.foot_rotation
    out = np.array(matrices)
    out[:, _HIPS] = invert_rotations(matrices[:, None, 0]) @ thigh
    out[:, _KNEES] = invert_rotations(thigh) @ shin
    out[:, _ANKLES] = invert_rotations(shin) @ foot
    return out


def _joint_offsets(frames: Array, offsets: Array) -> Array:
    """Offsets (2, 3) of both sides in frames (..., 1 or 2, 3, 3)."""
    return np.einsum("...ij,...j->...i", frames, offsets)


def _perpendicular(vectors: Array, axis: Array) -> Array:
    """Component of vectors (..., 3) perpendicular to a unit axis (..., 3)."""
    return vectors - dot(vectors, axis)[..., None] * axis
