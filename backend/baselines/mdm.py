"""An MDM-like baseline (Tevet et al., ICLR 2023): diffusion over the frames themselves.

A Transformer encoder gets one condition token (noise level and duration), the prompt's tokens and
the noisy frames, and predicts the clean frames (x0). Cosine noise levels, DDIM sampling,
classifier-free guidance. Differences from the paper: the text is given as tokens, not pooled into
the condition token, so that left and right can be distinguished; neighbouring frames form a token;
and the network adds to the optimal linear denoiser of a token's frames, because without it the
network had not learnt to return nearly clean frames after hundreds of steps on a CPU.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..nerm.denoiser import Condition, sinusoidal_embedding
from ..nerm.diffusion import guided_predictor
from ..nerm.inr import duration_feature
from ..text.encoder import TOKEN_WIDTH as TEXT_WIDTH
from .blocks import FramePatches, make_transformer_encoder
from .frames import FEATURE_COUNT, MAX_FRAMES
from .sampling import averaged_weights, frame_mask, pose_rows, read_run, seeded_noise

LEVEL_COUNT = 1000


class MdmConfig(BaseModel):
    """Shape of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = 256
    layers: int = 6
    heads: int = 4
    feed_forward: int = 1024
    patch: int = 4
    """Frames per token."""
    actions: tuple[str, ...] = ()
    """Labels that the network knows, in the order of their embeddings."""


class Mdm(nn.Module):
    """(noisy frames, noise level, condition) -> clean frames, all standardised."""

    def __init__(self, config: MdmConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.patches = FramePatches(FEATURE_COUNT, config.patch, width, MAX_FRAMES)
        self.level = nn.Sequential(nn.Linear(width + 1, width), nn.SiLU(), nn.Linear(width, width))
        self.text = nn.Sequential(nn.LayerNorm(TEXT_WIDTH), nn.Linear(TEXT_WIDTH, width))
        self.action = nn.Embedding(len(config.actions) + 1, width)
        self.layers = make_transformer_encoder(
            width, config.heads, config.feed_forward, config.layers
        )
        size = FEATURE_COUNT * config.patch
        self.register_buffer("directions", torch.eye(size))
        self.register_buffer("strength", torch.ones(size))
        self.register_buffer("kept", make_scheduler().alphas_cumprod.clone())
        self.directions: Tensor
        self.strength: Tensor
        self.kept: Tensor
        self.register_buffer("mean", torch.zeros(FEATURE_COUNT))
        self.register_buffer("std", torch.ones(FEATURE_COUNT))
        self.mean: Tensor
        self.std: Tensor

    @torch.no_grad()
    def init_from_frames(self, frames: Tensor) -> None:
        """Fit the linear denoiser and the tokens to standardised frames (N, patch, 142)."""
        flat = frames.flatten(1)
        strength, directions = torch.linalg.eigh(flat.T @ flat / len(flat))
        self.strength.copy_(strength.clamp(min=0))
        self.directions.copy_(directions)
        # Tokens start as the strongest components; other projections bury these in noise.
        self.patches.init_from_components(directions.flip(1), strength.flip(0))

    def forward(self, noisy: Tensor, level: Tensor, mask: Tensor, condition: Condition) -> Tensor:
        """Predict clean frames of noisy ones (B, T, 142), T being a multiple of the patch.

        `level` (B,) is the noise level in [0, 1], 1 being pure noise; `mask` (B, T) bool is True
        where there is a frame.
        """
        waves = sinusoidal_embedding(1000.0 * level, self.config.width)
        features = torch.cat([waves, duration_feature(condition.durations)], dim=-1)
        # Row 0 of the table stands for "no label".
        first = self.level(features) + self.action(condition.label_index + 1)
        tokens = self.patches.frames_to_tokens(noisy)
        tokens = torch.cat([first.unsqueeze(1), self.text(condition.text), tokens], dim=1)
        always = torch.ones(len(noisy), 1, dtype=torch.bool, device=noisy.device)
        shown = torch.cat([always, condition.text_mask, mask[:, :: self.config.patch]], dim=1)
        x = self.layers(tokens, src_key_padding_mask=~shown)
        return self._linear_denoiser(noisy, level) + self.patches.tokens_to_frames(
            x[:, 1 + condition.text.shape[1] :]
        )

    def _linear_denoiser(self, noisy: Tensor, level: Tensor) -> Tensor:
        """Apply each token's Wiener filter, the optimal denoiser of Gaussian motion."""
        step = (level * LEVEL_COUNT).round().long().clamp(max=LEVEL_COUNT - 1)
        signal = self.kept[step][:, None, None]
        gain = signal.sqrt() * self.strength / (signal * self.strength + 1 - signal)
        patches = noisy.unflatten(1, (-1, self.config.patch)).flatten(2)
        clean = ((patches @ self.directions) * gain) @ self.directions.T
        return clean.float().unflatten(2, (self.config.patch, -1)).flatten(1, 2)


def make_scheduler() -> DDIMScheduler:
    """Return cosine noise levels (Nichol and Dhariwal 2021), as in MDM, for a network of x0."""
    return DDIMScheduler(
        num_train_timesteps=LEVEL_COUNT,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        clip_sample=False,
    )


class MdmSampler:
    """Samples motions from a trained network."""

    guidance_scale = 2.5
    steps = 50
    guidance_min_level = 0.0
    """Noise level above which guidance is applied."""

    def __init__(self, network: Mdm) -> None:
        self.network = network.eval().requires_grad_(False)

    @property
    def action_labels(self) -> tuple[str, ...]:
        return self.network.config.actions

    @torch.inference_mode()
    def sample_motions(self, condition: Condition, seeds: Sequence[int]) -> list[Tensor]:
        """Return the pose rows (T, 135) at 20 fps of each motion."""
        mask = frame_mask(condition.durations.tolist(), self.network.config.patch)
        noise = seeded_noise(seeds, mask.shape[1], FEATURE_COUNT)
        both_conditions = condition.concatenate(condition.unconditional())

        def predict(noisy: Tensor, level: Tensor, both: bool) -> Tensor:
            if both:
                noisy, level = noisy.repeat(2, 1, 1), level.repeat(2)
                return self.network(noisy, level, mask.repeat(2, 1), both_conditions)
            return self.network(noisy, level, mask, condition)

        step_of = guided_predictor(predict, self.guidance_scale, self.guidance_min_level)
        scheduler = make_scheduler()
        scheduler.set_timesteps(self.steps)
        x = noise * mask[..., None]
        for step in torch.as_tensor(scheduler.timesteps):
            level = (step / LEVEL_COUNT).expand(len(x)).to(x)
            clean = step_of(x, level) * mask[..., None]
            x = scheduler.step(clean, int(step), x).prev_sample  # pyright: ignore
        return pose_rows(x * self.network.std + self.network.mean, mask)


def load_mdm(folder: Path) -> MdmSampler:
    """Load the averaged weights of the run in `folder`.

    Raises:
        TrainingError: There is no run.
    """
    state, tensors = read_run(folder, "mdm")
    network = Mdm(MdmConfig.model_validate(state["settings"]["config"]))
    network.load_state_dict(averaged_weights(tensors, "network"))
    return MdmSampler(network)
