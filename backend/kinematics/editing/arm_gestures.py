"""Gestures: motions of the arms alone, which can be combined with another motion of the body."""

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array

_MAX_TRAVEL = 0.35
"""Metres within which the hips stay in a gesture."""
_MAX_HIP_RANGE = 0.15
"""Metres by which the hips rise and fall in a gesture."""
_MAX_ANKLE_SPEED = 0.35
"""m/s, mean speed of the ankles in a gesture."""
_FREE_ARMS_HIP_RANGE = 0.25
"""Metres by which the hips rise and fall in a motion, such as a jump, that needs the arms."""
_MIN_ARM_ANGLE = np.radians(45.0)
"""Angle from hanging that an arm in use exceeds for a fifth of the time."""
_MIN_WRIST_SPEED = 0.15
"""m/s, mean speed of the wrist of an arm in use, relative to the body."""

_SIDES = ("left", "right")
_NECK, _HIPS = SMPL.index("neck"), SMPL.index("pelvis")


def arm_gesture_part(joints: Array, fps: float) -> str | None:
    """Part of the body, of `BODY_PARTS`, that a gesture moves.

    Args:
        joints: (T, 24, 3) world positions in metres, Z up, at least two frames.

    Returns:
        "LEFT_ARM", "RIGHT_ARM" or "ARMS"; None if the body travels, bends or steps as well, or no
        arm is in use.
    """
    hips = joints[:, _HIPS]
    if np.linalg.norm(hips[:, :2] - hips[0, :2], axis=1).max() > _MAX_TRAVEL:
        return None
    steps = max(_mean_speed(joints[:, SMPL.index(f"{side}_ankle")], fps) for side in _SIDES)
    if np.ptp(hips[:, 2]) > _MAX_HIP_RANGE or steps > _MAX_ANKLE_SPEED:
        return None
    left, right = (_is_arm_in_use(joints, side, fps) for side in _SIDES)
    if left and right:
        return "ARMS"
    return "LEFT_ARM" if left else "RIGHT_ARM" if right else None


def are_arms_free(joints: Array) -> bool:
    """Check that the arms could make a gesture during a motion, joints (T, 24, 3), such as walking
    or sitting, not bending down or jumping."""
    return bool(np.ptp(joints[:, _HIPS, 2]) <= _FREE_ARMS_HIP_RANGE)


def _is_arm_in_use(joints: Array, side: str, fps: float) -> bool:
    wrist, shoulder = (joints[:, SMPL.index(f"{side}_{name}")] for name in ("wrist", "shoulder"))
    arm = wrist - shoulder
    down = -arm[:, 2] / np.maximum(np.linalg.norm(arm, axis=1), 1e-9)
    raised = np.quantile(np.arccos(np.clip(down, -1, 1)), 0.8)
    relative_wrist = wrist - joints[:, _NECK]
    return bool(raised > _MIN_ARM_ANGLE and _mean_speed(relative_wrist, fps) > _MIN_WRIST_SPEED)


def _mean_speed(track: Array, fps: float) -> float:
    return float(np.linalg.norm(np.diff(track, axis=0), axis=1).mean() * fps)
