"""Training of the MDM-like rival."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..nerm.train_diffusion import ConditionProbabilities
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .conditions import ConditionSampler
from .frames import FrameDataset
from .losses import feature_loss, geometric_losses
from .mdm import LEVEL_COUNT, Mdm, MdmConfig, make_scheduler

EMA_DECAY = 0.998

LOSS_WEIGHTS = {"features": 1.0, "joints": 0.3, "velocity": 0.5, "feet": 0.5}
"""Geometric terms in metres."""


@dataclass(frozen=True)
class MdmTraining:
    """Settings of a run: some 20 minutes on one core."""

    steps: int = 2500
    batch: int = 32
    rate: float = 1e-3
    shares: ConditionProbabilities = field(default_factory=ConditionProbabilities)
    seed: int = 0


def train_mdm(
    data: Path,
    folder: Path,
    training: MdmTraining,
    config: MdmConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder`; True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or there is nothing to learn.
    """
    accelerator = Accelerator(mixed_precision="bf16", cpu=True)
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    if not len(sequences):
        raise TrainingError(f"{data} holds no training clips.")
    trainer = MdmTrainer(accelerator, sequences, config or MdmConfig(), training)
    settings = {
        "config": trainer.network.config.model_dump(mode="json"),
        "training": {**resumable_settings(training), "shares": vars(training.shares)},
        "data": len(sequences),
    }
    run = TrainingRun(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.state)
    return run.train(trainer.train_step, trainer.state, training.steps)


class MdmTrainer:
    """Trains the MDM-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: MdmConfig,
        training: MdmTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.frames = FrameDataset(sequences)
        self.conditions = ConditionSampler(sequences, training.shares)
        self.weights = action_balance_weights(sequences.spans)
        self.scheduler = make_scheduler()
        self.generator = torch.Generator()
        config = config.model_copy(update={"actions": self.conditions.labels})
        self.network = Mdm(config)
        self.network.mean.copy_(self.frames.mean)
        self.network.std.copy_(self.frames.std)
        self.network.init_from_frames(self.frames.frame_windows(config.patch))
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), training.rate, weight_decay=0.01, fused=True
        )
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "network": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
        }

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, self.network.config.patch, self.generator
        )
        condition = self.conditions.sample_conditions(index, batch.durations, self.generator)
        level = torch.randint(LEVEL_COUNT, (len(index),), generator=self.generator)
        noise = torch.randn(batch.values.shape, generator=self.generator) * batch.mask[..., None]
        noisy = self.scheduler.add_noise(batch.values, noise, level)  # pyright: ignore[reportArgumentType]
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine_lr_factor(step, self.training.steps)
        self.network.train()
        self.optimiser.zero_grad()
        # On a CPU, plain attention trains half again as fast as the fused kernel's backward.
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            made = self.network(noisy, level / LEVEL_COUNT, batch.mask, condition)
        network = self.network
        # Of a motion that is mostly noise, neither speed nor steps can be told.
        weight = self.scheduler.alphas_cumprod[level]
        terms = {
            "features": feature_loss(made, batch),
            **geometric_losses(made, batch, network.mean, network.std, weight, self.generator),
        }
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in terms.items()]).sum()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(network)
        return terms
