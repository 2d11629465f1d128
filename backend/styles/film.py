"""Feature-wise linear modulation (FiLM): what is wanted at a frame scales and shifts channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class InputNormalizer(nn.Module):
    """What is wanted as networks hear it: labels as they are, a signal standardised.

    A signal's columns differ little beside how far they are from 0, so that raw ones are hardly
    heard. Files know nothing of this: `fold` makes it a part of the weights.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(labels), persistent=False)
        self.register_buffer("spread", torch.ones(labels), persistent=False)
        self.middle: Tensor
        """(K,)."""
        self.spread: Tensor
        """(K,)."""

    def forward(self, conditioning: Tensor) -> Tensor:
        """(B, T, K) of the same."""
        return (conditioning - self.middle) / self.spread


def set_normalization(networks: nn.Module, mean: Tensor, std: Tensor) -> None:
    """Have all of some networks hear what is wanted as it differs from (K,), in units of (K,)."""
    for module in networks.modules():
        if isinstance(module, InputNormalizer):
            module.middle.copy_(mean)
            module.spread.copy_(std)


class Film(nn.Module):
    """Of several tracks at once, each with scales and shifts of its own; the identity at first."""

    def __init__(self, labels: int, channels: int, width: int, tracks: int) -> None:
        """For `tracks` tracks of `channels`, told by `labels` numbers through `width`."""
        super().__init__()
        self.normalizer = InputNormalizer(labels)
        self.embed = nn.Linear(labels, width)
        self.modulate = nn.Linear(width, 2 * channels * tracks)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        self.tracks = tracks

    def forward(self, conditioning: Tensor, *tracks: Tensor) -> tuple[Tensor, ...]:
        """Each of the tracks (B, T, C), modulated by what is wanted (B, T, K)."""
        told = self.modulate(self.embed(self.normalizer(conditioning))).chunk(
            2 * self.tracks, dim=-1
        )
        return tuple(
            (1 + scale) * track + shift
            for track, scale, shift in zip(tracks, told[::2], told[1::2], strict=True)
        )

    @torch.no_grad()
    def fold_normalization(self) -> None:
        """Hear what is wanted as it is, and answer as before."""
        self.embed.weight.div_(self.normalizer.spread)
        self.embed.bias.sub_(self.embed.weight @ self.normalizer.middle)
        set_normalization(
            self, torch.zeros_like(self.normalizer.middle), torch.ones_like(self.normalizer.spread)
        )


class Projection(nn.Module):
    """How well features fit what is wanted: their product with an embedding of it."""

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        self.normalizer = InputNormalizer(labels)
        self.embed = nn.Linear(labels, channels, bias=False)
        nn.init.normal_(self.embed.weight, std=channels**-0.5)

    def forward(self, features: Tensor, conditioning: Tensor) -> Tensor:
        """(B, T) of features (B, T, C) and labels (B, T, K)."""
        return torch.sum(features * self.embed(self.normalizer(conditioning)), dim=-1)
