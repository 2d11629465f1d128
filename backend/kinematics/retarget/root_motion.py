"""The way of a motion on a bone above the hips, or on the whole rig: root motion.

A take is split (`staging`) into its travel and what is left of it as seen from there. The rig plays
what is left; what carries it, a root bone or the rig itself, plays the travel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..math.rotations import Array, axis_rotation, matrix_to_quaternion, quaternion_to_matrix
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose
from .placement import REST, Travel
from .rest_alignment import Correspondence
from .take_to_rig import BoneTraits, RigMotion, as_it_hangs, location_axes


@dataclass(frozen=True)
class Carriage:
    """A travel in a rig's frame and unit: x becomes turns @ x + shifts."""

    turns: Array
    """(T, 3, 3)"""
    shifts: Array
    """(T, 3)"""

    def from_its_start(self) -> Carriage:
        """What is left to do for one who stands where this begins."""
        turns = self.turns @ self.turns[0].T
        return Carriage(turns, self.shifts - turns @ self.shifts[0])


def carriage(body: Correspondence, travel: Travel) -> Carriage:
    """What carries a rig along a travel; one of `staging.REST` carries it nowhere."""
    turns = body.frame @ axis_rotation("Y", travel.headings) @ body.frame.T
    start, way = (body.placed(_on_ground(places)) for places in (REST.place[None], travel.places))
    return Carriage(turns, way - (turns @ start[0]))


def carried_by_root(
    motion: RigMotion, rest: RestPose, bone_map: BoneMap, traits: BoneTraits, by: Carriage
) -> RigMotion:
    """The motion with its topmost bone carrying all.

    Args:
        motion: by `pose_rig`, with the same rest pose, bone map and traits.
        by: how it is carried.

    Raises:
        MappingError: if there is no bone above the body, or a bone that is not keyed does not turn
            with it.
    """
    rest = as_it_hangs(rest, bone_map)
    index = rest.places()
    root = index[motion.root]
    top = (rest.ancestors(root) or [root])[-1]
    if motion.root in motion.bones and top == root:
        raise MappingError(
            f"There is no bone above {motion.root} that could carry the motion: put its way on "
            "the hips or on the object."
        )
    head, own = rest.positions[top], rest.rotations[top]
    axes = location_axes(rest, top, traits)
    located, locations, already = motion.located, motion.locations, np.zeros(3)
    if top == root:  # it carries a bone that cannot leave its parent already
        already = locations[:, 0] @ axes.T
        located, locations = located[1:], locations[:, 1:]
    way = (by.turns @ (head + already)[..., None])[..., 0] + by.shifts - head
    rotations = np.array(motion.rotations)
    for n in _left_behind(motion, rest, traits, index, top):
        bone = rest.rotations[index[motion.bones[n]]]
        rotations[:, n] = matrix_to_quaternion(
            bone.T @ by.turns @ bone @ quaternion_to_matrix(rotations[:, n])
        )
    turned = matrix_to_quaternion(own.T @ by.turns @ own)
    return replace(
        motion,
        bones=(rest.names[top], *motion.bones),
        rotations=np.concatenate([turned[:, None], rotations], axis=1),
        located=(rest.names[top], *located),
        locations=np.concatenate([(way @ axes)[:, None], locations], axis=1),
    )


def _left_behind(
    motion: RigMotion, rest: RestPose, traits: BoneTraits, index: dict[str, int], top: int
) -> list[int]:
    """Places in `motion.bones` of those that do not turn with the top bone, nor with another."""
    behind = []
    for n, name in enumerate(motion.bones):
        bone = index[name]
        while bone != top and rest.names[bone] not in traits.unturned:
            bone = rest.parents[bone]
            if rest.names[bone] in motion.bones:
                bone = top
        if bone == top:
            continue
        if rest.names[bone] not in motion.bones:
            raise MappingError(
                f"The bone {rest.names[bone]} does not inherit rotation, so {rest.names[top]} "
                "cannot carry the motion: put its way on the hips or on the object."
            )
        behind.append(n)
    return behind


def _on_ground(places: Array) -> Array:
    """Places (T, 2) as (T, 3)."""
    return np.column_stack([places, np.zeros(len(places))])
