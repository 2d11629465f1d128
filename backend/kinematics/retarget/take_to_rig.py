"""Retarget a take to any rig, by world-space deltas from the rest pose: inverse of `rig_to_take`.

The world rotation of a joint, without the limb alignment and in the rig's frame, is the rotation of
its bone from rest, whatever its roll. Unmapped bones follow their parents, so each mapped bone
needs only its rotation relative to the next mapped bone above it.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from ..body.take import Take
from ..feet.leg_ik import legs_from_joints, solve_leg_rotations
from ..math.rotations import Array, invert_rotations, matrix_to_quaternion
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose
from .rest_alignment import ANKLE_JOINTS, RestAlignment, align_rest_pose

_SIDES = ("left", "right")


@dataclass(frozen=True)
class BoneTraits:
    """Relations of bones to their parents that differ from the default."""

    no_inherit_rotation: frozenset[str] = frozenset()
    """Bones that move with their parent but do not rotate with it."""
    connected: frozenset[str] = frozenset()
    """Bones fixed to the tip of their parent: a location on them has no effect."""
    parent_space_location: frozenset[str] = frozenset()
    """Bones whose location is along their parent's axes instead of their own."""

    def rotation_parent(self, rest: RestPose, bone: int) -> int:
        """Bone that `bone` rotates with, -1 for none."""
        return -1 if rest.names[bone] in self.no_inherit_rotation else rest.parents[bone]


@dataclass(frozen=True, eq=False)
class Rig:
    """A rig at rest, in its own frame, and the bones of it that play the body."""

    rest_pose: RestPose
    bone_map: BoneMap
    traits: BoneTraits = BoneTraits()
    custom_rest_pose: RestPose | None = None
    """The same bones in a T- or A-pose, for a rig whose rest pose is no standing body."""

    @property
    def standing_pose(self) -> RestPose:
        return self.custom_rest_pose or self.rest_pose


@dataclass(frozen=True)
class RigMotion:
    """A motion as a rig stores it: each bone's rotation from rest, relative to its parent."""

    bones: tuple[str, ...]
    rotations: Array
    """(T, B, 4) unit quaternions in the axes of each bone."""
    translated_bones: tuple[str, ...]
    """Bones that carry the body's translation, the topmost first; they need not be in `bones`."""
    locations: Array
    """(T, L, 3) of `translated_bones` from rest, along their own axes, in rig units."""
    intermediate_bones: tuple[str, ...]
    """Bones between two of `bones` in the hierarchy, which have to stay at rest."""

    def quaternions_by_bone(self) -> Array:
        """(B, T, 4) `rotations`, bones first."""
        return np.asarray(self.rotations, dtype=float).swapaxes(0, 1)

    def rotations_by_bone(self) -> dict[str, Array]:
        return {bone: self.rotations[:, n] for n, bone in enumerate(self.bones)}

    def locations_by_bone(self) -> dict[str, Array]:
        return {bone: self.locations[:, n] for n, bone in enumerate(self.translated_bones)}

    @property
    def root_bone(self) -> str:
        return self.translated_bones[0]


def retarget_to_rig(take: Take, rig: Rig, *, match_feet: bool = False) -> RigMotion:
    """Retarget a take to a rig.

    Bones above the body are assumed at rest, so moving them moves the whole motion. Sizes scale
    with leg length, feet keep their height above the ground, and the take's origin is below the rig
    at rest.

    Args:
        match_feet: Bend the legs until the ankles match those of the take. Legs with other
            proportions would let planted feet slide.

    Raises:
        MappingError: The mapped bones have no common ancestor.
    """
    rest, traits = with_constraint_parents(rig.rest_pose, rig.bone_map), rig.traits
    alignment = align_rest_pose(rig.standing_pose, rig.bone_map)
    positions, world = forward_kinematics(SMPL, take.local_matrices(), take.root_positions())
    deltas = _bone_deltas(alignment, BODY_TO_WORLD.T @ world)
    if rig.custom_rest_pose is not None:
        for bone, delta in deltas.items():
            deltas[bone] = delta @ rig.custom_rest_pose.rotations[bone] @ rest.rotations[bone].T
    posed = _PosedBones(rest, alignment, traits, deltas)
    smpl_hips = (positions[:, 1] + positions[:, 2]) / 2
    ankles = positions[:, list(ANKLE_JOINTS), 2] - smpl_hips[:, None, 2]
    lift = alignment.hip_lift(posed.ankles_above_hips(), ankles)
    lift = lift[:, None] * alignment.body_to_rig[:, 1]
    hips = alignment.to_rig_frame(smpl_hips) + lift - posed.hip_center()
    if match_feet:
        posed.reach_ankles(alignment.to_rig_frame(positions[:, list(ANKLE_JOINTS)]) - hips[:, None])
    root = posed.top_bone
    while rest.names[root] in traits.connected and rest.parents[root] >= 0:
        root = rest.parents[root]
    return RigMotion(
        bones=tuple(rest.names[bone] for bone in posed.deltas),
        rotations=posed.local_rotations(),
        translated_bones=(rest.names[root],),
        locations=(hips @ location_axes(rest, root, traits))[:, None],
        intermediate_bones=tuple(rest.names[bone] for bone in posed.intermediate_bones()),
    )


def with_constraint_parents(rest: RestPose, bone_map: BoneMap) -> RestPose:
    """Replace the parents of bones by the bones that they follow through constraints."""
    if not bone_map.constraint_parents:
        return rest
    index = rest.bone_indices()
    parents = list(rest.parents)
    for bone, parent in bone_map.constraint_parents.items():
        parents[index[bone]] = index[parent]
    return replace(rest, parents=tuple(parents))


def _bone_deltas(alignment: RestAlignment, world: Array) -> dict[int, Array]:
    """Rotation (T, 3, 3) of each mapped bone from rest, of those of the joints (T, 24, 3, 3)."""
    joints = [joint for joint, bone in enumerate(alignment.bones) if bone >= 0]
    frame = alignment.body_to_rig
    deltas = (
        frame @ world[:, joints] @ (invert_rotations(alignment.limb_alignments[joints]) @ frame.T)
    )
    return {alignment.bones[joint]: deltas[:, n] for n, joint in enumerate(joints)}


class _PosedBones:
    """A rig of which some bones have a known rotation and all others follow."""

    def __init__(
        self, rest: RestPose, alignment: RestAlignment, traits: BoneTraits, deltas: dict[int, Array]
    ) -> None:
        self.rest, self.alignment, self.traits, self.deltas = rest, alignment, traits, deltas
        """Each turning bone's world delta from rest, (T, 3, 3), in the rig's frame."""
        pelvis = alignment.bones[0]
        self.top_bone = _common_ancestor(rest, list(deltas))
        # Hips and spine may be siblings: their common ancestor then moves with the pelvis.
        deltas.setdefault(self.top_bone, deltas[pelvis])

    def rotating_ancestor(self, bone: int) -> int:
        """The posed bone that `bone` rotates with, possibly itself; -1 if it stays at rest."""
        while bone >= 0 and bone not in self.deltas:
            bone = self.traits.rotation_parent(self.rest, bone)
        return bone

    def local_rotations(self) -> Array:
        """(T, B, 4) quaternions of the posed bones in their own axes."""
        bones = list(self.deltas)
        identity = np.broadcast_to(np.eye(3), next(iter(self.deltas.values())).shape)
        above = [self.traits.rotation_parent(self.rest, bone) for bone in bones]
        parents = [self.rotating_ancestor(bone) for bone in above]
        before = np.stack([self.deltas.get(parent, identity) for parent in parents], axis=1)
        after = np.stack([self.deltas[bone] for bone in bones], axis=1)
        axes = self.rest.rotations[bones]
        local = invert_rotations(axes) @ (invert_rotations(before) @ after) @ axes
        return matrix_to_quaternion(local)

    def hip_center(self) -> Array:
        """(T, 3) middle between the hip joints with the top bone at its rest position."""
        left, right = (self._head(SMPL.index(f"{side}_hip")) for side in _SIDES)
        return (left + right) / 2

    def ankles_above_hips(self) -> Array:
        """(T, 2) heights from the middle of the hips to each ankle along the rig's up axis."""
        ankles = np.stack([self._head(ankle) for ankle in ANKLE_JOINTS], axis=1)
        return (ankles - self.hip_center()[:, None]) @ self.alignment.body_to_rig[:, 1]

    def _head(self, joint: int) -> Array:
        """(T, 3) head of the bone that plays an SMPL joint, the top bone at its rest position."""
        rest, bone = self.rest, self.alignment.bones[joint]
        head = rest.positions[self.top_bone]
        path = [bone, *rest.ancestors(bone)]
        for child in reversed(path[: path.index(self.top_bone)]):
            parent = rest.parents[child]
            offset = rest.positions[child] - rest.positions[parent]
            ancestor = self.rotating_ancestor(parent)
            head = head + (self.deltas[ancestor] @ offset if ancestor >= 0 else offset)
        return head

    def reach_ankles(self, ankles: Array) -> None:
        """Bend both legs, in place, until the ankles are at (T, 2, 3), the top bone at rest."""
        parts = ("hip", "knee", "ankle")
        hip, knee, ankle = (
            np.stack([self._head(SMPL.index(f"{side}_{part}")) for side in _SIDES], axis=1)
            for part in parts
        )
        bones = [self.alignment.bones[SMPL.index(f"{side}_hip")] for side in _SIDES]
        across = np.stack(
            [self.deltas[bone] @ self.alignment.body_to_rig[:, 0] for bone in bones], axis=1
        )
        # Hyperextended knees stay: they are part of the take.
        legs = legs_from_joints(hip, knee, ankle, across)
        swing, flexion = solve_leg_rotations(legs, ankles - hip, lock_weights=0.0)
        for n, side in enumerate(_SIDES):
            thigh, shin = (self.alignment.bones[SMPL.index(f"{side}_{part}")] for part in parts[:2])
            self.deltas[thigh] = swing[:, n] @ self.deltas[thigh]
            self.deltas[shin] = swing[:, n] @ flexion[:, n] @ self.deltas[shin]

    def intermediate_bones(self) -> list[int]:
        """Bones below the top bone that follow others and have posed bones below them."""
        passed: dict[int, None] = {}
        for bone in self.deltas:
            for ancestor in self.rest.ancestors(bone) if bone != self.top_bone else ():
                if ancestor == self.top_bone:
                    break
                if ancestor not in self.deltas:
                    passed[ancestor] = None
        return list(passed)


def _common_ancestor(rest: RestPose, bones: list[int]) -> int:
    paths = [[*reversed(rest.ancestors(bone)), bone] for bone in bones]
    shared = -1
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    if shared < 0:
        other = next(path[-1] for path in paths if path[0] != paths[0][0])
        raise MappingError(
            f"The bones {rest.names[paths[0][-1]]} and {rest.names[other]} have different roots: "
            "give them a common parent."
        )
    return shared


def location_axes(rest: RestPose, bone: int, traits: BoneTraits) -> Array:
    """(3, 3) axes of a location on `bone`, as columns in the rig's frame."""
    if rest.names[bone] not in traits.parent_space_location:
        return rest.rotations[bone]
    parent = rest.parents[bone]
    return rest.rotations[parent] if parent >= 0 else np.eye(3)
