"""Stage 1 training: a decoder for all sequences, a normal distribution over codes for each.

By default an encoder first proposes the codes and is trained with the decoder; then each sequence
gets a code of its own, begun at the proposal, and decoder and codes are refined together as in
NeRM's auto-decoder. Codes alone, as in the paper, need thousands of visits each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceBatch, SequenceSet, action_balance_weights
from ..training.codes import INITIAL_LOG_VARIANCE, SequenceCodes, reparameterize
from ..training.distributed import average_gradients, broadcast_weights, shard_batch
from ..training.losses import kl_to_standard_normal, reconstruction_terms, weighted_total
from ..training.pca_init import fit_pca_map
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .codebook import train_codebook
from .frame_rates import FrameRateMode, resample_sequences
from .inr import InrConfig, InrDecoder, InrEncoder

_LINEAR_LR_FACTOR = 0.02
"""Learning rate of the principal part, as a share: full steps would shake it apart at once."""
_INITIAL_CODE_SPREAD = 0.01
"""Spread of codes that no encoder proposes."""
_POINT_LOG_VARIANCE = -30.0
"""Log variance of a code that is a point: whoever draws from it gets its mean."""


@dataclass(frozen=True)
class InrTraining:
    """Settings of a stage 1 run."""

    steps: int = 4600
    encoder: bool = True
    """An encoder proposes the codes at first; if not, they begin near zero (the paper)."""
    propose_steps: int = 2760
    """Steps of that; whatever follows refines the codes, however long the run gets."""
    variational: bool = True
    """Codes are distributions with a KL term; if not, they are points without any prior."""
    rates: FrameRateMode = "native"
    """Frames at each sequence's own rate, all resampled to one rate, or one rate first."""
    fixed_fps: float = 20.0
    fixed_steps: int = 1500
    """Steps at one rate when `rates` is "progressive"."""
    batch: int = 64
    """Sequences in a step, over all processes."""
    scattered: int = 20
    """Random frames of each sequence in a step; 0 for clips alone, as in the paper."""
    clip: int = 4
    """Frames of each sequence's clip in a step, at one of its whole fractional rates."""
    rate: float = 1e-3
    code_rate: float = 5e-3
    precision: Literal["bf16", "no"] = "bf16"
    seed: int = 0


def train_inr(
    data: Path,
    folder: Path,
    config: InrConfig,
    training: InrTraining,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder`; True when the run is complete.

    With the time encoding "codebook" the run's first part trains that, in ``folder/codebook``.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or there is nothing to learn.
    """
    if training.clip < 2:
        raise TrainingError("A clip needs two frames or more: its velocity is learnt.")
    accelerator = Accelerator(mixed_precision=training.precision)
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    if not len(sequences):
        raise TrainingError(f"{data} holds no training clips.")
    trainer = InrTrainer(accelerator, sequences, config, training)
    run = TrainingRun(
        folder,
        training.steps,
        time_limit,
        settings={
            "config": config.model_dump(),
            "training": resumable_settings(training),
            "data": len(sequences),
        },
        accelerator=accelerator,
    )
    resumed = run.resume(trainer.state, frozenset({"codes", "code_optimiser", "optimiser"}))
    attention = trainer.decoder.encoding.attention
    if attention is not None and not resumed:
        entries, run.time_limit = train_codebook(
            sequences, folder / "codebook", config.codebook, accelerator, time_limit=time_limit
        )
        if entries is None:
            return False
        attention.set_codebook(entries)
    broadcast_weights(accelerator, [trainer.decoder, trainer.encoder, trainer.codes])
    # A run that ends before its codes would be refined still leaves those that were proposed.
    proposing = min(training.propose_steps, training.steps) if training.encoder else 0
    if run.step < proposing and not run.train(trainer.train_encoder_step, trainer.state, proposing):
        return False
    if training.encoder and run.step == proposing:
        trainer.init_codes()
        run.save(trainer.state)
    return run.train(trainer.train_codes_step, trainer.state, training.steps)


class InrTrainer:
    """Trains encoder, codes and decoder."""

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
        self.resampled = (
            sequences
            if training.rates == "native"
            else resample_sequences(sequences, training.fixed_fps)
        )
        self.generator = torch.Generator()
        self.weights = action_balance_weights(sequences.spans)
        decoder, encoder = InrDecoder(config), InrEncoder(config)
        _init_networks(sequences, decoder, encoder)
        codes = SequenceCodes(
            _INITIAL_CODE_SPREAD * torch.randn(len(sequences), config.latent),
            torch.full((len(sequences), config.latent), self._log_variance_start),
        )
        device = accelerator.device
        self.decoder: InrDecoder = decoder.to(device)
        self.encoder: InrEncoder = encoder.to(device)
        self.codes: SequenceCodes = codes.to(device)
        networks = (decoder, encoder) if training.encoder else (decoder,)
        linear = [decoder.basis, decoder.offset]
        if training.encoder and encoder.linear is not None:
            linear += encoder.linear.parameters()
        linear = [parameter for parameter in linear if parameter is not None]
        known = {id(parameter) for parameter in linear}
        learnt = [
            parameter
            for network in networks
            for parameter in network.parameters()
            if id(parameter) not in known
        ]
        groups = [{"params": learnt, "share": 1.0}]
        if linear:
            groups.append({"params": linear, "share": _LINEAR_LR_FACTOR})
        self.optimiser = torch.optim.AdamW(groups, training.rate, weight_decay=1e-4, fused=True)
        learnt_codes = [codes.mean, codes.log_variance] if training.variational else [codes.mean]
        self.code_optimiser = torch.optim.SparseAdam(learnt_codes, training.code_rate)
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "decoder": self.decoder,
            "codes": self.codes,
            "optimiser": self.optimiser,
            "code_optimiser": self.code_optimiser,
        }
        if training.encoder:
            self.state["encoder"] = self.encoder

    @property
    def _log_variance_start(self) -> float:
        return INITIAL_LOG_VARIANCE if self.training.variational else _POINT_LOG_VARIANCE

    def train_encoder_step(self, step: int) -> dict[str, Tensor]:
        """One step in which the encoder proposes the codes."""
        index, weight, batch, noise = self._batch(step)
        frames = self.encoder.config.encoder_frames
        rows = self._sequences_at(step).even_frames(index, frames).rows.to(self.accelerator.device)
        with self.accelerator.autocast():
            mean, log_variance = self.encoder(rows, batch.durations)
        return self._optimise(step, weight, batch, mean, log_variance, noise, [self.optimiser])

    def train_codes_step(self, step: int) -> dict[str, Tensor]:
        """One step on the decoder and the sequences' own codes."""
        index, weight, batch, noise = self._batch(step)
        mean, log_variance = self.codes(index.to(self.accelerator.device))
        optimisers = [self.optimiser, self.code_optimiser]
        return self._optimise(step, weight, batch, mean, log_variance, noise, optimisers)

    @torch.no_grad()
    def init_codes(self) -> None:
        """Start each sequence's own code at the encoder's proposal."""
        source = self._sequences_at(self.training.propose_steps)
        for index in torch.arange(len(source)).split(256):
            batch = source.even_frames(index, self.encoder.config.encoder_frames)
            device = self.accelerator.device
            mean, log_variance = self.encoder(batch.rows.to(device), batch.durations.to(device))
            self.codes.mean[index] = mean
            if self.training.variational:
                self.codes.log_variance[index] = log_variance

    def _sequences_at(self, step: int) -> SequenceSet:
        """The sequences at the rates that are seen in a step."""
        later = self.training.rates == "progressive" and step >= self.training.fixed_steps
        return self.sequences if later else self.resampled

    def _batch(self, step: int) -> tuple[Tensor, float, SequenceBatch, Tensor]:
        """This process's sequences (B,) of a step, their weight, frames and noise (B, latent)."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed((self.training.seed * 1_000_003 + step) * 64)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        source = self._sequences_at(step)
        scattered = source.random_frames(index, self.training.scattered, self.generator)
        clip = source.random_clips(index, self.training.clip, self.generator)
        noise = torch.randn(count, self.decoder.config.latent, generator=self.generator)
        mine, weight = shard_batch(self.accelerator, count)
        device = self.accelerator.device
        batch = SequenceBatch(
            rows=torch.cat([scattered.rows, clip.rows], dim=1)[mine].to(device),
            contacts=torch.cat([scattered.contacts, clip.contacts], dim=1)[mine].to(device),
            times=torch.cat([scattered.times, clip.times], dim=1)[mine].to(device),
            durations=scattered.durations[mine].to(device),
        )
        return index[mine], weight, batch, noise[mine].to(device)

    def _optimise(
        self,
        step: int,
        weight: float,
        batch: SequenceBatch,
        mean: Tensor,
        log_variance: Tensor,
        noise: Tensor,
        optimisers: list[torch.optim.Optimizer],
    ) -> dict[str, Tensor]:
        z = reparameterize(mean, log_variance, noise) if self.training.variational else mean
        with self.accelerator.autocast():
            predicted, logits = self.decoder(batch.times, z, batch.durations)
        clip = slice(self.training.scattered, None)
        terms = reconstruction_terms(predicted, logits, batch, self.decoder.row_std, clip)
        if self.training.variational:
            terms["kl"] = kl_to_standard_normal(mean, log_variance)
        progress = cosine_lr_factor(step, self.training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * progress * group["share"]
        self.code_optimiser.param_groups[0]["lr"] = self.training.code_rate * progress
        for optimiser in optimisers:
            optimiser.zero_grad()
        (weighted_total(terms) * weight).backward()
        moved = [p for o in optimisers for group in o.param_groups for p in group["params"]]
        average_gradients(self.accelerator, moved)
        torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        return terms


def _init_networks(sequences: SequenceSet, decoder: InrDecoder, encoder: InrEncoder) -> None:
    """Set the networks' statistics and start both as the data's principal components."""
    config = encoder.config
    rows = torch.cat(
        [
            sequences.even_frames(index, config.encoder_frames).rows
            for index in torch.arange(len(sequences)).split(256)
        ]
    )
    mean = rows.mean((0, 1))
    # A joint that hardly moves must not have its noise blown up to unit size.
    std = rows.std((0, 1)).clamp(min=0.05)
    for network in (decoder, encoder):
        network.row_mean.copy_(mean)
        network.row_std.copy_(std)
    if config.has_linear_part:
        principal = fit_pca_map((rows - mean) / std, config.latent, config.cosines)
        decoder.init_from_pca(principal)
        encoder.init_from_pca(principal)
