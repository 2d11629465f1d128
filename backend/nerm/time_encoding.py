"""Encodings of time for the decoder: a number, Fourier features, or attention to a codebook.

They are the *none*, *simple* and *codebook* of NeRM (Wei et al. 2024, "Effectiveness of time
encoding"). The last is CoCo-INR's codebook-coordinate attention (Yin et al. 2022) over a frozen
codebook of short motions (`codebook`).
"""

import math
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional

TimeEncodingName = Literal["none", "simple", "codebook"]


class CodebookConfig(BaseModel):
    """Shape of the codebook and of the attention to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: int = 512
    entry_width: int = 256
    latents: int = 256
    """Number of learnt queries that attend to the codebook, once for all times."""
    width: int = 128
    """Channels of a latent and of the result."""
    heads: int = 4
    mixing_layers: int = 3
    """Number of self-attention blocks of the latents."""
    reading_layers: int = 1
    """Number of blocks in which times attend to the latents."""


def normalize_time(times: Tensor, durations: Tensor) -> Tensor:
    """Scale seconds (B, M) to NeRM's normalised time, [-1, 1] over the whole sequence (B,)."""
    return 2 * times / durations[:, None].clamp(min=1e-6) - 1


class TimeEncoding(nn.Module):
    """Maps time (B, M), normalised or in seconds, to features (B, M, `feature_count`)."""

    def __init__(self, name: TimeEncodingName, bands: int, codebook: CodebookConfig) -> None:
        super().__init__()
        bands = 0 if name == "none" else bands
        frequencies = math.pi * 2.0 ** torch.arange(bands)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.frequencies: Tensor
        self.feature_count = 1 + 2 * bands
        self.attention: CodebookAttention | None = None
        if name == "codebook":
            self.attention = CodebookAttention(codebook, self.feature_count)
            self.feature_count += codebook.width

    def forward(self, t: Tensor) -> Tensor:
        """Return time itself, its sines and cosines, and the attended codebook features."""
        angles = t.unsqueeze(-1) * self.frequencies
        waves = torch.cat([t.unsqueeze(-1), torch.sin(angles), torch.cos(angles)], dim=-1)
        if self.attention is None:
            return waves
        return torch.cat([waves, self.attention(waves)], dim=-1)


class CodebookAttention(nn.Module):
    """Embedded times attend to latents, which attend to the frozen codebook.

    The latents are the same for all times: in evaluation without gradients they are computed once
    and cached until the module is trained or loaded again.
    """

    def __init__(self, config: CodebookConfig, coordinate: int) -> None:
        super().__init__()
        width, heads = config.width, config.heads
        self.register_buffer("entries", torch.zeros(config.entries, config.entry_width))
        self.entries: Tensor
        self.latents = nn.Parameter(torch.randn(config.latents, width) / math.sqrt(width))
        self.consult = _CrossAttentionBlock(width, heads, config.entry_width)
        self.mix = nn.ModuleList(
            _CrossAttentionBlock(width, heads, width) for _ in range(config.mixing_layers)
        )
        self.embed = nn.Linear(coordinate, width)
        self.read = nn.ModuleList(
            _CrossAttentionBlock(width, heads, width) for _ in range(config.reading_layers)
        )
        self.norm = nn.LayerNorm(width)
        self._cached_latents: Tensor | None = None
        self.register_load_state_dict_post_hook(_drop_cached_latents)

    @torch.no_grad()
    def set_codebook(self, entries: Tensor) -> None:
        """Use a codebook (entries, entry_width), which is not trained further."""
        self.entries.copy_(entries)
        self._cached_latents = None

    def codebook_latents(self) -> Tensor:
        """Return the latents (1, L, width) after attention to the codebook."""
        if self.training or torch.is_grad_enabled():
            self._cached_latents = None
            return self._attended_latents()
        if self._cached_latents is None or self._cached_latents.device != self.entries.device:
            self._cached_latents = self._attended_latents().float()
        return self._cached_latents

    def _attended_latents(self) -> Tensor:
        x = self.consult(self.latents.unsqueeze(0), self.entries.unsqueeze(0))
        for block in self.mix:
            x = block(x, x)
        return x

    def forward(self, coordinate: Tensor) -> Tensor:
        """Map embedded times (B, M, coordinate) to features (B, M, width)."""
        memory = self.codebook_latents()
        x = self.embed(coordinate).flatten(0, -2).unsqueeze(0)
        for block in self.read:
            x = block(x, memory)
        return self.norm(x).view(*coordinate.shape[:-1], -1)


def _drop_cached_latents(module: nn.Module, _: object) -> None:
    if isinstance(module, CodebookAttention):
        module._cached_latents = None


class _CrossAttentionBlock(nn.Module):
    """Pre-norm attention of x to `memory`, then a GEGLU layer; both residual."""

    def __init__(self, width: int, heads: int, memory_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.memory_norm = nn.LayerNorm(memory_width)
        self.attention = nn.MultiheadAttention(
            width, heads, kdim=memory_width, vdim=memory_width, batch_first=True
        )
        self.feed_norm = nn.LayerNorm(width)
        self.into = nn.Linear(width, 8 * width)
        self.out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        memory = self.memory_norm(memory)
        x = x + self.attention(self.norm(x), memory, memory, need_weights=False)[0]
        value, gate = self.into(self.feed_norm(x)).chunk(2, dim=-1)
        return x + self.out(value * functional.gelu(gate))
