"""What the network sees of each key: the pose, and how it lies between its neighbours.

All of it is as seen from the key's own heading, and places are told from the key's own: a motion is
the same wherever it is and faces.
"""

from __future__ import annotations

import numpy as np

from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, forward_kinematics
from ..kinematics.math.rotations import Array, axis_rotation, matrix_to_6d
from ..kinematics.math.splines import KeyGaps
from ..kinematics.retarget.placement import headings_of_rotations

KEY_FEATURES = 6 * JOINT_COUNT + 1 + 3 * (JOINT_COUNT - 1) + 2 * (3 * JOINT_COUNT + 3 + 2)
"""Numbers for each key."""

_TYPICAL_GAP_SECONDS = 0.1
"""Seconds."""


def key_features(matrices: Array, root: Array, gaps: KeyGaps) -> tuple[Array, Array]:
    """What is seen of keys.

    Args:
        matrices: (K, 22, 3, 3) local rotations, the first being the world orientation; or batched,
            (K, B, 22, 3, 3), and so all others.
        root: (K, 3) metres, Z up.
        gaps: between them.

    Returns:
        features (K, WIDTH), and the heading (K,) that they are seen from, radians.
    """
    shape = root.shape[:-1]
    headings = headings_of_rotations(matrices[..., 0, :, :])
    back = axis_rotation("Z", -headings)
    full = np.broadcast_to(np.eye(3), (*shape, len(SMPL), 3, 3)).copy()
    full[..., :JOINT_COUNT, :, :] = matrices
    full[..., 0, :, :] = back @ matrices[..., 0, :, :]
    joints = forward_kinematics(SMPL, full, np.zeros((*shape, 3)))[0][..., 1:JOINT_COUNT, :]
    parts = [
        matrix_to_6d(full[..., :JOINT_COUNT, :, :]).reshape(*shape, -1),
        root[..., 2:],
        joints.reshape(*shape, -1),
        *_neighbour_features(gaps, back),
    ]
    return np.concatenate(parts, axis=-1), headings


def _neighbour_features(gaps: KeyGaps, back: Array) -> tuple[Array, Array]:
    """What is before each key, and what comes after: (K, ...) each, zeros where nothing is."""
    told = np.concatenate(
        [
            gaps.rotation_vectors.reshape(*gaps.durations.shape, -1),
            gaps.root_steps,
            np.log(gaps.durations / _TYPICAL_GAP_SECONDS)[..., None],
            np.ones((*gaps.durations.shape, 1)),
        ],
        axis=-1,
    )
    nothing = np.zeros((1, *told.shape[1:]))
    sides = []
    for side in (np.concatenate([nothing, told]), np.concatenate([told, nothing])):
        steps = slice(3 * JOINT_COUNT, 3 * JOINT_COUNT + 3)
        side[..., steps] = (back @ side[..., steps, None])[..., 0]
        sides.append(side)
    return sides[0], sides[1]
