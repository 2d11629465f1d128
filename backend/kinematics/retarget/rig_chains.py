"""Where the ends of a rig's limbs are, and how far each bone's turn moves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..math.rotations import Array, quaternion_to_matrix
from ..rigs.bone_map import BoneMap
from ..rigs.rest_pose import RestPose
from .take_to_rig import BoneTraits, RigMotion, location_axes, with_constraint_parents

END_EFFECTORS = (
    "head",
    *(f"{s}_{p}" for s in ("left", "right") for p in ("wrist", "hand", "ankle", "foot")),
)
"""The joints that are the ends of limbs, as far as a rig has them."""


@dataclass(frozen=True)
class RigChains:
    """The turning bones of a rig, and the points that they carry."""

    parents: tuple[int, ...]
    """(B,) the turning bone that each one turns with, -1 for none."""
    order: tuple[int, ...]
    """All turning bones, parents before children."""
    rest_rotations: Array
    """(B, 3, 3) orientation of each bone at rest."""
    end_offsets: Array
    """(E, B, 3) which way each end lies along what each bone carries, at rest, in rig units."""
    head_offsets: Array
    """(B, B, 3) likewise for the heads of the turning bones."""
    location_axes: Array
    """(L, 3, 3) axes at rest along which the locations of a motion are measured."""
    location_parents: tuple[int, ...]
    """(L,) the turning bone that turns each one's axes, -1 for none."""
    location_moves_ends: Array
    """(E, L) 1 where a location moves an end, else 0."""
    location_moves_heads: Array
    """(B, L) likewise for the heads of the turning bones."""

    def rest_deltas(self, quaternions: Array) -> Array:
        """(T, B, 3, 3) turns from rest in the rig's frame, of local ones (B, T, 4)."""
        vectors = np.einsum("bij,btj->bti", self.rest_rotations, quaternions[..., 1:])
        local = quaternion_to_matrix(np.concatenate([quaternions[..., :1], vectors], axis=-1))
        turns = local.copy()
        for bone in self.order:
            if self.parents[bone] >= 0:
                turns[bone] = turns[self.parents[bone]] @ local[bone]
        return turns.transpose(1, 0, 2, 3)

    def end_positions(self, quaternions: Array, locations: Array) -> Array:
        """(T, E, 3) places of the ends, but for a constant, by (B, T, 4) and (T, L, 3)."""
        turns = self.rest_deltas(quaternions)
        return _carried(turns, self.end_offsets) + self.location_moves_ends @ self._moved(
            turns, locations
        )

    def head_positions(self, quaternions: Array, locations: Array) -> Array:
        """(T, B, 3) places of the heads of the turning bones, likewise."""
        turns = self.rest_deltas(quaternions)
        moved = self.location_moves_heads @ self._moved(turns, locations)
        return _carried(turns, self.head_offsets) + moved

    def _moved(self, turns: Array, locations: Array) -> Array:
        """(T, L, 3) locations in the rig's frame."""
        moved = (self.location_axes @ locations[..., None])[..., 0]
        for n, parent in enumerate(self.location_parents):
            if parent >= 0:
                moved[:, n] = (turns[:, parent] @ moved[:, n, :, None])[..., 0]
        return moved

    def lever_arms(self, quaternions: Array) -> Array:
        """(E, B, T) distance of each end from each bone that moves it, 0 for other bones."""
        turns = self.rest_deltas(quaternions)
        ends, heads = (_carried(turns, r) for r in (self.end_offsets, self.head_offsets))
        apart = np.linalg.norm(ends[:, :, None] - heads[:, None], axis=-1).transpose(1, 2, 0)
        return apart * self._moves()[..., None]

    def _moves(self) -> Array:
        """(E, B) 1 where a bone moves an end, else 0."""
        moves = np.any(self.end_offsets != 0, axis=-1)
        for bone in reversed(self.order):
            if self.parents[bone] >= 0:
                moves[:, self.parents[bone]] |= moves[:, bone]
        return moves.astype(float)


def build_rig_chains(
    motion: RigMotion, rest: RestPose, bone_map: BoneMap, traits: BoneTraits
) -> RigChains:
    """The chains of a rig whose motion came from `pose_rig` with the same arguments."""
    rest = with_constraint_parents(rest, bone_map)
    index = rest.bone_indices()
    bones = [index[name] for name in motion.bones]
    place = {bone: n for n, bone in enumerate(bones)}

    def turns_with(bone: int) -> int:
        return -1 if rest.names[bone] in traits.no_inherit_rotation else rest.parents[bone]

    def leader(bone: int) -> int:
        while bone >= 0 and bone not in place:
            bone = turns_with(bone)
        return place[bone] if bone >= 0 else -1

    def reach(bone: int) -> Array:
        """(B, 3) the way to a bone's head, split by the turning bone that carries each part."""
        way = np.zeros((len(bones), 3))
        for child, parent in zip([bone, *rest.ancestors(bone)], rest.ancestors(bone), strict=False):
            if leader(parent) >= 0:
                way[leader(parent)] += rest.positions[child] - rest.positions[parent]
        return way

    def moves(points: list[int]) -> Array:
        """(P, L) 1 where a location moves the head of a bone."""
        located = [index[bone] for bone in motion.translated_bones]
        lines = [{bone, *rest.ancestors(bone)} for bone in points]
        found = [[float(mover in line) for mover in located] for line in lines]
        return np.array(found).reshape(len(points), len(located))

    ends = [index[bone_map.bones[joint]] for joint in END_EFFECTORS if joint in bone_map.bones]
    return RigChains(
        parents=tuple(leader(turns_with(bone)) for bone in bones),
        order=tuple(sorted(range(len(bones)), key=lambda n: len(rest.ancestors(bones[n])))),
        rest_rotations=rest.rotations[bones],
        end_offsets=np.array([reach(bone) for bone in ends]),
        head_offsets=np.array([reach(bone) for bone in bones]),
        location_axes=np.array(
            [location_axes(rest, index[bone], traits) for bone in motion.translated_bones]
        ).reshape(-1, 3, 3),
        location_parents=tuple(leader(rest.parents[index[b]]) for b in motion.translated_bones),
        location_moves_ends=moves(ends),
        location_moves_heads=moves(bones),
    )


def _carried(turns: Array, reaches: Array) -> Array:
    """(T, P, 3) points that reach (P, B, 3) along bones that turn by (T, B, 3, 3)."""
    times, bones = turns.shape[:2]
    flat = turns.transpose(0, 2, 1, 3).reshape(3 * times, 3 * bones)
    return (flat @ reaches.reshape(-1, 3 * bones).T).reshape(times, 3, -1).transpose(0, 2, 1)
