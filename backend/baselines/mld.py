"""An MLD-like rival (Chen et al., CVPR 2023): a Transformer VAE over frames, diffusion in its code.

The encoder reads the frames with two tokens for mean and variance; the decoder has one learnt query
for each place in time and attends to the code. Stage 2 is the denoiser that NeRM uses too, on this
VAE's codes. Against the paper: neighbouring frames share a token, each query has its own linear
view of the code, and encoder and decoder begin as the principal components of the motions, as
NeRM's do here: begun from nothing they learnt little in the time that a CPU gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..data.features import ROTATION_CHANNELS, ROW_CHANNELS
from ..nerm.denoiser import Condition, Denoiser, DenoiserConfig
from ..nerm.diffusion import guided_predictor, make_noise_process
from ..nerm.inr import duration_feature
from ..training.pca_init import cosine_basis, fit_pca_map
from .blocks import FramePatches, make_transformer_encoder
from .checkpoints import averaged_weights, read_run
from .frames import FEATURE_COUNT, MAX_FRAMES, FrameDataset, fit_root_path
from .mdm import frame_count

_ROOT_LAST_ORDER = torch.tensor(
    [
        *range(ROTATION_CHANNELS),
        *range(ROW_CHANNELS, FEATURE_COUNT),
        *range(ROTATION_CHANNELS, ROW_CHANNELS),
    ],
    dtype=torch.long,
)
"""Features with the root's place last, where `principal_map` gives it its weight."""


class MldVaeConfig(BaseModel):
    """Shape of the VAE."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent: int = 256
    width: int = 256
    encoder_layers: int = 4
    decoder_layers: int = 5
    heads: int = 4
    feed_forward: int = 1024
    patch: int = 4
    """Frames in a token."""
    sampled: int = 64
    """Evenly spread frames that the encoder's linear part reads."""
    cosines: int = 48
    """Cosines of time in the decoder's linear part."""


class MldVae(nn.Module):
    """Frames (B, T, 142) to a normal distribution over codes (B, latent), and codes to frames."""

    def __init__(self, config: MldVaeConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.patches = FramePatches(FEATURE_COUNT, config.patch, width, MAX_FRAMES)
        self.asks = nn.Parameter(0.02 * torch.randn(2, width))
        self.encoder = make_transformer_encoder(
            width, config.heads, config.feed_forward, config.encoder_layers
        )
        self.mean_head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.latent))
        self.variance_head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.latent))
        queries = len(self.patches.place)
        self.query = nn.Parameter(self.patches.place.detach().clone())
        self.code = nn.Linear(config.latent + 1, queries * width)
        self.decoder = make_transformer_encoder(
            width, config.heads, config.feed_forward, config.decoder_layers
        )
        self.linear = nn.Linear(config.sampled * FEATURE_COUNT, config.latent)
        self.basis = nn.Parameter(torch.zeros(config.latent, config.cosines, FEATURE_COUNT))
        self.offset = nn.Parameter(torch.zeros(config.cosines, FEATURE_COUNT))
        self.register_buffer("mean", torch.zeros(FEATURE_COUNT))
        self.register_buffer("std", torch.ones(FEATURE_COUNT))
        self.mean: Tensor
        self.std: Tensor

    @property
    def linear_parameters(self) -> list[nn.Parameter]:
        """Parameters that begin as principal components."""
        return [*self.linear.parameters(), self.basis, self.offset]

    @torch.no_grad()
    def init_from_frames(self, values: Tensor) -> None:
        """Start as the principal components of `values` (N, sampled, 142), standardised."""
        principal = fit_pca_map(
            values[..., _ROOT_LAST_ORDER], self.config.latent, self.config.cosines
        )
        back = torch.argsort(_ROOT_LAST_ORDER)
        encode = principal.encoder_weight.unflatten(1, (self.config.sampled, FEATURE_COUNT))[
            ..., back
        ]
        self.linear.weight.copy_(encode.flatten(1))
        self.linear.bias.copy_(-principal.encoder_shift)
        self.basis.copy_(principal.decoder_basis[..., back])
        self.offset.copy_(principal.decoder_offset[..., back])
        for head in (self.mean_head, self.variance_head):
            nn.init.zeros_(head[1].weight)  # pyright: ignore[reportArgumentType]
            nn.init.zeros_(head[1].bias)  # pyright: ignore[reportArgumentType]

    def encode_frames(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent) of standardised frames (B, T, 142)."""
        tokens = self.patches.frames_to_tokens(values)
        asks = self.asks.expand(len(tokens), -1, -1)
        x = torch.cat([asks, tokens], dim=1)
        always = torch.ones(len(x), 2, dtype=torch.bool, device=x.device)
        shown = torch.cat([always, self.patches.token_mask(mask)], dim=1)
        x = self.encoder(x, src_key_padding_mask=~shown)
        mean = self.mean_head(x[:, 0]).float()
        mean = (
            mean
            + self.linear(
                evenly_spaced_frames(values, mask, self.config.sampled).flatten(1)
            ).float()
        )
        return mean, self.variance_head(x[:, 1]).float().clamp(-8.0, 4.0) - 4.0

    def decode_frames(self, code: Tensor, durations: Tensor, mask: Tensor) -> Tensor:
        """Standardised frames (B, T, 142) of codes (B, latent); `mask` (B, T) says how many."""
        shown = self.patches.token_mask(mask)
        told = self.code(torch.cat([code, duration_feature(durations)], dim=-1))
        x = (self.query + told.unflatten(-1, self.query.shape))[:, : shown.shape[1]]
        curves = self.offset + (code @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
        last = (mask.sum(1, keepdim=True) - 1).clamp(min=1)
        phase = 2 * torch.arange(mask.shape[1], device=mask.device) / last - 1
        smooth = (cosine_basis(phase.clamp(max=1), self.config.cosines) @ curves).float()
        return smooth + self.patches.tokens_to_frames(self.decoder(x, src_key_padding_mask=~shown))


def evenly_spaced_frames(values: Tensor, mask: Tensor, count: int) -> Tensor:
    """(B, count, 142) frames of (B, T, 142), evenly spread over those that `mask` (B, T) shows."""
    last = mask.sum(1, keepdim=True) - 1
    where = torch.round(torch.linspace(0, 1, count, device=values.device) * last).long()
    return torch.gather(values, 1, where[..., None].expand(-1, -1, values.shape[-1]))


def evenly_spaced_dataset_frames(frames: FrameDataset, count: int) -> Tensor:
    """Return (N, count, 142) evenly spaced standardised frames of every sequence."""
    parts = []
    for index in torch.arange(len(frames)).split(64):
        batch = frames.padded_batch(index)
        parts.append(evenly_spaced_frames(batch.values, batch.mask, count))
    return torch.cat(parts)


class MldSampler:
    """Both trained stages, ready to draw motions."""

    guidance_scale = 3.0
    steps = 20

    def __init__(self, vae: MldVae, denoiser: Denoiser, process: str) -> None:
        self.vae = vae.eval().requires_grad_(False)
        self.denoiser = denoiser.eval().requires_grad_(False)
        self._process = make_noise_process(process)  # pyright: ignore[reportArgumentType]

    @property
    def action_labels(self) -> tuple[str, ...]:
        """Action labels that the weights know."""
        return self.denoiser.config.actions

    @torch.inference_mode()
    def sample_motions(self, condition: Condition, seeds: Sequence[int]) -> list[Tensor]:
        """Pose rows (T, 135) at 20 fps of each motion; the last row is at its end or past it."""
        latent = self.denoiser.config.latent
        noise = torch.stack(
            [torch.randn(latent, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        )
        predict = guided_predictor(self.denoiser.guidance_predictor(condition), self.guidance_scale)
        codes = self._process.denoise(predict, noise, self.steps, lambda _: None)
        return self.decode_codes(
            codes * self.denoiser.code_std + self.denoiser.code_mean, condition.durations
        )

    @torch.inference_mode()
    def decode_codes(self, codes: Tensor, durations: Tensor) -> list[Tensor]:
        """Pose rows (T, 135) at 20 fps of each code (B, latent)."""
        counts = [frame_count(float(seconds)) for seconds in durations]
        patch = self.vae.config.patch
        longest = -(-max(counts) // patch) * patch
        mask = torch.arange(longest) < torch.tensor(counts)[:, None]
        values = self.vae.decode_frames(codes, durations, mask) * self.vae.std + self.vae.mean
        return [fit_root_path(v[:n]) for v, n in zip(values, counts, strict=True)]


def load_mld(vae_run: Path, diffusion_run: Path) -> MldSampler:
    """The averaged weights of both stages.

    Raises:
        TrainingError: if a run is not there.
    """
    state, tensors = read_run(vae_run, "mld-vae")
    vae = MldVae(MldVaeConfig.model_validate(state["settings"]["config"]))
    vae.load_state_dict(averaged_weights(tensors, "vae"))
    state, tensors = read_run(diffusion_run, "mld-diffusion")
    denoiser = Denoiser(DenoiserConfig.model_validate(state["settings"]["config"]))
    denoiser.load_state_dict(averaged_weights(tensors, "denoiser"))
    return MldSampler(vae, denoiser, state["settings"]["training"]["process"])
