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
from ..retarget.placement import Spot, facing
from ..retarget.rest_alignment import SMPL_HIP_CENTRE

_AHEAD = 0.15
"""Seconds for which velocities count: a body is told by where it is and where it soon would be."""


@dataclass(frozen=True)
class Move:
    """A place on the ground carried to another: turned about the origin, then shifted."""

    turn: float = 0.0
    """Radians about Z."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Metres."""

    @classmethod
    def between(cls, start: Spot, to: Spot) -> Move:
        """The one that brings `start` to `to`."""
        turn = to.heading - start.heading
        x, y = to.place - _turned(start.place, turn)
        return cls(turn, (float(x), float(y)))

    def after(self, first: Move) -> Move:
        """The move that does `first`, then this."""
        x, y = _turned(np.array(first.shift), self.turn) + self.shift
        return Move(self.turn + first.turn, (float(x), float(y)))

    def inverse(self) -> Move:
        """The move that undoes this."""
        x, y = -_turned(np.array(self.shift), -self.turn)
        return Move(-self.turn, (float(x), float(y)))


@dataclass(frozen=True)
class Frames:
    """A motion at some moments; world frame, Z up."""

    matrices: Array
    """(T, 24, 3, 3) local rotations, the first being the world orientation."""
    root: Array
    """(T, 3) metres: the pelvis joint."""
    touching: Array
    """(T, 4) contact probabilities of ankles and toes."""

    def __len__(self) -> int:
        return len(self.root)

    def moved(self, move: Move) -> Frames:
        """The same motion elsewhere."""
        spin = axis_rotation("Z", move.turn)
        matrices = np.array(self.matrices)
        matrices[:, 0] = spin @ matrices[:, 0]
        root = self.root @ spin.T
        root[:, :2] += move.shift
        return Frames(matrices, root, self.touching)

    def spot(self, frame: int) -> Spot:
        """Where the body is in one frame, and where it faces."""
        orientation = self.matrices[frame, 0]
        hips = self.root[frame] + orientation @ SMPL_HIP_CENTRE
        return Spot(hips[:2], float(facing(orientation)))


def crossfade(before: Frames, after: Frames, share: Array) -> Frames:
    """From one motion to another at the same moments; `share` (T,) is how much of the second."""
    quaternions = [matrix_to_quaternion(frames.matrices) for frames in (before, after)]
    weight = share[:, None]
    return Frames(
        quaternion_to_matrix(slerp(quaternions[0], quaternions[1], weight)),
        (1 - weight) * before.root + weight * after.root,
        (1 - weight) * before.touching + weight * after.touching,
    )


def stances(frames: Frames, fps: float) -> Array:
    """(T, D) metres: the distance of two rows is the mean (RMS) distance of the joints.

    Args:
        frames: at a constant rate, at least two.
        fps: that rate.
    """
    joints = forward_kinematics(SMPL, frames.matrices, frames.root)[0]
    speeds = np.gradient(joints, 1.0 / fps, axis=0)
    headings = facing(frames.matrices[:, 0])
    hips = frames.root + frames.matrices[:, 0] @ SMPL_HIP_CENTRE
    joints[..., :2] -= hips[:, None, :2]
    back = axis_rotation("Z", -headings)[:, None]
    seen = np.concatenate([joints, _AHEAD * speeds], axis=1)
    seen = (back @ seen[..., None])[..., 0]
    return seen.reshape(len(seen), -1) / np.sqrt(len(SMPL))


def apart(stance: Array, others: Array) -> Array:
    """(T,) metres from one stance (D,) to others (T, D)."""
    return np.linalg.norm(others - stance, axis=-1)


def _turned(place: Array, turn: float) -> Array:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin], [sin, cos]]) @ place
