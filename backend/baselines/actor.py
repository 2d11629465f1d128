"""An ACTOR-like rival (Petrovich et al., ICCV 2021): an action-conditioned Transformer VAE.

The encoder reads frames at 20 fps, the decoder one query for each place in time and a code, to
which what was learnt of the action is added; new motions come from codes of N(0, 1). Against the
paper: the networks are the MLD-like rival's, the encoder is told the action by having its mean
motion taken away, and both begin as the principal components of what is left, in units of each
action's spread, so that codes are N(0, 1) from the first step: begun from nothing they learnt
little in the time that a CPU gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..training.pca_init import cosine_basis
from .checkpoints import averaged_weights, read_run
from .frames import FEATURE_COUNT, fit_root_path
from .mdm import frame_count
from .mld import MldVae, MldVaeConfig

_MIN_CODE_SPREAD = 0.02
"""Of an action's codes, beside that of all."""


class ActorConfig(BaseModel):
    """Shape of the VAE, and the labels it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...] = ()
    """Labels, in the order of their embeddings."""
    vae: MldVaeConfig = MldVaeConfig(latent=128, decoder_layers=4)


class Actor(nn.Module):
    """Frames (B, T, 142) of an action to a distribution over codes, and codes to frames."""

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
        """Start as each action's mean motion and the principal components of what is left.

        Args:
            values: (N, sampled, 142) evenly spread standardised frames.
            actions: (N,) number of each one's action.
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
        # Some actions vary less than others; codes of each are N(0, 1).
        codes = self.vae.linear(rest.flatten(1))
        for action in range(count):
            own = codes[actions == action]
            if len(own) > 1:
                self.spread[action] = own.std(0).clamp(min=_MIN_CODE_SPREAD)

    def encode_frames(self, values: Tensor, mask: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent) of standardised frames (B, T, 142)."""
        rest = (values - self._mean_motion(mask, actions)) * mask[..., None]
        mean, log_variance = self.vae.encode_frames(rest, mask)
        return mean / self.spread[actions], log_variance

    def decode_frames(
        self, code: Tensor, actions: Tensor, durations: Tensor, mask: Tensor
    ) -> Tensor:
        """Standardised frames (B, T, 142) of codes (B, latent); `mask` (B, T) says how many."""
        made = self.vae.decode_frames(
            code * self.spread[actions] + self.bias(actions), durations, mask
        )
        return made + self._mean_motion(mask, actions)

    def _mean_motion(self, mask: Tensor, actions: Tensor) -> Tensor:
        last = (mask.sum(1, keepdim=True) - 1).clamp(min=1)
        phase = 2 * torch.arange(mask.shape[1], device=mask.device) / last - 1
        return cosine_basis(phase.clamp(max=1), self.config.vae.cosines) @ self.curves[actions]


class ActorSampler:
    """The trained VAE, ready to draw motions."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor.eval().requires_grad_(False)

    @property
    def action_labels(self) -> tuple[str, ...]:
        """Labels that the weights know."""
        return self.actor.config.actions

    @torch.inference_mode()
    def sample_motions(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Tensor]:
        """Pose rows (T, 135) at 20 fps of each motion; the last row is at its end or past it."""
        config, vae = self.actor.config, self.actor.vae
        codes = torch.stack(
            [
                torch.randn(config.vae.latent, generator=torch.Generator().manual_seed(seed))
                for seed in seeds
            ]
        )
        counts = [frame_count(length) for length in seconds]
        longest = -(-max(counts) // config.vae.patch) * config.vae.patch
        mask = torch.arange(longest) < torch.tensor(counts)[:, None]
        number = torch.tensor([self.action_labels.index(action) for action in labels])
        values = self.actor.decode_frames(codes, number, torch.tensor(seconds), mask)
        values = values * vae.std + vae.mean
        return [fit_root_path(v[:n]) for v, n in zip(values, counts, strict=True)]


def load_actor(run: Path) -> ActorSampler:
    """The averaged weights of a run.

    Raises:
        TrainingError: if it is not there.
    """
    state, tensors = read_run(run, "actor")
    actor = Actor(ActorConfig.model_validate(state["settings"]["config"]))
    actor.load_state_dict(averaged_weights(tensors, "actor"))
    return ActorSampler(actor)
