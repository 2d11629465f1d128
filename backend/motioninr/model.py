"""The codes and the decoder f(label code, sequence code, seconds) -> pose.

The decoder is MotionINR's ELU MLP over codes and encoded time, or its Transformer, which attends to
the codes. Differences from the paper: time is in seconds, or strides (`stride_clock.py`), not in
frames; a part that is linear in the codes is added, which starts at the principal components of the
data (`pca_start.py`); and the times of the Transformer do not attend to each other, so a pose does
not depend on the other times of the call.
"""

import math
from itertools import pairwise
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..data.features import CONTACT_JOINTS, ROW_CHANNELS
from ..data.sequences import MAX_SECONDS
from ..training.codes import INITIAL_LOG_VARIANCE, SequenceCodes
from ..training.pca_init import cosine_basis
from .stride_clock import seconds_to_strides

DecoderName = Literal["mlp", "transformer"]

_SLOWEST, _FASTEST = 0.05, 8.0
"""Frequencies of the time encoding in Hz; the longest sequence is half a period of the slowest."""


class MotionInrConfig(BaseModel):
    """Shape of the networks, stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...] = ()
    """Labels in the order of their codes."""
    decoder: DecoderName = "mlp"
    action_code: int = 64
    """Size of a label code. The paper has 128 and 128, but here 50 labels have thousands of
    sequences."""
    sequence_code: int = 192
    strides: int = 16
    """Strides whose lengths a code contains; 0 for time in seconds throughout."""
    time_code: int = 256
    """Size of the time encoding."""
    hidden: tuple[int, ...] = (1000, 500, 500, 200, 100)
    """Widths of the MLP."""
    width: int = 256
    layers: int = 8
    heads: int = 4
    feed_forward: int = 1024
    memory: int = 8
    """Tokens of the codes that the Transformer attends to."""
    linear_start: bool = True
    cosines: int = 64
    """Cosines of time in the linear part."""

    @property
    def learnt_size(self) -> int:
        """Size of the learnt part of a code, [sequence code | label code]."""
        return self.sequence_code + self.action_code

    @property
    def code_size(self) -> int:
        """Size of a whole code, [strides | sequence code | label code]."""
        return self.strides + self.learnt_size


class MotionCodes(nn.Module):
    """Variational codes, one for each sequence and one for each label, without an encoder."""

    def __init__(self, sequence_codes: Tensor, action_codes: Tensor, actions: Tensor) -> None:
        """Start at means (N, sequence_code) and (A, action_code), with labels `actions` (N,)."""
        super().__init__()
        self.sequence, self.action = (
            SequenceCodes(mean, torch.full_like(mean, INITIAL_LOG_VARIANCE))
            for mean in (sequence_codes, action_codes)
        )
        self.register_buffer("actions", actions, persistent=False)
        self.actions: Tensor

    def forward(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (B, learnt_size) of the codes of sequences (B,).

        Gradients are sparse: only the codes of these sequences change.
        """
        sequence, action = self.sequence(index), self.action(self.actions[index])
        return torch.cat([sequence[0], action[0]], dim=-1), torch.cat(
            [sequence[1], action[1]], dim=-1
        )


class StrideEncoding(nn.Module):
    """Sines, then cosines (B, M, size) of times (B, M), at frequencies from slow to fast."""

    def __init__(self, size: int) -> None:
        super().__init__()
        rates = _SLOWEST * (_FASTEST / _SLOWEST) ** torch.linspace(0, 1, size // 2)
        self.register_buffer("rates", 2 * math.pi * rates, persistent=False)
        self.rates: Tensor

    def forward(self, times: Tensor) -> Tensor:
        angles = times.unsqueeze(-1) * self.rates
        return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)


def linear_phase(times: Tensor) -> Tensor:
    """Map strides to [-1, 1] over the longest possible sequence, for the linear part."""
    return 2 * times / MAX_SECONDS - 1


class _Mlp(nn.Module):
    """ELU layers over [code | time]; the first is split, because many times share a code."""

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
    """Cross-attention to the memory, then a feed-forward layer; both pre-norm and residual."""

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
    """One token for each time, which attends to the tokens of the codes."""

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
    """Decodes a code to poses at any times."""

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
        """Parameters of the linear part, if there is one."""
        return [part for part in (self.basis, self.offset) if part is not None]

    def forward(self, times: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """Decode codes (B, code_size) at times (B, M) in seconds from the start of the motion.

        Returns:
            Heading-aligned pose rows (B, M, 135), whose rotations are not orthonormal yet, and
            contact logits (B, M, 4).
        """
        strides, code = code.split([self.config.strides, self.config.learnt_size], dim=-1)
        times = seconds_to_strides(times, strides)
        x = self.trunk(self.waves(times), code)
        rows = self.pose(x).float()
        if self.basis is not None and self.offset is not None:
            curves = self.offset + (code @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
            rows = rows + (cosine_basis(linear_phase(times), len(self.offset)) @ curves).float()
        return rows * self.row_std + self.row_mean, self.contact(x).float()
