"""Checks that drop authored motion which no body would do."""

import numpy as np

from ..kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT
from ..kinematics.math.rotations import angle_between, dot, norm, normalize
from .body.limbs import ANKLE_HEIGHT
from .body.motion import JOINT, AuthoredMotion

_MAX_DEPTH = 0.04
"""Metres by which a joint may be below the floor."""
_MAX_SPEED = 16.0
"""m/s of any joint."""
_MAX_TURN_RATE = 30.0
"""Radians per second of any joint relative to its parent."""
_TRUNK_RADIUS, _HEAD_RADIUS = 0.09, 0.085
"""Metres from the axis of the trunk and the centre of the head that wrists keep."""
_MAX_SKATE = 0.3
"""m/s of the slower foot, on average over the frames in which a foot is on the floor."""
_FLOOR_MARGIN = 0.03
"""Metres above its rest height within which a foot is on the floor."""
_MAX_FLEXION = np.radians(165.0)
"""Flexion of knees and elbows."""


def motion_faults(motion: AuthoredMotion, *, may_slide: bool = False) -> tuple[str, ...]:
    """Return what is wrong with a motion, in sentences; nothing if it is sound.

    Args:
        may_slide: Whether feet may move along the floor, as in a dance turn or a slide.
    """
    positions, _ = motion.kinematics()
    faults = []
    lowest = float(positions[..., 2].min())
    if lowest < -_MAX_DEPTH:
        name = SMPL.names[int(positions[..., 2].min(axis=0).argmin())]
        faults.append(f"{name} is {-lowest:.2f} m below the floor.")
    if len(motion) > 1:
        speed = float((norm(np.diff(positions, axis=0)) * motion.fps).max())
        if speed > _MAX_SPEED:
            faults.append(f"A joint moves at {speed:.0f} m/s.")
        rates = angle_between(motion.matrices[1:], motion.matrices[:-1]) * motion.fps
        if rates.max() > _MAX_TURN_RATE:
            name = SMPL.names[int(rates.max(axis=0).argmax())]
            faults.append(f"{name} turns at {rates.max():.0f} rad/s.")
        if not may_slide and _skate(positions, motion.fps) > _MAX_SKATE:
            faults.append(f"The feet slide at {_skate(positions, motion.fps):.2f} m/s.")
    faults += _intersections(positions)
    for name in ("left_knee", "right_knee", "left_elbow", "right_elbow"):
        above, below = SMPL.parents[JOINT[name]], SMPL.parents.index(JOINT[name])
        bones = (
            normalize(positions[:, JOINT[name]] - positions[:, above]),
            normalize(positions[:, below] - positions[:, JOINT[name]]),
        )
        flexion = float(np.arccos(np.clip(dot(*bones), -1.0, 1.0)).max())
        if flexion > _MAX_FLEXION:
            faults.append(f"{name} is flexed by {np.degrees(flexion):.0f} degrees.")
    return tuple(faults)


def _skate(positions: np.ndarray, fps: float) -> float:
    """Mean speed in m/s of the slower foot while a foot is on the floor."""
    feet = positions[:, [JOINT["left_foot"], JOINT["right_foot"]]]
    ankles = positions[:, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    low = (feet[..., 2] < TOE_JOINT_HEIGHT + _FLOOR_MARGIN) | (
        ankles[..., 2] < ANKLE_HEIGHT + _FLOOR_MARGIN
    )
    # Toes or heel: a foot rolls about one of them.
    speed = np.minimum(norm(np.diff(feet[..., :2], axis=0)), norm(np.diff(ankles[..., :2], axis=0)))
    speed = np.where(low[1:] & low[:-1], speed * fps, np.inf).min(axis=1)
    on_floor = np.isfinite(speed)
    return float(speed[on_floor].mean()) if on_floor.any() else 0.0


def _intersections(positions: np.ndarray) -> list[str]:
    base, top = positions[:, 0], positions[:, JOINT["neck"]]
    axis = top - base
    head = positions[:, JOINT["head"]] + 0.09 * axis / norm(axis)[:, None]
    faults = []
    for side in ("left", "right"):
        wrist = positions[:, JOINT[f"{side}_wrist"]]
        along = np.einsum("ti,ti->t", wrist - base, axis) / np.einsum("ti,ti->t", axis, axis)
        distance = norm(wrist - base - np.clip(along, 0.0, 1.0)[:, None] * axis)
        if distance.min() < _TRUNK_RADIUS:
            faults.append(f"{side}_wrist is inside the trunk ({distance.min():.2f} m).")
        if norm(wrist - head).min() < _HEAD_RADIUS:
            faults.append(f"{side}_wrist is inside the head.")
    return faults
