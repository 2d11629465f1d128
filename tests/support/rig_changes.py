"""Rigs as they may come otherwise: with other names, order, frame and size."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from backend.kinematics.math.rotations import Array, quaternion_to_matrix
from backend.kinematics.rigs.rest_pose import RestPose
from tests.support.rigs import Rig


def renamed(some: Rig, rename: Mapping[str, str]) -> Rig:
    """The same rig with the bones that play joints called otherwise."""
    names = {bone: rename.get(joint, bone) for joint, bone in some.plays.items()}
    rest = replace(some.rest, names=tuple(names.get(name, name) for name in some.rest.names))
    return replace(some, rest=rest, plays={j: names[bone] for j, bone in some.plays.items()})


def moved(rest: RestPose, rotation: Array, scale: float, offset: Array) -> RestPose:
    """The same bones turned, sized and placed otherwise."""
    return replace(
        rest,
        positions=scale * rest.positions @ rotation.T + offset,
        rotations=rotation @ rest.rotations,
        tails=None if rest.tails is None else scale * rest.tails @ rotation.T + offset,
    )


def shuffled(rest: RestPose, chance: np.random.Generator) -> RestPose:
    """The same bones in another order."""
    order = chance.permutation(len(rest))
    place = np.argsort(order)
    return RestPose(
        names=tuple(rest.names[i] for i in order),
        parents=tuple(int(place[p]) if (p := rest.parents[i]) >= 0 else -1 for i in order),
        positions=rest.positions[order],
        rotations=rest.rotations[order],
        tails=None if rest.tails is None else rest.tails[order],
    )


def nameless(some: Rig, seed: int) -> Rig:
    """The same rig called b0, b1..., in any order, frame, size and place."""
    chance = np.random.default_rng(seed)
    rotation = quaternion_to_matrix(chance.normal(size=4))
    rest = moved(some.rest, rotation, 10.0 ** chance.uniform(-2, 2), chance.normal(size=3))
    rest = shuffled(rest, chance)
    names = {old: f"b{n}" for n, old in enumerate(rest.names)}
    rest = replace(rest, names=tuple(names.values()))
    return Rig("structure", rest, {joint: names[bone] for joint, bone in some.plays.items()})
