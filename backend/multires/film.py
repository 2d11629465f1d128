"""Feature-wise linear modulation (FiLM): what is wanted at a frame scales and shifts channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Film(nn.Module):
    """Of several tracks at once, each with scales and shifts of its own; the identity at first."""

    def __init__(self, labels: int, channels: int, width: int, tracks: int) -> None:
        """For `tracks` tracks of `channels`, told by `labels` numbers through `width`."""
        super().__init__()
        self.embed = nn.Linear(labels, width)
        self.modulate = nn.Linear(width, 2 * channels * tracks)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        self.tracks = tracks

    def forward(self, wanted: Tensor, *tracks: Tensor) -> tuple[Tensor, ...]:
        """Each of the tracks (B, T, C), modulated by what is wanted (B, T, K)."""
        told = self.modulate(self.embed(wanted)).chunk(2 * self.tracks, dim=-1)
        return tuple(
            (1 + scale) * track + shift
            for track, scale, shift in zip(tracks, told[::2], told[1::2], strict=True)
        )


class Projection(nn.Module):
    """How well features fit what is wanted: their product with an embedding of it."""

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        self.embed = nn.Linear(labels, channels, bias=False)
        nn.init.normal_(self.embed.weight, std=channels**-0.5)

    def forward(self, features: Tensor, wanted: Tensor) -> Tensor:
        """(B, T) of features (B, T, C) and labels (B, T, K)."""
        return torch.sum(features * self.embed(wanted), dim=-1)
