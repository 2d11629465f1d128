"""Stage 1: the implicit representation f(t, z, duration) -> pose, and the encoder that proposes z.

The decoder is NeRM's residual MLP with LayerNorm and ReLU (Wei et al. 2024); the code enters every
block as a scale and a shift. Two things are ours: a part that is linear in the code, begun at the
data's principal components, runs beside the MLP; and an encoder proposes each code's mean and
variance from the motion, which training then refines per sequence, as in the paper's auto-decoder.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..data.features import CONTACT_JOINTS, ROW
from .principal import Principal, cosines

TimeEncodingName = Literal["none", "simple"]

LOG_VARIANCE_START = -4.0
"""Log variance of every code before training."""


class InrConfig(BaseModel):
    """Shape of the stage 1 networks; stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent: int = 256
    width: int = 512
    blocks: int = 7
    time_encoding: TimeEncodingName = "simple"
    bands: int = 8
    """Fourier features sin, cos(2^k pi t) for k below this."""
    cosines: int = 48
    """Cosines of time in the decoder's linear part."""
    modulation_width: int = 256
    encoder_frames: int = 64
    encoder_width: int = 256


def phase(times: Tensor, durations: Tensor) -> Tensor:
    """Seconds (B, M) to NeRM's normalised time in [-1, 1] over the whole sequence (B,)."""
    return 2 * times / durations[:, None].clamp(min=1e-6) - 1


def duration_feature(durations: Tensor) -> Tensor:
    """Log duration (..., 1), about zero for 4 s."""
    return torch.log(durations.clamp(min=1e-3) / 4.0).unsqueeze(-1)


class TimeEncoding(nn.Module):
    """Normalised time (B, M) to features (B, M, `size`)."""

    def __init__(self, config: InrConfig) -> None:
        super().__init__()
        bands = config.bands if config.time_encoding == "simple" else 0
        frequencies = math.pi * 2.0 ** torch.arange(bands)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.frequencies: Tensor
        self.size = 1 + 2 * bands

    def forward(self, t: Tensor) -> Tensor:
        """Time itself, then its sines and cosines."""
        angles = t.unsqueeze(-1) * self.frequencies
        return torch.cat([t.unsqueeze(-1), torch.sin(angles), torch.cos(angles)], dim=-1)


class _Block(nn.Module):
    """x + MLP(scale · LayerNorm(x) + shift); scale and shift come from the code."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        h = self.norm(x) * (1 + scale) + shift
        return x + self.outer(torch.relu(self.inner(h)))


class Decoder(nn.Module):
    """f(t, z, duration): a pose at any time of the sequence that z describes."""

    def __init__(self, config: InrConfig) -> None:
        super().__init__()
        self.config = config
        self.encoding = TimeEncoding(config)
        self.time = nn.Linear(self.encoding.size + 1, config.width)
        self.modulation = nn.Sequential(
            nn.Linear(config.latent + 1, config.modulation_width),
            nn.SiLU(),
            nn.Linear(config.modulation_width, 2 * config.width * config.blocks),
        )
        self.blocks = nn.ModuleList(_Block(config.width) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.pose = nn.Linear(config.width, ROW)
        nn.init.zeros_(self.pose.weight)
        nn.init.zeros_(self.pose.bias)
        self.basis = nn.Parameter(torch.zeros(config.latent, config.cosines, ROW))
        self.offset = nn.Parameter(torch.zeros(config.cosines, ROW))
        self.contact = nn.Linear(config.width, len(CONTACT_JOINTS))
        self.register_buffer("row_mean", torch.zeros(ROW))
        self.register_buffer("row_std", torch.ones(ROW))
        self.row_mean: Tensor
        self.row_std: Tensor

    @torch.no_grad()
    def begin_at(self, principal: Principal) -> None:
        """Start as a linear map."""
        self.basis.copy_(principal.basis)
        self.offset.copy_(principal.offset)

    def forward(self, times: Tensor, z: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Decode.

        Args:
            times: (B, M) seconds from the start of the sequence.
            z: (B, latent).
            durations: (B,) seconds.

        Returns:
            pose rows (B, M, 135), heading-aligned, rotations not yet orthonormal; and contact
            logits (B, M, 4).
        """
        length = duration_feature(durations)
        t = phase(times, durations)
        encoded = self.encoding(t)
        spread = length.unsqueeze(1).expand(*times.shape, 1)
        x = self.time(torch.cat([encoded, spread], dim=-1))
        modulation = self.modulation(torch.cat([z, length], dim=-1)).unsqueeze(1)
        for block, part in zip(
            self.blocks, modulation.chunk(self.config.blocks, dim=-1), strict=True
        ):
            scale, shift = part.chunk(2, dim=-1)
            x = block(x, scale, shift)
        x = torch.relu(self.norm(x))
        curves = self.offset + (z @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
        rows = self.pose(x).float() + (cosines(t, self.config.cosines) @ curves).float()
        return rows * self.row_std + self.row_mean, self.contact(x).float()


class Encoder(nn.Module):
    """Proposes q(z) for a sequence from evenly spread frames."""

    def __init__(self, config: InrConfig) -> None:
        super().__init__()
        self.config = config
        width = config.encoder_width
        layers: list[nn.Module] = [nn.Conv1d(ROW, width, 5, padding=2), nn.SiLU()]
        frames = config.encoder_frames
        while frames > 8:
            layers += [nn.Conv1d(width, width, 4, stride=2, padding=1), nn.SiLU()]
            frames //= 2
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(width * frames + 1, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, 2 * config.latent),
        )
        nn.init.zeros_(self.head[-1].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.head[-1].bias)  # pyright: ignore[reportArgumentType]
        self.linear = nn.Linear(ROW * config.encoder_frames, config.latent)
        self.register_buffer("row_mean", torch.zeros(ROW))
        self.register_buffer("row_std", torch.ones(ROW))
        self.row_mean: Tensor
        self.row_std: Tensor

    def forward(self, rows: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent) from heading-aligned rows (B, encoder_frames, 135)."""
        rows = (rows - self.row_mean) / self.row_std
        x = self.convolutions(rows.transpose(1, 2))
        x = self.head(torch.cat([x.flatten(1), duration_feature(durations)], dim=-1)).float()
        mean, log_variance = x.chunk(2, dim=-1)
        mean = mean + self.linear(rows.flatten(1)).float()
        return mean, log_variance.clamp(-8.0, 8.0) + LOG_VARIANCE_START

    @torch.no_grad()
    def begin_at(self, principal: Principal) -> None:
        """Start as a linear map."""
        self.linear.weight.copy_(principal.encode)
        self.linear.bias.copy_(-principal.shift)


class Codes(nn.Module):
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


def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """z = mu + sigma · eps."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
