"""Stage 2 training: the denoiser learns to sample stage 1's codes for a text or a label."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from ..text.encoder import TOKEN_WIDTH
from ..training.codes import reparameterize
from ..training.distributed import shard_batch
from ..training.run import TrainingError
from ..training.trainer import Trainer, TrainingSettings, sampling_weights
from .captions import ConditionProbabilities, ConditionSampler
from .denoiser import Condition, Denoiser, DenoiserConfig
from .diffusion import NoiseProcessName, make_noise_process

_TIME_SCALE_SPREAD = 0.12
"""Standard deviation of the log of the factor by which a motion lasts longer than captured. A code
holds its motion over normalised time, so it may have any duration; captions then say so."""


@dataclass(frozen=True)
class DiffusionTraining(TrainingSettings):
    """Settings of a stage 2 run."""

    steps: int = 5500
    batch: int = 96
    rate: float = 8e-4
    process: NoiseProcessName = "flow"
    shares: ConditionProbabilities = field(default_factory=ConditionProbabilities)
    authored_fraction: float | None = None
    """Fraction of a batch that is authored motion, on average; None for that of the data."""


class DiffusionTrainer(Trainer[DiffusionTraining]):
    """Trains the denoiser on the codes of training sequences."""

    seed_stride = 64
    ema_decay = 0.999

    def __init__(
        self,
        data: Path,
        codes: Path,
        training: DiffusionTraining,
        config: DenoiserConfig | None = None,
    ) -> None:
        """Load a prepared file, and the codes of the run in `codes` on the same file.

        Raises:
            MotionSetError: `data` is not a prepared file.
            TrainingError: That run is missing or unfinished, or was trained on other data.
        """
        super().__init__(training)
        sequences = SequenceSet(load_motion_set(data))
        self.data_size = len(sequences)
        self.mean, self.log_variance = self.load_codes(codes, data, self.data_size)
        self.conditions = ConditionSampler(sequences, training.shares)
        self.weights = sampling_weights(sequences.spans, training.authored_fraction)
        self.process = make_noise_process(training.process)
        known = {
            "actions": self.conditions.labels,
            "latent": self.mean.shape[1],
            "text_width": TOKEN_WIDTH,
        }
        self.config = (config or DenoiserConfig()).model_copy(update=known)
        self.network = self.add_network("denoiser", Denoiser(self.config))
        self.network.code_mean.copy_(self.mean.mean(0))
        # One scale for all dimensions: codes keep their spectrum, so that coarse motion is settled
        # before details.
        variance = self.mean.var(0) + self.log_variance.exp().mean(0)
        self.network.code_std.fill_(float(variance.mean().sqrt()))
        self.add_average(self.network, self.ema_decay)
        self.add_adamw(self.network, weight_decay=0.01)

    def load_codes(self, codes: Path, data: Path, count: int) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return mean and log variance (N, latent) of the codes of a run; see `__init__`."""
        path = codes / "state.safetensors"
        if not path.exists():
            raise TrainingError(f"{codes} holds no stage 1 run; train it first (train nerm-inr).")
        tensors = load_file(path)
        mean, log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
        if len(mean) != count:
            raise TrainingError(f"{codes} learnt {len(mean)} sequences, but the data has {count}.")
        if not bool(mean.any()):
            raise TrainingError(
                f"{codes} has not reached its second half, where codes are refined."
            )
        return mean, log_variance

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
        condition = condition.select(shard).to(self.device)
        codes, level, noise = (part[shard].to(self.device) for part in (codes, level, noise))
        loss = self.denoising_loss(codes, condition, level, noise)
        return loss * weight, {"loss": loss}

    def denoising_loss(
        self, codes: Tensor, condition: Condition, level: Tensor, noise: Tensor
    ) -> Tensor:
        """Return the loss of codes (B, latent); other arguments as of the noise process."""
        codes = (codes - self.network.code_mean) / self.network.code_std
        self.network.train()
        with self.mixed_precision():
            return self.process.loss(
                lambda noisy, level: self.network(noisy, level, condition), codes, level, noise
            )
