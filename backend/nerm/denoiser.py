"""Stage 2: the Transformer that denoises codes under a condition.

A code is cut into tokens; one more token tells the noise level and the motion's duration. Tokens
attend to each other, then to the text tokens, a label token and a null token that is always there.
The latter are the same at every denoising step, so their keys and values are computed once.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

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
    """Leading channels of a text token that are used."""
    dropout: float = 0.0
    """On a CPU dropout costs a third of a step; text tokens are hidden instead."""
    actions: tuple[str, ...] = ()
    """Labels that the network knows, in the order of their embeddings."""


@dataclass(frozen=True)
class Condition:
    """Condition of a batch of motions."""

    text: Tensor
    """(B, L, TOKEN_WIDTH) token embeddings; L may be 0."""
    text_mask: Tensor
    """(B, L) bool, True where there is a token; all False for no text."""
    label_index: Tensor
    """(B,) index of the label, -1 for none."""
    durations: Tensor
    """(B,) seconds."""
    similarity: Tensor | None = None
    """(B, N) similarity to each motion of a `RetrievalPrior`, which the network does not see."""

    def unconditional(self) -> Condition:
        """Return the unconditional counterpart: same durations, no text, no label."""
        return replace(
            self,
            text_mask=torch.zeros_like(self.text_mask),
            label_index=torch.full_like(self.label_index, -1),
            similarity=None,
        )

    def select(self, index: Tensor) -> Condition:
        """Return the condition of the motions at positions `index` (b,)."""
        return self._map_tensors(lambda tensor: tensor[index])

    def to(self, device: torch.device) -> Condition:
        return self._map_tensors(lambda tensor: tensor.to(device))

    def concatenate(self, other: Condition) -> Condition:
        """Return both conditions as one batch, as the network sees it."""
        return Condition(
            torch.cat([self.text, other.text]),
            torch.cat([self.text_mask, other.text_mask]),
            torch.cat([self.label_index, other.label_index]),
            torch.cat([self.durations, other.durations]),
        )

    def _map_tensors(self, change: Callable[[Tensor], Tensor]) -> Condition:
        return Condition(*(None if t is None else change(t) for t in vars(self).values()))  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class CrossAttentionCache:
    """Keys and values of a condition, for any number of denoising steps."""

    pairs: tuple[tuple[Tensor, ...], ...]
    """Keys and values (B, heads, L + 2, width / heads) of null, label and text tokens, for each
    layer."""
    mask: Tensor
    """(B, 1, 1, L + 2) bool, True where there is a token."""
    durations: Tensor
    """(B,) seconds."""

    def first_motions(self, count: int) -> CrossAttentionCache:
        """Return the cache of the first `count` motions."""
        pairs = tuple((keys[:count], values[:count]) for keys, values in self.pairs)
        return CrossAttentionCache(pairs, self.mask[:count], self.durations[:count])


class _LayerwiseNorm(nn.GroupNorm):
    """LayerNorm over each of the text encoder's layers in a token (B, L, text_width)."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.flatten(0, 1)).view_as(input)


class _PlainLinear(nn.Linear):
    """A linear layer that `pack_linear_layers` skips: packed, it would round differently."""


class _Attention(nn.Module):
    """Multi-head attention whose keys and values can be computed apart from the queries.

    Parameters are named and initialised as in `nn.MultiheadAttention`, as in the weight files.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.width, self.heads, self.dropout = width, heads, dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = _PlainLinear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def project(self, tokens: Tensor, first: int, count: int) -> tuple[Tensor, ...]:
        """Return `count` of query, key and value (B, heads, M, width / heads) from `first` on."""
        rows = slice(first * self.width, (first + count) * self.width)
        projected = functional.linear(tokens, self.in_proj_weight[rows], self.in_proj_bias[rows])
        return tuple(
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in projected.chunk(count, dim=-1)
        )

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return (B, N, width) for projected queries, keys and values."""
        dropout = self.dropout if self.training else 0.0
        attended = functional.scaled_dot_product_attention(query, keys, values, mask, dropout)
        return self.out_proj(attended.transpose(1, 2).flatten(2))


class _DenoiserBlock(nn.Module):
    """Pre-norm Transformer block: self-attention, attention to the condition, feed-forward."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        width = config.width
        self.self_attn = _Attention(width, config.heads, config.dropout)
        self.multihead_attn = _Attention(width, config.heads, config.dropout)
        self.linear1 = nn.Linear(width, config.feed_forward)
        self.linear2 = nn.Linear(config.feed_forward, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Update tokens (B, N, width) with the condition's keys and values."""
        x = x + self.dropout(self.self_attn(*self.self_attn.project(self.norm1(x), 0, 3)))
        (query,) = self.multihead_attn.project(self.norm2(x), 0, 1)
        x = x + self.dropout(self.multihead_attn(query, keys, values, mask))
        hidden = self.dropout(functional.gelu(self.linear1(self.norm3(x))))
        return x + self.dropout(self.linear2(hidden))


class _BlockStack(nn.Module):
    """Blocks that begin alike, and the norm after the last."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        block = _DenoiserBlock(config)
        self.layers = nn.ModuleList(copy.deepcopy(block) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, cache: CrossAttentionCache) -> Tensor:
        for block, (keys, values) in zip(self.layers, cache.pairs, strict=True):
            x = block(x, keys, values, cache.mask)
        return self.norm(x)


class Denoiser(nn.Module):
    """(noisy code, noise level, condition) -> code or noise, as the noise process requires."""

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
        self.layers = _BlockStack(config)
        self.out = nn.Linear(width, config.latent // config.tokens)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        # Codes are standardised; the statistics are stored with the weights.
        self.register_buffer("code_mean", torch.zeros(config.latent))
        self.register_buffer("code_std", torch.ones(config.latent))
        self.code_mean: Tensor
        self.code_std: Tensor

    def cache_condition(self, condition: Condition) -> CrossAttentionCache:
        """Compute the keys and values of a condition (B), for `forward` at any number of steps."""
        # Row 0 of the table stands for "no label".
        label = self.action(condition.label_index + 1).unsqueeze(1)
        null = self.null.expand(len(label), 1, -1)
        text = self.text(condition.text[..., : self.config.text_width])
        tokens = torch.cat([null, label, text], dim=1)
        always = torch.ones(len(label), 2, dtype=torch.bool, device=tokens.device)
        mask = torch.cat([always, condition.text_mask], dim=1)[:, None, None]
        blocks: list[_DenoiserBlock] = list(self.layers.layers)  # pyright: ignore[reportAssignmentType]
        pairs = tuple(block.multihead_attn.project(tokens, 1, 2) for block in blocks)
        return CrossAttentionCache(pairs, mask, condition.durations)

    def forward(
        self, noisy: Tensor, level: Tensor, condition: Condition | CrossAttentionCache
    ) -> Tensor:
        """Predict the code or the noise (B, latent) of standardised noisy codes (B, latent).

        `level` (B,) is the noise level in [0, 1], 1 being pure noise. Where there are several
        steps, pass the cache of the condition.
        """
        if isinstance(condition, Condition):
            condition = self.cache_condition(condition)
        tokens = self.into(noisy.unflatten(-1, (self.config.tokens, -1)))
        waves = sinusoidal_embedding(1000.0 * level, self.config.width)
        features = torch.cat([waves, duration_feature(condition.durations)], dim=-1)
        x = torch.cat([self.level(features).unsqueeze(1), tokens], dim=1) + self.place
        return self.out(self.layers(x, condition)[:, 1:]).flatten(1).float()

    def guidance_predictor(self, condition: Condition) -> Callable[[Tensor, Tensor, bool], Tensor]:
        """Return ``predict(noisy, level, both)`` for `guided_predictor`, for a condition (B).

        Conditional and unconditional branch share cached keys and values for all steps.
        """
        both_cache = self.cache_condition(condition.concatenate(condition.unconditional()))
        cache = both_cache.first_motions(len(condition.durations))

        def predict(noisy: Tensor, level: Tensor, both: bool) -> Tensor:
            if both:
                return self(noisy.repeat(2, 1), level.repeat(2), both_cache)
            return self(noisy, level, cache)

        return predict


def sinusoidal_embedding(values: Tensor, width: int) -> Tensor:
    """Return sines and cosines (..., width) of numbers (...) at frequencies from 1 to 1e-4."""
    half = width // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=values.device) / half)
    angles = values.unsqueeze(-1) * rates
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)
