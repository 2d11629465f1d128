"""The rest pose of any hierarchy of bones, as BVH headers and Blender armatures have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..math.rotations import Array


@dataclass(frozen=True)
class RestPose:
    """Bones at rest, in any Cartesian frame and unit of length.

    `parents` may come in any order; -1 marks a bone without a parent.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    positions: Array
    """(N, 3) position of each bone's head."""
    rotations: Array
    """(N, 3, 3) orientation of each bone; identity in formats that have none (BVH)."""
    tails: Array | None = None
    """(N, 3) end of each bone (a Blender tail, a BVH end site), NaN where unknown."""

    def __len__(self) -> int:
        return len(self.names)

    def bone_indices(self) -> dict[str, int]:
        """Index of each bone by its name; the first one if several share it."""
        return {name: i for i, name in reversed(list(enumerate(self.names)))}

    def bone_vector(self, bone: int, child: int = -1) -> Array:
        """(3,) from the head of `bone` to the head of `child`, or to the tail of `bone` if `child`
        is -1; zero if that is unknown."""
        if child >= 0:
            return self.positions[child] - self.positions[bone]
        if self.tails is not None and np.isfinite(self.tails[bone]).all():
            return self.tails[bone] - self.positions[bone]
        return np.zeros(3)

    def with_pose(self, rotations: Array, positions: Array) -> RestPose:
        """Return the same bones with another pose as their rest pose.

        Args:
            rotations: (N, 3, 3) world rotations of the bones in that pose.
            positions: (N, 3) world positions of their heads.
        """
        tips = self.tails
        if tips is not None:
            turns = rotations @ np.swapaxes(self.rotations, -1, -2)
            tips = positions + np.einsum("nij,nj->ni", turns, tips - self.positions)
        return RestPose(self.names, self.parents, positions, rotations, tips)

    def ancestors(self, bone: int) -> list[int]:
        """Indices from the parent of `bone` up to its root."""
        chain: list[int] = []
        while (bone := self.parents[bone]) >= 0:
            chain.append(bone)
        return chain


def nearest_axis(v: Array) -> Array:
    """Signed coordinate axis (3,) nearest to direction v (3,)."""
    axis = np.zeros(3)
    largest = int(np.argmax(np.abs(v)))
    axis[largest] = np.sign(v[largest])
    return axis
