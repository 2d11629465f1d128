"""An MLD-like baseline (Chen et al., CVPR 2023): Transformer VAE over frames, diffusion of codes.

The encoder has two extra tokens for mean and variance; the decoder has one learnt query for each
patch of frames and attends to the code. Stage 2 is NeRM's denoiser on this VAE's codes. Differences
from the paper: neighbouring frames form a token, each query has a linear map of its own from the
code, and encoder and decoder start at the principal components of the motions, as NeRM's do:
started at random they learnt little in the time that a CPU allows.
"""

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
from .frames import FEATURE_COUNT, MAX_FRAMES, FrameDataset
from .sampling import averaged_weights, frame_mask, pose_rows, read_run, seeded_noise

_FEATURES = torch.arange(FEATURE_COUNT)
_ROOT_LAST_ORDER = torch.cat(
    [
        _FEATURES[:ROTATION_CHANNELS],
        _FEATURES[ROW_CHANNELS:],
        _FEATURES[ROTATION_CHANNELS:ROW_CHANNELS],
    ]
)
"""Order of the features with the root position last, where `fit_pca_map` weights it."""


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
    """Frames per token."""
    sampled: int = 64
    """Evenly spaced frames in the encoder's linear part."""
    cosines: int = 48
    """Number of cosines of time in the decoder's linear part."""


class MldVae(nn.Module):
    """Encodes frames (B, T, 142) to a distribution over codes (B, latent), and decodes codes."""

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
        """Parameters that start as principal components."""
        return [*self.linear.parameters(), self.basis, self.offset]

    @torch.no_grad()
    def init_from_frames(self, values: Tensor) -> None:
        """Start as the principal components of standardised `values` (N, sampled, 142)."""
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
        """Return mean and log variance (B, latent) of standardised frames (B, T, 142)."""
        tokens = self.patches.frames_to_tokens(values)
        x = torch.cat([self.asks.expand(len(tokens), -1, -1), tokens], dim=1)
        always = torch.ones(len(x), 2, dtype=torch.bool, device=x.device)
        shown = torch.cat([always, mask[:, :: self.config.patch]], dim=1)
        x = self.encoder(x, src_key_padding_mask=~shown)
        sampled = evenly_spaced_frames(values, mask, self.config.sampled).flatten(1)
        mean = self.mean_head(x[:, 0]).float() + self.linear(sampled).float()
        return mean, self.variance_head(x[:, 1]).float().clamp(-8.0, 4.0) - 4.0

    def decode_frames(self, code: Tensor, durations: Tensor, mask: Tensor) -> Tensor:
        """Return the standardised frames (B, T, 142) in `mask` (B, T) of codes (B, latent)."""
        shown = mask[:, :: self.config.patch]
        modulation = self.code(torch.cat([code, duration_feature(durations)], dim=-1))
        x = (self.query + modulation.unflatten(-1, self.query.shape))[:, : shown.shape[1]]
        curves = self.offset + (code @ self.basis.flatten(1)).unflatten(-1, self.offset.shape)
        smooth = (mask_cosine_basis(mask, self.config.cosines) @ curves).float()
        return smooth + self.patches.tokens_to_frames(self.decoder(x, src_key_padding_mask=~shown))


def mask_cosine_basis(mask: Tensor, count: int) -> Tensor:
    """Return (B, T, count) cosines of each motion's normalised time, from its mask (B, T)."""
    last = (mask.sum(1, keepdim=True) - 1).clamp(min=1)
    phase = 2 * torch.arange(mask.shape[1], device=mask.device) / last - 1
    return cosine_basis(phase.clamp(max=1), count)


def evenly_spaced_frames(values: Tensor, mask: Tensor, count: int) -> Tensor:
    """Return `count` of the frames (B, T, 142), evenly spaced over those in `mask` (B, T)."""
    last = mask.sum(1, keepdim=True) - 1
    frames = torch.round(torch.linspace(0, 1, count, device=values.device) * last).long()
    return torch.gather(values, 1, frames[..., None].expand(-1, -1, values.shape[-1]))


def evenly_spaced_dataset_frames(frames: FrameDataset, count: int) -> Tensor:
    """Return (N, count, 142) evenly spaced standardised frames of every sequence."""
    parts = []
    for index in torch.arange(len(frames)).split(64):
        batch = frames.padded_batch(index)
        parts.append(evenly_spaced_frames(batch.values, batch.mask, count))
    return torch.cat(parts)


class MldSampler:
    """Samples motions with both trained stages."""

    guidance_scale = 3.0
    steps = 20

    def __init__(self, vae: MldVae, denoiser: Denoiser, process: str) -> None:
        self.vae = vae.eval().requires_grad_(False)
        self.denoiser = denoiser.eval().requires_grad_(False)
        self._process = make_noise_process(process)  # pyright: ignore[reportArgumentType]

    @property
    def action_labels(self) -> tuple[str, ...]:
        return self.denoiser.config.actions

    @torch.inference_mode()
    def sample_motions(self, condition: Condition, seeds: Sequence[int]) -> list[Tensor]:
        """Return the pose rows (T, 135) at 20 fps of each motion."""
        noise = seeded_noise(seeds, self.denoiser.config.latent)
        predict = guided_predictor(self.denoiser.guidance_predictor(condition), self.guidance_scale)
        codes = self._process.denoise(predict, noise, self.steps, lambda _: None)
        return self.decode_codes(
            codes * self.denoiser.code_std + self.denoiser.code_mean, condition.durations
        )

    @torch.inference_mode()
    def decode_codes(self, codes: Tensor, durations: Tensor) -> list[Tensor]:
        """Return the pose rows (T, 135) at 20 fps of each code (B, latent)."""
        mask = frame_mask(durations.tolist(), self.vae.config.patch)
        values = self.vae.decode_frames(codes, durations, mask) * self.vae.std + self.vae.mean
        return pose_rows(values, mask)


def load_mld(vae_run: Path, diffusion_run: Path) -> MldSampler:
    """Load the averaged weights of both stages.

    Raises:
        TrainingError: A run is missing.
    """
    state, tensors = read_run(vae_run, "mld-vae")
    vae = MldVae(MldVaeConfig.model_validate(state["settings"]["config"]))
    vae.load_state_dict(averaged_weights(tensors, "vae"))
    state, tensors = read_run(diffusion_run, "mld-diffusion")
    denoiser = Denoiser(DenoiserConfig.model_validate(state["settings"]["config"]))
    denoiser.load_state_dict(averaged_weights(tensors, "denoiser"))
    return MldSampler(vae, denoiser, state["settings"]["training"]["process"])
