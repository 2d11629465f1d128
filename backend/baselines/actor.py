"""An ACTOR-like baseline (Petrovich et al., ICCV 2021): a label-conditioned Transformer VAE.

The encoder reads frames at 20 fps; the decoder gets one query for each patch of frames, and a code
to which a learnt bias of the label is added. New motions are decoded from codes of N(0, 1).
Differences from the paper: the networks are those of the MLD-like baseline; the encoder gets the
motion minus the mean motion of its label; and both start at the principal components of these
differences, scaled by each label's standard deviation, so that codes are N(0, 1) from the first
step. Started at random they learnt little in the time that a CPU allows.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..training.pca_init import cosine_basis
from .frames import FEATURE_COUNT
from .mld import MldVae, MldVaeConfig, mask_cosine_basis
from .sampling import averaged_weights, frame_mask, pose_rows, read_run, seeded_noise

_MIN_CODE_SPREAD = 0.02
"""Smallest standard deviation of a label's codes relative to that of all codes."""


class ActorConfig(BaseModel):
    """Shape of the VAE and its labels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...] = ()
    """Labels, in the order of their embeddings."""
    vae: MldVaeConfig = MldVaeConfig(latent=128, decoder_layers=4)


class Actor(nn.Module):
    """Encodes frames (B, T, 142) of a label to a distribution over codes, and decodes codes."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__()
        self.config = config
        self.vae = MldVae(config.vae)
        self.bias = nn.Embedding(len(config.actions), config.vae.latent)
        nn.init.zeros_(self.bias.weight)
        self.register_buffer("spread", torch.ones(len(config.actions), config.vae.latent))
        self.spread: Tensor
        self.curves = nn.Parameter(
            torch.zeros(len(config.actions), config.vae.cosines, FEATURE_COUNT), requires_grad=False
        )

    @torch.no_grad()
    def init_from_frames(self, values: Tensor, actions: Tensor) -> None:
        """Start as each label's mean motion and the principal components of the differences.

        `values` (N, sampled, 142) are evenly spaced standardised frames, `actions` (N,) labels.
        """
        count = len(self.config.actions)
        totals = torch.zeros(count, *values.shape[1:]).index_add_(0, actions, values)
        means = totals / torch.bincount(actions, minlength=count).clamp(min=1)[:, None, None]
        waves = cosine_basis(torch.linspace(-1, 1, values.shape[1]), self.config.vae.cosines)
        damped = waves.T @ waves + 1e-3 * torch.eye(waves.shape[1])
        self.curves.copy_(torch.linalg.solve(damped, waves.T) @ means)
        rest = values - (waves @ self.curves)[actions]
        self.vae.init_from_frames(rest)
        codes = self.vae.linear(rest.flatten(1))
        spread = codes.std(0).clamp(min=1e-6)
        used = spread > 1e-4
        scale = torch.where(used, 1 / spread, 0.0)
        self.vae.linear.weight.mul_(scale[:, None])
        self.vae.linear.bias.mul_(scale)
        self.vae.basis.mul_(spread[:, None, None])
        # Motions of some labels vary less than others; the codes of each label are N(0, 1).
        codes = self.vae.linear(rest.flatten(1))
        for action in range(count):
            label_codes = codes[actions == action]
            if len(label_codes) > 1:
                self.spread[action] = label_codes.std(0).clamp(min=_MIN_CODE_SPREAD)

    def encode_frames(self, values: Tensor, mask: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (B, latent) of standardised frames (B, T, 142)."""
        rest = (values - self._mean_motion(mask, actions)) * mask[..., None]
        mean, log_variance = self.vae.encode_frames(rest, mask)
        return mean / self.spread[actions], log_variance

    def decode_frames(
        self, code: Tensor, actions: Tensor, durations: Tensor, mask: Tensor
    ) -> Tensor:
        """Return the standardised frames (B, T, 142) in `mask` (B, T) of codes (B, latent)."""
        made = self.vae.decode_frames(
            code * self.spread[actions] + self.bias(actions), durations, mask
        )
        return made + self._mean_motion(mask, actions)

    def _mean_motion(self, mask: Tensor, actions: Tensor) -> Tensor:
        return mask_cosine_basis(mask, self.config.vae.cosines) @ self.curves[actions]


class ActorSampler:
    """Samples motions with the trained VAE."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor.eval().requires_grad_(False)

    @property
    def action_labels(self) -> tuple[str, ...]:
        return self.actor.config.actions

    @torch.inference_mode()
    def sample_motions(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Tensor]:
        """Return the pose rows (T, 135) at 20 fps of each motion."""
        vae = self.actor.vae
        codes = seeded_noise(seeds, vae.config.latent)
        mask = frame_mask(seconds, vae.config.patch)
        index = torch.tensor([self.action_labels.index(label) for label in labels])
        values = self.actor.decode_frames(codes, index, torch.tensor(seconds), mask)
        return pose_rows(values * vae.std + vae.mean, mask)


def load_actor(run: Path) -> ActorSampler:
    """Load the averaged weights of a run.

    Raises:
        TrainingError: There is no run.
    """
    state, tensors = read_run(run, "actor")
    actor = Actor(ActorConfig.model_validate(state["settings"]["config"]))
    actor.load_state_dict(averaged_weights(tensors, "actor"))
    return ActorSampler(actor)
