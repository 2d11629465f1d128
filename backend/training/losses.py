"""Losses of autoencoders of motion: reconstruction of frames, and KL divergence to N(0, 1)."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from ..data.features import CONTACT_JOINTS, ROTATION_CHANNELS, joint_positions
from ..data.sequences import SequenceBatch

LOSS_WEIGHTS = {
    "rotation": 1.0,
    "pose": 2.0,
    "root": 1.0,
    "velocity": 0.004,
    "contact": 0.02,
    "kl": 1e-4,
}
"""Weights of rotation in standard deviations, pose and root in metres, velocity in m/s, contact and
KL in nats. A larger velocity weight makes everything smooth, because velocity at 120 fps responds
120 times as strongly as position."""


def reconstruction_terms(
    predicted: Tensor, logits: Tensor, batch: SequenceBatch, row_std: Tensor, clip: slice
) -> dict[str, Tensor]:
    """Return the scalar terms of the reconstruction loss of pose rows (B, M, 135).

    `logits` (B, M, 4) are of contacts, `row_std` (135,) is over the data; those of the M frames in
    `clip` follow one another at a constant rate.
    """
    error = (predicted - batch.rows)[..., :ROTATION_CHANNELS] / row_std[:ROTATION_CHANNELS]
    joints, real = joint_positions(predicted), joint_positions(batch.rows)
    root_joint, real_root = joints[..., :1, :], real[..., :1, :]
    pose = torch.linalg.vector_norm((joints - root_joint) - (real - real_root), dim=-1)
    root = torch.linalg.vector_norm(root_joint - real_root, dim=-1)
    step = torch.diff(batch.times[:, clip], dim=1).clamp(min=1e-4)[..., None, None]
    velocities = torch.diff(joints[:, clip], dim=1) / step
    real_velocities = torch.diff(real[:, clip], dim=1) / step
    velocity = torch.linalg.vector_norm(velocities - real_velocities, dim=-1)
    # Feet count twice: sliding feet are the first thing a viewer notices.
    velocity = velocity.mean() + velocity[..., list(CONTACT_JOINTS)].mean()
    return {
        "rotation": functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.5),
        "pose": pose.mean(),
        "root": root.mean(),
        "velocity": velocity,
        "contact": functional.binary_cross_entropy_with_logits(logits, batch.contacts),
    }


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, variance) || N(0, 1)) in nats, summed over dimensions, mean of a batch."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1).mean()


def weighted_total(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the weighted sum of named losses."""
    return torch.stack([weights[name] * value for name, value in terms.items()]).sum()
