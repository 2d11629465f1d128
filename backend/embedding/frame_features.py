"""Input features of the embedder: pose and motion of each frame, in SI units.

Velocities and accelerations are finite differences of neighbouring native frames. So they do not
depend on the frame rate, and show jitter and sliding feet at 120 fps even where a long motion is
thinned out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data import features
from ..data.motion_set import JOINT_COUNT

MAX_FRAMES = 64
"""Number of frames that longer motions are thinned out to."""

FEATURE_SIZES = (
    features.ROTATION_CHANNELS,
    3 * (JOINT_COUNT - 1),
    3 * JOINT_COUNT,
    JOINT_COUNT,
    len(features.CONTACT_JOINTS),
    6,
)
"""Numbers of rotations, joint positions, velocities, accelerations, sliding feet and root path, in
this order."""

FRAME_WIDTH = sum(FEATURE_SIZES)
"""Features of a frame."""

_ACCELERATION_SCALE = 10.0
"""Acceleration in m/s² up to which the feature is about linear; above it is logarithmic."""
_CONTACT_HEIGHTS = features.CONTACT_HEIGHT + torch.tensor(features.FOOT_HEIGHTS)
"""Heights in metres below which ankles and toes are in contact."""
_SPEED_SCALE, _HEIGHT_SCALE = 0.1, 0.01
"""Foot speed in m/s up to which the feature is about linear, and the width in metres of the soft
threshold of contact."""


@dataclass(frozen=True)
class FrameNeighbourhoods:
    """Frames of several motions with their native neighbours."""

    rows: Tensor
    """(B, M, 135) pose rows in any world frame, Z up."""
    joints: Tensor
    """(B, M, 3, 22, 3) joint positions at the previous, current and next frame."""
    times: Tensor
    """(B, M, 3) times of these frames in seconds; two are equal at the ends of a motion."""
    mask: Tensor
    """(B, M) bool, False for padding."""


def frame_features(batch: FrameNeighbourhoods) -> Tensor:
    """Return features (B, M, FRAME_WIDTH), independent of the initial position and heading."""
    rows, joints, times = batch.rows, batch.joints, batch.times
    yaw = features.heading(rows)
    root = rows[..., features.ROTATION_CHANNELS :]
    # Pose and velocities relative to the current heading.
    aligned = features.align_heading(rows[..., None, :], yaw, torch.zeros_like(root[..., :2]))
    local = _turn_vectors(joints[..., 1, 1:, :] - joints[..., 1, :1, :], yaw)
    before, after = _velocities(joints, times)
    speed = _turn_vectors(after, yaw)
    step = (0.5 * (times[..., 2] - times[..., 0])).clamp(min=1e-3)
    change = torch.linalg.vector_norm(after - before, dim=-1) / step[..., None]
    # Root path relative to the first frame.
    start = yaw[:, :1]
    path = _turn_vectors((root - root[:, :1])[..., None, :], start.expand_as(yaw))[..., 0, :2]
    turned = yaw - start
    return torch.cat(
        [
            aligned[..., 0, : features.ROTATION_CHANNELS],
            local.flatten(-2),
            speed.flatten(-2),
            torch.log1p(change / _ACCELERATION_SCALE),
            _foot_sliding(joints[..., 1, :, :], after),
            path,
            root[..., 2:],
            torch.sin(turned)[..., None],
            torch.cos(turned)[..., None],
            torch.linalg.vector_norm(speed[..., 0, :2], dim=-1, keepdim=True),
        ],
        dim=-1,
    )


def batch_motions(rows: Sequence[Tensor], times: Sequence[Tensor]) -> FrameNeighbourhoods:
    """Pad motions, each (T, 135) at times (T,) in seconds, to one batch.

    Raises:
        ValueError: a motion has no frame, or its times do not fit or do not increase.
    """
    for row, time in zip(rows, times, strict=True):
        if len(row) == 0 or row.shape != (len(time), features.ROW_CHANNELS):
            raise ValueError(
                f"A motion must have (T, {features.ROW_CHANNELS}) rows and T times, T > 0 (got "
                f"{tuple(row.shape)} and {tuple(time.shape)})."
            )
        if len(time) > 1 and not bool((torch.diff(time) > 0).all()):
            raise ValueError("The times of a motion must increase from frame to frame.")
    counts = [min(len(row), MAX_FRAMES) for row in rows]
    frames = torch.arange(max(counts))
    parts = []
    for row, time, count in zip(rows, times, counts, strict=True):
        at = torch.round(torch.linspace(0, len(row) - 1, count)).long()[frames.clamp(max=count - 1)]
        around = torch.stack([at - 1, at, at + 1], dim=-1).clamp(0, len(row) - 1)
        parts.append((row[around].float(), (time[around] - time[0]).float()))
    rows_around, times_around = map(torch.stack, zip(*parts, strict=True))
    mask = frames < torch.tensor(counts)[:, None]
    joints = features.joint_positions(rows_around)
    return FrameNeighbourhoods(rows_around[..., 1, :], joints, times_around, mask)


def _turn_vectors(vectors: Tensor, yaw: Tensor) -> Tensor:
    """Turn vectors (..., N, 3) by -yaw (...) about Z."""
    cos, sin = torch.cos(yaw)[..., None], torch.sin(yaw)[..., None]
    x, y, z = vectors.unbind(-1)
    return torch.stack([cos * x + sin * y, cos * y - sin * x, z], dim=-1)


def _foot_sliding(joints: Tensor, velocity: Tensor) -> Tensor:
    """Return the horizontal speed (..., 4) of foot joints in contact, on a logarithmic scale."""
    feet = list(features.CONTACT_JOINTS)
    speed = torch.linalg.vector_norm(velocity[..., feet, :2], dim=-1)
    lowness = torch.sigmoid((_CONTACT_HEIGHTS.to(joints) - joints[..., feet, 2]) / _HEIGHT_SCALE)
    return lowness * torch.log1p(speed / _SPEED_SCALE)


def _velocities(joints: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Return joint velocities (..., 22, 3) in m/s before and after each frame.

    At the ends of a motion both are the same.
    """
    gaps = torch.diff(times, dim=-1)
    moves = torch.diff(joints, dim=-3) / gaps.clamp(min=1e-4)[..., None, None]
    before, after = moves.unbind(-3)
    has_before, has_after = (gaps > 0)[..., None, None].unbind(-3)
    return torch.where(has_before, before, after), torch.where(has_after, after, before)
