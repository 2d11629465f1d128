"""Standing feet stand: a root path that carries the body on the feet that the model says are down.

The decoder places root and legs by separate numbers, so a planted foot may hover or creep. Where
contact is predicted, the root is moved: up or down until the foot is on the floor, and along the
floor against the foot's own slip. Poses stay as they are, so feet still slip where the two do not
fit together; `kinematics.foot_lock` sees to those. What each does is measured by `evaluate
movement`.
"""

from __future__ import annotations

import numpy as np

from ..kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT
from ..kinematics.math.rotations import Array, norm
from ..kinematics.math.signals import gaussian_filter

GRID_FPS = 60.0
"""Rate at which the path is worked out, whatever the take's: a motion is the same at every rate.
At 60, 120 and 30 fps it shares its moments with the take's frames, which are then decoded once."""

_SMOOTH_LIFT_SECONDS, _SMOOTH_PATH_SECONDS = 0.08, 0.02
"""Seconds (standard deviation) by which the lift and the way along the floor are smoothed."""
_MAX_FLOOR_DISTANCE = 0.25
"""Metres; a foot farther from the floor than this stands on something, or does not stand."""
_MAX_SLIP = 1.0
"""m/s; what moves faster is no standing foot, whatever was predicted."""

_REST_HEIGHTS = np.array(
    [TOE_JOINT_HEIGHT - SMPL.offsets[10, 1]] * 2 + [TOE_JOINT_HEIGHT] * 2  # ankles, toes
)


def root_correction(feet: Array, contacts: Array, fps: float = GRID_FPS) -> Array:
    """What to add to the root (T, 3) in metres so that planted feet neither hover nor slip.

    Args:
        feet: (T, 4, 3) metres, Z up, at a constant rate: left and right ankle, left and right
            toes (`PosedLegs.feet`).
        touching: (T, 4) their predicted contact, 0 to 1.
        fps: that rate.
    """
    # Half-hearted predictions move nothing.
    weight = 1 / (1 + np.exp(-12 * (np.asarray(contacts, dtype=float) - 0.5)))
    correction = np.zeros((len(feet), 3))
    correction[:, :2] = _slip_correction(feet[..., :2], weight, fps)
    correction[:, 2] = _floor_correction(feet[..., 2] - _REST_HEIGHTS, weight, fps)
    return correction


def _slip_correction(feet: Array, weight: Array, fps: float) -> Array:
    """(T, 2) path that undoes the slip of the feet (T, 4, 2) in contact."""
    if len(feet) < 2:
        return np.zeros((len(feet), 2))
    velocity = np.diff(feet, axis=0) * fps
    planted = np.minimum(weight[1:], weight[:-1])
    planted = planted * np.clip(2 - norm(velocity) / (0.5 * _MAX_SLIP), 0, 1)
    total = planted.sum(axis=1)
    slip = (planted[..., None] * velocity).sum(axis=1) / np.maximum(total, 1e-6)[:, None]
    step = -slip * np.minimum(total, 1.0)[:, None] / fps
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])
    # Feet take turns at holding the root; without this it would start and stop with each.
    return np.stack(
        [gaussian_filter(column, _SMOOTH_PATH_SECONDS * fps) for column in path.T], axis=1
    )


def _floor_correction(heights: Array, weight: Array, fps: float) -> Array:
    """(T,) lift that puts the lowest planted foot, at heights (T, 4) above the floor, on it."""
    near = (np.abs(heights) < _MAX_FLOOR_DISTANCE) & (weight > 0.5)
    sure = near.any(axis=1)
    if not sure.any():
        lowest = heights.min(axis=1)
        typical = float(np.quantile(lowest, 0.1))
        return np.full(len(heights), -typical if abs(typical) < _MAX_FLOOR_DISTANCE else 0.0)
    # The lowest, not their mean: a heel that lifts must not press the toes into the floor.
    planted = np.where(near, heights, np.inf).min(axis=1)
    frames = np.arange(len(heights))
    lift = np.interp(frames, frames[sure], -planted[sure])
    # A foot in swing may pass close over the floor, never through it.
    lift = np.maximum(lift, np.minimum(-heights.min(axis=1), _MAX_FLOOR_DISTANCE))
    return gaussian_filter(lift, _SMOOTH_LIFT_SECONDS * fps)
