"""The loss of stage 1: clip reconstruction and the KL divergence to N(0, 1)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from ..data.features import ROTATION_CHANNELS, joint_positions
from ..data.sequences import SequenceBatch

LOSS_WEIGHTS = {
    "rotation": 1.0,
    "pose": 2.0,
    "root": 1.0,
    "velocity": 0.004,
    "contact": 0.02,
    "kl": 1e-4,
}
"""Rotation in units of its spread, pose and root in metres, velocity in m/s, KL in nats."""

_FOOT_JOINTS = (7, 8, 10, 11)


def reconstruction_terms(
    predicted: Tensor, logits: Tensor, batch: SequenceBatch, row_std: Tensor, clip: slice
) -> dict[str, Tensor]:
    """The terms of the clip loss, each a scalar.

    Args:
        predicted: (B, M, 135) pose rows.
        logits: (B, M, 4) contact logits.
        batch: what they should be.
        row_std: (135,) spread of each feature over the data.
        clip: which of the M frames follow one another at a constant rate.
    """
    error = (predicted - batch.rows)[..., :ROTATION_CHANNELS] / row_std[:ROTATION_CHANNELS]
    made, real = joint_positions(predicted), joint_positions(batch.rows)
    made_root, real_root = made[..., :1, :], real[..., :1, :]
    pose = torch.linalg.vector_norm((made - made_root) - (real - real_root), dim=-1)
    root = torch.linalg.vector_norm(made_root - real_root, dim=-1)
    step = torch.diff(batch.times[:, clip], dim=1).clamp(min=1e-4)[..., None, None]
    made_speed = torch.diff(made[:, clip], dim=1) / step
    real_speed = torch.diff(real[:, clip], dim=1) / step
    velocity = torch.linalg.vector_norm(made_speed - real_speed, dim=-1)
    # Feet count twice: a foot that creeps is the first thing anyone sees.
    velocity = velocity.mean() + velocity[..., list(_FOOT_JOINTS)].mean()
    return {
        "rotation": functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.5),
        "pose": pose.mean(),
        "root": root.mean(),
        "velocity": velocity,
        "contact": functional.binary_cross_entropy_with_logits(logits, batch.contacts),
    }


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats, summed over dimensions, averaged over the batch."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1).mean()


def weighted_total(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the weighted sum of named losses."""
    return torch.stack([weights[name] * value for name, value in terms.items()]).sum()
