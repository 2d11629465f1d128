"""Motion from key poses: joints turn from pose to pose, and planted limbs keep their place.

A limb that is planted in two poses in a row moves from place to place by inverse kinematics; one
that is free in one of them leaves the floor, or comes down, with a smooth weight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from ...kinematics.math.rotations import (
    Array,
    continuous_quaternions,
    invert_rotations,
    matrix_to_quaternion,
    normalize,
    quaternion_to_matrix,
    rotate,
)
from ...kinematics.math.signals import find_runs, gaussian_filter, windowed_maximum
from ..body.base_clips import FPS
from ..body.limbs import SIDES, SIGN, ArmGoal, FootGoal, place_foot, reach
from ..body.motion import JOINT, AuthoredMotion, bend_trunk, body_rotation, turn_head
from ..body.timing import Key, drift, key_track
from .poses import Pose, SolvedPose, floor_depth, solve_pose

_LAGS = {"spine": -0.03, "neck": -0.06, "head": -0.06, "collar": 0.04, "shoulder": 0.04}
_LAGS |= {"elbow": 0.07, "wrist": 0.1}
"""Seconds by which joints follow the pelvis: head and trunk lead, and arms trail."""
_HAND_CLEARANCE, _HAND_MARGIN = 0.03, 0.03
"""Metres above the floor that free wrists keep, and over which they come to do so."""
_PALM_DROP = 0.02
"""Metres by which the knuckles may be lower than a wrist on the floor."""
_ELBOW_RISE = 12.0
"""How much an elbow points up for each metre that it is too low."""
_LIFT_PER_METRE, _MAX_LIFT, _LONGEST_SLIDE = 0.17, 0.1, 0.025
"""Metres by which a foot or hand is lifted for each metre that it is moved, at most so many, and
the distance up to which it slides instead."""
_TOE_CLEARANCE = 0.015
"""Metres above the floor that the toe joints of planted feet keep."""
_RISE_SPREAD = 0.04
"""Seconds over which a body that the floor lifts is smoothed."""
_TEMPO_SPREAD = 0.08
"""Relative spread of the seconds of each step about those of its specification."""


@dataclass(frozen=True)
class Step:
    """A movement to a pose."""

    pose: Pose | SolvedPose
    seconds: float
    """Time of the movement; the first step's is ignored."""
    hold: float = 0.0
    """Seconds in the pose."""
    passing: bool = False
    """Whether the movement goes on through the pose."""


@dataclass(frozen=True)
class _PoseKey:
    time: float
    pose: SolvedPose
    passing: bool


@dataclass(frozen=True)
class _Plant:
    """Place of the end of a limb in the world over time."""

    weights: Array
    """(T,) from 0 (free) to 1 (there)."""
    positions: Array
    rotations: Array


def animate(
    steps: Sequence[Step], rng: np.random.Generator, tempo: float = 1.0, sway: float = 1.0
) -> AuthoredMotion:
    """Return the motion through the poses of `steps`.

    Args:
        tempo: Speed of the movements; holds keep their length.
        sway: Amount of the small movements of a living body, 1 in a relaxed one.
    """
    keys: list[_PoseKey] = []
    time, before = 0.0, None
    for number, step in enumerate(steps):
        if number:
            time += step.seconds / tempo * float(np.exp(rng.normal(0.0, _TEMPO_SPREAD)))
        pose = step.pose
        before = pose if isinstance(pose, SolvedPose) else solve_pose(pose, before, FPS)
        keys.append(_PoseKey(time, before, step.passing))
        if step.hold:
            time += step.hold
            keys.append(_PoseKey(time, before, passing=False))
    times = np.arange(round(time * FPS) + 1) / FPS
    motion = _interpolate_joints(keys, times)
    motion = _add_life(motion, rng, sway)
    motion = _rise_from_floor(motion, keys)
    return _plant_hands(_plant_feet(motion, keys), keys)


def _interpolate_joints(keys: Sequence[_PoseKey], times: Array) -> AuthoredMotion:
    local = np.concatenate([key.pose.motion.matrices for key in keys])
    quaternions = continuous_quaternions(matrix_to_quaternion(local))
    matrices = np.empty((len(times), len(SMPL), 3, 3))
    for joint, name in enumerate(SMPL.names):
        lag = _LAGS.get(name.split("_")[-1].rstrip("123"), 0.0)
        track = _track(keys, quaternions[:, joint], times - lag)
        matrices[:, joint] = quaternion_to_matrix(normalize(track))
    body = _track(keys, np.array([key.pose.body for key in keys]), times)
    matrices[:, 0] = BODY_TO_WORLD @ body_rotation(*body.T)
    root = _track(keys, np.concatenate([key.pose.motion.root for key in keys]), times)
    return AuthoredMotion(matrices, root, FPS)


def _add_life(motion: AuthoredMotion, rng: np.random.Generator, amount: float) -> AuthoredMotion:
    """Add breathing and small movements of trunk and head."""
    times = motion.times
    tracks = amount * drift(rng, times, 5)
    breath = amount * np.sin(2 * np.pi * (times / rng.uniform(3.0, 4.2) + rng.uniform()))
    motion = bend_trunk(
        motion, 0.014 * breath + 0.008 * tracks[:, 0], 0.006 * tracks[:, 1], 0.012 * tracks[:, 2]
    )
    return turn_head(motion, 0.025 * tracks[:, 3], 0.0, 0.035 * tracks[:, 4])


def _rise_from_floor(motion: AuthoredMotion, keys: Sequence[_PoseKey]) -> AuthoredMotion:
    """Lift the body where its trunk or head would be in the floor between the poses."""
    allowed = np.maximum([floor_depth(key.pose.motion)[0] for key in keys], 0.0)
    depth = floor_depth(motion) - _track(keys, allowed, motion.times)
    rise = gaussian_filter(np.maximum(depth, 0.0), _RISE_SPREAD * motion.fps)
    return replace(motion, root=motion.root + rise[:, None] * [0.0, 0.0, 1.0])


def _plant_feet(motion: AuthoredMotion, keys: Sequence[_PoseKey]) -> AuthoredMotion:
    for side in SIDES:
        # Turning from pose to pose, the thigh knows best to which side the knee points.
        knee = motion.kinematics()[1][:, JOINT[f"{side}_hip"], :, 2]
        for plant in _plants(keys, f"{side}_leg", f"{side}_ankle", motion.times):
            ankle = plant.positions
            toe = ankle[:, 2] + (plant.rotations @ SMPL.offsets[JOINT[f"{side}_foot"]])[:, 2]
            ankle[:, 2] += np.maximum(_TOE_CLEARANCE - toe, 0.0)
            goal = FootGoal(ankle, knee=knee, rotation=plant.rotations)
            motion = place_foot(motion, side, goal, plant.weights)
    return motion


def _plant_hands(motion: AuthoredMotion, keys: Sequence[_PoseKey]) -> AuthoredMotion:
    for side in SIDES:
        for plant in _plants(keys, f"{side}_hand", f"{side}_wrist", motion.times):
            goal = _hand_goal(motion, side, plant.positions, plant.rotations)
            motion = reach(motion, side, goal, plant.weights)
        motion = _lift_arm(motion, side)
    return motion


def _lift_arm(motion: AuthoredMotion, side: str) -> AuthoredMotion:
    """Lift a hand, and raise an elbow, that would enter the floor."""
    positions, world = motion.kinematics()
    wrist, elbow = positions[:, JOINT[f"{side}_wrist"]], positions[:, JOINT[f"{side}_elbow"]]
    fingers = positions[:, JOINT[f"{side}_hand"]]
    lowest = np.array([np.minimum(wrist[:, 2], fingers[:, 2] + _PALM_DROP), elbow[:, 2]])
    depths = _HAND_CLEARANCE - lowest
    if depths.max() < -_HAND_MARGIN:
        return motion
    rises = np.array([_smooth_over(np.maximum(depth, 0.0), motion.fps) for depth in depths])
    weights = _smooth_over((depths.max(axis=0) > -_HAND_MARGIN).astype(float), motion.fps)
    up = np.array([0.0, 0.0, 1.0])
    direction = _elbow_direction(side, world)
    direction = direction + (_ELBOW_RISE * rises[1])[:, None] * rotate(
        invert_rotations(world[:, JOINT["spine3"]]), np.broadcast_to(up, wrist.shape)
    ) * [SIGN[side], 1.0, 1.0]
    return reach(motion, side, ArmGoal(wrist + rises[0][:, None] * up, "world", direction), weights)


def _smooth_over(curve: Array, fps: float) -> Array:
    """Smooth a curve (T,) that stays as high as it is."""
    width = round(2 * _RISE_SPREAD * fps)
    return gaussian_filter(windowed_maximum(curve, width), _RISE_SPREAD * fps)


def _elbow_direction(side: str, world: Array) -> Array:
    """Direction (T, 3) as in `ArmGoal` to which an elbow points now."""
    elbow = -world[:, JOINT[f"{side}_shoulder"], :, 2]
    local = rotate(invert_rotations(world[:, JOINT["spine3"]]), elbow)
    return local * [SIGN[side], 1.0, 1.0]


def _hand_goal(motion: AuthoredMotion, side: str, wrist: Array, hand: Array) -> ArmGoal:
    """Goal of a wrist (T, 3) and a hand's rotations (T, 3, 3); the elbow points where it does."""
    direction = _elbow_direction(side, motion.kinematics()[1])
    return ArmGoal(
        wrist, "world", direction, fingers=SIGN[side] * hand[:, :, 0], palm=-hand[:, :, 1]
    )


def _plants(keys: Sequence[_PoseKey], limb: str, end: str, times: Array) -> Iterator[_Plant]:
    """Yield each stretch of keys in which a limb keeps to places in the world.

    Args:
        end: Joint that is kept there.
    """
    planted = np.array([key.pose.planted[limb] for key in keys])
    for first, last in find_runs(planted):
        # From and to the poses around them, the end moves along the path between both places.
        run = keys[max(first - 1, 0) : last + 1]
        solved = [key.pose.motion.kinematics() for key in run]
        positions = np.array([joints[0, JOINT[end]] for joints, _ in solved])
        rotations = np.array([world[0, JOINT[end]] for _, world in solved])
        inside = np.arange(len(keys))
        weights = ((inside >= first) & (inside < last)).astype(float)
        path = _track(run, positions, times)
        path[:, 2] += _lifts(run, limb, positions, times)
        yield _Plant(_track(keys, weights, times), path, _rotation_track(run, rotations, times))


def _lifts(keys: Sequence[_PoseKey], limb: str, positions: Array, times: Array) -> Array:
    """Metres (T,) by which the end of a limb is lifted on its path from place to place."""
    lifts = np.zeros(len(times))
    for n, (key, following) in enumerate(pairwise(keys)):
        distance = float(np.linalg.norm((positions[n + 1] - positions[n])[:2]))
        stays = key.pose.planted[limb] and following.pose.planted[limb]
        if stays and distance > _LONGEST_SLIDE:
            u = np.clip((times - key.time) / (following.time - key.time), 0.0, 1.0)
            lifts += min(_LIFT_PER_METRE * distance, _MAX_LIFT) * 16 * (u * (1 - u)) ** 2
    return lifts


def _rotation_track(keys: Sequence[_PoseKey], rotations: Array, times: Array) -> Array:
    quaternions = continuous_quaternions(matrix_to_quaternion(rotations))
    return quaternion_to_matrix(normalize(_track(keys, quaternions, times)))


def _track(keys: Sequence[_PoseKey], values: Array, times: Array) -> Array:
    return key_track(
        times, [Key(key.time, value, key.passing) for key, value in zip(keys, values, strict=True)]
    )
