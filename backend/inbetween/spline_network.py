"""The network that corrects the spline through keys."""

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ..data.motion_set import JOINT_COUNT
from .features import KEY_FEATURES

OUTPUT_WIDTH = 3 * JOINT_COUNT + 3
"""Channels of a correction: a rotation vector for each joint, and a root translation."""


class InbetweenConfig(BaseModel):
    """Shape of the network; stored with the weights."""

    width: int = 288
    blocks: int = 5
    terms: int = 3
    """Number of terms of the polynomial that is added within a gap."""


class _NeighbourBlock(nn.Module):
    """Residual MLP over x and its two neighbours."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.around = nn.Linear(3 * width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        h = nn.functional.pad(self.norm(x), (0, 0, 1, 1))
        h = self.around(torch.cat([h[:, :-2], h[:, 1:-1], h[:, 2:]], dim=-1))
        return x + self.out(nn.functional.gelu(h))


class Inbetweener(nn.Module):
    """Predicts corrections of a spline: a slope for each key and a polynomial for each gap."""

    def __init__(self, config: InbetweenConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.inside = nn.Linear(KEY_FEATURES, width)
        self.blocks = nn.ModuleList(_NeighbourBlock(width) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(width)
        self.slope = nn.Linear(width, OUTPUT_WIDTH)
        self.both = nn.Linear(2 * width, width)
        self.bend = nn.Linear(width, OUTPUT_WIDTH * config.terms)
        for head in (self.slope, self.bend):
            nn.init.zeros_(head.weight)  # the network starts as the plain spline
            nn.init.zeros_(head.bias)
        self.register_buffer("mean", torch.zeros(KEY_FEATURES))
        self.register_buffer("std", torch.ones(KEY_FEATURES))
        self.mean: Tensor
        self.std: Tensor

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Predict corrections from the features (B, K, KEY_FEATURES) of keys.

        Returns:
            Slopes (B, K, OUTPUT_WIDTH) in units of `slope_time_scales`, and polynomials
            (B, K-1, terms, OUTPUT_WIDTH): radians in the joints' frames, and metres in the heading
            frame of the key, or of the key at the start of the gap.
        """
        x = self.inside((features - self.mean) / self.std)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        pairs = torch.cat([x[:, :-1], x[:, 1:]], dim=-1)
        bends = self.bend(nn.functional.gelu(self.both(pairs)))
        return self.slope(x), bends.unflatten(-1, (self.config.terms, OUTPUT_WIDTH))


def bend_basis(gap_fractions: Tensor, terms: int) -> Tensor:
    """Return the polynomials (..., terms) of a gap at fractions (...) of it.

    Their values and first derivatives are zero at both keys.
    """
    inner = (4 * gap_fractions * (1 - gap_fractions)) ** 2
    powers = [(2 * gap_fractions - 1) ** n for n in range(terms)]
    return inner.unsqueeze(-1) * torch.stack(powers, dim=-1)
