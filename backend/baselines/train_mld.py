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
from ..data.sequences import SequenceSet, action_balance
from ..nerm.denoiser import Denoiser, DenoiserConfig
from ..nerm.diffusion import ProcessName, make_process
from ..nerm.inr import Codes, draw
from ..nerm.losses import kl_to_standard
from ..nerm.train_diffusion import Shares
from ..text.encoder import WIDTH
from ..training.run import Run, TrainingError, cosine, without_steps
from .checkpoints import read_run
from .conditions import Conditions
from .frames import FrameSet
from .losses import feature_loss, geometric_losses
from .mld import Vae, VaeConfig, sampled

EMA_DECAY = 0.998

WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-4}
"""MLD's weight of the KL term; geometric terms in metres."""

LINEAR_RATE = 0.02
"""Learning rate of the principal part, as a share: full steps would shake it apart at once."""


@dataclass(frozen=True)
class VaeTraining:
    """Settings of a run: some 12 minutes on one core."""

    steps: int = 1500
    batch: int = 32
    rate: float = 1e-3
    seed: int = 0


def train_vae(
    data: Path,
    folder: Path,
    training: VaeTraining,
    config: VaeConfig | None = None,
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
    trainer = _VaeTrainer(accelerator, sequences, config or VaeConfig(), training)
    settings = {
        "config": trainer.vae.config.model_dump(mode="json"),
        "training": without_steps(training),
        "data": len(sequences),
    }
    run = Run(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.parts)
    if not run.train(trainer.advance, trainer.parts, training.steps):
        return False
    trainer.place_codes()
    run.save(trainer.parts)
    return True


class _VaeTrainer:
    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: VaeConfig,
        training: VaeTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.frames = FrameSet(sequences)
        self.weights = action_balance(sequences.spans)
        self.generator = torch.Generator()
        self.vae = Vae(config)
        self.vae.mean.copy_(self.frames.mean)
        self.vae.std.copy_(self.frames.std)
        self.vae.begin_at(spread_frames(self.frames, config.sampled))
        self.average = AveragedModel(
            self.vae, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=False
        )
        linear = {id(parameter) for parameter in self.vae.linear_part}
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in self.vae.parameters() if id(p) not in linear]},
                {"params": self.vae.linear_part},
            ],
            training.rate,
            weight_decay=1e-4,
            fused=True,
        )
        empty = torch.zeros(len(sequences), config.latent)
        self.codes = Codes(empty, empty)
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "vae": self.vae,
            "average": self.average,
            "optimiser": self.optimiser,
            "codes": self.codes,
        }

    def advance(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        torch.manual_seed(step)
        _, batch = self.frames.of_like_length(
            self.weights, self.training.batch, self.vae.config.patch, self.generator
        )
        rate = self.training.rate * cosine(step, self.training.steps)
        for group, share in zip(self.optimiser.param_groups, (1.0, LINEAR_RATE), strict=True):
            group["lr"] = rate * share
        self.vae.train()
        self.optimiser.zero_grad()
        # On a CPU, plain attention trains half again as fast as the fused kernel's backward.
        with self.accelerator.autocast(), sdpa_kernel(SDPBackend.MATH):
            mean, log_variance = self.vae.encode(batch.values, batch.mask)
            made = self.vae.decode(draw(mean, log_variance), batch.durations, batch.mask)
        geometric = geometric_losses(
            made, batch, self.vae.mean, self.vae.std, torch.ones(len(made)), self.generator
        )
        terms = {
            "features": feature_loss(made, batch),
            "joints": geometric["joints"],
            "velocity": geometric["velocity"],
            "kl": kl_to_standard(mean, log_variance),
        }
        loss = torch.stack([WEIGHTS[name] * value for name, value in terms.items()]).sum()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.vae.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.vae)
        return terms

    @torch.inference_mode()
    def place_codes(self) -> None:
        """Give each sequence the code that the averaged encoder proposes."""
        vae = self.average.module
        vae.eval()
        assert isinstance(vae, Vae)
        for index in torch.argsort(self.frames.frames).split(64):
            batch = self.frames.batch(index, vae.config.patch)
            mean, log_variance = vae.encode(batch.values, batch.mask)
            self.codes.mean[index] = mean
            self.codes.log_variance[index] = log_variance


def spread_frames(frames: FrameSet, count: int) -> Tensor:
    """(N, count, 142) evenly spread standardised frames of every sequence."""
    parts = []
    for index in torch.arange(len(frames)).split(64):
        batch = frames.batch(index)
        parts.append(sampled(batch.values, batch.mask, count))
    return torch.cat(parts)


@dataclass(frozen=True)
class LatentTraining:
    """Settings of a run of the diffusion: some 8 minutes on one core."""

    steps: int = 1400
    process: ProcessName = "flow"
    batch: int = 96
    rate: float = 8e-4
    shares: Shares = field(default_factory=Shares)
    seed: int = 0


def train_latent(
    data: Path,
    vae: Path,
    folder: Path,
    training: LatentTraining,
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
    state, tensors = read_run(vae, "mld-vae")
    sequences = SequenceSet(load_motion_set(data))
    if state["settings"]["data"] != len(sequences):
        raise TrainingError(f"{vae} learnt other data than {data}; train it again (train mld-vae).")
    if not bool(tensors["codes/mean"].any()):
        raise TrainingError(f"{vae} is not finished; go on with it first (train mld-vae).")
    trainer = _LatentTrainer(accelerator, sequences, tensors, config or DenoiserConfig(), training)
    settings = {
        "config": trainer.network.config.model_dump(mode="json"),
        "training": {**without_steps(training), "shares": vars(training.shares)},
        "data": len(sequences),
    }
    run = Run(folder, training.steps, time_limit, settings=settings)
    run.resume(trainer.parts)
    return run.train(trainer.advance, trainer.parts, training.steps)


class _LatentTrainer:
    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        tensors: dict[str, Tensor],
        config: DenoiserConfig,
        training: LatentTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.mean, self.log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
        self.durations = sequences.durations
        self.conditions = Conditions(sequences, training.shares)
        self.weights = action_balance(sequences.spans)
        self.process = make_process(training.process)
        self.generator = torch.Generator()
        self.network = Denoiser(
            config.model_copy(
                update={
                    "actions": self.conditions.actions,
                    "latent": self.mean.shape[1],
                    "text_width": WIDTH,
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
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "denoiser": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
        }

    def advance(self, step: int) -> dict[str, Tensor]:
        """One optimiser step."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        torch.manual_seed(step)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        codes = draw(self.mean[index], self.log_variance[index])
        codes = (codes - self.network.code_mean) / self.network.code_std
        condition = self.conditions.draw(index, self.durations[index], self.generator)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine(step, self.training.steps)
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
