"""Limbs by their inverse kinematics: keys on hands and feet in place of those on their chains.

The controls are put where the motion has the joints, so the rig's own solver finds the same limb;
how a limb is rolled about its own length is the solver's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..math.rotations import Array, matrix_to_quaternion, normalize
from ..rigs.bone_map import BoneMap, IkLimb, MappingError
from ..rigs.rest_pose import RestPose
from .rig_chains import build_rig_chains
from .take_to_rig import BoneTraits, RigMotion, location_axes

_PLANE = 0.02
"""How much the plane in which a limb bends at rest counts beside the one in which it is bent: a
straight limb has none of its own."""


def find_ik_limbs(bone_map: BoneMap, include_arms: bool) -> tuple[IkLimb, ...]:
    """The legs of a rig that inverse kinematics can pose, or arms and legs.

    Raises:
        MappingError: if the rig has none that is known.
    """
    chosen = [limb for limb in bone_map.ik if include_arms or "hip" in limb.joints[0]]
    if not chosen:
        raise MappingError(
            f"No controls for inverse kinematics are known of a {bone_map.preset} rig: choose FK."
        )
    return tuple(chosen)


def pose_by_ik_controls(
    motion: RigMotion,
    rest: RestPose,
    bone_map: BoneMap,
    traits: BoneTraits,
    limbs: Iterable[IkLimb],
) -> tuple[RigMotion, BoneMap]:
    """The same motion with some limbs posed by their controls, and the bones that then play it.

    Args:
        motion: by `pose_rig`, with the same rest pose, bone map and traits.
        rest: the bones as they are where nothing is keyed.
        bone_map: as it was posed.
        traits: how the bones hang on their parents.
        limbs: of the bone map.
    """
    chains = build_rig_chains(motion, rest, bone_map, traits)
    quaternions = np.asarray(motion.rotations, dtype=float).swapaxes(0, 1)
    still = np.zeros((len(quaternions), 1, 4))
    still[..., 0] = 1.0
    turns = chains.rest_deltas(quaternions)
    away = chains.head_positions(quaternions, motion.locations) - chains.head_positions(
        still, np.zeros((1, len(motion.translated_bones), 3))
    )
    index = rest.bone_indices()
    place = {bone: n for n, bone in enumerate(motion.bones)}
    bones, hung_on, settings = (
        dict(bone_map.bones),
        dict(bone_map.constraint_parents),
        dict(bone_map.settings),
    )
    rotations = {bone: motion.rotations[:, n] for bone, n in place.items()}
    located = {bone: motion.locations[:, n] for n, bone in enumerate(motion.translated_bones)}
    unmoved = list(bone_map.rest_controls)
    for limb in limbs:
        chain = [bone_map.bones.get(joint, "") for joint in limb.joints]
        if any(bone not in place for bone in chain[:3]):
            continue
        upper, end = place[chain[0]], place[chain[2]]
        heads = [rest.positions[index[bone]] + away[:, place[bone]] for bone in chain[:3]]
        own = rest.rotations[index[limb.control]]
        turn = turns[:, end]
        offset = rest.positions[index[limb.control]] - rest.positions[index[chain[2]]]
        rotations[limb.control] = matrix_to_quaternion(own.T @ turn @ own)
        control = heads[2] + turn @ offset
        goes = {limb.control: control}
        bones[limb.joints[2]] = limb.control
        if limb.pole:
            goes[limb.pole] = _pole(limb, chain, rest, heads, turns[:, upper])
            bones[limb.joints[1]] = limb.pole
        for bone, where in goes.items():
            axes = location_axes(rest, index[bone], traits)
            located[bone] = (where - rest.positions[index[bone]]) @ axes
            if limb.parent:
                hung_on[bone] = limb.parent
        gone = [*chain[:3]]
        if (
            limb.toe_control
            and len(chain) > 3
            and chain[3] in place
            and limb.toe_control not in place
        ):
            axes = rest.rotations[index[limb.toe_control]]
            bent = np.swapaxes(turn, -1, -2) @ turns[:, place[chain[3]]]
            rotations[limb.toe_control] = matrix_to_quaternion(axes.T @ bent @ axes)
            hung_on[limb.toe_control], bones[limb.joints[3]] = limb.control, limb.toe_control
            gone.append(chain[3])
        for bone in gone:
            del rotations[bone]
        settings |= limb.settings
        unmoved += limb.rest_controls
    found = replace(
        bone_map,
        bones=bones,
        constraint_parents=hung_on,
        settings=settings,
        rest_controls=tuple(unmoved),
    )
    return (
        replace(
            motion,
            bones=tuple(rotations),
            rotations=np.stack(list(rotations.values()), axis=1),
            translated_bones=tuple(located),
            locations=np.stack(list(located.values()), axis=1),
        ),
        found,
    )


def _pole(limb: IkLimb, chain: list[str], rest: RestPose, heads: list[Array], turn: Array) -> Array:
    """(T, 3) where the pole is, so that the middle joint comes to be where the motion has it.

    Args:
        limb: whose pole it is.
        chain: the bones from the limb's root to its end.
        rest: the bones at rest.
        heads: (T, 3) of each of the first three.
        turn: (T, 3, 3) of the first from rest.
    """
    index = rest.bone_indices()
    at_rest = [rest.positions[index[bone]] for bone in chain[:3]]
    plane = normalize(np.cross(at_rest[1] - at_rest[0], at_rest[2] - at_rest[1]))
    upper, lower = heads[1] - heads[0], heads[2] - heads[1]
    bent, usual = np.cross(normalize(upper), normalize(lower)), turn @ plane
    # A joint that hyperextends does not turn its pole round: it is bent as little to its own side.
    wrong = np.minimum(np.sum(bent * usual, axis=-1, keepdims=True), 0.0)
    normal = normalize(bent - 2 * wrong * usual + _PLANE * usual)
    outward = normalize(np.cross(heads[2] - heads[0], normal))
    distance = np.linalg.norm(rest.positions[index[limb.pole]] - at_rest[1])
    return heads[1] + distance * outward
