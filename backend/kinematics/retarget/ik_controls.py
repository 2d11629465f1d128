"""Pose limbs by their IK controls: keys on hands and feet instead of the bones of the chain.

The controls are put where the motion has the joints, so the rig's own solver finds the same limb.
The solver decides how a limb is rolled about its length.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..math.rotations import Array, invert_rotations, matrix_to_quaternion, normalize
from ..rigs.bone_map import BoneMap, IkLimb, MappingError
from ..rigs.rest_pose import RestPose
from .rig_chains import build_rig_chains
from .take_to_rig import Rig, RigMotion, location_axes

_REST_PLANE_WEIGHT = 0.02
"""Weight of the limb's plane at rest beside its current plane, which a straight limb lacks."""


def find_ik_limbs(bone_map: BoneMap, include_arms: bool) -> tuple[IkLimb, ...]:
    """Legs, or arms and legs, that inverse kinematics can pose; MappingError if none is known."""
    chosen = [limb for limb in bone_map.ik if include_arms or "hip" in limb.joints[0]]
    if not chosen:
        raise MappingError(
            f"No controls for inverse kinematics are known of a {bone_map.preset} rig: choose FK."
        )
    return tuple(chosen)


def pose_by_ik_controls(
    motion: RigMotion, rig: Rig, limbs: Iterable[IkLimb]
) -> tuple[RigMotion, Rig]:
    """Pose limbs of a motion by their controls; return it, and the rig with bones that play it."""
    rest, bone_map = rig.rest_pose, rig.bone_map
    chains = build_rig_chains(motion, rig)
    deltas = chains.rest_deltas(motion.quaternions_by_bone())
    displacements = chains.head_displacements(motion)
    index = rest.bone_indices()
    position = {bone: n for n, bone in enumerate(motion.bones)}
    bones, settings = dict(bone_map.bones), dict(bone_map.settings)
    parents = dict(bone_map.constraint_parents)
    rotations, locations = motion.rotations_by_bone(), motion.locations_by_bone()
    rest_controls = list(bone_map.rest_controls)
    for limb in limbs:
        chain = [bone_map.bones.get(joint, "") for joint in limb.joints]
        if any(bone not in position for bone in chain[:3]):
            continue
        upper, end = position[chain[0]], position[chain[2]]
        heads = [rest.positions[index[b]] + displacements[:, position[b]] for b in chain[:3]]
        axes = rest.rotations[index[limb.control]]
        delta = deltas[:, end]
        offset = rest.positions[index[limb.control]] - rest.positions[index[chain[2]]]
        rotations[limb.control] = matrix_to_quaternion(axes.T @ delta @ axes)
        control = heads[2] + delta @ offset
        targets = {limb.control: control}
        bones[limb.joints[2]] = limb.control
        if limb.pole:
            targets[limb.pole] = _pole_positions(limb, chain, rest, heads, deltas[:, upper])
            bones[limb.joints[1]] = limb.pole
        for bone, target in targets.items():
            axes = location_axes(rest, index[bone], rig.traits)
            locations[bone] = (target - rest.positions[index[bone]]) @ axes
            if limb.parent:
                parents[bone] = limb.parent
        replaced = chain[:3]
        toe = limb.toe_control
        if toe and toe not in position and len(chain) > 3 and chain[3] in position:
            axes = rest.rotations[index[toe]]
            rotation = invert_rotations(delta) @ deltas[:, position[chain[3]]]
            rotations[toe] = matrix_to_quaternion(axes.T @ rotation @ axes)
            parents[toe], bones[limb.joints[3]] = limb.control, toe
            replaced.append(chain[3])
        for bone in replaced:
            del rotations[bone]
        settings |= limb.settings
        rest_controls += limb.rest_controls
    posed = replace(
        motion,
        bones=tuple(rotations),
        rotations=np.stack(list(rotations.values()), axis=1),
        translated_bones=tuple(locations),
        locations=np.stack(list(locations.values()), axis=1),
    )
    played = replace(
        bone_map,
        bones=bones,
        constraint_parents=parents,
        settings=settings,
        rest_controls=tuple(rest_controls),
    )
    return posed, replace(rig, bone_map=played)


def _pole_positions(
    limb: IkLimb, chain: list[str], rest: RestPose, heads: list[Array], delta: Array
) -> Array:
    """(T, 3) positions of the pole that put the middle joint where the motion has it.

    `heads` (T, 3) are those of the first three bones, `delta` (T, 3, 3) is the first one's rotation
    from rest.
    """
    index = rest.bone_indices()
    at_rest = [rest.positions[index[bone]] for bone in chain[:3]]
    plane = normalize(np.cross(at_rest[1] - at_rest[0], at_rest[2] - at_rest[1]))
    upper, lower = heads[1] - heads[0], heads[2] - heads[1]
    bend_normal, rest_normal = np.cross(normalize(upper), normalize(lower)), delta @ plane
    # A hyperextended joint is bent as far to its natural side, so that the pole does not flip.
    hyperextension = np.minimum(np.sum(bend_normal * rest_normal, axis=-1, keepdims=True), 0.0)
    normal = normalize(
        bend_normal - 2 * hyperextension * rest_normal + _REST_PLANE_WEIGHT * rest_normal
    )
    outward = normalize(np.cross(heads[2] - heads[0], normal))
    distance = np.linalg.norm(rest.positions[index[limb.pole]] - at_rest[1])
    return heads[1] + distance * outward
