"""A captured gait made longer: its best stride is repeated."""

import numpy as np

from ...kinematics.math.rotations import Array, axis_rotation
from ..body.limbs import SIDES
from ..body.motion import JOINT, AuthoredMotion, blend_rotations
from ..body.timing import minimum_jerk

_OVERLAP = 0.12
"""Seconds over which one stride is blended into the next."""
_STRIDES = (0.5, 1.4)
"""Bounds in seconds of a stride, of two steps."""
_TURN_METRES = 0.3
"""Metres of difference in pose that weigh as much as a radian of turning."""
_SPEED_SECONDS = 0.08
"""Seconds by which a difference in speed is weighed as a distance."""
_JOINTS = [JOINT[f"{side}_{name}"] for side in SIDES for name in ("ankle", "knee", "wrist")]


def repeat_stride(motion: AuthoredMotion, seconds: float) -> tuple[AuthoredMotion, float]:
    """Repeat the stride whose ends are most alike, until the motion lasts `seconds`.

    Returns:
        The motion, and the metres by which the ends of the stride differ; infinite, with the motion
        as it was, if it is too short for a stride.
    """
    overlap = round(_OVERLAP * motion.fps)
    shortest, longest = (round(bound * motion.fps) for bound in _STRIDES)
    if len(motion) < overlap + shortest + 2:
        return motion, np.inf
    costs = _differences_of_pose(motion)
    first, last = np.indices(costs.shape)
    allowed = (first >= overlap) & (last - first >= shortest) & (last - first <= longest)
    costs = np.where(allowed, costs, np.inf)
    start, end = np.unravel_index(costs.argmin(), costs.shape)
    repeated = _frames(motion, 0, int(end) + 1)
    stride = _frames(motion, int(start) - overlap, int(end) + 1)
    while repeated.length_seconds < seconds:
        repeated = _append(repeated, stride, overlap + 1)
    return _frames(repeated, 0, round(seconds * motion.fps) + 1), float(costs.min())


def _differences_of_pose(motion: AuthoredMotion) -> Array:
    """Distances (T, T) in metres between the poses of any two frames, turning included."""
    positions, _ = motion.kinematics()
    unturned = axis_rotation("Z", -motion.headings)
    away = positions[:, _JOINTS] - motion.root[:, None] * [1.0, 1.0, 0.0]
    pose = np.einsum("tij,tnj->tni", unturned, away)
    speed = np.gradient(pose, axis=0) * motion.fps * _SPEED_SECONDS
    features = np.concatenate([pose, speed], axis=1).reshape(len(motion), -1)
    distance = np.linalg.norm(features[:, None] - features, axis=2) / np.sqrt(len(_JOINTS))
    turn = np.abs(motion.headings[:, None] - motion.headings)
    return distance + _TURN_METRES * turn


def _append(motion: AuthoredMotion, following: AuthoredMotion, overlap: int) -> AuthoredMotion:
    """Join two motions whose last and first `overlap` frames show the same."""
    middle = overlap // 2
    turn = motion.headings[-overlap + middle] - following.headings[middle]
    spin = axis_rotation("Z", turn)
    matrices = following.matrices.copy()
    matrices[:, 0] = spin @ matrices[:, 0]
    origin = following.root[middle] * [1.0, 1.0, 0.0]
    place = motion.root[-overlap + middle] * [1.0, 1.0, 0.0]
    root = (following.root - origin) @ spin.T + place
    weights = minimum_jerk(np.linspace(0.0, 1.0, overlap))
    blended = blend_rotations(motion.matrices[-overlap:], matrices[:overlap], weights)
    path = motion.root[-overlap:] + weights[:, None] * (root[:overlap] - motion.root[-overlap:])
    return AuthoredMotion(
        np.concatenate([motion.matrices[:-overlap], blended, matrices[overlap:]]),
        np.concatenate([motion.root[:-overlap], path, root[overlap:]]),
        motion.fps,
    )


def _frames(motion: AuthoredMotion, first: int, end: int) -> AuthoredMotion:
    return AuthoredMotion(motion.matrices[first:end], motion.root[first:end], motion.fps)
