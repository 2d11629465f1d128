"""Balance: keep the centre of mass over the feet while the body changes its pose in place."""

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.math.rotations import Array
from .limbs import plant_feet
from .motion import JOINT, AuthoredMotion, move_root

_MASSES = {
    "pelvis": 0.142,
    "spine2": 0.139,
    "spine3": 0.16,
    "head": 0.081,
    "left_hip": 0.043,
    "left_knee": 0.0805,
    "left_ankle": 0.0335,
    "left_foot": 0.0105,
    "left_shoulder": 0.014,
    "left_elbow": 0.022,
    "left_wrist": 0.014,
}
"""Fraction of the body's mass at each joint, after the segments of Winter ("Biomechanics and Motor
Control of Human Movement", table 4.1); the right limbs have those of the left ones."""
_BALANCE_ROUNDS = 3
"""Moving the pelvis by an error moves the centre of mass by most of it, so a few rounds do."""


def center_of_mass(positions: Array) -> Array:
    """Centre of mass (T, 3) of joints (T, 24, 3), in metres."""
    masses = np.zeros(positions.shape[1])
    for name, mass in _MASSES.items():
        masses[JOINT[name]] = mass
        if name.startswith("left"):
            masses[JOINT[name.replace("left", "right")]] = mass
    return np.einsum("j,tji->ti", masses / masses.sum(), positions)


def support_center(positions: Array, left_weight: ArrayLike = 0.5) -> Array:
    """Point (T, 2) on the floor below the middle of the feet, by the weight of the left one."""
    feet = [
        0.5 * (positions[:, JOINT[f"{side}_ankle"], :2] + positions[:, JOINT[f"{side}_foot"], :2])
        for side in ("left", "right")
    ]
    weight = np.broadcast_to(np.asarray(left_weight, dtype=float), len(positions))[:, None]
    return weight * feet[0] + (1 - weight) * feet[1]


def balance_over_feet(
    motion: AuthoredMotion, left_weight: ArrayLike = 0.5, strength: ArrayLike = 1.0
) -> AuthoredMotion:
    """Move the pelvis over the floor until the centre of mass is above the feet, which stay.

    Args:
        left_weight: Number or (T,): part of the weight on the left foot.
        strength: Number or (T,), from 0 (as it was) to 1 (balanced).
    """
    planted = motion
    for _ in range(_BALANCE_ROUNDS):
        positions, _world = motion.kinematics()
        target = support_center(planted.kinematics()[0], left_weight)
        error = target - center_of_mass(positions)[:, :2]
        error = error * np.broadcast_to(np.asarray(strength, dtype=float), len(motion))[:, None]
        cos, sin = np.cos(motion.headings), np.sin(motion.headings)
        local = np.stack(
            [cos * error[:, 0] + sin * error[:, 1], cos * error[:, 1] - sin * error[:, 0]], axis=1
        )
        motion = move_root(motion, np.pad(local, ((0, 0), (0, 1))))
        motion = plant_feet(motion, planted)
    return motion
