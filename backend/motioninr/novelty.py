"""How far a motion is from everything that was learnt from, as distances of joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.features import joint_positions
from ..kinematics.body.skeleton import SMPL
from ..kinematics.math.rotations import Array

COMPARED_FRAMES = 8
"""Evenly spread moments at which motions are compared."""
_COMPARED_JOINTS = tuple(
    SMPL.index(name)
    for name in (
        "head",
        *(
            f"{side}_{joint}"
            for joint in ("shoulder", "elbow", "wrist", "knee", "ankle", "foot")
            for side in ("left", "right")
        ),
    )
)
"""Joints whose places tell those of the others."""


@dataclass(frozen=True)
class JointNovelty:
    """How new a motion is."""

    distance: float
    """Metres (RMS) from joint to joint of limbs and head, roots on each other, to the nearest
    training sequence."""
    nearest: str
    """The name of that sequence's clip."""
    typical: float
    """Median over training sequences of the same distance to the nearest of another capture."""


@dataclass(frozen=True)
class KnownMotions:
    """What was learnt from."""

    poses: Array
    """(N, MOMENTS · 39) as `described` gives them."""
    clips: tuple[str, ...]
    """(N) name of each one's clip."""
    typical: float
    """See `Novelty`."""

    @classmethod
    def from_rows(cls, rows: Tensor, clips: Sequence[str]) -> KnownMotions:
        """Training sequences by their rows (N, MOMENTS, 135) and the names of their clips."""
        poses = limb_positions(rows)
        names = np.array(clips)
        nearest = []
        for pose, name in zip(poses, names, strict=True):
            others = poses[names != name]
            if len(others):
                nearest.append(_joint_distances(others, pose).min())
        return cls(poses, tuple(clips), float(np.median(nearest)) if nearest else 0.0)

    def measure_novelty(self, rows: Tensor) -> JointNovelty:
        """Of a motion's heading-aligned rows (MOMENTS, 135)."""
        away = _joint_distances(self.poses, limb_positions(rows[None])[0])
        nearest = int(away.argmin())
        return JointNovelty(float(away[nearest]), self.clips[nearest], self.typical)


@torch.inference_mode()
def limb_positions(rows: Tensor) -> Array:
    """(N, MOMENTS · 39) metres from the root: what is compared of rows (N, MOMENTS, 135)."""
    joints = torch.cat([joint_positions(part) for part in rows.split(256)])
    return (joints[..., _COMPARED_JOINTS, :] - joints[..., :1, :]).flatten(1).numpy()


def _joint_distances(poses: Array, pose: Array) -> Array:
    """(N,) RMS distances of joints."""
    return np.linalg.norm(poses - pose, axis=1) / np.sqrt(pose.size / 3)
