"""Forward kinematics of rigs: limb ends, bone heads, and lever arms of rotations."""

from dataclasses import dataclass

import numpy as np

from ..math.rotations import Array, quaternion_to_matrix, rotate
from .take_to_rig import Rig, RigMotion, location_axes, with_constraint_parents

END_EFFECTORS = (
    "head",
    *(f"{s}_{p}" for s in ("left", "right") for p in ("wrist", "hand", "ankle", "foot")),
)
"""Joints at the ends of limbs; a rig may lack some."""


@dataclass(frozen=True)
class RigChains:
    """Posed bones of a rig, and the points that they carry."""

    parents: tuple[int, ...]
    """(B,) posed bone that each bone rotates with, -1 for none."""
    order: tuple[int, ...]
    """Indices of all posed bones, parents before children."""
    rest_rotations: Array
    """(B, 3, 3) orientation of each bone at rest."""
    end_offsets: Array
    """(E, B, 3) part of the path to each limb end that each bone carries, at rest, in rig units."""
    head_offsets: Array
    """(B, B, 3) part of the path to each bone's head that each bone carries."""
    location_axes: Array
    """(L, 3, 3) axes of the locations of a motion, at rest."""
    location_parents: tuple[int, ...]
    """(L,) posed bone that rotates the axes of each location, -1 for none."""
    location_moves_ends: Array
    """(E, L) 1 where a location moves a limb end, else 0."""
    location_moves_heads: Array
    """(B, L) 1 where a location moves a bone's head, else 0."""

    def rest_deltas(self, quaternions: Array) -> Array:
        """(T, B, 3, 3) rotations from rest in the rig's frame, of local quaternions (B, T, 4)."""
        vectors = np.einsum("bij,btj->bti", self.rest_rotations, quaternions[..., 1:])
        local = quaternion_to_matrix(np.concatenate([quaternions[..., :1], vectors], axis=-1))
        deltas = local.copy()
        for bone in self.order:
            if self.parents[bone] >= 0:
                deltas[bone] = deltas[self.parents[bone]] @ local[bone]
        return deltas.transpose(1, 0, 2, 3)

    def end_positions(self, quaternions: Array, locations: Array) -> Array:
        """(T, E, 3) positions of the limb ends, up to a constant, of (B, T, 4) and (T, L, 3)."""
        return self._points(quaternions, locations, self.end_offsets, self.location_moves_ends)

    def head_positions(self, quaternions: Array, locations: Array) -> Array:
        """(T, B, 3) positions of the bones' heads, up to a constant, as `end_positions`."""
        return self._points(quaternions, locations, self.head_offsets, self.location_moves_heads)

    def head_displacements(self, motion: RigMotion) -> Array:
        """(T, B, 3) displacements of the bones' heads from rest, in the rig's frame."""
        at_rest = np.zeros((len(motion.bones), 1, 4))
        at_rest[..., 0] = 1.0
        heads = self.head_positions(motion.quaternions_by_bone(), motion.locations)
        return heads - self.head_positions(at_rest, np.zeros((1, len(motion.translated_bones), 3)))

    def _points(self, quaternions: Array, locations: Array, offsets: Array, moves: Array) -> Array:
        deltas = self.rest_deltas(quaternions)
        locations_in_rig = rotate(self.location_axes, locations)
        for n, parent in enumerate(self.location_parents):
            if parent >= 0:
                locations_in_rig[:, n] = rotate(deltas[:, parent], locations_in_rig[:, n])
        return _chain_points(deltas, offsets) + moves @ locations_in_rig

    def lever_arms(self, quaternions: Array) -> Array:
        """(E, B, T) distance of each limb end from each bone that moves it, 0 for other bones."""
        deltas = self.rest_deltas(quaternions)
        ends, heads = (_chain_points(deltas, r) for r in (self.end_offsets, self.head_offsets))
        distances = np.linalg.norm(ends[:, :, None] - heads[:, None], axis=-1).transpose(1, 2, 0)
        # (E, B) whether a bone moves a limb end.
        moves = np.any(self.end_offsets != 0, axis=-1)
        for bone in reversed(self.order):
            if self.parents[bone] >= 0:
                moves[:, self.parents[bone]] |= moves[:, bone]
        return distances * moves[..., None].astype(float)


def build_rig_chains(motion: RigMotion, rig: Rig) -> RigChains:
    """Build the chains of a rig for a motion of `retarget_to_rig`."""
    rest, joints = with_constraint_parents(rig.rest_pose, rig.bone_map), rig.bone_map.bones
    index = rest.bone_indices()
    bones = [index[name] for name in motion.bones]
    position = {bone: n for n, bone in enumerate(bones)}

    def posed_ancestor(bone: int) -> int:
        while bone >= 0 and bone not in position:
            bone = rig.traits.rotation_parent(rest, bone)
        return position[bone] if bone >= 0 else -1

    def offsets_to_head(bone: int) -> Array:
        offsets = np.zeros((len(bones), 3))
        for child, parent in zip([bone, *rest.ancestors(bone)], rest.ancestors(bone), strict=False):
            if posed_ancestor(parent) >= 0:
                offsets[posed_ancestor(parent)] += rest.positions[child] - rest.positions[parent]
        return offsets

    def location_moves(points: list[int]) -> Array:
        translated = [index[bone] for bone in motion.translated_bones]
        paths = [{bone, *rest.ancestors(bone)} for bone in points]
        matrix = [[float(bone_above in path) for bone_above in translated] for path in paths]
        return np.array(matrix).reshape(len(points), len(translated))

    ends = [index[joints[joint]] for joint in END_EFFECTORS if joint in joints]
    return RigChains(
        parents=tuple(posed_ancestor(rig.traits.rotation_parent(rest, bone)) for bone in bones),
        order=tuple(sorted(range(len(bones)), key=lambda n: len(rest.ancestors(bones[n])))),
        rest_rotations=rest.rotations[bones],
        end_offsets=np.array([offsets_to_head(bone) for bone in ends]),
        head_offsets=np.array([offsets_to_head(bone) for bone in bones]),
        location_axes=np.array(
            [location_axes(rest, index[bone], rig.traits) for bone in motion.translated_bones]
        ).reshape(-1, 3, 3),
        location_parents=tuple(
            posed_ancestor(rest.parents[index[b]]) for b in motion.translated_bones
        ),
        location_moves_ends=location_moves(ends),
        location_moves_heads=location_moves(bones),
    )


def _chain_points(deltas: Array, offsets: Array) -> Array:
    """(T, P, 3) ends of offsets (P, B, 3) along bones rotated by (T, B, 3, 3)."""
    times, bones = deltas.shape[:2]
    flat = deltas.transpose(0, 2, 1, 3).reshape(3 * times, 3 * bones)
    return (flat @ offsets.reshape(-1, 3 * bones).T).reshape(times, 3, -1).transpose(0, 2, 1)
