"""A take onto any rig, by world-space deltas from the rest pose: `retarget.take_from_motion` back.

A joint's world rotation, taken off the limb alignment and carried into the rig's frame, is how far
its bone has to turn from rest, however the bone is rolled. Bones between two that turn follow their
parents, so only how a bone turns against the nearest turning bone above it has to be known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from ..body.take import Take
from ..feet.leg_ik import legs_from_joints, solve_leg_rotations
from ..math.rotations import Array, matrix_to_quaternion
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose
from .rest_alignment import ANKLE_JOINTS, RestAlignment, align_rest_pose

_SIDES = ("left", "right")


@dataclass(frozen=True)
class BoneTraits:
    """How the bones of a rig hang on their parents, where that is not the usual way."""

    no_inherit_rotation: frozenset[str] = frozenset()
    """Bones that move with their parent but do not turn with it."""
    connected: frozenset[str] = frozenset()
    """Bones that cannot leave the tip of their parent: a location on them does nothing."""
    parent_space_location: frozenset[str] = frozenset()
    """Bones whose location is measured along their parent's axes instead of their own."""


@dataclass(frozen=True)
class RigMotion:
    """A motion as what a rig stores: each bone's turn from its rest, relative to its parent."""

    bones: tuple[str, ...]
    rotations: Array
    """(T, B, 4) unit quaternions in each bone's own axes."""
    translated_bones: tuple[str, ...]
    """The bones that carry the body's way through space, the topmost first; they need not be among
    `bones`."""
    locations: Array
    """(T, L, 3) of `located` from their rest positions, along their own axes, in rig units."""
    intermediate_bones: tuple[str, ...]
    """Bones on the way from one bone to another, which have to be at rest."""

    @property
    def root_bone(self) -> str:
        """The topmost bone of all that move."""
        return self.translated_bones[0]


def retarget_to_rig(
    take: Take,
    rest: RestPose,
    bone_map: BoneMap,
    traits: BoneTraits | None = None,
    *,
    custom_rest_pose: RestPose | None = None,
    match_feet: bool = False,
) -> RigMotion:
    """Put a take on a rig.

    Bones above the body are taken to be at rest, so whoever moves them moves the whole motion.
    Sizes follow leg length, feet keep their height above the ground, and the take's origin is the
    spot where the rig stands at rest.

    Args:
        take: what to put on it.
        rest: the bones as they are where nothing is keyed.
        bone_map: which of them play the body.
        traits: how they hang on their parents.
        standing: the same bones in a T- or A-pose, for a rig whose rest is no standing body.
        plant_feet: bend the legs until the ankles are where the take has them: thighs and shins
            that share a leg's length otherwise than the take's would make planted feet slide.

    Raises:
        MappingError: if the mapped bones do not hang together.
    """
    traits = traits or BoneTraits()
    rest = with_constraint_parents(rest, bone_map)
    body = align_rest_pose(rest if custom_rest_pose is None else custom_rest_pose, bone_map)
    positions, world = forward_kinematics(SMPL, take.local_matrices(), take.root_positions())
    turns = _bone_turns(body, BODY_TO_WORLD.T @ world)
    if custom_rest_pose is not None:
        for bone, turn in turns.items():
            turns[bone] = turn @ custom_rest_pose.rotations[bone] @ rest.rotations[bone].T
    tree = _Turning(rest, body, traits, turns)
    hips = (positions[:, 1] + positions[:, 2]) / 2
    ankles = positions[:, list(ANKLE_JOINTS), 2] - hips[:, None, 2]
    lift = body.hip_lift(tree.ankles_above_hips(), ankles)
    way = body.to_rig_frame(hips) + lift[:, None] * body.body_to_rig[:, 1] - tree.hip_centre()
    if match_feet:
        tree.reach(body.to_rig_frame(positions[:, list(ANKLE_JOINTS)]) - way[:, None])
    root = tree.carrier
    while rest.names[root] in traits.connected and rest.parents[root] >= 0:
        root = rest.parents[root]
    return RigMotion(
        bones=tuple(rest.names[bone] for bone in tree.turns),
        rotations=tree.local_rotations(),
        translated_bones=(rest.names[root],),
        locations=(way @ location_axes(rest, root, traits))[:, None],
        intermediate_bones=tuple(rest.names[bone] for bone in tree.between()),
    )


def with_constraint_parents(rest: RestPose, bone_map: BoneMap) -> RestPose:
    """The rest pose with each bone below the one that carries it, constraints included."""
    if not bone_map.constraint_parents:
        return rest
    place = {name: n for n, name in enumerate(rest.names)}
    parents = list(rest.parents)
    for bone, carrier in bone_map.constraint_parents.items():
        parents[place[bone]] = place[carrier]
    return replace(rest, parents=tuple(parents))


def _bone_turns(body: RestAlignment, world: Array) -> dict[int, Array]:
    """How far each mapped bone turns from its rest (T, 3, 3), in the rig's frame.

    Args:
        world: (T, 24, 3, 3) rotations of the SMPL joints in the body frame.
    """
    joints = [joint for joint, bone in enumerate(body.bones) if bone >= 0]
    off_alignment = np.swapaxes(body.limb_alignments[joints], -1, -2) @ body.body_to_rig.T
    turns = body.body_to_rig @ world[:, joints] @ off_alignment
    return {body.bones[joint]: turns[:, n] for n, joint in enumerate(joints)}


class _Turning:
    """A rig of which some bones turn in a known way and all others follow."""

    def __init__(
        self, rest: RestPose, body: RestAlignment, traits: BoneTraits, turns: dict[int, Array]
    ) -> None:
        self.rest = rest
        self.body = body
        self.traits = traits
        self.turns = turns
        """Each turning bone's world delta from rest, (T, 3, 3), in the rig's frame."""
        pelvis = body.bones[0]
        self.carrier = _common_ancestor(rest, list(turns))
        # Hips and spine may be siblings: what they share has to go where the pelvis goes.
        turns.setdefault(self.carrier, turns[pelvis])

    def leader(self, bone: int) -> int:
        """The turning bone that `bone` turns with, itself perhaps; -1 if it stays as at rest."""
        while bone >= 0 and bone not in self.turns:
            bone = self.parent_in_turning(bone)
        return bone

    def parent_in_turning(self, bone: int) -> int:
        return (
            -1
            if self.rest.names[bone] in self.traits.no_inherit_rotation
            else self.rest.parents[bone]
        )

    def local_rotations(self) -> Array:
        """(T, B, 4) quaternions of the turning bones in their own axes."""
        bones = list(self.turns)
        still = np.broadcast_to(np.eye(3), next(iter(self.turns.values())).shape)
        leaders = [self.leader(self.parent_in_turning(bone)) for bone in bones]
        before = np.stack([self.turns.get(leader, still) for leader in leaders], axis=1)
        after = np.stack([self.turns[bone] for bone in bones], axis=1)
        own = self.rest.rotations[bones]
        local = np.swapaxes(own, -1, -2) @ (np.swapaxes(before, -1, -2) @ after) @ own
        return matrix_to_quaternion(local)

    def hip_centre(self) -> Array:
        """(T, 3) middle between the hip joints if the carrier turns but stays in its place."""
        left, right = (self._head(SMPL.index(f"{side}_hip")) for side in ("left", "right"))
        return (left + right) / 2

    def ankles_above_hips(self) -> Array:
        """(T, 2) along the rig's up axis, from the middle of the hips to each ankle."""
        ankles = np.stack([self._head(ankle) for ankle in ANKLE_JOINTS], axis=1)
        return (ankles - self.hip_centre()[:, None]) @ self.body.body_to_rig[:, 1]

    def _head(self, joint: int) -> Array:
        """(T, 3) where the bone that plays an SMPL joint begins, if the carrier stays."""
        rest, bone = self.rest, self.body.bones[joint]
        head = rest.positions[self.carrier]
        path = [bone, *rest.ancestors(bone)]
        for child in reversed(path[: path.index(self.carrier)]):
            parent = rest.parents[child]
            reach = rest.positions[child] - rest.positions[parent]
            leader = self.leader(parent)
            head = head + (self.turns[leader] @ reach if leader >= 0 else reach)
        return head

    def reach(self, ankles: Array) -> None:
        """Bend both legs, in place, until ankles are at (T, 2, 3) if the carrier stays."""
        parts = ("hip", "knee", "ankle")
        hip, knee, ankle = (
            np.stack([self._head(SMPL.index(f"{side}_{part}")) for side in _SIDES], axis=1)
            for part in parts
        )
        bones = [self.body.bones[SMPL.index(f"{side}_hip")] for side in _SIDES]
        across = np.stack(
            [self.turns[bone] @ self.body.body_to_rig[:, 0] for bone in bones], axis=1
        )
        # Knees that hyperextend are left to: a rig like the take's shows just what it was.
        legs = legs_from_joints(hip, knee, ankle, across)
        swing, flexed = solve_leg_rotations(legs, ankles - hip, lock_weights=0.0)
        for n, side in enumerate(_SIDES):
            thigh, shin = (self.body.bones[SMPL.index(f"{side}_{part}")] for part in parts[:2])
            self.turns[thigh] = swing[:, n] @ self.turns[thigh]
            self.turns[shin] = swing[:, n] @ flexed[:, n] @ self.turns[shin]

    def between(self) -> list[int]:
        """Bones below the carrier that turn with others but have turning bones below them."""
        found: dict[int, None] = {}
        for bone in self.turns:
            for ancestor in self.rest.ancestors(bone) if bone != self.carrier else ():
                if ancestor == self.carrier:
                    break
                if ancestor not in self.turns:
                    found[ancestor] = None
        return list(found)


def _common_ancestor(rest: RestPose, bones: list[int]) -> int:
    """The deepest bone that is, or is above, each of `bones`."""
    lines = [[*reversed(rest.ancestors(bone)), bone] for bone in bones]
    shared = -1
    for level in zip(*lines, strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    if shared < 0:
        loose = next(line[-1] for line in lines if line[0] != lines[0][0])
        raise MappingError(
            f"The bones {rest.names[lines[0][-1]]} and {rest.names[loose]} hang on different "
            "roots, so the body would fall apart. Give them a common parent."
        )
    return shared


def location_axes(rest: RestPose, bone: int, traits: BoneTraits) -> Array:
    """(3, 3) axes along which a location on `root` is measured, as columns in the rig's frame."""
    if rest.names[bone] not in traits.parent_space_location:
        return rest.rotations[bone]
    parent = rest.parents[bone]
    return rest.rotations[parent] if parent >= 0 else np.eye(3)
