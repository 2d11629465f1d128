"""Losses of generators and critics."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from .features import FeatureLayout
from .networks import Critic

RECONSTRUCTION_WEIGHT = 12.5
"""Weight of the L1 distance between a take and the reconstruction from its fixed noise. The paper's
50 suits a training twenty times as long, which memorizes the takes; in a shorter one it pulls
motions to their mean."""
CONTACT_WEIGHT = 5.0
"""Weight of the speed of feet in contact."""
R1_WEIGHT = 0.1
"""Weight of the squared gradient of a critic at real motions."""


def critic_loss(
    critic: Critic, real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Return the logistic loss with R1 penalty (Mescheder et al., ICML 2018), and the score gap.

    Args:
        critic: Critic of the level.
        real: Training motions (B, T, C) and their labels (B, T, K).
        fake: Generated motions and their labels.
    """
    motion = real[0].detach().requires_grad_()
    real_score, fake_score = critic(motion, real[1]), critic(*fake)
    (gradient,) = torch.autograd.grad(real_score.sum(), motion, create_graph=True)
    # Scores are means over frames: multiplied by their number, the penalty does not depend on the
    # length of the window.
    penalty = (motion.shape[1] * gradient).square().sum(dim=-1).mean()
    loss = softplus(-real_score).mean() + softplus(fake_score).mean() + 0.5 * R1_WEIGHT * penalty
    return loss, (real_score - fake_score).mean().detach()


def generator_loss(critic: Critic, generated: Tensor, conditioning: Tensor) -> Tensor:
    return softplus(-critic(generated, conditioning)).mean()


def contact_loss(layout: FeatureLayout, features: Tensor, fps: float) -> Tensor:
    """Return the mean speed in m/s of feet in contact, of features (B, T, C) in SI units."""
    if not layout.body.feet:
        return features.new_zeros(())
    contact = torch.sigmoid(12 * (features[..., layout.contact_slice] - 0.5))[:, :-1]
    return (layout.foot_speeds(features, fps) * contact).mean()
