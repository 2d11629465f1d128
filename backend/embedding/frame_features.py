"""What the embedder sees of a frame: pose, where the joints are and how they move, in SI units.

Velocities and accelerations are differences between a motion's own neighbouring frames, divided by
seconds. So they mean the same at every rate, and jitter or a sliding foot at 120 fps is seen even
where a long motion is thinned out to a bounded number of frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data import features
from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT

MAX_FRAMES = 64
"""Longer motions are thinned out evenly to so many frames."""

FEATURE_SIZES = (
    features.ROTATION_CHANNELS,
    3 * (JOINT_COUNT - 1),
    3 * JOINT_COUNT,
    JOINT_COUNT,
    len(features.CONTACT_JOINTS),
    6,
)
"""How many numbers describe a frame's rotations, joint positions, velocities, accelerations,
sliding feet and way through the world, in this order."""

FRAME_WIDTH = sum(FEATURE_SIZES)
"""Numbers that describe a frame."""

_ACCELERATION_SCALE = 10.0
"""m/s²; accelerations below enter linearly, above by their logarithm."""
_CONTACT_HEIGHTS = 0.05 + torch.tensor(
    [
        TOE_JOINT_HEIGHT + float(SMPL.offsets[SMPL.index("left_foot")][1]) * up
        for up in (-1, -1, 0, 0)
    ]
)
"""Metres below which ankles and toes are on the floor: 5 cm above where they rest."""
_SPEED_SCALE, _HEIGHT_SCALE = 0.1, 0.01
"""m/s and metres: foot speeds likewise, and how sharply a foot is on the floor or not."""


@dataclass(frozen=True)
class FrameNeighbourhoods:
    """Frames of several motions, and each one's neighbours in its motion."""

    rows: Tensor
    """(B, M, 135) pose rows in any world frame, Z up."""
    joints: Tensor
    """(B, M, 3, 22, 3) joint positions at the frame before, at the frame, at the frame after."""
    times: Tensor
    """(B, M, 3) their times in seconds; at an end of the motion two are the same."""
    mask: Tensor
    """(B, M) bool, True where there is a frame."""


def frame_features(batch: FrameNeighbourhoods) -> Tensor:
    """Frame features (B, M, WIDTH), the same wherever and whichever way the motion begins."""
    rows, joints, times = batch.rows, batch.joints, batch.times
    yaw = features.heading(rows)
    here = rows[..., features.ROTATION_CHANNELS :]
    # Pose and velocities as the body sees them at the moment.
    facing = features.align_heading(rows[..., None, :], yaw, torch.zeros_like(here[..., :2]))[
        ..., 0, :
    ]
    local = _turn_vectors(joints[..., 1, 1:, :] - joints[..., 1, :1, :], yaw)
    before, after = _velocities(joints, times)
    speed = _turn_vectors(after, yaw)
    step = (0.5 * (times[..., 2] - times[..., 0])).clamp(min=1e-3)
    change = torch.linalg.vector_norm(after - before, dim=-1) / step[..., None]
    # The way through the world as the first frame sees it.
    start = yaw[:, :1]
    way = _turn_vectors((here - here[:, :1])[..., None, :], start.expand_as(yaw))[..., 0, :2]
    turned = yaw - start
    return torch.cat(
        [
            facing[..., : features.ROTATION_CHANNELS],
            local.flatten(-2),
            speed.flatten(-2),
            torch.log1p(change / _ACCELERATION_SCALE),
            _foot_sliding(joints[..., 1, :, :], after),
            way,
            here[..., 2:],
            torch.sin(turned)[..., None],
            torch.cos(turned)[..., None],
            torch.linalg.vector_norm(speed[..., 0, :2], dim=-1, keepdim=True),
        ],
        dim=-1,
    )


def thin_frames(count: int, max_frames: int = MAX_FRAMES) -> Tensor:
    """Which frames (M,) of `count` are seen: all, or `most` spread evenly from first to last."""
    if count <= max_frames:
        return torch.arange(count)
    return torch.round(torch.linspace(0, count - 1, max_frames)).long()


def batch_motions(rows: Sequence[Tensor], times: Sequence[Tensor]) -> FrameNeighbourhoods:
    """Motions, each (T, 135) at times (T,) in seconds, as one padded batch.

    Raises:
        ValueError: if a motion has no frame, a row too many or too few, or times that stand still.
    """
    parts = []
    for row, time in zip(rows, times, strict=True):
        if len(row) == 0 or row.shape != (len(time), features.ROW_CHANNELS):
            raise ValueError(
                f"A motion needs (T, {features.ROW_CHANNELS}) rows and T times, T > 0; "
                f"these have shapes {tuple(row.shape)} and {tuple(time.shape)}."
            )
        if len(time) > 1 and not bool((torch.diff(time) > 0).all()):
            raise ValueError("The times of a motion must increase from frame to frame.")
        at = thin_frames(len(row))
        around = torch.stack([at - 1, at, at + 1], dim=-1).clamp(0, len(row) - 1)
        parts.append((row[around].float(), (time[around] - time[0]).float()))
    longest = max(len(part[0]) for part in parts)
    seen = torch.stack([_padded(part[0], longest) for part in parts])
    when = torch.stack([_padded(part[1], longest) for part in parts])
    mask = torch.arange(longest) < torch.tensor([len(part[0]) for part in parts])[:, None]
    return FrameNeighbourhoods(seen[..., 1, :], features.joint_positions(seen), when, mask)


def _padded(x: Tensor, length: int) -> Tensor:
    return torch.cat([x, x[-1:].expand(length - len(x), *x.shape[1:])])


def _turn_vectors(vectors: Tensor, yaw: Tensor) -> Tensor:
    """Vectors (..., N, 3) turned by -yaw (...) about Z."""
    cos, sin = torch.cos(yaw)[..., None], torch.sin(yaw)[..., None]
    x, y, z = vectors.unbind(-1)
    return torch.stack([cos * x + sin * y, cos * y - sin * x, z], dim=-1)


def _foot_sliding(joints: Tensor, velocity: Tensor) -> Tensor:
    """How fast each foot joint that is on the floor moves over it, (..., 4)."""
    feet = list(features.CONTACT_JOINTS)
    speed = torch.linalg.vector_norm(velocity[..., feet, :2], dim=-1)
    lowness = torch.sigmoid((_CONTACT_HEIGHTS.to(joints) - joints[..., feet, 2]) / _HEIGHT_SCALE)
    return lowness * torch.log1p(speed / _SPEED_SCALE)


def _velocities(joints: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Joint velocities (..., 22, 3) in m/s before and after each frame; at an end both are one."""
    gaps = torch.diff(times, dim=-1)
    moves = torch.diff(joints, dim=-3) / gaps.clamp(min=1e-4)[..., None, None]
    there = (gaps > 0)[..., None, None]
    before, after = moves.unbind(-3)
    has_before, has_after = there.unbind(-3)
    return torch.where(has_before, before, after), torch.where(has_after, after, before)
