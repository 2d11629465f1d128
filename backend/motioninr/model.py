"""The decoder f(action code, sequence code, seconds) -> pose, as an MLP or a Transformer.

Sizes are MotionINR's: an ELU MLP over both codes and a time code, or Transformer layers that read
the codes as memory. Time is in seconds where the paper counts frames, so a motion is the same at
every rate; of what walks or runs the decoder sees it in strides (`strides.py`). Two more things are
ours: a part that is linear in the codes runs beside either, begun at the
data's principal components (`start.py`); and the Transformer's times do not see each other, or else
a pose would depend on which other times were asked for.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..data.features import CONTACT_JOINTS, ROW_CHANNELS
from ..data.sequences import MAX_SECONDS
from ..training.pca_init import cosine_basis
from .stride_clock import seconds_to_strides

DecoderName = Literal["mlp", "transformer"]

_SLOWEST, _FASTEST = 0.05, 8.0
"""Hz, of the time code's waves: the longest sequence is half of the slowest one."""


class MotionInrConfig(BaseModel):
    """Shape of the networks; stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...] = ()
    """Labels it knows, in the order of their codes."""
    decoder: DecoderName = "mlp"
    action_code: int = 64
    """The paper's codes are 128 and 128; but there are 50 actions and thousands of sequences."""
    sequence_code: int = 192
    strides: int = 16
    """Strides whose lengths a code tells; none, and time is in seconds throughout."""
    time_code: int = 256
    """Sines and cosines of time."""
    hidden: tuple[int, ...] = (1000, 500, 500, 200, 100)
    """Widths of the MLP."""
    width: int = 256
    layers: int = 8
    heads: int = 4
    feed_forward: int = 1024
    memory: int = 8
    """Tokens in which the Transformer reads the codes."""
    linear_start: bool = True
    cosines: int = 64
    """Cosines of time in the linear part."""

    @property
    def learnt_size(self) -> int:
        """Numbers of a code that are learnt, [sequence code | action code]."""
        return self.sequence_code + self.action_code

    @property
    def code_size(self) -> int:
        """Numbers of a whole code, [strides | sequence code | action code]."""
        return self.strides + self.learnt_size


class StrideEncoding(nn.Module):
    """Strides (B, M) to waves (B, M, size) at rates from slow to fast."""

    def __init__(self, size: int) -> None:
        super().__init__()
        share = torch.linspace(0, 1, size // 2)
        rates = _SLOWEST * (_FASTEST / _SLOWEST) ** share
        self.register_buffer("rates", 2 * math.pi * rates, persistent=False)
        self.rates: Tensor

    def forward(self, times: Tensor) -> Tensor:
        """Sines, then cosines."""
        angles = times.unsqueeze(-1) * self.rates
        return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)


def linear_phase(times: Tensor) -> Tensor:
    """Strides to [-1, 1] over the longest sequence there can be: the linear part's time."""
    return 2 * times / MAX_SECONDS - 1


class _Mlp(nn.Module):
    """ELU layers over [code | time]; the first takes them apart, as a code has many times."""

    def __init__(self, config: MotionInrConfig) -> None:
        super().__init__()
        self.code = nn.Linear(config.learnt_size, config.hidden[0])
        self.time = nn.Linear(config.time_code, config.hidden[0], bias=False)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(config.hidden))
        self.size = config.hidden[-1]

    def forward(self, waves: Tensor, code: Tensor) -> Tensor:
        x = nn.functional.elu(self.time(waves) + self.code(code).unsqueeze(1))
        for layer in self.layers:
            x = nn.functional.elu(layer(x))
        return x


class _Layer(nn.Module):
    """Attention to the memory, then a feed-forward layer; both pre-norm and residual."""

    def __init__(self, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.feed = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, feed_forward),
            nn.GELU(),
            nn.Linear(feed_forward, width),
        )

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = x + self.attention(self.norm(x), memory, memory, need_weights=False)[0]
        return x + self.feed(x)


class _Transformer(nn.Module):
    """One token for each time, which reads the codes' tokens."""

    def __init__(self, config: MotionInrConfig) -> None:
        super().__init__()
        self.time = nn.Linear(config.time_code, config.width)
        self.code = nn.Linear(config.learnt_size, config.memory * config.width)
        self.layers = nn.ModuleList(
            _Layer(config.width, config.heads, config.feed_forward) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(config.width)
        self.size = config.width

    def forward(self, waves: Tensor, code: Tensor) -> Tensor:
        memory = self.code(code).unflatten(-1, (-1, self.size))
        x = self.time(waves)
        for layer in self.layers:
            x = layer(x, memory)
        return self.norm(x)


class MotionInrDecoder(nn.Module):
    """A pose at any second of the motion that a code describes."""

    def __init__(self, config: MotionInrConfig) -> None:
        super().__init__()
        self.config = config
        self.waves = StrideEncoding(config.time_code)
        self.trunk = (_Mlp if config.decoder == "mlp" else _Transformer)(config)
        self.pose = nn.Linear(self.trunk.size, ROW_CHANNELS)
        nn.init.zeros_(self.pose.weight)
        nn.init.zeros_(self.pose.bias)
        self.contact = nn.Linear(self.trunk.size, len(CONTACT_JOINTS))
        self.basis: nn.Parameter | None = None
        self.offset: nn.Parameter | None = None
        if config.linear_start:
            self.basis = nn.Parameter(torch.zeros(config.learnt_size, config.cosines, ROW_CHANNELS))
            self.offset = nn.Parameter(torch.zeros(config.cosines, ROW_CHANNELS))
        self.register_buffer("row_mean", torch.zeros(ROW_CHANNELS))
        self.register_buffer("row_std", torch.ones(ROW_CHANNELS))
        self.row_mean: Tensor
        self.row_std: Tensor

    @property
    def linear_parameters(self) -> list[nn.Parameter]:
        """Parameters that begin as principal components; none without a linear start."""
        return [part for part in (self.basis, self.offset) if part is not None]

    def forward(self, times: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """Decode.

        Args:
            times: (B, M) seconds from the start of the motion.
            code: (B, strides + sequence_code + action_code).

        Returns:
            pose rows (B, M, 135), heading-aligned, rotations not yet orthonormal; and contact
            logits (B, M, 4).
        """
        strides, code = code.split([self.config.strides, self.config.learnt_size], dim=-1)
        times = seconds_to_strides(times, strides)
        x = self.trunk(self.waves(times), code)
        rows = self.pose(x).float()
        if self.basis is not None and self.offset is not None:
            curves = self.offset + (code @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
            rows = rows + (cosine_basis(linear_phase(times), len(self.offset)) @ curves).float()
        return rows * self.row_std + self.row_mean, self.contact(x).float()
