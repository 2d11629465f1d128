"""Whole-body poses over planted feet: keys of pelvis, trunk and head, with balance and overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array, axis_rotation, invert_rotations
from ..body.balance import center_of_mass
from ..body.limbs import SIDES, SIGN, ArmGoal, FootGoal, foot_goals, foot_rotation, place_foot
from ..body.motion import (
    JOINT,
    AuthoredMotion,
    bend_trunk,
    blend_rotations,
    move_root,
    tip_pelvis,
    turn_head,
)
from ..body.timing import Key, follow, key_track

Feet = Mapping[str, FootGoal]
"""Goal of the foot of each side."""

_TRUNK_HERTZ, _HEAD_HERTZ = 3.2, 2.6
"""Springs by which trunk and head follow the pelvis."""
_BALANCE_ROUNDS = 3
_LEG_LENGTH = float(np.linalg.norm(SMPL.offsets[4]) + np.linalg.norm(SMPL.offsets[7]))
_REACH = 0.992
"""Fraction of a leg's length that the hip keeps from the ankle at most."""

_EASE_SECONDS = 0.12
"""Seconds before and after in which the pelvis makes room for a leg that would not reach."""


_NOISE_SECONDS = 0.2
"""Seconds before and after over which the feet and the root of a capture are averaged."""


class Pose(NamedTuple):
    """A change of a standing pose, in metres and radians; signs as in `motion`."""

    down: float = 0.0
    """Metres by which the pelvis is lowered."""
    back: float = 0.0
    """Metres by which the centre of mass moves backwards, or the pelvis without balance."""
    side: float = 0.0
    """Metres by which it moves to the left."""
    tip: float = 0.0
    """Bend of the pelvis: the trunk tips over the hips."""
    pelvis_lean: float = 0.0
    pelvis_twist: float = 0.0
    bend: float = 0.0
    lean: float = 0.0
    twist: float = 0.0
    head_bend: float = 0.0
    head_lean: float = 0.0
    head_twist: float = 0.0

    def scaled(self, amount: float) -> "Pose":
        """Return the pose with all its values multiplied."""
        return Pose(*(amount * value for value in self))


_SIDEWAYS = ("side", "pelvis_lean", "pelvis_twist", "lean", "twist", "head_lean", "head_twist")
"""Channels that have a side."""


class PoseKey(NamedTuple):
    """A pose at a time in seconds."""

    time: float
    pose: Pose = Pose()
    passing: bool = False


@dataclass(frozen=True)
class Lags:
    """Seconds by which parts of the body start after the keys; negative ones lead."""

    pelvis: float = 0.0
    trunk: float = 0.0
    head: float = 0.0


_NO_LAGS = Lags()
GAZE_LEADS = Lags(pelvis=0.16, trunk=0.09, head=0.0)
"""Looking somewhere begins with the head; the trunk comes after."""


def pose_body(
    base: AuthoredMotion,
    keys: Sequence[PoseKey],
    *,
    feet: Feet | None = None,
    balance: ArrayLike = 1.0,
    lags: Lags = _NO_LAGS,
    knees_out: float = 0.9,
) -> AuthoredMotion:
    """Add a track of poses to a motion that stays in place.

    Args:
        feet: Where the feet are; where `base` has them if None.
        balance: Number or (T,), from 0 (the pelvis is where the keys put it) to 1 (the centre of
            mass is where `base` has it, moved by the keys' `side` and `back`).
        knees_out: How far knees point outward for each metre that the pelvis is lowered.
    """
    base = _steady_pelvis(base)
    pose = pose_track(base, keys, lags)
    spin = axis_rotation("Z", base.headings)
    shift = np.stack([pose.side, pose.back, np.zeros(len(base))], axis=1)
    moved = move_root(base, shift - np.outer(pose.down, [0.0, 0.0, 1.0]))
    moved = tip_pelvis(moved, pose.tip, pose.pelvis_lean, pose.pelvis_twist)
    moved = bend_trunk(moved, pose.bend, pose.lean, pose.twist)
    moved = turn_head(moved, pose.head_bend, pose.head_lean, pose.head_twist)
    goals = _part_knees(
        planted_feet(base) if feet is None else feet, knees_out * np.asarray(pose.down), spin
    )
    moved = place_feet(moved, goals)
    strength = np.broadcast_to(np.asarray(balance, dtype=float), len(base))
    if strength.any():
        center = center_of_mass(base.kinematics()[0]) + np.einsum("tij,tj->ti", spin, shift)
        for _ in range(_BALANCE_ROUNDS):
            error = center - center_of_mass(moved.kinematics()[0])
            error = error * [1.0, 1.0, 0.0] * strength[:, None]
            moved = place_feet(replace(moved, root=moved.root + error), goals)
    return place_feet(_lower_into_reach(moved, goals), goals)


def pose_track(base: AuthoredMotion, keys: Sequence[PoseKey], lags: Lags) -> Pose:
    """Return tracks (T,) of all channels; trunk and head follow with springs."""

    def track(channels: slice, lag: float) -> Array:
        values = [Key(key.time, np.array(key.pose[channels]), key.passing) for key in keys]
        return key_track(base.times - lag, values)

    pelvis = track(slice(0, 6), lags.pelvis)
    trunk = follow(track(slice(6, 9), lags.trunk), base.fps, _TRUNK_HERTZ)
    head = follow(track(slice(9, 12), lags.head), base.fps, _HEAD_HERTZ, 0.75)
    return Pose(*np.concatenate([pelvis, trunk, head], axis=1).T)


def side_pose(pose: Pose, side: str, amount: float = 1.0) -> Pose:
    """Return a pose that was written for the left, for `side` and scaled."""
    scaled = pose.scaled(amount)
    return scaled._replace(**{name: SIGN[side] * getattr(scaled, name) for name in _SIDEWAYS})


def place_feet(motion: AuthoredMotion, feet: Feet) -> AuthoredMotion:
    """Move both legs to their goals."""
    for side, goal in feet.items():
        motion = place_foot(motion, side, goal)
    return motion


def planted_feet(base: AuthoredMotion) -> Feet:
    """Return where the feet are, without the noise of captures."""
    goals = {}
    for side, goal in foot_goals(base).items():
        tracks = (goal.ankle, goal.yaw, goal.pitch, goal.roll, goal.knee)
        goals[side] = FootGoal(*(_smooth(np.asarray(track), base.fps) for track in tracks))
    return goals


def step_foot(
    base: AuthoredMotion,
    side: str,
    offset: ArrayLike = 0.0,
    pitch: ArrayLike = 0.0,
    yaw: ArrayLike = 0.0,
) -> FootGoal:
    """Return the goal of a foot that moves from where `base` has it, pivoting about its toes.

    Args:
        offset: (3,) or (T, 3) metres in the heading frame by which the toe joint moves.
        pitch: Number or (T,): radians by which the heel is raised.
        yaw: Number or (T,): radians by which the foot turns to the left.
    """
    goal = planted_feet(base)[side]
    foot = SMPL.offsets[JOINT[f"{side}_foot"]]
    spin = axis_rotation("Z", _smooth(base.headings, base.fps))
    offset = np.broadcast_to(np.asarray(offset, dtype=float), (len(base), 3))
    standing = foot_rotation(*(_sum(angle, 0.0) for angle in (goal.yaw, goal.pitch, goal.roll)))
    toe = np.asarray(goal.ankle) + standing @ foot + np.einsum("tij,tj->ti", spin, offset)
    turned, raised = _sum(goal.yaw, yaw), _sum(goal.pitch, pitch)
    rotations = foot_rotation(turned, raised, _sum(goal.roll, 0.0))
    return replace(goal, ankle=toe - rotations @ foot, yaw=turned, pitch=raised)


def step_offsets(
    times: Array, start: float, seconds: float, move: ArrayLike, lift: float = 0.07
) -> Array:
    """Offsets (T, 3) in metres of a foot that steps by `move` (2,) in the heading frame."""
    u = np.clip((times - start) / seconds, 0.0, 1.0)
    ground = key_track(u, [Key(0.0, (0.0, 0.0)), Key(1.0, move)])
    return np.column_stack([ground, 16 * lift * (u * (1 - u)) ** 2])


def hang_arms(
    motion: AuthoredMotion, base: AuthoredMotion, amount: ArrayLike = 0.8, hertz: float = 1.8
) -> AuthoredMotion:
    """Let the arms hang as they do in `base`, instead of tipping with the trunk.

    Args:
        amount: Number or (T,), from 0 (fixed to the trunk) to 1 (the direction in `base`).
        hertz: Natural frequency of the arms, which swing after the trunk.
    """
    _, world = motion.kinematics()
    _, before = base.kinematics()
    index = [JOINT[f"{side}_shoulder"] for side in SIDES]
    collars = [JOINT[f"{side}_collar"] for side in SIDES]
    hanging = invert_rotations(world[:, collars]) @ before[:, index]
    weights = follow(
        np.broadcast_to(np.asarray(amount, dtype=float), len(motion)), motion.fps, hertz
    )
    matrices = motion.matrices.copy()
    matrices[:, index] = blend_rotations(matrices[:, index], hanging, weights)
    return replace(motion, matrices=matrices)


def arm_along(
    motion: AuthoredMotion,
    side: str,
    direction: ArrayLike,
    length: ArrayLike = 0.5,
    elbow: ArrayLike = (0.6, -1.0, -0.2),
) -> ArmGoal:
    """Return the goal of a hand at `length` metres from the shoulder.

    Args:
        direction: (3,) or (T, 3) in the heading frame, for the left arm; mirrored for the right.
    """
    towards = np.broadcast_to(np.asarray(direction, dtype=float), (len(motion), 3))
    towards = towards * [SIGN[side], 1.0, 1.0] / np.linalg.norm(towards, axis=1, keepdims=True)
    towards = np.einsum("tij,tj->ti", axis_rotation("Z", motion.headings), towards)
    shoulder = motion.kinematics()[0][:, JOINT[f"{side}_shoulder"]]
    reach_length = np.broadcast_to(np.asarray(length, dtype=float), len(motion))[:, None]
    return ArmGoal(shoulder + reach_length * towards, frame="world", elbow=elbow)


def hand_on_thigh(motion: AuthoredMotion, side: str, along: float = 0.75) -> ArmGoal:
    """Return the goal of a hand that lies on the thigh of its side.

    Args:
        along: Where the wrist is, from 0 (the hip) to 1 (the knee).
    """
    positions, world = motion.kinematics()
    hip, knee = positions[:, JOINT[f"{side}_hip"]], positions[:, JOINT[f"{side}_knee"]]
    top = world[:, JOINT[f"{side}_hip"], :, 2]
    outward = SIGN[side] * world[:, 0, :, 0]
    wrist = hip + along * (knee - hip) + 0.085 * top + 0.04 * outward
    return ArmGoal(
        wrist, frame="world", elbow=(1.0, -0.6, -0.5), fingers=knee - hip - 0.05 * top, palm=-top
    )


def _sum(first: ArrayLike, second: ArrayLike) -> Array:
    return np.add(first, second, dtype=float)


def _part_knees(feet: Feet, amount: Array, spin: Array) -> Feet:
    """Let knees point outward by an amount (T,) relative to forward."""
    out = np.clip(amount, 0.0, 0.45)[:, None] * spin[:, :, 0]
    return {
        side: replace(goal, knee=np.asarray(goal.knee) + SIGN[side] * out)
        for side, goal in feet.items()
    }


def _lower_into_reach(motion: AuthoredMotion, feet: Feet) -> AuthoredMotion:
    """Lower the pelvis where a leg would not reach its foot."""
    excess = np.zeros(len(motion))
    for side, goal in feet.items():
        hip = motion.root + motion.matrices[:, 0] @ SMPL.offsets[JOINT[f"{side}_hip"]]
        apart = hip - np.asarray(goal.ankle)
        level = (apart[:, :2] ** 2).sum(axis=1)
        highest = np.sqrt(np.maximum((_REACH * _LEG_LENGTH) ** 2 - level, 0.0))
        excess = np.maximum(excess, apart[:, 2] - highest)
    excess = _smooth_envelope(excess, round(_EASE_SECONDS * motion.fps))
    return replace(motion, root=motion.root - np.outer(excess, [0.0, 0.0, 1.0]))


def _steady_pelvis(base: AuthoredMotion) -> AuthoredMotion:
    """Return the motion without the noise of captures in the pelvis, which far moves amplify."""
    matrices = base.matrices.copy()
    u, _, v = np.linalg.svd(_smooth(matrices[:, 0], base.fps))
    matrices[:, 0] = u @ v
    return replace(base, matrices=matrices, root=_smooth(base.root, base.fps))


def _smooth(track: Array, fps: float) -> Array:
    """Average a track (T, ...) with a bell of `_NOISE_SECONDS` to each side."""
    radius = round(_NOISE_SECONDS * fps)
    bell = np.hanning(2 * radius + 3)[1:-1]
    padded = np.pad(track, [(radius, radius)] + [(0, 0)] * (track.ndim - 1), mode="edge")
    windows = sliding_window_view(padded, 2 * radius + 1, axis=0)
    return np.tensordot(windows, bell / bell.sum(), axes=(-1, 0))


def _smooth_envelope(track: Array, radius: int) -> Array:
    """Smooth a track (T,) from above: the largest of each window, averaged with a bell."""
    padded = np.pad(track, 2 * radius, mode="edge")
    largest = sliding_window_view(padded, 2 * radius + 1).max(axis=1)
    bell = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(largest, bell / bell.sum(), mode="valid")
