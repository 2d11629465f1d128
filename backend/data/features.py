"""Pose rows, the features of motions for the networks, in batched torch.

A *pose row* (135,) has 6D rotations of 22 joints, the root's being its world orientation, and the
position of the root joint in metres, Z up. *Heading-aligned* rows have the first frame of their
sequence at x = y = 0, facing -Y.
"""

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.skeleton import MIRRORED_JOINTS, SMPL, TOE_JOINT_HEIGHT
from ..kinematics.math.rotations import Array, axis_angle_to_matrix, matrix_to_6d
from .motion_set import JOINT_COUNT, MocapClip

ROTATION_CHANNELS = 6 * JOINT_COUNT
ROW_CHANNELS = ROTATION_CHANNELS + 3
CONTACT_JOINTS: tuple[int, ...] = tuple(
    SMPL.index(name) for name in ("left_ankle", "right_ankle", "left_foot", "right_foot")
)
"""Joints with contact labels."""

_OFFSETS = torch.tensor(SMPL.offsets[:JOINT_COUNT], dtype=torch.float32)
_HIERARCHY_LEVELS = tuple(
    joints
    for level in SMPL.joints_by_depth
    if (joints := tuple(j for j in level if j < JOINT_COUNT))
)
_MIRROR_COLUMNS = torch.tensor(
    [6 * MIRRORED_JOINTS[j] + k for j in range(JOINT_COUNT) for k in range(6)]
)
_MIRROR_SIGNS = torch.tensor([1.0, -1.0, -1.0, -1.0, 1.0, 1.0] * JOINT_COUNT + [-1.0, 1.0, 1.0])

CONTACT_SPEED = 0.35
"""Speed in m/s below which a low foot is in contact."""
CONTACT_HEIGHT = 0.05
"""Height in metres above its rest height below which a slow foot is in contact."""
FOOT_HEIGHTS: tuple[float, ...] = (
    *[TOE_JOINT_HEIGHT - float(SMPL.offsets[10, 1])] * 2,
    *[TOE_JOINT_HEIGHT] * 2,
)
"""Height of `CONTACT_JOINTS` above the ground when SMPL stands, in metres."""


def pose_rows_of_clip(clip: MocapClip) -> Tensor:
    """Return the pose rows (T, 135) of a clip, in its own world frame."""
    matrices = axis_angle_to_matrix(clip.poses.reshape(len(clip), JOINT_COUNT, 3))
    root = clip.trans + SMPL.offsets[0]
    rows = np.concatenate([matrix_to_6d(matrices).reshape(len(clip), -1), root], axis=1)
    return torch.from_numpy(rows.astype(np.float32))


def matrices_from_6d(x: Tensor) -> Tensor:
    """Convert 6D (..., 6), whose columns need not be orthonormal, to matrices (..., 3, 3)."""
    a = torch.nn.functional.normalize(x[..., :3], dim=-1)
    b = x[..., 3:]
    b = torch.nn.functional.normalize(b - (a * b).sum(-1, keepdim=True) * a, dim=-1)
    return torch.stack([a, b, torch.linalg.cross(a, b)], dim=-1)


def joint_positions(rows: Tensor) -> Tensor:
    """Compute joint positions (..., 22, 3) in metres of pose rows (..., 135)."""
    local = matrices_from_6d(rows[..., :ROTATION_CHANNELS].unflatten(-1, (JOINT_COUNT, 6)))
    offsets = _OFFSETS.to(rows)
    positions: list[Tensor] = [rows[..., ROTATION_CHANNELS:]] + [rows] * (JOINT_COUNT - 1)
    world: list[Tensor] = [local[..., 0, :, :]] + [local] * (JOINT_COUNT - 1)
    for joints in _HIERARCHY_LEVELS:
        parents = [SMPL.parents[j] for j in joints]
        above = torch.stack([world[p] for p in parents], dim=-3)
        rotations = above @ local[..., list(joints), :, :]
        bones = (above @ offsets[list(joints)].unsqueeze(-1)).squeeze(-1)
        for n, joint in enumerate(joints):
            world[joint] = rotations[..., n, :, :]
            positions[joint] = positions[parents[n]] + bones[..., n, :]
    return torch.stack(positions, dim=-2)


def foot_contacts(positions: Tensor, fps: float) -> Tensor:
    """Return contacts (T, 4) of `CONTACT_JOINTS`, 0 or 1: a joint in contact is low and slow."""
    feet = positions[:, list(CONTACT_JOINTS)]
    speed = torch.linalg.vector_norm(torch.diff(feet, dim=0), dim=-1) * fps
    speed = torch.cat([speed[:1], speed]) if len(speed) else torch.zeros(feet.shape[:-1])
    low = feet[..., 2] < torch.tensor(FOOT_HEIGHTS) + CONTACT_HEIGHT
    return (low & (speed < CONTACT_SPEED)).float()


def heading(rows: Tensor) -> Tensor:
    """Return the yaw (...) about Z of each row, in radians from -Y."""
    root = matrices_from_6d(rows[..., :6])
    left, forward = root[..., :, 0], root[..., :, 2]
    # The forward axis alone fails for a body on its back, the left one for a body on its side.
    facing_x = forward[..., 0] + left[..., 1]
    facing_y = forward[..., 1] - left[..., 0]
    return torch.atan2(facing_x, -facing_y)


def align_heading(rows: Tensor, yaw: Tensor, origin: Tensor) -> Tensor:
    """Move pose rows (..., T, 135) by -origin (..., 2), then turn them by -yaw (...) about Z."""
    cos, sin = torch.cos(yaw), torch.sin(yaw)
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)
    turn = torch.stack([cos, sin, zero, -sin, cos, zero, zero, zero, one], dim=-1)
    turn = turn.unflatten(-1, (3, 3)).unsqueeze(-3)
    out = rows.clone()
    columns = rows[..., :6].unflatten(-1, (2, 3)).transpose(-1, -2)
    out[..., :6] = (turn @ columns).transpose(-1, -2).flatten(-2)
    root = rows[..., ROTATION_CHANNELS:].clone()
    root[..., :2] -= origin.unsqueeze(-2)
    out[..., ROTATION_CHANNELS:] = (turn @ root.unsqueeze(-1)).squeeze(-1)
    return out


def mirror_rows(rows: Tensor) -> Tensor:
    """Mirror pose rows (..., 135): x to -x, left to right."""
    swapped = torch.cat(
        [rows[..., _MIRROR_COLUMNS.to(rows.device)], rows[..., ROTATION_CHANNELS:]], dim=-1
    )
    return swapped * _MIRROR_SIGNS.to(rows)


def rows_to_matrices(rows: Tensor) -> tuple[Array, Array]:
    """Convert pose rows (T, 135) to rotations (T, 24, 3, 3), hands at rest, and root (T, 3)."""
    matrices = matrices_from_6d(
        rows[..., :ROTATION_CHANNELS].double().unflatten(-1, (JOINT_COUNT, 6))
    )
    full = torch.eye(3, dtype=torch.float64).expand(len(rows), len(SMPL), 3, 3).clone()
    full[:, :JOINT_COUNT] = matrices
    return full.numpy(), rows[..., ROTATION_CHANNELS:].double().numpy()
