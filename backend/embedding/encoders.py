"""The encoders of motions and prompts, each to one unit vector."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..text.encoder import TOKEN_WIDTH as TEXT_WIDTH
from ..training.weight_files import strip_key_prefix
from . import frame_features

_SLOWEST, _FASTEST = 0.05, 8.0
"""Frequencies of the time encoding in Hz."""


class EmbedderConfig(BaseModel):
    """Sizes of the networks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimensions: int = 128
    width: int = 192
    heads: int = 4
    feed_forward: int = 384
    motion_layers: int = 3
    text_layers: int = 2
    waves: int = 24
    text_dropout: float = 0.1
    """Dropout of the prompt encoder, because captions are few; motions are augmented instead."""


class MotionEncoder(nn.Module):
    """Embeds a motion of any frame rate."""

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        self.feature_mean = nn.Buffer(torch.zeros(frame_features.FRAME_WIDTH))
        self.feature_std = nn.Buffer(torch.ones(frame_features.FRAME_WIDTH))
        self.waves = config.waves
        self.read = nn.Linear(frame_features.FRAME_WIDTH, config.width)
        self.when = nn.Linear(2 * config.waves, config.width)
        self.whole = _Summary(config, config.motion_layers, dropout=0.0)

    def normalize_features(self, features: Tensor) -> Tensor:
        """Standardize frame features (..., FRAME_WIDTH).

        Outliers are clamped, so that one joint in one frame of a broken motion does not dominate.
        """
        return ((features - self.feature_mean) / self.feature_std).clamp(-8, 8)

    def embed(self, batch: frame_features.FrameNeighbourhoods) -> Tensor:
        """Embed motions as unit vectors (B, D)."""
        features = self.normalize_features(frame_features.frame_features(batch))
        return self(features, batch.times[..., 1], batch.mask)

    def forward(self, features: Tensor, times: Tensor, mask: Tensor) -> Tensor:
        """Embed standardized features (B, M, FRAME_WIDTH) at times (B, M) in seconds."""
        low, high = math.log(_SLOWEST), math.log(_FASTEST)
        bands = torch.linspace(low, high, self.waves, device=times.device)
        angles = 2 * math.pi * times[..., None] * bands.exp()
        waves = torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)
        return self.whole(self.read(features) + self.when(waves), mask)


class PromptEncoder(nn.Module):
    """Embeds the token embeddings of a prompt."""

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        self.read = nn.Linear(TEXT_WIDTH, config.width)
        self.whole = _Summary(config, config.text_layers, config.text_dropout)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Embed tokens (B, L, TOKEN_WIDTH) with mask (B, L)."""
        return self.whole(self.read(tokens), mask)


def load_encoders(
    tensors: Mapping[str, Tensor], config: Mapping[str, Any]
) -> tuple[MotionEncoder, PromptEncoder]:
    """Return the networks of a run or a weight file, ready to use."""
    sizes = EmbedderConfig.model_validate(config)
    motion, prompt = MotionEncoder(sizes), PromptEncoder(sizes)
    for network, prefix in ((motion, "motion/"), (prompt, "prompt/")):
        state = {key: value.float() for key, value in strip_key_prefix(tensors, prefix).items()}
        network.load_state_dict(state)
        network.eval().requires_grad_(False)
    return motion, prompt


class _Summary(nn.Module):
    """A Transformer encoder whose summary token becomes a unit vector."""

    def __init__(self, config: EmbedderConfig, layers: int, dropout: float) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.feed_forward,
            dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.summary = nn.Parameter(0.02 * torch.randn(config.width))
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, config.dimensions)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors (B, D) of tokens (B, L, width); mask (B, L) is False for padding."""
        first = self.summary.to(tokens.dtype).expand(len(tokens), 1, -1)
        known = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
        mixed = self.layers(torch.cat([first, tokens], dim=1), src_key_padding_mask=~known)
        return nn.functional.normalize(self.out(self.norm(mixed[:, 0])).float(), dim=-1)
