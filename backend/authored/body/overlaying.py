"""Gestures of one motion over the legs of another."""

from dataclasses import dataclass

import numpy as np

from ...kinematics.math.rotations import Array, angle_between, invert_rotations, norm
from .limbs import SIDES
from .motion import JOINT, AuthoredMotion, overlay
from .timing import pulse

_ARM_JOINTS = ("collar", "shoulder", "elbow", "wrist", "hand")
_TRUNK = ("spine1", "spine2", "spine3", "neck", "head")
_ARM_TURN, _TRUNK_TURN = np.radians(22.0), np.radians(6.0)
"""Angles by which joints of arms and trunk turn in a gesture, but not in the sway of a stand."""
_MAX_TRAVEL, _MAX_PELVIS_TURN, _MAX_FOOT_TRAVEL = 0.07, 0.2, 0.05
"""Metres and radians by which pelvis and feet move in a gesture that legs have no part in."""
_MARGIN, _EASE = 0.3, 0.4
"""Seconds by which a gesture starts before and ends after its arms have moved, and in which its
arms take over from those of the other motion."""
_MIN_SECONDS = 0.8


@dataclass(frozen=True)
class Gesture:
    """The part of a motion in which arms or head move and the legs do not."""

    motion: AuthoredMotion
    arms: tuple[str, ...]
    """Sides of the arms that move."""


def find_gesture(motion: AuthoredMotion) -> Gesture | None:
    """Return the gesture of a motion; None if its legs take part, or neither arms nor head."""
    positions, _ = motion.kinematics()
    feet = positions[:, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    if (
        norm(motion.root - motion.root[0]).max() > _MAX_TRAVEL
        or norm(feet - feet[0]).max() > _MAX_FOOT_TRAVEL
        or angle_between(motion.matrices[:, 0], motion.matrices[:1, 0]).max() > _MAX_PELVIS_TURN
    ):
        return None
    turns = {side: _turns(motion, [f"{side}_{j}" for j in ("shoulder", "elbow")]) for side in SIDES}
    arms = tuple(side for side, turn in turns.items() if turn.max() > _ARM_TURN)
    moves = [turns[side] > _ARM_TURN for side in arms]
    moves.append(_turns(motion, list(_TRUNK)) > _TRUNK_TURN)
    active = np.flatnonzero(np.any(moves, axis=0))
    if len(active) < _MIN_SECONDS * motion.fps:
        return None
    margin = round(_MARGIN * motion.fps)
    first, last = max(active[0] - margin, 0), min(active[-1] + margin, len(motion) - 1)
    return Gesture(motion.crop(first / motion.fps, last / motion.fps), arms)


def overlay_gesture(base: AuthoredMotion, gesture: Gesture, start: float) -> AuthoredMotion:
    """Let arms, trunk and head of a motion do a gesture from `start` in seconds.

    Arms take the place of the base's. Trunk and head add to what they do already.
    """
    frames = np.round(np.clip(base.times - start, 0.0, gesture.motion.length_seconds) * base.fps)
    index = frames.astype(int)
    other = AuthoredMotion(gesture.motion.matrices[index], gesture.motion.root[index], base.fps)
    end = start + gesture.motion.length_seconds
    weights = pulse(base.times, start - 0.5 * _EASE, end + 0.5 * _EASE, _EASE, _EASE)
    joints = tuple(f"{side}_{name}" for side in gesture.arms for name in _ARM_JOINTS)
    motion = overlay(base, other, joints, weights) if joints else base
    trunk = [JOINT[name] for name in _TRUNK]
    change = invert_rotations(gesture.motion.matrices[:1, trunk]) @ other.matrices[:, trunk]
    added = AuthoredMotion(base.matrices.copy(), base.root, base.fps)
    added.matrices[:, trunk] = base.matrices[:, trunk] @ change
    return overlay(motion, added, _TRUNK, weights)


def _turns(motion: AuthoredMotion, joints: list[str]) -> Array:
    """Largest angle (T,) by which joints are turned from the first frame."""
    index = [JOINT[name] for name in joints]
    return angle_between(motion.matrices[:, index], motion.matrices[:1, index]).max(axis=1)
