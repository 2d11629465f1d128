"""The way of a motion on a bone above the hips, or on the whole rig: root motion.

A take is split (`staging`) into its travel and what is left of it as seen from there. The rig plays
what is left; what carries it, a root bone or the rig itself, plays the travel.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..math.rigid_transform import RigidTransform
from ..math.rotations import Array, axis_rotation, matrix_to_quaternion, quaternion_to_matrix
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose
from .placement import REST_GROUND_POSE, RootMotion
from .rest_alignment import RestAlignment
from .take_to_rig import BoneTraits, RigMotion, location_axes, with_constraint_parents


def rig_root_transform(body: RestAlignment, root_motion: RootMotion) -> RigidTransform:
    """What carries a rig along a travel; one of `staging.REST` carries it nowhere."""
    turns = body.body_to_rig @ axis_rotation("Y", root_motion.headings) @ body.body_to_rig.T
    start, way = (
        body.to_rig_frame(_on_ground(places))
        for places in (REST_GROUND_POSE.position[None], root_motion.positions)
    )
    return RigidTransform(turns, way - (turns @ start[0]))


def move_to_root_bone(
    motion: RigMotion,
    rest: RestPose,
    bone_map: BoneMap,
    traits: BoneTraits,
    transform: RigidTransform,
) -> RigMotion:
    """The motion with its topmost bone carrying all.

    Args:
        motion: by `pose_rig`, with the same rest pose, bone map and traits.
        by: how it is carried.

    Raises:
        MappingError: if there is no bone above the body, or a bone that is not keyed does not turn
            with it.
    """
    rest = with_constraint_parents(rest, bone_map)
    index = rest.bone_indices()
    root = index[motion.root_bone]
    top = (rest.ancestors(root) or [root])[-1]
    if motion.root_bone in motion.bones and top == root:
        raise MappingError(
            f"There is no bone above {motion.root_bone} to carry the root motion: choose the hips "
            "or the object."
        )
    head, own = rest.positions[top], rest.rotations[top]
    axes = location_axes(rest, top, traits)
    located, locations, already = motion.translated_bones, motion.locations, np.zeros(3)
    if top == root:  # it carries a bone that cannot leave its parent already
        already = locations[:, 0] @ axes.T
        located, locations = located[1:], locations[:, 1:]
    way = (
        (transform.rotations @ (head + already)[..., None])[..., 0] + transform.translations - head
    )
    rotations = np.array(motion.rotations)
    for n in _left_behind(motion, rest, traits, index, top):
        bone = rest.rotations[index[motion.bones[n]]]
        rotations[:, n] = matrix_to_quaternion(
            bone.T @ transform.rotations @ bone @ quaternion_to_matrix(rotations[:, n])
        )
    turned = matrix_to_quaternion(own.T @ transform.rotations @ own)
    return replace(
        motion,
        bones=(rest.names[top], *motion.bones),
        rotations=np.concatenate([turned[:, None], rotations], axis=1),
        translated_bones=(rest.names[top], *located),
        locations=np.concatenate([(way @ axes)[:, None], locations], axis=1),
    )


def _left_behind(
    motion: RigMotion, rest: RestPose, traits: BoneTraits, index: dict[str, int], top: int
) -> list[int]:
    """Places in `motion.bones` of those that do not turn with the top bone, nor with another."""
    behind = []
    for n, name in enumerate(motion.bones):
        bone = index[name]
        while bone != top and rest.names[bone] not in traits.no_inherit_rotation:
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
