"""Motions of the arms alone: which of them can be made while the rest of the body does another."""

from __future__ import annotations

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array

_STAYS = 0.35
"""Metres within which the hips of one who stays where they are remain."""
_LEVEL = 0.15
"""Metres by which they rise and fall at the most."""
_STANDS = 0.35
"""m/s: mean speed of the ankles of one who stands, at the most."""
_LIFTS = 0.25
"""Metres of rise and fall from which on a motion is one of the whole body, such as a jump."""
_RAISED = np.radians(45.0)
"""Angle from hanging that an arm in use has for a fifth of the time, at the least."""
_MOVES = 0.15
"""m/s: mean speed of its wrist beside the body."""

_SIDES = ("left", "right")
_NECK, _HIPS = SMPL.index("neck"), SMPL.index("pelvis")


def arm_gesture_part(joints: Array, fps: float) -> str | None:
    """The part of the body, of `body_parts.PARTS`, that a motion of the arms alone moves.

    Args:
        joints: (T, 24, 3) world positions in metres, Z up, at least two frames.
        fps: frames per second.

    Returns:
        "LEFT_ARM", "RIGHT_ARM" or "ARMS"; None if the body goes, bends or steps as well, or no arm
        does anything.
    """
    hips = joints[:, _HIPS]
    if np.linalg.norm(hips[:, :2] - hips[0, :2], axis=1).max() > _STAYS:
        return None
    steps = max(_mean_speed(joints[:, SMPL.index(f"{side}_ankle")], fps) for side in _SIDES)
    if np.ptp(hips[:, 2]) > _LEVEL or steps > _STANDS:
        return None
    used = [side for side in _SIDES if _in_use(joints, side, fps)]
    if not used:
        return None
    return "ARMS" if len(used) == 2 else f"{used[0].upper()}_ARM"


def are_arms_free(joints: Array) -> bool:
    """Whether arms could do something else in a motion, joints (T, 24, 3): walking, sitting; not
    bending down or jumping, which the arms are part of."""
    return bool(np.ptp(joints[:, _HIPS, 2]) <= _LIFTS)


def _in_use(joints: Array, side: str, fps: float) -> bool:
    wrist, shoulder = (joints[:, SMPL.index(f"{side}_{name}")] for name in ("wrist", "shoulder"))
    arm = wrist - shoulder
    down = -arm[:, 2] / np.maximum(np.linalg.norm(arm, axis=1), 1e-9)
    raised = np.quantile(np.arccos(np.clip(down, -1, 1)), 0.8)
    beside = wrist - joints[:, _NECK]
    return bool(raised > _RAISED and _mean_speed(beside, fps) > _MOVES)


def _mean_speed(track: Array, fps: float) -> float:
    return float(np.linalg.norm(np.diff(track, axis=0), axis=1).mean() * fps)
