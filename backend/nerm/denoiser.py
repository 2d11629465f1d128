"""Stage 2: the Transformer that denoises codes under a condition.

A code is cut into tokens, as sequence and length of one latent; a further token tells the noise
level and the motion's duration. Text tokens, an action token and an always present null token are
attended to. They are the same at every denoising step, so they are read once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional

from ..text.encoder import LAYER_WIDTH
from .inr import duration_feature


class DenoiserConfig(BaseModel):
    """Shape of the stage 2 network; stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent: int = 256
    tokens: int = 8
    width: int = 256
    layers: int = 6
    heads: int = 4
    feed_forward: int = 1024
    text_width: int = 384
    """How many of a text token's numbers it reads."""
    dropout: float = 0.0
    """On a CPU dropout costs a third of a step; text tokens are hidden instead."""
    actions: tuple[str, ...] = ()
    """Labels it knows, in the order of their embeddings."""


@dataclass(frozen=True)
class Condition:
    """What a batch of motions shall be."""

    text: Tensor
    """(B, L, WIDTH) token embeddings; L may be 0."""
    text_mask: Tensor
    """(B, L) bool, True where there is a token; all False for no text."""
    label_index: Tensor
    """(B,) index of the action label, -1 for none."""
    durations: Tensor
    """(B,) seconds."""
    similarity: Tensor | None = None
    """(B, N) how like the words are to each motion of a `Memory`; the network does not see it."""

    def unconditional(self) -> Condition:
        """The unconditional counterpart: same durations, no text, no action."""
        return Condition(
            self.text,
            torch.zeros_like(self.text_mask),
            torch.full_like(self.label_index, -1),
            self.durations,
        )

    def select(self, index: Tensor) -> Condition:
        """The condition of some of the motions, by their places (b,)."""
        return Condition(
            self.text[index],
            self.text_mask[index],
            self.label_index[index],
            self.durations[index],
            None if self.similarity is None else self.similarity[index],
        )

    def to(self, device: torch.device) -> Condition:
        """The same on a device."""
        return Condition(
            self.text.to(device),
            self.text_mask.to(device),
            self.label_index.to(device),
            self.durations.to(device),
            None if self.similarity is None else self.similarity.to(device),
        )

    def concatenate(self, other: Condition) -> Condition:
        """Both conditions as one batch, as the network sees it."""
        return Condition(
            torch.cat([self.text, other.text]),
            torch.cat([self.text_mask, other.text_mask]),
            torch.cat([self.label_index, other.label_index]),
            torch.cat([self.durations, other.durations]),
        )


@dataclass(frozen=True)
class CrossAttentionCache:
    """A condition as the network attends to it, at whatever noise."""

    keys: tuple[Tensor, ...]
    """(B, heads, L + 2, width / heads) for each layer, of null, action and text tokens."""
    values: tuple[Tensor, ...]
    """Of the same shapes."""
    mask: Tensor
    """(B, 1, 1, L + 2) bool, True where there is a token."""
    durations: Tensor
    """(B,) seconds."""

    def first_motions(self, count: int) -> CrossAttentionCache:
        """Of so many motions, from the first."""
        return CrossAttentionCache(
            tuple(keys[:count] for keys in self.keys),
            tuple(values[:count] for values in self.values),
            self.mask[:count],
            self.durations[:count],
        )


class _LayerwiseNorm(nn.GroupNorm):
    """LayerNorm of each of the text encoder's layers in a token by itself."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise tokens (B, L, text_width)."""
        return super().forward(input.flatten(0, 1)).view_as(input)


class _CachedDecoderLayer(nn.TransformerDecoderLayer):
    """A pre-norm decoder layer whose keys and values of what it attends to can be kept."""

    def project_keys_values(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, heads, M, width / heads) of tokens (B, M, width)."""
        attention = self.multihead_attn
        width = attention.embed_dim
        both = functional.linear(
            tokens, attention.in_proj_weight[width:], attention.in_proj_bias[width:]
        )
        keys, values = both.chunk(2, dim=-1)
        return self._split_heads(keys), self._split_heads(values)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> Tensor:
        """Tokens (B, N, width) that attend to each other, and to what was read."""
        own = self.self_attn
        projected = functional.linear(self.norm1(x), own.in_proj_weight, own.in_proj_bias)
        query, key, value = (self._split_heads(part) for part in projected.chunk(3, dim=-1))
        x = x + self.dropout1(own.out_proj(self._attend(query, key, value)))
        other, width = self.multihead_attn, self.multihead_attn.embed_dim
        query = functional.linear(
            self.norm2(x), other.in_proj_weight[:width], other.in_proj_bias[:width]
        )
        found = self._attend(self._split_heads(query), keys, values, mask)
        x = x + self.dropout2(other.out_proj(found))
        return x + self._ff_block(self.norm3(x))

    def _split_heads(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.self_attn.num_heads, -1)).transpose(1, 2)

    def _attend(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        dropout = self.self_attn.dropout if self.training else 0.0
        found = functional.scaled_dot_product_attention(query, keys, values, mask, dropout)
        return found.transpose(1, 2).flatten(2)


class Denoiser(nn.Module):
    """(noisy code, noise level, condition) -> code or noise, whatever the process trains it to."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.into = nn.Linear(config.latent // config.tokens, width)
        self.place = nn.Parameter(0.02 * torch.randn(config.tokens + 1, width))
        self.level = nn.Sequential(nn.Linear(width + 1, width), nn.SiLU(), nn.Linear(width, width))
        self.text = nn.Sequential(
            _LayerwiseNorm(config.text_width // LAYER_WIDTH, config.text_width),
            nn.Linear(config.text_width, width),
        )
        self.action = nn.Embedding(len(config.actions) + 1, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))
        layer = _CachedDecoderLayer(
            width,
            config.heads,
            config.feed_forward,
            config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerDecoder(layer, config.layers, nn.LayerNorm(width))
        self.out = nn.Linear(width, config.latent // config.tokens)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        # Standardised codes: the statistics travel with the weights.
        self.register_buffer("code_mean", torch.zeros(config.latent))
        self.register_buffer("code_std", torch.ones(config.latent))
        self.code_mean: Tensor
        self.code_std: Tensor

    def cache_condition(self, condition: Condition) -> CrossAttentionCache:
        """What the layers attend to under a condition (B), for `forward` at any number of steps."""
        # Row 0 of the table stands for "no label".
        action = self.action(condition.label_index + 1).unsqueeze(1)
        null = self.null.expand(len(action), 1, -1)
        text = self.text(condition.text[..., : self.config.text_width])
        memory = torch.cat([null, action, text], dim=1)
        always = torch.ones(len(action), 2, dtype=torch.bool, device=memory.device)
        there = torch.cat([always, condition.text_mask], dim=1)
        keys, values = zip(
            *(layer.project_keys_values(memory) for layer in self._layers()), strict=True
        )
        return CrossAttentionCache(keys, values, there[:, None, None], condition.durations)

    def forward(
        self, noisy: Tensor, level: Tensor, condition: Condition | CrossAttentionCache
    ) -> Tensor:
        """Predict.

        Args:
            noisy: (B, latent) standardised code with noise.
            level: (B,) noise level in [0, 1], 1 being pure noise.
            condition: of the same batch; what was read of it where there are several steps.
        """
        read = (
            condition
            if isinstance(condition, CrossAttentionCache)
            else self.cache_condition(condition)
        )
        tokens = self.into(noisy.unflatten(-1, (self.config.tokens, -1)))
        features = torch.cat(
            [_timestep_embedding(level, self.config.width), duration_feature(read.durations)],
            dim=-1,
        )
        x = torch.cat([self.level(features).unsqueeze(1), tokens], dim=1) + self.place
        for layer, keys, values in zip(self._layers(), read.keys, read.values, strict=True):
            x = layer(x, keys, values, read.mask)
        assert self.layers.norm is not None
        return self.out(self.layers.norm(x)[:, 1:]).flatten(1).float()

    def guidance_predictor(self, condition: Condition) -> Callable[[Tensor, Tensor, bool], Tensor]:
        """What `guided` asks for: predictions under a condition (B), and without its words.

        Both are read once, however many steps follow.
        """
        both = self.cache_condition(condition.concatenate(condition.unconditional()))
        worded = both.first_motions(len(condition.durations))

        def predict(noisy: Tensor, level: Tensor, double: bool) -> Tensor:
            if double:
                return self(noisy.repeat(2, 1), level.repeat(2), both)
            return self(noisy, level, worded)

        return predict

    def _layers(self) -> list[_CachedDecoderLayer]:
        return list(self.layers.layers)  # pyright: ignore


def _timestep_embedding(level: Tensor, width: int) -> Tensor:
    """Sinusoidal embedding (B, width) of a noise level in [0, 1]."""
    half = width // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=level.device) / half)
    angles = 1000.0 * level[:, None] * rates
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)
