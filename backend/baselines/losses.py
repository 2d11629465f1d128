"""Losses over whole motions at 20 fps: features, and MDM's geometric terms."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from ..data.features import CONTACT_JOINTS, ROTATION_CHANNELS, ROW_CHANNELS, joint_positions
from ..training.losses import kl_to_standard_normal, weighted_total
from .frames import CONTACT_COLUMNS, PaddedFrames
from .mld import MldVae

GEOMETRIC_WINDOW = 24
"""Frames of the window of the geometric terms, because forward kinematics takes time."""

_ROOT_WEIGHT = 4.0
"""Weight of the root position relative to a rotation: all joints move with it."""


def feature_loss(predicted: Tensor, batch: PaddedFrames) -> Tensor:
    """Return the Huber loss of standardised features (B, T, 142) over the frames in the mask.

    Runners are many standard deviations from the mean; with a squared loss they would dominate.
    """
    weight = torch.ones(predicted.shape[-1], device=predicted.device)
    weight[ROTATION_CHANNELS:ROW_CHANNELS] = _ROOT_WEIGHT
    error = functional.smooth_l1_loss(predicted, batch.values, reduction="none", beta=1.0)
    error = (error * weight).sum(-1) / weight.sum()
    return (error * batch.mask).sum() / batch.mask.sum()


def geometric_losses(
    predicted: Tensor,
    batch: PaddedFrames,
    mean: Tensor,
    std: Tensor,
    weight: Tensor,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return MDM's losses of joint positions, velocities and sliding feet in a random window.

    They are MDM's equations 3 to 5, but as mean distances in metres or metres per frame, and with
    positions relative to the root. `weight` (B,) is the weight of each motion.
    """
    window = min(GEOMETRIC_WINDOW, batch.mask.shape[1])
    room = (batch.mask.sum(1) - window).clamp(min=0)
    start = (torch.rand(len(room), generator=generator) * (room + 1)).long().to(predicted.device)
    frames = start[:, None] + torch.arange(window, device=predicted.device)
    shown = torch.gather(batch.mask, 1, frames) * weight[:, None]
    frame = frames[..., None].expand(-1, -1, predicted.shape[-1])
    rows = torch.cat([torch.gather(predicted, 1, frame), torch.gather(batch.values, 1, frame)])
    rows = rows * std + mean
    joints, real = joint_positions(rows[..., :ROW_CHANNELS]).chunk(2)
    planted = rows[len(predicted) :, :-1, CONTACT_COLUMNS]
    step, real_step = torch.diff(joints, dim=1), torch.diff(real, dim=1)
    slide = _vector_lengths(step[:, :, list(CONTACT_JOINTS)]) * planted
    both = shown[:, 1:]
    joints, real = joints - joints[:, :, :1], real - real[:, :, :1]
    return {
        "joints": _weighted_mean(_vector_lengths(joints - real).mean(-1), shown),
        "velocity": _weighted_mean(_vector_lengths(step - real_step).mean(-1), both),
        "feet": _weighted_mean(slide.mean(-1), both),
    }


def vae_losses(
    predicted: Tensor,
    batch: PaddedFrames,
    vae: MldVae,
    mean: Tensor,
    log_variance: Tensor,
    weights: Mapping[str, float],
    generator: torch.Generator,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the weighted loss of a VAE over motions, and its terms.

    `predicted` (B, T, 142) are decoded standardised features of the codes' distributions
    (B, latent); `generator` places the window of the geometric terms.
    """
    every = torch.ones(len(predicted))
    geometric = geometric_losses(predicted, batch, vae.mean, vae.std, every, generator)
    terms = {
        "features": feature_loss(predicted, batch),
        "joints": geometric["joints"],
        "velocity": geometric["velocity"],
        "kl": kl_to_standard_normal(mean, log_variance),
    }
    return weighted_total(terms, weights), terms


def _vector_lengths(vectors: Tensor) -> Tensor:
    """Return lengths (...) of vectors (..., 3), with a gradient at zero."""
    return (vectors.square().sum(-1) + 1e-8).sqrt()


def _weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1e-6)
