"""Stage 2 training: the denoiser learns to draw stage 1's codes from words."""

from __future__ import annotations

import math
import random
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..text.encoder import TOKEN_WIDTH
from ..training.codes import reparameterize
from ..training.distributed import average_gradients, broadcast_weights, shard_batch
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .captions import CaptionSampler
from .denoiser import Condition, Denoiser, DenoiserConfig
from .diffusion import NoiseProcessName, make_noise_process

_EMA_DECAY = 0.999
_TIME_SCALE_SPREAD = 0.12
"""Spread of the log of how much longer or shorter than captured a motion is shown. A code holds its
motion over normalised time, so it may last as long as one likes; the words then say so."""
_TOKEN_DROPOUT = 0.1
"""Share of text tokens that are not shown, so that no caption is learnt by heart."""


@dataclass(frozen=True)
class ConditionProbabilities:
    """How often each kind of condition is shown; what is left is unconditional."""

    text: float = 0.58
    both: float = 0.14
    action: float = 0.16


@dataclass(frozen=True)
class DiffusionTraining:
    """Settings of a stage 2 run."""

    steps: int = 5500
    process: NoiseProcessName = "flow"
    batch: int = 96
    """Codes in a step, of each process."""
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
    """Train, or go on training, in `folder` on the codes of the stage 1 run in `codes`.

    Returns True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if stage 1 is not there or learnt other data.
    """
    accelerator = Accelerator(mixed_precision="bf16")
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    mean, log_variance = _load_codes(codes, len(sequences))
    actions = tuple(sorted({span.action for span in sequences.spans if span.action}))
    base = config or DenoiserConfig()
    config = base.model_copy(
        update={"actions": actions, "latent": mean.shape[1], "text_width": TOKEN_WIDTH}
    )
    trainer = DiffusionTrainer(accelerator, sequences, mean, log_variance, config, training)
    settings = {
        "config": config.model_dump(mode="json"),
        "training": {**resumable_settings(training), "shares": vars(training.shares)},
        "data": len(sequences),
    }
    run = TrainingRun(
        folder, training.steps, time_limit, settings=settings, accelerator=accelerator
    )
    run.resume(trainer.state)
    broadcast_weights(accelerator, [trainer.network, trainer.average])
    return run.train(trainer.train_step, trainer.state, training.steps)


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


class DiffusionTrainer:
    """Trains the denoiser."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        mean: Tensor,
        log_variance: Tensor,
        config: DenoiserConfig,
        training: DiffusionTraining,
    ) -> None:
        self.accelerator = accelerator
        self.training = training
        self.mean, self.log_variance = mean, log_variance
        self.durations = sequences.durations
        self.captions = CaptionSampler(sequences.spans)
        labels = [
            config.actions.index(span.action) if span.action else -1 for span in sequences.spans
        ]
        self.actions = torch.tensor(labels)
        self.weights = action_balance_weights(sequences.spans)
        self.process = make_noise_process(training.process)
        self.generator = torch.Generator()
        network = Denoiser(config)
        network.code_mean.copy_(mean.mean(0))
        # One scale for all: codes keep their spectrum, so coarse motion is settled before detail.
        network.code_std.fill_(float((mean.var(0) + log_variance.exp().mean(0)).mean().sqrt()))
        self.network: Denoiser = network.to(accelerator.device)
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(_EMA_DECAY), use_buffers=False
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
        codes, level, noise, condition, weight = self._batch(step)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine_lr_factor(step, self.training.steps)
        self.optimiser.zero_grad()
        self.network.train()
        with self.accelerator.autocast(), self._attention_backend():
            loss = self.process.loss(
                lambda noisy, level: self.network(noisy, level, condition), codes, level, noise
            )
        (loss * weight).backward()
        average_gradients(self.accelerator, self.network.parameters())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        return {"loss": loss}

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor, Condition, float]:
        """This process's codes, noise levels, noise and condition in a step, and their weight."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        seed = (self.training.seed * 1_000_003 + step) * 64
        self.generator.manual_seed(seed)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        shape = count, self.mean.shape[1]
        jitter = torch.randn(shape, generator=self.generator)
        codes = reparameterize(self.mean[index], self.log_variance[index], jitter)
        level = torch.rand(count, generator=self.generator)
        noise = torch.randn(shape, generator=self.generator)
        condition = self._condition(index, random.Random(seed))  # noqa: S311
        mine, weight = shard_batch(self.accelerator, count)
        device = self.accelerator.device
        codes = codes[mine].to(device)
        codes = (codes - self.network.code_mean) / self.network.code_std
        part = condition.select(mine).to(device)
        return codes, level[mine].to(device), noise[mine].to(device), part, weight

    def _attention_backend(self) -> AbstractContextManager[object]:
        """On a CPU, plain attention trains half again as fast as the fused kernel's backward."""
        if self.accelerator.device.type != "cpu":
            return nullcontext()
        return sdpa_kernel(SDPBackend.MATH)

    def _condition(self, index: Tensor, chance: random.Random) -> Condition:
        shares = self.training.shares
        kind = torch.rand(len(index), generator=self.generator)
        with_text = kind < shares.text + shares.both
        with_action = (kind >= shares.text) & (kind < shares.text + shares.both + shares.action)
        stretch = [math.exp(chance.gauss(0.0, _TIME_SCALE_SPREAD)) for _ in range(len(index))]
        tokens, mask = self.captions.sample_captions(index, stretch, chance)
        mask &= torch.rand(mask.shape, generator=self.generator) >= _TOKEN_DROPOUT
        return Condition(
            text=tokens,
            text_mask=mask & with_text[:, None],
            label_index=torch.where(with_action, self.actions[index], -1),
            durations=self.durations[index] * torch.tensor(stretch),
        )
