"""Hands that go through key poses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array, norm, normalize
from ..body.limbs import ARM_LENGTH, SIGN, ArmGoal, reach, shoulder_centers
from ..body.motion import JOINT, AuthoredMotion
from ..body.timing import Key, key_track
from .key_poses import REST, Hand, KeyPose, across, soften_reach

_ARC_COSINE = 0.4
"""Cosine between two directions of an arm below which the hand's way is led around."""


class HandKey(NamedTuple):
    """Place of a hand at a time in seconds."""

    time: float
    hand: Hand
    passing: bool


@dataclass(frozen=True)
class HandKeys:
    """Keys of one hand."""

    hands: list[HandKey]
    """Without those at rest."""
    weights: list[Key]
    """0 where the hand rests, otherwise 1."""


def hand_keys(
    poses: Sequence[KeyPose], at: Array, start: float, home: float, side: str
) -> HandKeys:
    """Return the keys of one hand, whose poses are `at` seconds."""
    hands, weights = [], [Key(start, 0.0)]
    for pose, time in zip(poses, at, strict=True):
        hand = getattr(pose, side)
        if hand is None:
            continue
        weights.append(Key(float(time), 0.0 if hand == REST else 1.0))
        if hand != REST:
            hands.append(HandKey(float(time), hand, pose.passing))
    if weights[-1].time < at[-1]:
        weights.append(Key(float(at[-1]), weights[-1].value))
    weights.append(Key(float(at[-1]) + home, 0.0))
    return HandKeys(hands, weights)


def reach_keys(
    motion: AuthoredMotion, side: str, keys: HandKeys, jitter: Array, two_handed: bool
) -> AuthoredMotion:
    """Move a hand through its keys, in arcs about the shoulder, or the chest for both hands."""
    times, sign = motion.times, SIGN[side]
    positions, world = motion.kinematics()
    chest = world[:, JOINT["spine3"]]
    centers = shoulder_centers(positions, chest)
    shoulder = float(SMPL.rest_positions[JOINT[f"{side}_shoulder"], 0])
    at_shoulder = np.array([shoulder, 0.0, 0.0])
    pivot = np.array([0.0 if two_handed else shoulder, 0.0, 0.0])
    places = []
    for time, hand, passing in keys.hands:
        place = np.array([hand.out * sign, hand.up, hand.forward])
        if hand.frame == "stage":
            frame = min(round(time * motion.fps), len(motion) - 1)
            point = np.array([place[0], -place[2], place[1]])
            place = chest[frame].T @ (point - centers[frame])
        places.append(Key(time, place - pivot, passing))
    lines = [np.asarray(place, dtype=float) + pivot - at_shoulder for _, place, _ in places]
    places = _along_arcs(places)
    line = key_track(times, places)
    distance = key_track(times, [Key(t, float(norm(np.asarray(v))), p) for t, v, p in places])
    # A straight line between keys would pass close to the shoulder.
    wrist = pivot + normalize(line) * np.maximum(distance, norm(line))[:, None] + jitter
    wrist = at_shoulder + soften_reach(wrist - at_shoulder, ARM_LENGTH)

    def directions(name: str) -> Array:
        found = [Key(t, getattr(hand, name), p) for t, hand, p in keys.hands]
        return key_track(times, found)

    outward = np.array([sign, 1.0, 1.0])
    elbows = [
        Key(t, across(np.array(hand.elbow), np.multiply(line, outward)), p)
        for (t, hand, p), line in zip(keys.hands, lines, strict=True)
    ]
    goal = ArmGoal(wrist, elbow=key_track(times, elbows))
    if all(hand.fingers is not None for _, hand, _ in keys.hands):
        goal = replace(
            goal, fingers=directions("fingers") * outward, palm=directions("palm") * outward
        )
    return reach(motion, side, goal, key_track(times, keys.weights))


def _along_arcs(places: list[Key]) -> list[Key]:
    """Add keys halfway on the sphere between places (3,) in directions far apart."""
    result = places[:1]
    for before, after in pairwise(places):
        a, b = np.asarray(before.value), np.asarray(after.value)
        if normalize(a) @ normalize(b) < _ARC_COSINE:
            middle = normalize(normalize(a) + normalize(b)) * 0.5 * (norm(a) + norm(b))
            result.append(Key(0.5 * (before.time + after.time), middle, passing=True))
        result.append(after)
    return result
