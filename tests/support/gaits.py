"""A walk made by a program, where tests have no captures."""

import numpy as np

from backend.authored.body.base_clips import FPS, BaseClips
from backend.authored.body.limbs import ANKLE_HEIGHT, SIDES, SIGN, FootGoal, place_foot
from backend.authored.body.motion import AuthoredMotion, move_root, standing_motion
from backend.authored.body.timing import minimum_jerk
from backend.authored.catalogue import AuthoredClip, AuthoredKind
from backend.authored.generate import AuthoredSample, to_mocap_clip

_CYCLE = 1.1
"""Seconds of a stride."""


def synthetic_walk(seconds: float = 8.0, speed: float = 1.1) -> AuthoredMotion:
    """Return a straight walk with a flat foot in stance, at `speed` in m/s."""
    motion = standing_motion(seconds, FPS)
    times = motion.times
    motion = move_root(motion, np.outer(times, (0.0, -speed, 0.0)) - [0.0, 0.0, 0.06])
    for side in SIDES:
        phase = times / _CYCLE + (0.0 if side == "left" else 0.5)
        step, part = np.floor(phase), phase % 1.0
        swing = np.clip((part - 0.6) / 0.4, 0.0, 1.0)
        middle = (step + 0.3 + minimum_jerk(swing)) * _CYCLE
        middle -= 0.0 if side == "left" else 0.5 * _CYCLE
        height = ANKLE_HEIGHT + 0.09 * np.sin(np.pi * swing) ** 2
        ankle = np.stack([np.full_like(times, SIGN[side] * 0.08), -speed * middle, height], axis=1)
        motion = place_foot(motion, side, FootGoal(ankle))
    return motion


def walking_base_clips(speed: float = 1.1, action: str = "walk") -> BaseClips:
    """Return base clips that hold the synthetic walk alone."""
    clip = AuthoredClip(synthetic_walk(speed=speed), ("a person walks",))
    kind = AuthoredKind(action, "", action, lambda _rng, _clips: clip, 1.0, may_slide=False)
    return BaseClips([to_mocap_clip(AuthoredSample(kind, action, clip))])
