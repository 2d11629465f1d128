"""Root correction: moves the body so that feet in contact neither hover nor slip.

A decoder predicts root and legs separately, so a planted foot may hover or creep. Where contact is
predicted, the root moves: up or down until the foot is on the floor, and along the floor against
the foot's slip. Poses do not change, so two planted feet may still slip against each other;
`kinematics.feet.foot_lock` handles those. `evaluate movement` measures the effect of both.
"""

import numpy as np

from ..data.features import FOOT_HEIGHTS
from ..kinematics.math.rotations import Array, norm
from ..kinematics.math.signals import gaussian_filter

GRID_FPS = 60.0
"""Frame rate of the grid for contacts, so that a motion is the same at every frame rate of the
take. At 30, 60 and 120 fps the grid shares times with the take's frames, which are then decoded
once."""

_SMOOTH_LIFT_SECONDS, _SMOOTH_PATH_SECONDS = 0.08, 0.02
"""Standard deviations in seconds of the smoothing of the lift and of the path on the floor."""
_MAX_FLOOR_DISTANCE = 0.25
"""Metres; a foot farther from the floor stands on something else, or does not stand."""
_MAX_SLIP = 1.0
"""m/s; a faster foot does not stand, whatever contact was predicted."""


def root_correction(feet: Array, contacts: Array, fps: float = GRID_FPS) -> Array:
    """Return the offset (T, 3) of the root in metres with which planted feet neither hover nor
    slip.

    Args:
        feet: (T, 4, 3) metres, Z up: left and right ankle, left and right toes.
        contacts: (T, 4) predicted contact probabilities of these joints.
        fps: Frame rate of both.
    """
    # A steep sigmoid: uncertain predictions move nothing.
    weight = 1 / (1 + np.exp(-12 * (np.asarray(contacts, dtype=float) - 0.5)))
    correction = np.zeros((len(feet), 3))
    correction[:, :2] = _slip_correction(feet[..., :2], weight, fps)
    correction[:, 2] = _floor_correction(feet[..., 2] - FOOT_HEIGHTS, weight, fps)
    return correction


def _slip_correction(feet: Array, weight: Array, fps: float) -> Array:
    """Return the path (T, 2) that cancels the slip of the feet (T, 4, 2) in contact."""
    if len(feet) < 2:
        return np.zeros((len(feet), 2))
    velocity = np.diff(feet, axis=0) * fps
    planted = np.minimum(weight[1:], weight[:-1])
    planted = planted * np.clip(2 - norm(velocity) / (0.5 * _MAX_SLIP), 0, 1)
    total = planted.sum(axis=1)
    slip = (planted[..., None] * velocity).sum(axis=1) / np.maximum(total, 1e-6)[:, None]
    step = -slip * np.minimum(total, 1.0)[:, None] / fps
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])
    # Feet alternate in holding the root: without smoothing it would jerk at each change.
    return np.stack(
        [gaussian_filter(column, _SMOOTH_PATH_SECONDS * fps) for column in path.T], axis=1
    )


def _floor_correction(heights: Array, weight: Array, fps: float) -> Array:
    """Return the lift (T,) that puts the lowest planted foot, at heights (T, 4), on the floor."""
    is_planted = (np.abs(heights) < _MAX_FLOOR_DISTANCE) & (weight > 0.5)
    is_known = is_planted.any(axis=1)
    if not is_known.any():
        lowest = heights.min(axis=1)
        typical = float(np.quantile(lowest, 0.1))
        return np.full(len(heights), -typical if abs(typical) < _MAX_FLOOR_DISTANCE else 0.0)
    # The lowest, not their mean: a heel that lifts must not press the toes into the floor.
    planted = np.where(is_planted, heights, np.inf).min(axis=1)
    frames = np.arange(len(heights))
    lift = np.interp(frames, frames[is_known], -planted[is_known])
    # A swinging foot may pass close above the floor, but not through it.
    lift = np.maximum(lift, np.minimum(-heights.min(axis=1), _MAX_FLOOR_DISTANCE))
    return gaussian_filter(lift, _SMOOTH_LIFT_SECONDS * fps)
