"""The motion that is being authored, and edits of its trunk, head and root.

Angles of the body are named by what the body does: *bend* tips forward, *lean* tips to the body's
left, *twist* turns to the left, all in radians. In the *heading frame* x points to the body's left,
y backwards and z up, with its origin on the ground below the pelvis.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import (
    BODY_TO_WORLD,
    SMPL,
    TOE_JOINT_HEIGHT,
    forward_kinematics,
)
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import (
    Array,
    axis_rotation,
    matrix_to_quaternion,
    quaternion_to_matrix,
    slerp,
)

JOINT = {name: index for index, name in enumerate(SMPL.names)}
"""Index of each SMPL joint."""

SPINE_WEIGHTS: Mapping[str, float] = {"spine1": 0.3, "spine2": 0.35, "spine3": 0.35}
"""Fraction of a bend of the trunk that each joint takes."""
HEAD_WEIGHTS: Mapping[str, float] = {"neck": 0.45, "head": 0.55}

STANDING_HEIGHT = TOE_JOINT_HEIGHT - float(
    SMPL.rest_positions[JOINT["left_foot"], 1] - SMPL.rest_positions[0, 1]
)
"""Height in metres of the pelvis joint above the floor, with straight legs."""


@dataclass(frozen=True)
class AuthoredMotion:
    """Poses of the SMPL skeleton at a constant frame rate; edits return new ones."""

    matrices: Array
    """(T, 24, 3, 3) local rotations, the root's being its world orientation."""
    root: Array
    """(T, 3) world position of the pelvis joint in metres, Z up."""
    fps: float

    def __len__(self) -> int:
        return len(self.root)

    @property
    def times(self) -> Array:
        """(T,) seconds from the first frame."""
        return np.arange(len(self)) / self.fps

    @property
    def length_seconds(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.fps

    @property
    def headings(self) -> Array:
        """(T,) radians about Z by which the pelvis faces away from -Y, unwrapped."""
        left, forward = self.matrices[:, 0, :, 0], self.matrices[:, 0, :, 2]
        x, y = forward[:, 0] + left[:, 1], forward[:, 1] - left[:, 0]
        return np.unwrap(np.arctan2(x, -y))

    def kinematics(self) -> tuple[Array, Array]:
        """World positions (T, 24, 3) in metres and rotations (T, 24, 3, 3) of the joints."""
        return forward_kinematics(SMPL, self.matrices, self.root)

    def crop(self, start: float, end: float) -> "AuthoredMotion":
        """Return the frames between two times in seconds."""
        first, last = round(start * self.fps), round(end * self.fps)
        return AuthoredMotion(
            self.matrices[first : last + 1], self.root[first : last + 1], self.fps
        )

    def reversed(self) -> "AuthoredMotion":
        """Return the motion played backwards."""
        return AuthoredMotion(self.matrices[::-1].copy(), self.root[::-1].copy(), self.fps)

    def align_to_origin(self) -> "AuthoredMotion":
        """Return the motion whose first frame is at x = y = 0 and faces -Y."""
        spin = axis_rotation("Z", -self.headings[0])
        matrices = self.matrices.copy()
        matrices[:, 0] = spin @ matrices[:, 0]
        return AuthoredMotion(
            matrices, (self.root - self.root[0] * [1.0, 1.0, 0.0]) @ spin.T, self.fps
        )

    def to_take(self) -> Take:
        return Take.from_matrices(self.matrices, self.root, self.fps)


def standing_motion(seconds: float, fps: float) -> AuthoredMotion:
    """Return the rest pose with hanging arms, standing still at the origin and facing -Y."""
    frames = max(round(seconds * fps), 1) + 1
    matrices = np.tile(np.eye(3), (frames, len(SMPL), 1, 1))
    matrices[:, 0] = BODY_TO_WORLD
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        matrices[:, JOINT[f"{side}_shoulder"]] = axis_rotation("Z", -sign * np.radians(72.0))
        matrices[:, JOINT[f"{side}_elbow"]] = axis_rotation("Y", -sign * np.radians(18.0))
    root = np.zeros((frames, 3))
    root[:, 2] = STANDING_HEIGHT
    return AuthoredMotion(matrices, root, fps)


def body_rotation(bend: ArrayLike = 0.0, lean: ArrayLike = 0.0, twist: ArrayLike = 0.0) -> Array:
    """Rotation (..., 3, 3) in the body frame (left, up, forward): twist after lean after bend."""
    bend, lean, twist = np.broadcast_arrays(bend, lean, twist)
    return axis_rotation("Y", twist) @ axis_rotation("Z", -lean) @ axis_rotation("X", bend)


def bend_trunk(
    motion: AuthoredMotion,
    bend: ArrayLike = 0.0,
    lean: ArrayLike = 0.0,
    twist: ArrayLike = 0.0,
) -> AuthoredMotion:
    """Bend the spine by radians, numbers or (T,), on top of what it does already."""
    return _add_rotations(motion, SPINE_WEIGHTS, bend, lean, twist)


def turn_head(
    motion: AuthoredMotion,
    bend: ArrayLike = 0.0,
    lean: ArrayLike = 0.0,
    twist: ArrayLike = 0.0,
) -> AuthoredMotion:
    """Turn neck and head by radians, numbers or (T,), on top of what they do already."""
    return _add_rotations(motion, HEAD_WEIGHTS, bend, lean, twist)


def tip_pelvis(
    motion: AuthoredMotion,
    bend: ArrayLike = 0.0,
    lean: ArrayLike = 0.0,
    twist: ArrayLike = 0.0,
) -> AuthoredMotion:
    """Rotate the pelvis, and with it the whole body, about the pelvis joint."""
    matrices = motion.matrices.copy()
    matrices[:, 0] = matrices[:, 0] @ body_rotation(bend, lean, twist)
    return replace(motion, matrices=matrices)


def move_root(motion: AuthoredMotion, offset: ArrayLike) -> AuthoredMotion:
    """Move the pelvis by metres, (3,) or (T, 3), in the heading frame of each frame."""
    spin = axis_rotation("Z", motion.headings)
    moved = np.broadcast_to(np.asarray(offset, dtype=float), motion.root.shape)
    return replace(motion, root=motion.root + np.einsum("tij,tj->ti", spin, moved))


def heading_to_world(motion: AuthoredMotion, points: Array) -> Array:
    """Transform points (T, ..., 3) from the heading frame of each frame to the world."""
    spin = axis_rotation("Z", motion.headings)
    origin = motion.root * [1.0, 1.0, 0.0]
    extra = (1,) * (points.ndim - 2)
    return np.einsum("tij,t...j->t...i", spin, points) + origin.reshape(-1, *extra, 3)


def overlay(
    base: AuthoredMotion, other: AuthoredMotion, joints: tuple[str, ...], weights: ArrayLike = 1.0
) -> AuthoredMotion:
    """Take the local rotations of `joints` from another motion of as many frames.

    Args:
        weights: Number or (T,), from 0 (the base) to 1 (the other).
    """
    index = [JOINT[name] for name in joints]
    matrices = base.matrices.copy()
    matrices[:, index] = blend_rotations(
        base.matrices[:, index], other.matrices[:, index], np.asarray(weights, dtype=float)
    )
    return replace(base, matrices=matrices)


def blend_rotations(before: Array, after: Array, weights: Array) -> Array:
    """Interpolate rotations (T, J, 3, 3); `weights` () or (T,) are those of the second."""
    weights = np.broadcast_to(weights, before.shape[:1])
    if np.all(weights == 1.0):
        return after
    q0, q1 = matrix_to_quaternion(before), matrix_to_quaternion(after)
    return quaternion_to_matrix(slerp(q0, q1, weights[:, None]))


def _add_rotations(
    motion: AuthoredMotion,
    weights: Mapping[str, float],
    bend: ArrayLike,
    lean: ArrayLike,
    twist: ArrayLike,
) -> AuthoredMotion:
    matrices = motion.matrices.copy()
    for name, weight in weights.items():
        turn = body_rotation(*(weight * np.asarray(angle) for angle in (bend, lean, twist)))
        matrices[:, JOINT[name]] = matrices[:, JOINT[name]] @ turn
    return replace(motion, matrices=matrices)
