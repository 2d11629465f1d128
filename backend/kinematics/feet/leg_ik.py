"""Two-bone inverse kinematics of both legs: an ankle reaches its place, the knee keeps its side.

The knee is bent or stretched about the axis it already bends about until hip and ankle are as far
apart as they must be; then the leg as a whole is swung at the hip by the smallest turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, axis_angle_to_matrix, dot, norm, normalize, rotation_between

_HIPS, _KNEES, _ANKLES = [1, 2], [4, 5], [7, 8]
_HIP, _KNEE, _ANKLE, _TOE = (SMPL.offsets[[j, j + 1]] for j in (1, 4, 7, 10))

_HINGE = 0.35
"""How much the thigh's own X axis counts beside the plane of the bent leg: a nearly straight leg
has no plane of its own."""
_SPARE = 0.005 / float(
    np.linalg.norm(_KNEE, axis=-1).mean() + np.linalg.norm(_ANKLE, axis=-1).mean()
)
"""Share of its length, 5 mm of the SMPL body's, short of full stretch where a leg that is pulled
straight begins to give way."""


@dataclass(frozen=True)
class Legs:
    """Where both legs of T poses are; second axis: left, right. World frame, any unit."""

    hip: Array
    """(T, 2, 3)"""
    knee: Array
    ankle: Array
    knee_axes: Array
    """(T, 2, 3) unit axis about which the knee bends, forward turning the shin back."""
    knee_angles: Array
    """(T, 2) radians about the hinge between thigh and shin, 0 where they are in one line."""

    @property
    def length(self) -> Array:
        """(T, 2) from hip to ankle."""
        return norm(self.ankle - self.hip)

    @property
    def max_length(self) -> Array:
        """(T, 2) from hip to ankle with the knee's hinge stretched out."""
        along, across = self.squared_length_parts()
        return np.sqrt(along + 2 * across)

    def squared_length_parts(self) -> tuple[Array, Array]:
        """Parts (T, 2) of the squared length: one that stays, one times 2 · cos(bend)."""
        thigh, shin = self.knee - self.hip, self.ankle - self.knee
        along = dot(thigh, self.knee_axes) * dot(shin, self.knee_axes)
        across = norm(_across(thigh, self.knee_axes))
        across = across * norm(_across(shin, self.knee_axes))
        return dot(thigh, thigh) + dot(shin, shin) + 2 * along, across


@dataclass(frozen=True)
class SmplLegs(Legs):
    """Legs of the SMPL body, in metres."""

    toe: Array
    thigh_rotation: Array
    """(T, 2, 3, 3) world orientation of the thigh."""
    shin_rotation: Array
    foot_rotation: Array

    @property
    def sole_normal(self) -> Array:
        """(T, 2, 3) unit vector from each sole to the instep."""
        return self.foot_rotation[..., :, 1]

    @property
    def foot_positions(self) -> Array:
        """(T, 4, 3) left and right ankle, left and right toes."""
        return np.concatenate([self.ankle, self.toe], axis=1)

    def translated(self, offset: Array) -> SmplLegs:
        """The same legs elsewhere, by (T, 3) metres."""
        offset = offset[:, None]
        return replace(
            self,
            hip=self.hip + offset,
            knee=self.knee + offset,
            ankle=self.ankle + offset,
            toe=self.toe + offset,
        )


def legs_from_joints(hip: Array, knee: Array, ankle: Array, across: Array) -> Legs:
    """Legs of any body.

    Args:
        hip: (T, 2, 3), as knee and ankle.
        across: (T, 2, 3) unit vectors to the body's left, carried along by the thighs.
    """
    thigh, shin = knee - hip, ankle - knee
    plane = np.cross(normalize(thigh), normalize(shin))
    hinge = normalize(plane + _HINGE * across)
    a, b = _across(thigh, hinge), _across(shin, hinge)
    bend = np.arctan2(dot(np.cross(a, b), hinge), dot(a, b))
    return Legs(hip, knee, ankle, hinge, bend)


def legs_from_pose(matrices: Array, root: Array) -> SmplLegs:
    """Forward kinematics of the legs alone.

    Args:
        matrices: (T, 24, 3, 3) local rotations, the first being the world orientation.
        root: (T, 3) pelvis joint in metres.
    """
    pelvis = matrices[:, None, 0]
    hip_turn = pelvis @ matrices[:, _HIPS]
    knee_turn = hip_turn @ matrices[:, _KNEES]
    ankle_turn = knee_turn @ matrices[:, _ANKLES]
    hip = root[:, None] + _moved(pelvis, _HIP)
    knee = hip + _moved(hip_turn, _KNEE)
    ankle = knee + _moved(knee_turn, _ANKLE)
    return SmplLegs(
        **vars(legs_from_joints(hip, knee, ankle, hip_turn[..., :, 0])),
        toe=ankle + _moved(ankle_turn, _TOE),
        thigh_rotation=hip_turn,
        shin_rotation=knee_turn,
        foot_rotation=ankle_turn,
    )


def solve_leg_rotations(
    legs: Legs, hip_to_ankle: Array, lock_weights: Array | float
) -> tuple[Array, Array]:
    """Turns by which the ankles come to lie `away` (T, 2, 3) from the hips.

    Args:
        legs: as they are.
        away: from hip to ankle, as it is to be.
        hold: (T, 2) from 0 to 1: by how much a knee bent backwards is bent the right way instead.

    Returns:
        world turns (T, 2, 3, 3) of the whole leg, and before it of the shin alone. What is farther
        than the leg's length is approached, not reached.
    """
    along, across = legs.squared_length_parts()
    longest = legs.max_length
    gap, before = longest - norm(hip_to_ankle), longest - legs.length
    length = longest - longest * _soft(gap / longest, before / longest)
    cosine = (length**2 - along) / (2 * np.maximum(across, 1e-12))
    bend = np.arccos(np.clip(cosine, -1.0, 1.0))
    # A knee that hyperextends comes round to its right side as the foot is taken hold of.
    bend = bend + (1 - lock_weights) * (legs.knee_angles - np.abs(legs.knee_angles))
    flexed = axis_angle_to_matrix(legs.knee_axes * (bend - legs.knee_angles)[..., None])
    stretched = legs.knee - legs.hip + _turned(flexed, legs.ankle - legs.knee)
    return rotation_between(stretched, hip_to_ankle), flexed


def move_ankles(
    matrices: Array,
    root: Array,
    moved_root: Array,
    ankle_offsets: Array,
    foot_rotations: Array,
    lock_weights: Array,
) -> Array:
    """Local rotations with which the ankles reach their places from a root that was moved.

    Args:
        matrices: (N, 24, 3, 3) local rotations.
        root: (N, 3) pelvis joint in metres, as the ankles' places were found from.
        moved_root: (N, 3) where it is now.
        shift: (N, 2, 3) metres from each ankle to its place, world frame.
        turn: (N, 2, 3) axis-angle by which each foot turns, world frame.
        hold: (N, 2) as for `stretched_to`.

    Returns:
        matrices (N, 24, 3, 3); only those of hips, knees and ankles change. Feet keep their world
        orientation but for `turn`. A place beyond the leg's length is approached, not reached.
    """
    legs = legs_from_pose(np.asarray(matrices, dtype=float), np.asarray(root, dtype=float))
    hip = legs.hip + (moved_root - root)[:, None]
    swing, flexed = solve_leg_rotations(legs, legs.ankle + ankle_offsets - hip, lock_weights)
    hip_turn = swing @ legs.thigh_rotation
    knee_turn = swing @ flexed @ legs.shin_rotation
    ankle_turn = axis_angle_to_matrix(foot_rotations) @ legs.foot_rotation
    out = np.array(matrices)
    out[:, _HIPS] = _transposed(matrices[:, None, 0]) @ hip_turn
    out[:, _KNEES] = _transposed(hip_turn) @ knee_turn
    out[:, _ANKLES] = _transposed(knee_turn) @ ankle_turn
    return out


def _soft(gap: Array, before: Array) -> Array:
    """The gap to full stretch kept above zero: as asked while there is room, then ever slower.

    All are shares of the leg's length. A leg that was straighter than the margin may stay so: the
    margin shrinks to the gap before.
    """
    margin = np.clip(before, 1e-6, _SPARE)
    return np.where(gap > margin, gap, margin * np.exp(np.minimum(gap / margin - 1, 0.0)))


def _moved(turn: Array, offsets: Array) -> Array:
    """Offsets (2, 3) of both sides in frames (..., 1 or 2, 3, 3)."""
    return np.einsum("...ij,...j->...i", turn, offsets)


def _turned(turn: Array, vectors: Array) -> Array:
    return (turn @ vectors[..., None])[..., 0]


def _across(vectors: Array, axis: Array) -> Array:
    """The part of vectors (..., 3) at right angles to a unit axis (..., 3)."""
    return vectors - dot(vectors, axis)[..., None] * axis


def _transposed(matrices: Array) -> Array:
    return np.swapaxes(matrices, -1, -2)
