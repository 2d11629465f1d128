"""Authored clips over a procedural stand, and measures of them."""

import numpy as np

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from backend.authored.checks import motion_faults
from backend.authored.kinds import authored_kinds
from backend.kinematics.math.rotations import Array

_KINDS = {kind.name: kind for kind in authored_kinds()}


def draw_kind(name: str, seed: int) -> AuthoredClip:
    """Return the first sound clip of a kind from a seed, over a procedural stand."""
    kind = _KINDS[name]
    faults: tuple[str, ...] = ()
    for attempt in range(3):
        clip = kind.author(np.random.default_rng([seed, attempt]), BaseClips([]))
        faults = motion_faults(clip.motion, may_slide=kind.may_slide)
        if not faults:
            return clip
    raise AssertionError(f"{name}: {faults}")


def count_lifts(positions: Array, side: str, height: float = 0.03) -> int:
    """Return how often a toe rises by `height` metres above where it stands lowest."""
    toe = positions[:, JOINT[f"{side}_foot"], 2]
    up = toe > toe.min() + height
    return int((up[1:] & ~up[:-1]).sum())


def travel(clip: AuthoredClip) -> Array:
    """Return how far (left, ahead) the pelvis goes in metres, as seen at the start."""
    path = clip.motion.root[-1] - clip.motion.root[0]
    return np.array([path[0], -path[1]])


def feet_slide(clip: AuthoredClip) -> float:
    """Return the largest distance in metres of a toe from where it is at the start."""
    positions, _ = clip.motion.kinematics()
    toes = positions[:, [JOINT["left_foot"], JOINT["right_foot"]]]
    return float(np.linalg.norm(toes - toes[0], axis=2).max())
