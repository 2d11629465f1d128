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
from ..data.sequences import SequenceSet, action_balance
from ..nerm.train_diffusion import Shares
from ..training.run import Run, TrainingError, cosine, without_steps
from .conditions import Conditions
from .frames import FrameSet
from .losses import feature_loss, geometric_losses
from .mdm import LEVELS, Mdm, MdmConfig, make_scheduler

EMA_DECAY = 0.998

WEIGHTS = {"features": 1.0, "joints": 0.3, "velocity": 0.5, "feet": 0.5}
"""Geometric terms in metres."""


@dataclass(frozen=True)
class MdmTraining:
    """Settings of a run: some 20 minutes on one core."""

    steps: int = 2500
    batch: int = 32
    rate: float = 1e-3
    shares: Shares = field(default_factory=Shares)
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
    trainer = _Trainer(accelerator, sequences, config or MdmConfig(), training)
    settings = {
        "config": trainer.network.config.model_dump(mode="json"),
        "training": {**without_steps(training), "shares": vars(training.shares)},
        "data": len(sequences),
    }
    run = Run(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.parts)
    return run.train(trainer.advance, trainer.parts, training.steps)


class _Trainer:
    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: MdmConfig,
        training: MdmTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.frames = FrameSet(sequences)
        self.conditions = Conditions(sequences, training.shares)
        self.weights = action_balance(sequences.spans)
        self.scheduler = make_scheduler()
        self.generator = torch.Generator()
        config = config.model_copy(update={"actions": self.conditions.actions})
        self.network = Mdm(config)
        self.network.mean.copy_(self.frames.mean)
        self.network.std.copy_(self.frames.std)
        self.network.begin_at(self.frames.patches(config.patch))
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), training.rate, weight_decay=0.01, fused=True
        )
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "network": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
        }

    def advance(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        index, batch = self.frames.of_like_length(
            self.weights, self.training.batch, self.network.config.patch, self.generator
        )
        condition = self.conditions.draw(index, batch.durations, self.generator)
        level = torch.randint(LEVELS, (len(index),), generator=self.generator)
        noise = torch.randn(batch.values.shape, generator=self.generator) * batch.mask[..., None]
        noisy = self.scheduler.add_noise(batch.values, noise, level)  # pyright: ignore[reportArgumentType]
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine(step, self.training.steps)
        self.network.train()
        self.optimiser.zero_grad()
        # On a CPU, plain attention trains half again as fast as the fused kernel's backward.
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            made = self.network(noisy, level / LEVELS, batch.mask, condition)
        network = self.network
        # Of a motion that is mostly noise, neither speed nor steps can be told.
        weight = self.scheduler.alphas_cumprod[level]
        terms = {
            "features": feature_loss(made, batch),
            **geometric_losses(made, batch, network.mean, network.std, weight, self.generator),
        }
        loss = torch.stack([WEIGHTS[name] * value for name, value in terms.items()]).sum()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(network)
        return terms
