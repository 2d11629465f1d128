"""Training of the MLD-like baseline: its VAE, then the diffusion of the VAE's codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..nerm.denoiser import DenoiserConfig
from ..nerm.train_diffusion import DiffusionTrainer, DiffusionTraining
from ..training.codes import SequenceCodes, reparameterize
from ..training.run import TrainingError
from ..training.trainer import (
    Trainer,
    load_training_sequences,
    start_accelerator,
)
from .frames import FrameDataset
from .losses import vae_losses
from .mld import MldVae, MldVaeConfig, evenly_spaced_dataset_frames
from .sampling import read_run
from .train_mdm import EMA_DECAY

LOSS_WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-4}
"""The KL weight is MLD's; geometric terms in metres."""


@dataclass(frozen=True)
class MldVaeTraining:
    """Settings of a run: some 12 minutes on one core."""

    steps: int = 1500
    batch: int = 32
    rate: float = 1e-3
    seed: int = 0


def train_mld_vae(
    data: Path,
    folder: Path,
    training: MldVaeTraining,
    config: MldVaeConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or continue training, in `folder`; return whether the run is complete.

    A complete run also holds the code of every sequence, for the diffusion to learn.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: The folder holds a run with other settings, or there is nothing to learn.
    """
    accelerator = start_accelerator(training.seed, "bf16", cpu=True)
    sequences = load_training_sequences(data)
    config = config or MldVaeConfig()
    trainer = MldVaeTrainer(accelerator, sequences, config, training)
    run = trainer.open_run(folder, config, len(sequences), time_limit)
    if not run.train(trainer.train_step, trainer.state, training.steps):
        return False
    trainer.encode_sequences()
    run.save(trainer.state)
    return True


class MldVaeTrainer(Trainer[MldVaeTraining]):
    """Trains the VAE of the MLD-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: MldVaeConfig,
        training: MldVaeTraining,
    ) -> None:
        super().__init__(accelerator, training)
        self.frames = FrameDataset(sequences)
        self.weights = action_balance_weights(sequences.spans)
        self.vae = self.add_network("vae", MldVae(config))
        self.vae.mean.copy_(self.frames.mean)
        self.vae.std.copy_(self.frames.std)
        self.vae.init_from_frames(evenly_spaced_dataset_frames(self.frames, config.sampled))
        self.average = self.add_average(self.vae, EMA_DECAY)
        self.add_adamw(self.vae, slow=self.vae.linear_parameters, weight_decay=1e-4)
        empty = torch.zeros(len(sequences), config.latent)
        self.codes = self.add_network("codes", SequenceCodes(empty, empty))

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        vae = self.vae
        _, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, vae.config.patch, self.generator
        )
        vae.train()
        with self.mixed_precision():
            mean, log_variance = vae.encode_frames(batch.values, batch.mask)
            code = reparameterize(mean, log_variance)
            predicted = vae.decode_frames(code, batch.durations, batch.mask)
        return vae_losses(predicted, batch, vae, mean, log_variance, LOSS_WEIGHTS, self.generator)

    @torch.inference_mode()
    def encode_sequences(self) -> None:
        """Give each sequence the code that the averaged encoder predicts."""
        vae = self.average.module
        vae.eval()
        assert isinstance(vae, MldVae)
        for index in torch.argsort(self.frames.frame_counts).split(64):
            batch = self.frames.padded_batch(index, vae.config.patch)
            mean, log_variance = vae.encode_frames(batch.values, batch.mask)
            self.codes.mean[index] = mean
            self.codes.log_variance[index] = log_variance


@dataclass(frozen=True)
class MldDiffusionTraining(DiffusionTraining):
    """Settings of a run of the diffusion: some 8 minutes on one core."""

    steps: int = 1400


def train_mld_diffusion(
    data: Path,
    vae_run: Path,
    folder: Path,
    training: MldDiffusionTraining,
    config: DenoiserConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or continue training, in `folder` on the codes of the VAE run in `vae_run`.

    Returns:
        Whether the run is complete.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: The VAE is missing or unfinished, or was trained on other data.
    """
    accelerator = start_accelerator(training.seed, "bf16", cpu=True)
    saved, tensors = read_run(vae_run, "mld-vae")
    sequences = SequenceSet(load_motion_set(data))
    if saved["settings"]["data"] != len(sequences):
        raise TrainingError(
            f"{vae_run} learnt other data than {data}; train it again (train mld-vae)."
        )
    mean, log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
    if not bool(mean.any()):
        raise TrainingError(f"{vae_run} is not finished; go on with it first (train mld-vae).")
    trainer = MldDiffusionTrainer(
        accelerator, sequences, mean, log_variance, config or DenoiserConfig(), training, EMA_DECAY
    )
    return trainer.run(folder, trainer.network.config, len(sequences), time_limit)


class MldDiffusionTrainer(DiffusionTrainer):
    """Trains the diffusion of the MLD-like model."""

    seed_stride = 1

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        codes = reparameterize(self.mean[index], self.log_variance[index])
        codes = (codes - self.network.code_mean) / self.network.code_std
        condition = self.conditions.sample_conditions(index, self.generator)
        self.network.train()
        with self.mixed_precision():
            loss = self.process.loss(
                lambda noisy, level: self.network(noisy, level, condition),
                codes,
                torch.rand(count, generator=self.generator),
                torch.randn(codes.shape, generator=self.generator),
            )
        return loss, {"loss": loss}
