"""Stage 2 training: the denoiser learns to sample stage 1's codes for a text or a label."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..text.encoder import TOKEN_WIDTH
from ..training.codes import reparameterize
from ..training.distributed import shard_batch
from ..training.run import TrainingError
from ..training.trainer import Trainer, start_accelerator
from .captions import ConditionProbabilities, ConditionSampler
from .denoiser import Denoiser, DenoiserConfig
from .diffusion import NoiseProcessName, make_noise_process

_EMA_DECAY = 0.999
_TIME_SCALE_SPREAD = 0.12
"""Standard deviation of the log of the factor by which a motion lasts longer than captured. A code
holds its motion over normalised time, so it may have any duration; captions then say so."""


@dataclass(frozen=True)
class DiffusionTraining:
    """Settings of a stage 2 run."""

    steps: int = 5500
    process: NoiseProcessName = "flow"
    batch: int = 96
    """Codes in a step, over all processes."""
    rate: float = 8e-4
    shares: ConditionProbabilities = field(default_factory=ConditionProbabilities)
    seed: int = 0


def train_diffusion(
    data: Path,
    codes: Path,
    folder: Path,
    training: DiffusionTraining,
    config: DenoiserConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or continue training, in `folder` on the codes of the stage 1 run in `codes`.

    Returns:
        Whether the run is complete.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: Stage 1 is missing, or was trained on other data.
    """
    accelerator = start_accelerator(training.seed, "bf16")
    sequences = SequenceSet(load_motion_set(data))
    mean, log_variance = _load_codes(codes, len(sequences))
    trainer = DiffusionTrainer(
        accelerator, sequences, mean, log_variance, config or DenoiserConfig(), training
    )
    return trainer.run(folder, trainer.network.config, len(sequences), time_limit)


def _load_codes(folder: Path, count: int) -> tuple[Tensor, Tensor]:
    path = folder / "state.safetensors"
    if not path.exists():
        raise TrainingError(f"{folder} holds no stage 1 run; train it first (train nerm-inr).")
    tensors = load_file(path)
    mean, log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
    if len(mean) != count:
        raise TrainingError(f"{folder} learnt {len(mean)} sequences, but the data has {count}.")
    if not bool(mean.any()):
        raise TrainingError(f"{folder} has not reached its second half, where codes are refined.")
    return mean, log_variance


class DiffusionTrainer(Trainer[DiffusionTraining]):
    """Trains the denoiser on the codes of training sequences."""

    seed_stride = 64

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        mean: Tensor,
        log_variance: Tensor,
        config: DenoiserConfig,
        training: DiffusionTraining,
        ema_decay: float = _EMA_DECAY,
    ) -> None:
        super().__init__(accelerator, training)
        self.mean, self.log_variance = mean, log_variance
        self.conditions = ConditionSampler(sequences, training.shares)
        self.weights = action_balance_weights(sequences.spans)
        self.process = make_noise_process(training.process)
        known = {
            "actions": self.conditions.labels,
            "latent": mean.shape[1],
            "text_width": TOKEN_WIDTH,
        }
        self.network = self.add_network("denoiser", Denoiser(config.model_copy(update=known)))
        self.network.code_mean.copy_(mean.mean(0))
        # One scale for all dimensions: codes keep their spectrum, so that coarse motion is settled
        # before details.
        self.network.code_std.fill_(float((mean.var(0) + log_variance.exp().mean(0)).mean().sqrt()))
        self.add_average(self.network, ema_decay)
        self.add_adamw(self.network, weight_decay=0.01)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        shape = count, self.mean.shape[1]
        code_noise = torch.randn(shape, generator=self.generator)
        codes = reparameterize(self.mean[index], self.log_variance[index], code_noise)
        level = torch.rand(count, generator=self.generator)
        noise = torch.randn(shape, generator=self.generator)
        rng = random.Random(self.step_seed(step))  # noqa: S311
        condition = self.conditions.sample_conditions(
            index, self.generator, rng, _TIME_SCALE_SPREAD
        )
        shard, weight = shard_batch(self.accelerator, count)
        codes = (codes[shard].to(self.device) - self.network.code_mean) / self.network.code_std
        condition = condition.select(shard).to(self.device)
        self.network.train()
        with self.mixed_precision():
            loss = self.process.loss(
                lambda noisy, level: self.network(noisy, level, condition),
                codes,
                level[shard].to(self.device),
                noise[shard].to(self.device),
            )
        return loss * weight, {"loss": loss}
