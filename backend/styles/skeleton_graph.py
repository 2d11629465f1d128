"""The body of a style (a skeleton of any hierarchy, with feet) and its motions; Z is up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..data.features import CONTACT_HEIGHT, CONTACT_JOINTS, CONTACT_SPEED, FOOT_HEIGHTS
from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, Skeleton, forward_kinematics
from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array, axis_angle_to_matrix
from ..kinematics.math.splines import PoseSpline

_FLOOR_PERCENTILE = 5
"""Percentile of the height of the lower foot that is taken for the floor."""


@dataclass(frozen=True)
class Body:
    """A skeleton with its feet."""

    skeleton: Skeleton
    """Offsets in metres."""
    feet: tuple[int, ...]
    """Joints with contact labels; none for a body without feet."""
    foot_heights: tuple[float, ...]
    """Height of each of `feet` above the floor when it stands, in metres."""

    def __len__(self) -> int:
        return len(self.skeleton)

    def has_same_skeleton(self, other: Body) -> bool:
        """Compare joint names and hierarchy; offsets may differ."""
        first, second = self.skeleton, other.skeleton
        return first.names == second.names and first.parents == second.parents

    @cached_property
    def foot_chains(self) -> tuple[tuple[int, ...], ...]:
        """Joints from the root to each foot."""
        chains = [[foot] for foot in self.feet]
        for chain in chains:
            while (parent := self.skeleton.parents[chain[0]]) >= 0:
                chain.insert(0, parent)
        return tuple(map(tuple, chains))


SMPL_BODY = Body(
    Skeleton(SMPL.names[:JOINT_COUNT], SMPL.parents[:JOINT_COUNT], SMPL.offsets[:JOINT_COUNT]),
    CONTACT_JOINTS,
    FOOT_HEIGHTS,
)
"""SMPL's joints without the hands, which no motion capture records."""


@dataclass(frozen=True)
class SkeletalMotion:
    """Local rotations and root path of a body at a constant frame rate."""

    body: Body
    matrices: Array
    """(T, J, 3, 3) local rotations; the root's is its world orientation."""
    root: Array
    """(T, 3) metres."""
    fps: float

    def __len__(self) -> int:
        return len(self.root)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.fps

    @classmethod
    def from_take(cls, take: Take) -> SkeletalMotion:
        poses = take.poses[:, : 3 * JOINT_COUNT].astype(float).reshape(len(take), JOINT_COUNT, 3)
        root = take.trans.astype(float) + SMPL.offsets[0]
        return cls(SMPL_BODY, axis_angle_to_matrix(poses), root, take.fps)

    def to_take(self) -> Take:
        """Return a motion of the SMPL body as a take, hands at rest."""
        full = np.broadcast_to(np.eye(3), (len(self), len(SMPL), 3, 3)).copy()
        full[:, : len(self.body)] = self.matrices
        return Take.from_matrices(full, self.root, self.fps)

    def resampled_at(self, fps: float) -> SkeletalMotion:
        """Return the motion at another frame rate, on the spline through its frames."""
        if fps == self.fps or len(self) < 2:
            return self
        keys = np.arange(len(self)) / self.fps
        frames = int(np.floor(keys[-1] * fps + 1e-6)) + 1
        times = np.minimum(np.arange(frames) / fps, keys[-1])
        matrices, root = PoseSpline.through_keys(keys, self.matrices, self.root).evaluate(times)
        return SkeletalMotion(self.body, matrices, root, fps)

    def slice_frames(self, start: int, end: int) -> SkeletalMotion:
        return replace(self, matrices=self.matrices[start:end], root=self.root[start:end])

    def placed_on_floor(self) -> SkeletalMotion:
        """Return the motion shifted vertically so that its lowest feet stand at zero."""
        if not self.body.feet:
            return self
        soles = self.foot_positions()[..., 2] - np.array(self.body.foot_heights)
        root = self.root - [0.0, 0.0, float(np.percentile(soles.min(axis=1), _FLOOR_PERCENTILE))]
        return replace(self, root=root)

    def foot_contacts(self) -> Array:
        """Return (T, F): 1 where a foot is low and slow, else 0."""
        feet = self.foot_positions()
        if len(feet) < 2:
            return np.zeros(feet.shape[:2])
        speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * self.fps
        speed = np.concatenate([speed[:1], speed])
        low = feet[..., 2] < np.array(self.body.foot_heights) + CONTACT_HEIGHT
        return (low & (speed < CONTACT_SPEED)).astype(float)

    def foot_positions(self) -> Array:
        """Return (T, F, 3) in metres."""
        joints = forward_kinematics(self.body.skeleton, self.matrices, self.root)[0]
        return joints[:, list(self.body.feet)]
