"""Stage 1: the implicit representation f(t, z, duration) -> pose, and the encoder that predicts z.

The decoder is NeRM's residual MLP with LayerNorm and ReLU (Wei et al. 2024); the code modulates
each block by a scale and a shift. Two parts are not in the paper: a part that is linear in the code
and starts at the data's principal components is added to the MLP; and an encoder predicts each
code's mean and variance from the motion, before training refines them per sequence as in the
paper's auto-decoder.
"""

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional

from ..data.features import CONTACT_JOINTS, ROTATION_CHANNELS, ROW_CHANNELS
from ..training.codes import INITIAL_LOG_VARIANCE
from ..training.pca_init import PcaMap, cosine_basis
from .time_encoding import CodebookConfig, TimeEncoding, TimeEncodingName, normalize_time

RootHeadMode = Literal["shared", "own"]


class InrConfig(BaseModel):
    """Shape of the stage 1 networks; stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent: int = 256
    width: int = 512
    blocks: int = 7
    time_encoding: TimeEncodingName = "simple"
    bands: int = 8
    """Number of Fourier features sin, cos(2^k pi t)."""
    codebook: CodebookConfig = CodebookConfig()
    """Codebook of the time encoding "codebook"."""
    time_normalised: bool = True
    """Scale time to [-1, 1] over each sequence; otherwise it is in seconds, and the decoder does
    not get the sequence's length."""
    linear_start: bool = True
    """Give encoder and decoder a linear part that starts at the data's principal components. It
    consists of cosines of normalised time, and so requires `time_normalised`."""
    cosines: int = 48
    """Number of cosines of time in the decoder's linear part."""
    root: RootHeadMode = "shared"
    """Layers that predict the root position: those of the body, or its own."""
    root_width: int = 128
    root_blocks: int = 3
    modulation_width: int = 256
    encoder_frames: int = 64
    encoder_width: int = 256

    @property
    def has_linear_part(self) -> bool:
        return self.linear_start and self.time_normalised


def duration_feature(durations: Tensor) -> Tensor:
    """Return the log duration (..., 1), zero for 4 s."""
    return torch.log(durations.clamp(min=1e-3) / 4.0).unsqueeze(-1)


class _ModulatedBlock(nn.Module):
    """x + MLP(scale · LayerNorm(x) + shift); scale and shift come from the code."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        if len(x) == 1:
            # Frames of a single motion have the same scale, which layer_norm applies by itself.
            h = functional.layer_norm(
                x, x.shape[-1:], 1 + scale.flatten(), shift.flatten(), self.norm.eps
            )
        else:
            h = self.norm(x) * (1 + scale) + shift
        return x + self.outer(torch.relu(self.inner(h)))


class _Trunk(nn.Module):
    """Residual blocks over features of time, each modulated by the code."""

    def __init__(self, features: int, code: int, width: int, blocks: int, modulation: int) -> None:
        super().__init__()
        self.time = nn.Linear(features, width)
        self.modulation = nn.Sequential(
            nn.Linear(code, modulation),
            nn.SiLU(),
            nn.Linear(modulation, 2 * width * blocks),
        )
        self.blocks = nn.ModuleList(_ModulatedBlock(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)

    def trunk(self, features: Tensor, code: Tensor) -> Tensor:
        """Map features (B, M, features) and codes (B, code) to (B, M, width)."""
        x = self.time(features)
        modulation = self.modulation(code).unsqueeze(1)
        parts = modulation.chunk(len(self.blocks), dim=-1)
        for block, part in zip(self.blocks, parts, strict=True):
            scale, shift = part.chunk(2, dim=-1)
            x = block(x, scale, shift)
        return torch.relu(self.norm(x))


class _RootHead(_Trunk):
    """Predicts the root position with residual blocks of its own."""

    def __init__(self, config: InrConfig, features: int, code: int) -> None:
        super().__init__(
            features, code, config.root_width, config.root_blocks, config.modulation_width
        )
        self.out = nn.Linear(config.root_width, ROW_CHANNELS - ROTATION_CHANNELS)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        return self.out(self.trunk(features, code))


class InrDecoder(_Trunk):
    """f(t, z, duration): the pose at any time of the sequence that z describes."""

    def __init__(self, config: InrConfig) -> None:
        encoding = TimeEncoding(config.time_encoding, config.bands, config.codebook)
        features, code = encoding.feature_count + 1, config.latent + 1
        super().__init__(features, code, config.width, config.blocks, config.modulation_width)
        self.config = config
        self.encoding = encoding
        self.pose = nn.Linear(config.width, ROW_CHANNELS)
        nn.init.zeros_(self.pose.weight)
        nn.init.zeros_(self.pose.bias)
        self.basis: nn.Parameter | None = None
        self.offset: nn.Parameter | None = None
        if config.has_linear_part:
            self.basis = nn.Parameter(torch.zeros(config.latent, config.cosines, ROW_CHANNELS))
            self.offset = nn.Parameter(torch.zeros(config.cosines, ROW_CHANNELS))
        self.contact = nn.Linear(config.width, len(CONTACT_JOINTS))
        self.root = _RootHead(config, features, code) if config.root == "own" else None
        self.register_buffer("row_mean", torch.zeros(ROW_CHANNELS))
        self.register_buffer("row_std", torch.ones(ROW_CHANNELS))
        self.row_mean: Tensor
        self.row_std: Tensor

    @torch.no_grad()
    def init_from_pca(self, pca_map: PcaMap) -> None:
        """Initialise the linear part, if there is one."""
        if self.basis is not None and self.offset is not None:
            self.basis.copy_(pca_map.decoder_basis)
            self.offset.copy_(pca_map.decoder_offset)

    def forward(self, times: Tensor, z: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Decode codes.

        Args:
            times: (B, M) seconds from the start of the sequence.
            z: (B, latent) codes.
            durations: (B,) seconds.

        Returns:
            Pose rows (B, M, 135), heading-aligned, with rotations that are not yet orthonormal; and
            contact logits (B, M, 4).
        """
        length = duration_feature(durations)
        if self.config.time_normalised:
            t = normalize_time(times, durations)
        else:
            # Without the length the network cannot normalise time by itself.
            t, length = times, torch.zeros_like(length)
        lengths = length.unsqueeze(1).expand(*times.shape, 1)
        features = torch.cat([self.encoding(t), lengths], dim=-1)
        code = torch.cat([z, length], dim=-1)
        x = self.trunk(features, code)
        rows = self.pose(x).float()
        if self.root is not None:
            root = rows[..., ROTATION_CHANNELS:] + self.root(features, code).float()
            rows = torch.cat([rows[..., :ROTATION_CHANNELS], root], dim=-1)
        if self.basis is not None and self.offset is not None:
            curves = self.offset + (z @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
            rows = rows + (cosine_basis(t, self.config.cosines) @ curves).float()
        return rows * self.row_std + self.row_mean, self.contact(x).float()


class InrEncoder(nn.Module):
    """Predicts q(z) of a sequence from evenly spaced frames."""

    def __init__(self, config: InrConfig) -> None:
        super().__init__()
        self.config = config
        width = config.encoder_width
        layers: list[nn.Module] = [nn.Conv1d(ROW_CHANNELS, width, 5, padding=2), nn.SiLU()]
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
        self.linear: nn.Linear | None = None
        if config.has_linear_part:
            self.linear = nn.Linear(ROW_CHANNELS * config.encoder_frames, config.latent)
        self.register_buffer("row_mean", torch.zeros(ROW_CHANNELS))
        self.register_buffer("row_std", torch.ones(ROW_CHANNELS))
        self.row_mean: Tensor
        self.row_std: Tensor

    def forward(self, rows: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (B, latent) of heading-aligned rows (B, encoder_frames,
        135)."""
        rows = (rows - self.row_mean) / self.row_std
        x = self.convolutions(rows.transpose(1, 2))
        x = self.head(torch.cat([x.flatten(1), duration_feature(durations)], dim=-1)).float()
        mean, log_variance = x.chunk(2, dim=-1)
        if self.linear is not None:
            mean = mean + self.linear(rows.flatten(1)).float()
        return mean, log_variance.clamp(-8.0, 8.0) + INITIAL_LOG_VARIANCE

    @torch.no_grad()
    def init_from_pca(self, pca_map: PcaMap) -> None:
        """Initialise the linear part, if there is one."""
        if self.linear is not None:
            self.linear.weight.copy_(pca_map.encoder_weight)
            self.linear.bias.copy_(-pca_map.encoder_shift)
