"""Training of the ACTOR-like rival."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..training.codes import reparameterize
from ..training.losses import kl_to_standard_normal
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .actor import Actor, ActorConfig
from .frames import FrameDataset
from .losses import feature_loss, geometric_losses
from .train_mld import EMA_DECAY, LINEAR_LR_FACTOR, evenly_spaced_dataset_frames

LOSS_WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-3}
"""The KL term counts more than in reconstruction alone: codes are drawn from its prior."""


@dataclass(frozen=True)
class ActorTraining:
    """Settings of a run: some 20 minutes on one core."""

    steps: int = 2500
    batch: int = 32
    rate: float = 1e-3
    seed: int = 0


def train_actor(
    data: Path,
    folder: Path,
    training: ActorTraining,
    config: ActorConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder` on labelled sequences; True when it is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or no motion has a label.
    """
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    labels = tuple(sorted({span.action for span in sequences.spans if span.action}))
    if not labels:
        raise TrainingError(f"{data} holds no training clip with an action label.")
    config = (config or ActorConfig()).model_copy(update={"actions": labels})
    trainer = ActorTrainer(sequences, config, training)
    settings = {
        "config": config.model_dump(mode="json"),
        "training": resumable_settings(training),
        "data": len(sequences),
    }
    run = TrainingRun(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.state)
    return run.train(trainer.train_step, trainer.state, training.steps)


class ActorTrainer:
    """Trains the ACTOR-like model."""

    def __init__(
        self, sequences: SequenceSet, config: ActorConfig, training: ActorTraining
    ) -> None:
        self.accelerator = Accelerator(mixed_precision="bf16", cpu=True)
        self.training = training
        self.frames = FrameDataset(sequences)
        known = torch.tensor([bool(span.action) for span in sequences.spans])
        self.weights = action_balance_weights(sequences.spans) * known
        self.actions = torch.tensor(
            [config.actions.index(s.action) if s.action else 0 for s in sequences.spans]
        )
        self.generator = torch.Generator()
        self.actor = Actor(config)
        self.actor.vae.mean.copy_(self.frames.mean)
        self.actor.vae.std.copy_(self.frames.std)
        self.actor.init_from_frames(
            evenly_spaced_dataset_frames(self.frames, config.vae.sampled)[known],
            self.actions[known],
        )
        self.average = AveragedModel(
            self.actor, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        slow = self.actor.vae.linear_parameters
        known_slow = {id(parameter) for parameter in slow}
        fast = [
            parameter
            for parameter in self.actor.parameters()
            if parameter.requires_grad and id(parameter) not in known_slow
        ]
        self.optimiser = torch.optim.AdamW(
            [{"params": fast}, {"params": slow}], training.rate, weight_decay=1e-4, fused=True
        )
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "actor": self.actor,
            "average": self.average,
            "optimiser": self.optimiser,
        }

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        torch.manual_seed(step)
        vae = self.actor.vae
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, vae.config.patch, self.generator
        )
        rate = self.training.rate * cosine_lr_factor(step, self.training.steps)
        for group, share in zip(self.optimiser.param_groups, (1.0, LINEAR_LR_FACTOR), strict=True):
            group["lr"] = rate * share
        self.actor.train()
        self.optimiser.zero_grad()
        # On a CPU, plain attention trains half again as fast as the fused kernel's backward.
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            actions = self.actions[index]
            mean, log_variance = self.actor.encode_frames(batch.values, batch.mask, actions)
            code = reparameterize(mean, log_variance)
            made = self.actor.decode_frames(code, actions, batch.durations, batch.mask)
        geometric = geometric_losses(
            made, batch, vae.mean, vae.std, torch.ones(len(made)), self.generator
        )
        terms = {
            "features": feature_loss(made, batch),
            "joints": geometric["joints"],
            "velocity": geometric["velocity"],
            "kl": kl_to_standard_normal(mean, log_variance),
        }
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in terms.items()]).sum()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.actor.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.actor)
        return terms
