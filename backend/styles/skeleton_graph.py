"""The body that a style moves: a skeleton of any hierarchy, and its feet.

A *motion* is local rotations and a root path of such a body at a constant rate, world frame, Z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..data.features import CONTACT_JOINTS
from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT, Skeleton, forward_kinematics
from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array, axis_angle_to_matrix
from ..kinematics.math.splines import PoseSpline
from ..protocol.style_file import STYLE_FPS

__all__ = ["SMPL_BODY", "STYLE_FPS", "Body", "SkeletalMotion"]

_CONTACT_SPEED = 0.35
_CONTACT_HEIGHT = 0.05
_FLOOR_PERCENTILE = 5
"""Percentile of the height of the lower foot at which the floor is."""


@dataclass(frozen=True)
class Body:
    """A skeleton and its feet."""

    skeleton: Skeleton
    """Offsets in metres."""
    feet: tuple[int, ...]
    """Joints whose contact with the floor is learnt; none for a body without feet."""
    foot_heights: tuple[float, ...]
    """Metres that each of `feet` is above the floor it stands on."""

    def __len__(self) -> int:
        return len(self.skeleton)

    def has_same_skeleton(self, other: Body) -> bool:
        """Whether motions of one are motions of the other: the same joints in the same tree."""
        mine, theirs = self.skeleton, other.skeleton
        return mine.names == theirs.names and mine.parents == theirs.parents

    @cached_property
    def foot_chains(self) -> tuple[tuple[int, ...], ...]:
        """For each foot the joints from the root to it."""
        chains = []
        for foot in self.feet:
            chain = [foot]
            while (parent := self.skeleton.parents[chain[0]]) >= 0:
                chain.insert(0, parent)
            chains.append(tuple(chain))
        return tuple(chains)


SMPL_BODY = Body(
    Skeleton(SMPL.names[:JOINT_COUNT], SMPL.parents[:JOINT_COUNT], SMPL.offsets[:JOINT_COUNT]),
    CONTACT_JOINTS,
    tuple([TOE_JOINT_HEIGHT - float(SMPL.offsets[10, 1])] * 2 + [TOE_JOINT_HEIGHT] * 2),
)
"""SMPL's joints without the hands, which no capture drives."""


@dataclass(frozen=True)
class SkeletalMotion:
    """A motion of a body."""

    body: Body
    matrices: Array
    """(T, J, 3, 3) local rotations, the first being the world orientation."""
    root: Array
    """(T, 3) metres."""
    fps: float

    def __len__(self) -> int:
        return len(self.root)

    @property
    def duration(self) -> float:
        """From the first frame to the last."""
        return (len(self) - 1) / self.fps

    @classmethod
    def from_take(cls, take: Take) -> SkeletalMotion:
        """A take's, without its hands."""
        poses = take.poses[:, : 3 * JOINT_COUNT].astype(float).reshape(len(take), JOINT_COUNT, 3)
        root = take.trans.astype(float) + SMPL.offsets[0]
        return cls(SMPL_BODY, axis_angle_to_matrix(poses), root, take.fps)

    def to_take(self) -> Take:
        """This motion of the SMPL body as a take, hands at rest."""
        full = np.broadcast_to(np.eye(3), (len(self), len(SMPL), 3, 3)).copy()
        full[:, : len(self.body)] = self.matrices
        return Take.from_matrices(full, self.root, self.fps)

    def resampled_at(self, fps: float) -> SkeletalMotion:
        """The motion at frames n / `fps`, on the spline through its own frames."""
        if fps == self.fps or len(self) < 2:
            return self
        own = np.arange(len(self)) / self.fps
        frames = int(np.floor(own[-1] * fps + 1e-6)) + 1
        times = np.minimum(np.arange(frames) / fps, own[-1])
        matrices, root = PoseSpline.through_keys(own, self.matrices, self.root).evaluate(times)
        return SkeletalMotion(self.body, matrices, root, fps)

    def slice_frames(self, start: int, end: int) -> SkeletalMotion:
        """Frames from `start` up to, not with, `end`."""
        return SkeletalMotion(self.body, self.matrices[start:end], self.root[start:end], self.fps)

    def placed_on_floor(self) -> SkeletalMotion:
        """The motion moved up or down until its feet, where they are low, stand at zero."""
        if not self.body.feet:
            return self
        soles = self.foot_positions()[..., 2] - np.array(self.body.foot_heights)
        root = self.root - [0.0, 0.0, float(np.percentile(soles.min(axis=1), _FLOOR_PERCENTILE))]
        return SkeletalMotion(self.body, self.matrices, root, self.fps)

    def foot_contacts(self) -> Array:
        """(T, F) 1 where a foot is low and slow, else 0."""
        feet = self.foot_positions()
        if len(feet) < 2:
            return np.zeros(feet.shape[:2])
        speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * self.fps
        speed = np.concatenate([speed[:1], speed])
        low = feet[..., 2] < np.array(self.body.foot_heights) + _CONTACT_HEIGHT
        return (low & (speed < _CONTACT_SPEED)).astype(float)

    def foot_positions(self) -> Array:
        """(T, F, 3) metres: where the feet are."""
        joints = forward_kinematics(self.body.skeleton, self.matrices, self.root)[0]
        return joints[:, list(self.body.feet)]
