"""Losses over whole motions at 20 fps: features, and MDM's geometric terms."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..data.features import CONTACT_JOINTS, ROTATIONS, ROW, joint_positions
from .frames import CONTACTS, FrameBatch

WINDOW = 24
"""Neighbouring frames that the geometric terms look at: forward kinematics is not free."""

_FEET = list(CONTACT_JOINTS)


_ROOT_WEIGHT = 4.0
"""How much more the root's place counts than a rotation: all joints move with it."""


def feature_loss(made: Tensor, batch: FrameBatch) -> Tensor:
    """Huber loss of standardised features (B, T, 142) over the frames there are.

    A runner is many spreads away from where motions are on average; squared, the few who run would
    be all that is learnt.
    """
    weight = torch.ones(made.shape[-1], device=made.device)
    weight[ROTATIONS:ROW] = _ROOT_WEIGHT
    error = functional.smooth_l1_loss(made, batch.values, reduction="none", beta=1.0)
    error = (error * weight).sum(-1) / weight.sum()
    return (error * batch.mask).sum() / batch.mask.sum()


def geometric_losses(
    made: Tensor,
    batch: FrameBatch,
    mean: Tensor,
    std: Tensor,
    weight: Tensor,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Joint positions, their velocities and the sliding of planted feet in a random window.

    MDM's terms (its equations 3 to 5), but as mean distances in metres or metres per frame, and
    positions relative to the root. `weight` (B,) says how much each motion counts.
    """
    window = min(WINDOW, batch.mask.shape[1])
    room = (batch.mask.sum(1) - window).clamp(min=0)
    start = (torch.rand(len(room), generator=generator) * (room + 1)).long().to(made.device)
    where = start[:, None] + torch.arange(window, device=made.device)
    shown = torch.gather(batch.mask, 1, where) * weight[:, None]
    frame = where[..., None].expand(-1, -1, made.shape[-1])
    rows = torch.cat([torch.gather(made, 1, frame), torch.gather(batch.values, 1, frame)])
    rows = rows * std + mean
    joints, real = joint_positions(rows[..., :ROW]).chunk(2)
    planted = rows[len(made) :, :-1, CONTACTS]
    step, real_step = torch.diff(joints, dim=1), torch.diff(real, dim=1)
    slide = _length(step[:, :, _FEET]) * planted
    both = shown[:, 1:]
    joints, real = joints - joints[:, :, :1], real - real[:, :, :1]
    return {
        "joints": _mean(_length(joints - real).mean(-1), shown),
        "velocity": _mean(_length(step - real_step).mean(-1), both),
        "feet": _mean(slide.mean(-1), both),
    }


def _length(vectors: Tensor) -> Tensor:
    """Lengths (...) of (..., 3), with a gradient at zero."""
    return (vectors.square().sum(-1) + 1e-8).sqrt()


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1e-6)
