"""Trunk, head and arms of somebody who goes: held, rocked with the steps, and swung."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import (
    Array,
    axis_angle_to_matrix,
    invert_rotations,
    matrix_to_axis_angle,
    normalize,
)
from ...kinematics.math.signals import gaussian_filter
from ..body.limbs import SIDES, SIGN, ArmGoal, foot_goals, goal_for, reach
from ..body.motion import (
    JOINT,
    AuthoredMotion,
    bend_trunk,
    body_rotation,
    move_root,
    tip_pelvis,
    turn_head,
)
from ..body.timing import drift
from .gait import find_swings, place_feet, stride_phase

_UPPER_ARM = float(np.linalg.norm(SMPL.offsets[JOINT["left_elbow"]]))
_FOREARM = float(np.linalg.norm(SMPL.offsets[JOINT["left_wrist"]]))
_LEFT_SHOULDER = 0.5 * (SMPL.rest_positions[16] - SMPL.rest_positions[17])
"""Metres from the middle between the shoulders to the left one."""
_BEND_OF_HIPS = 0.4
"""Fraction of a forward bend that the hips take and not the spine."""

_LIMP_SECONDS = 0.07
"""Spread of the smoothing of a limp's lean."""
_SHIVER_HERTZ = 8.0
"""Frequency of shivering from cold, of 6 to 12 Hz."""
_HIPS_BACK = 0.1
"""Metres, times the sine of a bend, by which the hips go back to keep the body balanced."""


@dataclass(frozen=True)
class Posture:
    """Angles at which trunk and head are held, in radians."""

    bend: float = 0.0
    """Of the trunk, forward."""
    lean: float = 0.0
    """Of the trunk, to the left."""
    head: float = 0.0
    """Of the head, down, on top of the trunk's bend."""
    rock: float = 0.0
    """Lean of the trunk over the foot that the body stands on."""
    limp: float = 0.0
    """Lean over the left foot while the body stands on it, or over the right one if negative."""
    tilt: float = 0.0
    """Of the head, to the left."""
    hips: float = 0.0
    """Drop of the pelvis on the side of the swinging foot."""
    twist: float = 0.0
    """Turn of the shoulders against the stride."""
    unsteady: float = 0.0
    """Spread of slow random lean and bend."""
    shiver: float = 0.0
    """Spread of a fast tremble."""
    swing: float = 1.0
    """Factor of the arms' swing."""


@dataclass(frozen=True)
class ArmPose:
    """Angles of an arm in radians, numbers or (T,), from one that hangs down."""

    forward: ArrayLike = 0.0
    """Of the upper arm, from the vertical."""
    out: ArrayLike = 0.1
    """Of the upper arm, to its own side."""
    flex: ArrayLike = 0.25
    """Of the elbow."""
    inward: ArrayLike = 0.0
    """Of the forearm, across the body."""


def hold_posture(
    motion: AuthoredMotion, posture: Posture, rng: np.random.Generator
) -> AuthoredMotion:
    """Hold trunk and head in a posture and rock them with the steps; the arms go on hanging."""
    swings, goals = find_swings(motion), foot_goals(motion)
    loaded = swings.loaded("left") - swings.loaded("right")
    wander = posture.unsteady * drift(rng, motion.times, 3, 0.9)
    shiver = posture.shiver * _tremble(rng, motion.times)
    bend = posture.bend + 0.7 * wander[:, 0] + shiver
    bad = swings.loaded("left" if posture.limp > 0 else "right")
    # The trunk leans before the weight is on the leg, and comes back after it.
    limping = gaussian_filter(np.sqrt(bad), _LIMP_SECONDS * motion.fps)
    lean = posture.lean + posture.rock * loaded + posture.limp * limping + wander[:, 1]
    motion = scale_arm_swing(motion, posture.swing)
    motion = move_root(motion, np.outer(np.sin(bend), (0.0, _HIPS_BACK, 0.0)))
    motion = tip_pelvis(motion, _BEND_OF_HIPS * bend, 0.3 * lean - posture.hips * loaded)
    motion = bend_trunk(
        motion,
        (1 - _BEND_OF_HIPS) * bend,
        0.7 * lean + 0.8 * posture.hips * loaded,
        posture.twist * stride_phase(motion) - shiver,
    )
    motion = turn_head(
        motion,
        posture.head - 0.3 * bend + 0.03 * wander[:, 2],
        posture.tilt - 0.4 * lean,
        -0.8 * posture.twist * stride_phase(motion),
    )
    return place_feet(_hang_arms(motion, bend), goals)


def scale_arm_swing(motion: AuthoredMotion, factor: float) -> AuthoredMotion:
    """Return the motion with the arms' rotations scaled about their mean pose."""
    if factor == 1.0:
        return motion
    matrices = motion.matrices.copy()
    for name in ("collar", "shoulder", "elbow"):
        for side in SIDES:
            joint = JOINT[f"{side}_{name}"]
            u, _, v = np.linalg.svd(matrices[:, joint].mean(axis=0))
            mean = u @ v
            away = matrix_to_axis_angle(invert_rotations(mean) @ matrices[:, joint])
            matrices[:, joint] = mean @ axis_angle_to_matrix(factor * away)
    return AuthoredMotion(matrices, motion.root, motion.fps)


def pose_arm(
    motion: AuthoredMotion, side: str, pose: ArmPose, weights: ArrayLike = 1.0
) -> AuthoredMotion:
    """Hold one arm at angles from the vertical, whatever the trunk's bend.

    Args:
        weights: Number or (T,), from 0 (the arm as it was) to 1 (the pose).
    """
    forward = np.asarray(pose.forward) + chest_bend(motion)
    upper = _arm_direction(forward, pose.out)
    fore = _arm_direction(
        forward + np.asarray(pose.flex), np.asarray(pose.out) - np.asarray(pose.inward)
    )
    elbow = _UPPER_ARM * upper
    wrist = elbow + _FOREARM * fore
    along = normalize(wrist)
    # Straight arms have their elbows behind them.
    pole = elbow - (elbow * along).sum(axis=1, keepdims=True) * along + [0.004, -0.004, -0.01]
    goal = ArmGoal(_LEFT_SHOULDER + wrist, elbow=pole)
    return reach(motion, side, goal_for(side, goal), weights)


def chest_bend(motion: AuthoredMotion) -> Array:
    """Radians (T,) by which the chest is bent forward from the vertical."""
    _, world = motion.kinematics()
    return -np.arcsin(np.clip(world[:, JOINT["spine3"], 2, 2], -1.0, 1.0))


def swing_forward(motion: AuthoredMotion, side: str) -> Array:
    """(T,) about from -1 to 1: how far forward the arm of a side swings, opposite to its leg."""
    return -SIGN[side] * stride_phase(motion)


def _tremble(rng: np.random.Generator, times: Array) -> Array:
    """Shivering (T,) of unit height, in bouts."""
    bouts = np.clip(0.6 + 0.6 * drift(rng, times, 1, 0.7)[:, 0], 0.0, 1.0)
    return bouts * np.sin(2 * np.pi * _SHIVER_HERTZ * times + rng.uniform(0.0, 2 * np.pi))


def _arm_direction(forward: ArrayLike, out: ArrayLike) -> Array:
    """Unit vectors (T, 3) in the chest frame of a left arm at angles; see `ArmPose`."""
    angle = np.asarray(forward, dtype=float)
    across = np.asarray(out, dtype=float) + np.zeros_like(angle)
    level = np.cos(across)
    down = np.stack([np.sin(across), -level * np.cos(angle), level * np.sin(angle)], axis=-1)
    return normalize(down)


def _hang_arms(motion: AuthoredMotion, bend: Array) -> AuthoredMotion:
    """Turn the arms back by the trunk's bend."""
    matrices = motion.matrices.copy()
    for side in SIDES:
        joint = JOINT[f"{side}_shoulder"]
        matrices[:, joint] = body_rotation(-0.9 * bend) @ matrices[:, joint]
    return AuthoredMotion(matrices, motion.root, motion.fps)
