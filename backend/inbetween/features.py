"""Features of a key: its pose, and its relation to the neighbouring keys.

They are relative to the key's own position and heading, and so independent of where the motion is
and where it faces.
"""

import numpy as np

from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, forward_kinematics
from ..kinematics.math.rotations import Array, axis_rotation, matrix_to_6d
from ..kinematics.math.splines import KeyGaps
from ..kinematics.retarget.placement import headings_of_rotations

KEY_FEATURES = 6 * JOINT_COUNT + 1 + 3 * (JOINT_COUNT - 1) + 2 * (3 * JOINT_COUNT + 3 + 2)
"""Number of features of a key."""

_TYPICAL_GAP_SECONDS = 0.1
"""Seconds; log durations of gaps are relative to it."""


def key_features(matrices: Array, root: Array, gaps: KeyGaps) -> tuple[Array, Array]:
    """Compute the features of keys.

    Args:
        matrices: (K, 22, 3, 3) local rotations, the first being the world orientation; or all
            arrays batched, (K, B, 22, 3, 3).
        root: (K, 3) metres, Z up.
        gaps: Gaps between the keys.

    Returns:
        Features (K, KEY_FEATURES), and the heading (K,) in radians that they are relative to.
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
    """Return features (K, ...) of the gap before and after each key, zeros where there is none."""
    gap_features = np.concatenate(
        [
            gaps.rotation_vectors.reshape(*gaps.durations.shape, -1),
            gaps.root_steps,
            np.log(gaps.durations / _TYPICAL_GAP_SECONDS)[..., None],
            np.ones((*gaps.durations.shape, 1)),
        ],
        axis=-1,
    )
    no_gap = np.zeros((1, *gap_features.shape[1:]))
    sides = []
    for side in (np.concatenate([no_gap, gap_features]), np.concatenate([gap_features, no_gap])):
        steps = slice(3 * JOINT_COUNT, 3 * JOINT_COUNT + 3)
        side[..., steps] = (back @ side[..., steps, None])[..., 0]
        sides.append(side)
    return sides[0], sides[1]
