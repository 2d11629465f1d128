"""Arms of somebody who goes: swung on purpose, holding something, or in a mood."""

from collections.abc import Sequence

import numpy as np

from ...kinematics.math.rotations import Array
from ..body.limbs import SIDES, SIGN, ArmGoal, goal_for, reach
from ..body.motion import JOINT, AuthoredMotion
from ..body.timing import drift
from .gait import other_side
from .gait_posture import ArmPose, pose_arm, swing_forward
from .walking_styles import ArmAuthor

_JITTER = 0.05
"""Spread in radians of an arm's angles between clips."""
_TREMBLE = 0.06
"""Spread in radians of an arm's slow movement within a clip."""


def swung(
    amount: float,
    pose: ArmPose,
    *,
    flex: float = 0.2,
    sharpness: float = 0.0,
    backward: float = 0.8,
) -> ArmAuthor:
    """Return an author of arms that swing opposite to the legs.

    Args:
        amount: Radians by which they swing forward from the pose.
        flex: Radians by which the elbow flexes more in front.
        sharpness: 0 for a sine; 1 for arms that rest in front and behind.
        backward: Swing back as a fraction of that forward.
    """

    def carry_arms(motion: AuthoredMotion, _side: str, rng: np.random.Generator) -> AuthoredMotion:
        scale = amount * rng.uniform(0.85, 1.15)
        jitter = rng.normal(0.0, _JITTER, 2)
        for arm in SIDES:
            swing = swing_forward(motion, arm)
            swing = (1 - sharpness) * swing + sharpness * np.tanh(3.0 * swing)
            swing = np.where(swing > 0, swing, backward * swing)
            slow = _TREMBLE * drift(rng, motion.times, 2)
            angles = ArmPose(
                np.asarray(pose.forward) + scale * swing + 0.5 * slow[:, 0],
                np.asarray(pose.out) + jitter[0] + 0.5 * slow[:, 1],
                np.asarray(pose.flex) + jitter[1] + flex * np.maximum(swing, 0.0),
                pose.inward,
            )
            motion = pose_arm(motion, arm, angles)
        return motion

    return carry_arms


def held(pose: ArmPose, arms: str = "both", *, sway: float = 0.1, loose: float = 1.0) -> ArmAuthor:
    """Return an author of arms that are held at angles.

    Args:
        arms: "both", or "one" or "other": that of the side that was drawn, or the other one.
        sway: Radians by which the arm goes with the stride.
        loose: Factor of its slow movement.
    """

    def carry_arms(motion: AuthoredMotion, side: str, rng: np.random.Generator) -> AuthoredMotion:
        jitter = rng.normal(0.0, _JITTER, 3)
        for arm in _chosen(arms, side):
            slow = loose * _TREMBLE * drift(rng, motion.times, 3)
            angles = ArmPose(
                pose.forward + jitter[0] + slow[:, 0] + sway * swing_forward(motion, arm),
                pose.out + jitter[1] + slow[:, 1],
                pose.flex + jitter[2] + slow[:, 2],
                pose.inward,
            )
            motion = pose_arm(motion, arm, angles)
        return motion

    return carry_arms


def placed(goal: ArmGoal, arms: str = "both", *, loose: float = 1.0) -> ArmAuthor:
    """Return an author of hands that are held at a place of the chest or of the heading frame."""

    def carry_arms(motion: AuthoredMotion, side: str, rng: np.random.Generator) -> AuthoredMotion:
        jitter = rng.normal(0.0, 0.012, 3)
        for arm in _chosen(arms, side):
            slow = loose * 0.008 * drift(rng, motion.times, 3)
            place = np.asarray(goal.wrist) + jitter + slow
            motion = reach(motion, arm, goal_for(arm, _moved(goal, place)))
        return motion

    return carry_arms


def touching(
    joint: str, place: Sequence[float], elbow: Sequence[float], arms: str = "both"
) -> ArmAuthor:
    """Return an author of hands that stay at a place of a bone, written for the left hand.

    Args:
        place: Metres from the joint to the left, up and forward, in the bone's frame.
        elbow: Direction of the elbow, see `ArmGoal`.
    """

    def carry_arms(motion: AuthoredMotion, side: str, rng: np.random.Generator) -> AuthoredMotion:
        jitter = rng.normal(0.0, 0.012, 3)
        positions, world = motion.kinematics()
        for arm in _chosen(arms, side):
            offset = (np.asarray(place) + jitter) * [SIGN[arm], 1.0, 1.0]
            wrist = positions[:, JOINT[joint]] + world[:, JOINT[joint]] @ offset
            motion = reach(motion, arm, ArmGoal(wrist, "world", tuple(elbow)))
        return motion

    return carry_arms


def together(authors: Sequence[ArmAuthor]) -> ArmAuthor:
    """Return an author that asks several authors, one after the other."""

    def carry_arms(motion: AuthoredMotion, side: str, rng: np.random.Generator) -> AuthoredMotion:
        for one in authors:
            motion = one(motion, side, rng)
        return motion

    return carry_arms


def _moved(goal: ArmGoal, wrist: Array) -> ArmGoal:
    return ArmGoal(wrist, goal.frame, goal.elbow, goal.fingers, goal.palm)


def _chosen(arms: str, side: str) -> tuple[str, ...]:
    return {"both": SIDES, "one": (side,), "other": (other_side(side),)}[arms]
