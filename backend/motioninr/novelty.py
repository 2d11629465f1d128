"""Novelty of a motion: the distance of its joints from those of the nearest capture."""

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
"""Evenly spaced frames at which motions are compared."""
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
"""Joints whose positions determine most of a pose."""


@dataclass(frozen=True)
class JointNovelty:
    """Novelty of a motion."""

    distance: float
    """RMS distance in metres of head and limbs, relative to the root, to the nearest training
    sequence."""
    nearest: str
    """Name of the clip of that sequence."""
    typical: float
    """Median distance of training sequences to the nearest one of another capture."""


@dataclass(frozen=True)
class KnownMotions:
    """The training sequences."""

    poses: Array
    """(N, COMPARED_FRAMES · 39) from `limb_positions`."""
    clips: tuple[str, ...]
    """Name of the clip of each sequence."""
    typical: float
    """Median distance of sequences to the nearest one of another capture."""

    @classmethod
    def from_rows(cls, rows: Tensor, clips: Sequence[str]) -> KnownMotions:
        """Take rows (N, COMPARED_FRAMES, 135) and the names of their clips."""
        poses = limb_positions(rows)
        names = np.array(clips)
        nearest = []
        for pose, name in zip(poses, names, strict=True):
            others = poses[names != name]
            if len(others):
                nearest.append(_joint_distances(others, pose).min())
        return cls(poses, tuple(clips), float(np.median(nearest)) if nearest else 0.0)

    def measure_novelty(self, rows: Tensor) -> JointNovelty:
        """Compare the heading-aligned rows (COMPARED_FRAMES, 135) of a motion."""
        distances = _joint_distances(self.poses, limb_positions(rows[None])[0])
        nearest = int(distances.argmin())
        return JointNovelty(float(distances[nearest]), self.clips[nearest], self.typical)


@torch.inference_mode()
def limb_positions(rows: Tensor) -> Array:
    """Return positions (N, COMPARED_FRAMES · 39) relative to the root, in metres."""
    joints = torch.cat([joint_positions(part) for part in rows.split(256)])
    return (joints[..., _COMPARED_JOINTS, :] - joints[..., :1, :]).flatten(1).numpy()


def _joint_distances(poses: Array, pose: Array) -> Array:
    """Return the RMS distances (N,) of joints."""
    return np.linalg.norm(poses - pose, axis=1) / np.sqrt(pose.size / 3)
