"""The rest pose of any hierarchy of bones: what BVH headers and Blender armatures share."""

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
    """(N, 3, 3) orientation of each bone; identity where the format knows none (BVH)."""
    tails: Array | None = None
    """(N, 3) where each bone ends (a Blender tail, a BVH end site), NaN where that is not known."""

    def __len__(self) -> int:
        return len(self.names)

    def bone_indices(self) -> dict[str, int]:
        """Index of each bone by its name, of the first where several share one."""
        return {name: i for i, name in reversed(list(enumerate(self.names)))}

    def children(self, bone: int) -> list[int]:
        """Indices of the bones whose parent is `bone`."""
        return [i for i, parent in enumerate(self.parents) if parent == bone]

    def with_pose(self, rotations: Array, positions: Array) -> RestPose:
        """The same bones at rest in another pose.

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
    """The signed coordinate axis (3,) nearest to direction v (3,)."""
    axis = np.zeros(3)
    largest = int(np.argmax(np.abs(v)))
    axis[largest] = np.sign(v[largest])
    return axis
