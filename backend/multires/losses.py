"""What generators and critics are trained by."""

from __future__ import annotations

import torch
from torch import Tensor

from .features import Layout
from .networks import Critic

RECONSTRUCTION = 12.5
"""Weight of the L1 distance from a take that its own noise must give. It is 50 where training goes
on twenty times as long, until takes are known by heart; before that it holds motions near their
mean."""
CONTACT = 5.0
"""Weight of how fast feet move that are said to touch the floor."""
PENALTY = 1.0
"""Weight of the gradient penalty of WGAN-GP."""


def critic_loss(
    critic: Critic,
    real: tuple[Tensor, Tensor],
    fake: tuple[Tensor, Tensor],
    share: Tensor,
) -> tuple[Tensor, Tensor]:
    """Wasserstein loss with gradient penalty, and the distance that the critic sees.

    Args:
        critic: of this level.
        real: motions (B, T, C) and their labels (B, T, K).
        fake: the same.
        share: (B,) from 0 to 1, where between the two the slope is looked at.
    """
    apart = critic(*real) - critic(*fake)
    weight = share[:, None, None]
    between = [(1 - weight) * a + weight * b for a, b in zip(real, fake, strict=True)]
    motion = between[0].detach().requires_grad_()
    # Of each frame by itself, whose judgement is the whole patch's: so that a critic is no steeper
    # for long windows.
    (slope,) = torch.autograd.grad(critic(motion, between[1]).sum(), motion, create_graph=True)
    steep = (motion.shape[1] * slope).norm(dim=-1)
    penalty = (steep - 1).square().mean()
    return PENALTY * penalty - apart.mean(), apart.mean().detach()


def contact_loss(layout: Layout, features: Tensor, fps: float) -> Tensor:
    """Mean speed in m/s of feet in the floor's hold, of features (B, T, C) in their own units."""
    if not layout.body.feet:
        return features.new_zeros(())
    held = torch.sigmoid(12 * (features[..., layout.contacts] - 0.5))[:, :-1]
    return (layout.foot_speeds(features, fps) * held).mean()
