"""What generators and critics are trained by."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from .features import FeatureLayout
from .networks import Critic

RECONSTRUCTION_WEIGHT = 12.5
"""Weight of the L1 distance from a take that its own noise must give. It is 50 where training goes
on twenty times as long, until takes are known by heart; before that it holds motions near their
mean."""
CONTACT_WEIGHT = 5.0
"""Weight of how fast feet move that are said to touch the floor."""
R1_WEIGHT = 0.1
"""Weight of how steep a critic is where motions are real (R1)."""


def critic_loss(
    critic: Critic, real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Logistic loss with R1 penalty (Mescheder et al., ICML 2018), and the distance that the
    critic sees.

    Args:
        critic: of this level.
        real: motions (B, T, C) and their labels (B, T, K).
        fake: the same.
    """
    motion = real[0].detach().requires_grad_()
    found, made = critic(motion, real[1]), critic(*fake)
    (slope,) = torch.autograd.grad(found.sum(), motion, create_graph=True)
    # Of each frame by itself, whose judgement is the whole patch's: so that a critic is no steeper
    # for long windows.
    steep = (motion.shape[1] * slope).square().sum(dim=-1).mean()
    loss = softplus(-found).mean() + softplus(made).mean() + 0.5 * R1_WEIGHT * steep
    return loss, (found - made).mean().detach()


def generator_loss(critic: Critic, generated: Tensor, conditioning: Tensor) -> Tensor:
    """What a generator is told of its motions (B, T, C) with labels (B, T, K) by a critic."""
    return softplus(-critic(generated, conditioning)).mean()


def contact_loss(layout: FeatureLayout, features: Tensor, fps: float) -> Tensor:
    """Mean speed in m/s of feet in the floor's hold, of features (B, T, C) in their own units."""
    if not layout.body.feet:
        return features.new_zeros(())
    held = torch.sigmoid(12 * (features[..., layout.contact_slice] - 0.5))[:, :-1]
    return (layout.foot_speeds(features, fps) * held).mean()
