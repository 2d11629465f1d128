"""Training of the MLD-like rival: its VAE, then the diffusion of the VAE's codes."""

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
from ..nerm.denoiser import Denoiser, DenoiserConfig
from ..nerm.diffusion import NoiseProcessName, make_noise_process
from ..nerm.train_diffusion import ConditionProbabilities
from ..text.encoder import TOKEN_WIDTH
from ..training.codes import SequenceCodes, reparameterize
from ..training.losses import kl_to_standard_normal
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .checkpoints import read_run
from .conditions import ConditionSampler
from .frames import FrameDataset
from .losses import feature_loss, geometric_losses
from .mld import MldVae, MldVaeConfig, evenly_spaced_frames

EMA_DECAY = 0.998

LOSS_WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-4}
"""MLD's weight of the KL term; geometric terms in metres."""

LINEAR_LR_FACTOR = 0.02
"""Learning rate of the principal part, as a share: full steps would shake it apart at once."""


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
    """Train, or go on training, in `folder`; True when the run is complete.

    A complete run also holds the code of every sequence, for the diffusion to learn.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or there is nothing to learn.
    """
    accelerator = Accelerator(mixed_precision="bf16", cpu=True)
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    if not len(sequences):
        raise TrainingError(f"{data} holds no training clips.")
    trainer = MldVaeTrainer(accelerator, sequences, config or MldVaeConfig(), training)
    settings = {
        "config": trainer.vae.config.model_dump(mode="json"),
        "training": resumable_settings(training),
        "data": len(sequences),
    }
    run = TrainingRun(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.state)
    if not run.train(trainer.train_step, trainer.state, training.steps):
        return False
    trainer.encode_sequences()
    run.save(trainer.state)
    return True


class MldVaeTrainer:
    """Trains a stage of the MLD-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: MldVaeConfig,
        training: MldVaeTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.frames = FrameDataset(sequences)
        self.weights = action_balance_weights(sequences.spans)
        self.generator = torch.Generator()
        self.vae = MldVae(config)
        self.vae.mean.copy_(self.frames.mean)
        self.vae.std.copy_(self.frames.std)
        self.vae.init_from_frames(evenly_spaced_dataset_frames(self.frames, config.sampled))
        self.average = AveragedModel(
            self.vae, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        linear = {id(parameter) for parameter in self.vae.linear_parameters}
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in self.vae.parameters() if id(p) not in linear]},
                {"params": self.vae.linear_parameters},
            ],
            training.rate,
            weight_decay=1e-4,
            fused=True,
        )
        empty = torch.zeros(len(sequences), config.latent)
        self.codes = SequenceCodes(empty, empty)
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "vae": self.vae,
            "average": self.average,
            "optimiser": self.optimiser,
            "codes": self.codes,
        }

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        torch.manual_seed(step)
        _, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, self.vae.config.patch, self.generator
        )
        rate = self.training.rate * cosine_lr_factor(step, self.training.steps)
        for group, share in zip(self.optimiser.param_groups, (1.0, LINEAR_LR_FACTOR), strict=True):
            group["lr"] = rate * share
        self.vae.train()
        self.optimiser.zero_grad()
        # On a CPU, plain attention trains half again as fast as the fused kernel's backward.
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            mean, log_variance = self.vae.encode_frames(batch.values, batch.mask)
            made = self.vae.decode_frames(
                reparameterize(mean, log_variance), batch.durations, batch.mask
            )
        geometric = geometric_losses(
            made, batch, self.vae.mean, self.vae.std, torch.ones(len(made)), self.generator
        )
        terms = {
            "features": feature_loss(made, batch),
            "joints": geometric["joints"],
            "velocity": geometric["velocity"],
            "kl": kl_to_standard_normal(mean, log_variance),
        }
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in terms.items()]).sum()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.vae.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.vae)
        return terms

    @torch.inference_mode()
    def encode_sequences(self) -> None:
        """Give each sequence the code that the averaged encoder proposes."""
        vae = self.average.module
        vae.eval()
        assert isinstance(vae, MldVae)
        for index in torch.argsort(self.frames.frame_counts).split(64):
            batch = self.frames.padded_batch(index, vae.config.patch)
            mean, log_variance = vae.encode_frames(batch.values, batch.mask)
            self.codes.mean[index] = mean
            self.codes.log_variance[index] = log_variance


def evenly_spaced_dataset_frames(frames: FrameDataset, count: int) -> Tensor:
    """(N, count, 142) evenly spread standardised frames of every sequence."""
    parts = []
    for index in torch.arange(len(frames)).split(64):
        batch = frames.padded_batch(index)
        parts.append(evenly_spaced_frames(batch.values, batch.mask, count))
    return torch.cat(parts)


@dataclass(frozen=True)
class MldDiffusionTraining:
    """Settings of a run of the diffusion: some 8 minutes on one core."""

    steps: int = 1400
    process: NoiseProcessName = "flow"
    batch: int = 96
    rate: float = 8e-4
    shares: ConditionProbabilities = field(default_factory=ConditionProbabilities)
    seed: int = 0


def train_mld_diffusion(
    data: Path,
    vae_run: Path,
    folder: Path,
    training: MldDiffusionTraining,
    config: DenoiserConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder` on the codes of the VAE run in `vae`.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the VAE is not there or not finished, or learnt other data.
    """
    accelerator = Accelerator(mixed_precision="bf16", cpu=True)
    set_seed(training.seed)
    state, tensors = read_run(vae_run, "mld-vae")
    sequences = SequenceSet(load_motion_set(data))
    if state["settings"]["data"] != len(sequences):
        raise TrainingError(
            f"{vae_run} learnt other data than {data}; train it again (train mld-vae)."
        )
    if not bool(tensors["codes/mean"].any()):
        raise TrainingError(f"{vae_run} is not finished; go on with it first (train mld-vae).")
    trainer = MldDiffusionTrainer(
        accelerator, sequences, tensors, config or DenoiserConfig(), training
    )
    settings = {
        "config": trainer.network.config.model_dump(mode="json"),
        "training": {**resumable_settings(training), "shares": vars(training.shares)},
        "data": len(sequences),
    }
    run = TrainingRun(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.state)
    return run.train(trainer.train_step, trainer.state, training.steps)


class MldDiffusionTrainer:
    """Trains the diffusion of the MLD-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        tensors: dict[str, Tensor],
        config: DenoiserConfig,
        training: MldDiffusionTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.mean, self.log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
        self.durations = sequences.durations
        self.conditions = ConditionSampler(sequences, training.shares)
        self.weights = action_balance_weights(sequences.spans)
        self.process = make_noise_process(training.process)
        self.generator = torch.Generator()
        self.network = Denoiser(
            config.model_copy(
                update={
                    "actions": self.conditions.labels,
                    "latent": self.mean.shape[1],
                    "text_width": TOKEN_WIDTH,
                }
            )
        )
        self.network.code_mean.copy_(self.mean.mean(0))
        spread = self.mean.var(0) + self.log_variance.exp().mean(0)
        self.network.code_std.fill_(float(spread.mean().sqrt()))
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), training.rate, weight_decay=0.01, fused=True
        )
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "denoiser": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
        }

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        torch.manual_seed(step)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        codes = reparameterize(self.mean[index], self.log_variance[index])
        codes = (codes - self.network.code_mean) / self.network.code_std
        condition = self.conditions.sample_conditions(index, self.durations[index], self.generator)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine_lr_factor(step, self.training.steps)
        self.network.train()
        self.optimiser.zero_grad()
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            loss = self.process.loss(
                lambda noisy, level: self.network(noisy, level, condition),
                codes,
                torch.rand(count, generator=self.generator),
                torch.randn(codes.shape, generator=self.generator),
            )
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        return {"loss": loss}
