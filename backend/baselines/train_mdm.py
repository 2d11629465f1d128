"""Training of the MDM-like baseline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor

from ..data.sequences import SequenceSet, action_balance_weights
from ..nerm.captions import ConditionProbabilities, ConditionSampler
from ..training.losses import weighted_total
from ..training.trainer import Trainer, load_training_sequences, start_accelerator
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
    """Train, or continue training, in `folder`; return whether the run is complete.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: The folder holds a run with other settings, or there is nothing to learn.
    """
    accelerator = start_accelerator(training.seed, "bf16", cpu=True)
    sequences = load_training_sequences(data)
    trainer = MdmTrainer(accelerator, sequences, config or MdmConfig(), training)
    return trainer.run(folder, trainer.network.config, len(sequences), time_limit)


class MdmTrainer(Trainer[MdmTraining]):
    """Trains the MDM-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: MdmConfig,
        training: MdmTraining,
    ) -> None:
        super().__init__(accelerator, training)
        self.frames = FrameDataset(sequences)
        self.conditions = ConditionSampler(sequences, training.shares)
        self.weights = action_balance_weights(sequences.spans)
        self.scheduler = make_scheduler()
        config = config.model_copy(update={"actions": self.conditions.labels})
        self.network = self.add_network("network", Mdm(config))
        self.network.mean.copy_(self.frames.mean)
        self.network.std.copy_(self.frames.std)
        self.network.init_from_frames(self.frames.frame_windows(config.patch))
        self.add_average(self.network, EMA_DECAY)
        self.add_adamw(self.network, weight_decay=0.01)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:  # noqa: ARG002
        network = self.network
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, network.config.patch, self.generator
        )
        condition = self.conditions.sample_conditions(index, self.generator)
        level = torch.randint(LEVEL_COUNT, (len(index),), generator=self.generator)
        noise = torch.randn(batch.values.shape, generator=self.generator) * batch.mask[..., None]
        noisy = self.scheduler.add_noise(batch.values, noise, level)  # pyright: ignore[reportArgumentType]
        network.train()
        with self.mixed_precision():
            predicted = network(noisy, level / LEVEL_COUNT, batch.mask, condition)
        # A motion that is mostly noise shows neither its speed nor its steps.
        weight = self.scheduler.alphas_cumprod[level]
        terms = {
            "features": feature_loss(predicted, batch),
            **geometric_losses(predicted, batch, network.mean, network.std, weight, self.generator),
        }
        return weighted_total(terms, LOSS_WEIGHTS), terms
