"""Variational codes: a normal distribution for each training sequence, and sampling from it."""

import torch
from torch import Tensor, nn

INITIAL_LOG_VARIANCE = -4.0
"""Log variance of every code before training."""


class SequenceCodes(nn.Module):
    """A mean and log variance of its own for each training sequence (NeRM's auto-decoder)."""

    def __init__(self, mean: Tensor, log_variance: Tensor) -> None:
        super().__init__()
        self.mean = nn.Parameter(mean.clone())
        self.log_variance = nn.Parameter(log_variance.clone())

    def forward(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent) of the sequences `index` (B,).

        Gradients are sparse: a code moves only when its own sequence is visited.
        """
        mean = nn.functional.embedding(index, self.mean, sparse=True)
        return mean, nn.functional.embedding(index, self.log_variance, sparse=True)


def reparameterize(mean: Tensor, log_variance: Tensor, noise: Tensor | None = None) -> Tensor:
    """z = mu + sigma · eps; eps is standard normal unless `noise` (B, latent) is given."""
    noise = torch.randn_like(mean) if noise is None else noise
    return mean + torch.exp(0.5 * log_variance) * noise


def interpolate_codes(first: Tensor, second: Tensor, alpha: float) -> Tensor:
    """Spherical interpolation from code `first` (latent,) at 0 to code `second` at 1.

    A straight line would pass through codes that are shorter, and so through calmer motions, than
    any that the model has seen. Codes in nearly the same direction are interpolated linearly.
    """
    lengths = first.norm(), second.norm()
    if not (float(lengths[0]) and float(lengths[1])):
        return torch.lerp(first, second, alpha)
    cosine = (first @ second / (lengths[0] * lengths[1])).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if float(torch.sin(angle)) < 1e-3:
        return torch.lerp(first, second, alpha)
    direction = (
        torch.sin((1 - alpha) * angle) * first / lengths[0]
        + torch.sin(alpha * angle) * second / lengths[1]
    ) / torch.sin(angle)
    return direction * torch.lerp(lengths[0], lengths[1], alpha)
