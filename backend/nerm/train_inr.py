"""Stage 1 training: a decoder for all sequences, a normal distribution over codes for each.

First an encoder proposes the codes and is trained with the decoder; then each sequence gets a code
of its own, begun at the proposal, and decoder and codes are refined together as in NeRM's
auto-decoder. The codes alone would need thousands of visits each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn

from ..data.motion_set import load_motion_set
from ..data.sequences import Batch, SequenceSet, action_balance
from .inr import LOG_VARIANCE_START, Codes, Decoder, Encoder, InrConfig, draw
from .loop import Run, TrainingError, cosine, without_steps
from .losses import kl_to_standard, reconstruction, total
from .principal import principal_map

_LINEAR_RATE = 0.02
"""Learning rate of the principal part, as a share: full steps would shake it apart at once."""


@dataclass(frozen=True)
class InrTraining:
    """Settings of a stage 1 run."""

    steps: int = 4600
    refine_from: float = 0.6
    """Share of the steps after which codes are refined per sequence."""
    batch: int = 64
    scattered: int = 20
    """Random frames of each sequence in a step."""
    clip: int = 4
    """Frames of each sequence's clip in a step, at one of its whole fractional rates."""
    rate: float = 1e-3
    code_rate: float = 5e-3
    seed: int = 0


def train_inr(
    data: Path,
    folder: Path,
    config: InrConfig,
    training: InrTraining,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder`; True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or there is nothing to learn.
    """
    accelerator = Accelerator(mixed_precision="bf16")
    set_seed(training.seed + accelerator.process_index)
    sequences = SequenceSet(load_motion_set(data))
    if not len(sequences):
        raise TrainingError(f"{data} holds no training clips.")
    trainer = _Trainer(accelerator, sequences, config, training)
    run = Run(
        folder,
        training.steps,
        time_limit,
        settings={
            "config": config.model_dump(),
            "training": without_steps(training),
            "data": len(sequences),
        },
    )
    optional = frozenset({"codes", "code_optimiser", "optimiser"})
    run.resume(trainer.parts, optional)
    switch = int(training.steps * training.refine_from)
    if run.step < switch and not run.train(trainer.propose, trainer.parts, switch):
        return False
    if run.step == switch:
        trainer.begin_codes()
        run.save(trainer.parts)
    return run.train(trainer.refine, trainer.parts, training.steps)


class _Trainer:
    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: InrConfig,
        training: InrTraining,
    ) -> None:
        self.accelerator = accelerator
        self.sequences = sequences
        self.training = training
        self.generator = torch.Generator()
        self.weights = action_balance(sequences.spans)
        decoder, encoder = Decoder(config), Encoder(config)
        _begin(sequences, decoder, encoder)
        codes = Codes(
            torch.zeros(len(sequences), config.latent),
            torch.full((len(sequences), config.latent), LOG_VARIANCE_START),
        )
        device = accelerator.device
        self.decoder: Decoder = decoder.to(device)
        self.encoder: Encoder = encoder.to(device)
        self.codes: Codes = codes.to(device)
        linear = [decoder.basis, decoder.offset, *encoder.linear.parameters()]
        known = {id(parameter) for parameter in linear}
        learnt = [
            parameter
            for network in (decoder, encoder)
            for parameter in network.parameters()
            if id(parameter) not in known
        ]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": learnt, "lr": training.rate},
                {"params": linear, "lr": training.rate * _LINEAR_RATE},
            ],
            weight_decay=1e-4,
            fused=True,
        )
        self.code_optimiser = torch.optim.SparseAdam(list(codes.parameters()), training.code_rate)
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "decoder": self.decoder,
            "encoder": self.encoder,
            "codes": self.codes,
            "optimiser": self.optimiser,
            "code_optimiser": self.code_optimiser,
        }

    def propose(self, step: int) -> dict[str, Tensor]:
        """One step in which the encoder proposes the codes."""
        index, batch = self._batch(step)
        frames = self.encoder.config.encoder_frames
        rows = self.sequences.evenly(index, frames).rows.to(self.accelerator.device)
        with self.accelerator.autocast():
            mean, log_variance = self.encoder(rows, batch.durations)
        return self._descend(step, batch, mean, log_variance, [self.optimiser])

    def refine(self, step: int) -> dict[str, Tensor]:
        """One step on the decoder and the sequences' own codes."""
        index, batch = self._batch(step)
        mean, log_variance = self.codes(index)
        return self._descend(step, batch, mean, log_variance, [self.optimiser, self.code_optimiser])

    @torch.no_grad()
    def begin_codes(self) -> None:
        """Start each sequence's own code at the encoder's proposal."""
        for index in torch.arange(len(self.sequences)).split(256):
            batch = self.sequences.evenly(index, self.encoder.config.encoder_frames)
            device = self.accelerator.device
            mean, log_variance = self.encoder(batch.rows.to(device), batch.durations.to(device))
            self.codes.mean[index] = mean
            self.codes.log_variance[index] = log_variance

    def _batch(self, step: int) -> tuple[Tensor, Batch]:
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        seed = (self.training.seed * 1_000_003 + step) * 64 + self.accelerator.process_index
        self.generator.manual_seed(seed)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        scattered = self.sequences.scattered(index, self.training.scattered, self.generator)
        clip = self.sequences.clips(index, self.training.clip, self.generator)
        device = self.accelerator.device
        batch = Batch(
            rows=torch.cat([scattered.rows, clip.rows], dim=1).to(device),
            contacts=torch.cat([scattered.contacts, clip.contacts], dim=1).to(device),
            times=torch.cat([scattered.times, clip.times], dim=1).to(device),
            durations=scattered.durations.to(device),
        )
        return index, batch

    def _descend(
        self,
        step: int,
        batch: Batch,
        mean: Tensor,
        log_variance: Tensor,
        optimisers: list[torch.optim.Optimizer],
    ) -> dict[str, Tensor]:
        torch.manual_seed(step)
        with self.accelerator.autocast():
            predicted, logits = self.decoder(batch.times, draw(mean, log_variance), batch.durations)
        clip = slice(self.training.scattered, None)
        terms = reconstruction(predicted, logits, batch, self.decoder.row_std, clip)
        terms["kl"] = kl_to_standard(mean, log_variance)
        share = cosine(step, self.training.steps)
        rates = (self.training.rate, self.training.rate * _LINEAR_RATE)
        for group, rate in zip(self.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        self.code_optimiser.param_groups[0]["lr"] = self.training.code_rate * share
        for optimiser in optimisers:
            optimiser.zero_grad()
        self.accelerator.backward(total(terms))
        self.accelerator.clip_grad_norm_(self.decoder.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        return terms


def _begin(sequences: SequenceSet, decoder: Decoder, encoder: Encoder) -> None:
    """Set the networks' statistics and start both as the data's principal components."""
    config = encoder.config
    rows = torch.cat(
        [
            sequences.evenly(index, config.encoder_frames).rows
            for index in torch.arange(len(sequences)).split(256)
        ]
    )
    mean = rows.mean((0, 1))
    # A joint that hardly moves must not have its noise blown up to unit size.
    std = rows.std((0, 1)).clamp(min=0.05)
    principal = principal_map((rows - mean) / std, config.latent, config.cosines)
    for network in (decoder, encoder):
        network.row_mean.copy_(mean)
        network.row_std.copy_(std)
        network.begin_at(principal)
