"""Training: codes and decoder take turns, an epoch each, as in the paper; nothing proposes codes.

Also for data of the user's own: any prepared file whose motions have action labels.
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
from ..training.codes import reparameterize
from ..training.losses import LOSS_WEIGHTS, kl_to_standard_normal, reconstruction_terms
from ..training.run import TrainingError, TrainingRun, cosine_lr_factor, resumable_settings
from .gait import cut_at_strides
from .model import MotionCodes, MotionInrConfig, MotionInrDecoder
from .pca_start import find_pca_start

_LINEAR_LR_FACTOR = 0.02
"""Learning rate of the linear part, as a share: full steps would shake it apart at once."""


@dataclass(frozen=True)
class MotionInrTraining:
    """Settings of a run."""

    steps: int = 4000
    batch: int = 64
    """Sequences in a step."""
    scattered: int = 16
    """Random frames of each sequence in a step."""
    clip: int = 4
    """Frames of each sequence's clip in a step, at one of its whole fractional rates."""
    rate: float = 1e-3
    code_rate: float = 5e-3
    divergence: float = 1e-4
    """Weight of the KL term, summed over dimensions."""
    precision: Literal["bf16", "no"] = "bf16"
    seed: int = 0


@dataclass(frozen=True)
class ActionSequences:
    """The sequences that are learnt: those with an action."""

    index: Tensor
    """(N,) their numbers in the set."""
    labels: tuple[str, ...]
    """Actions, sorted."""
    actions: Tensor
    """(N,) number of each one's label."""
    captures: tuple[str, ...]
    """(N) which capture each is of; a mirror image is of the same."""

    @classmethod
    def from_sequences(cls, sequences: SequenceSet) -> ActionSequences:
        """Those of a set, as it was read."""
        index = [n for n, span in enumerate(sequences.spans) if span.action]
        own = [sequences.spans[n].action for n in index]
        labels = tuple(sorted(set(own)))
        return cls(
            torch.tensor(index, dtype=torch.long),
            labels,
            torch.tensor([labels.index(label) for label in own], dtype=torch.long),
            tuple(f"{sequences.spans[n].name}@{sequences.spans[n].first}" for n in index),
        )


def train_motioninr(
    data: Path,
    folder: Path,
    config: MotionInrConfig,
    training: MotionInrTraining,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder`; True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if the folder holds a run with other settings, or no motion has a label.
    """
    if training.clip < 2:
        raise TrainingError("A clip needs two frames or more: its velocity is learnt.")
    set_seed(training.seed)
    sequences = SequenceSet(load_motion_set(data))
    labelled = ActionSequences.from_sequences(sequences)
    if not len(labelled.index):
        raise TrainingError(
            f"{data} holds no training clip with an action label: name the actions and prepare it "
            "again."
        )
    config = config.model_copy(update={"actions": labelled.labels})
    trainer = MotionInrTrainer(sequences, labelled, config, training)
    run = TrainingRun(
        folder,
        training.steps,
        time_limit,
        settings={
            "config": config.model_dump(mode="json"),
            "training": resumable_settings(training),
            "data": len(labelled.index),
        },
    )
    run.resume(trainer.state, frozenset({"optimiser", "code_optimiser"}))
    return run.train(trainer.train_step, trainer.state, training.steps)


class MotionInrTrainer:
    """Trains codes and decoder in turns."""

    def __init__(
        self,
        sequences: SequenceSet,
        labelled: ActionSequences,
        config: MotionInrConfig,
        training: MotionInrTraining,
    ) -> None:
        self.accelerator = Accelerator(mixed_precision=training.precision)
        sequences, strides = cut_at_strides(sequences, labelled.index, config.strides)
        self.sequences = sequences
        self.labelled = labelled
        self.training = training
        self.weights = action_balance_weights([sequences.spans[n] for n in labelled.index.tolist()])
        self.batch = min(training.batch, len(labelled.index))
        self.epoch = -(-len(labelled.index) // self.batch)
        self.generator = torch.Generator()
        start = find_pca_start(sequences, labelled.index, labelled.actions, strides, config)
        decoder = MotionInrDecoder(config)
        codes = MotionCodes(start.sequence_codes, start.action_codes, labelled.actions)
        start.initialize(decoder)
        device = self.accelerator.device
        self.strides = strides.to(device)
        self.decoder: MotionInrDecoder = decoder.to(device)
        self.codes: MotionCodes = codes.to(device)
        linear = {id(parameter) for parameter in decoder.linear_parameters}
        self.optimiser = torch.optim.Adam(
            [
                {"params": [p for p in decoder.parameters() if id(p) not in linear], "share": 1.0},
                {"params": decoder.linear_parameters, "share": _LINEAR_LR_FACTOR},
            ],
            training.rate,
            fused=True,
        )
        self.code_optimiser = torch.optim.SparseAdam(list(codes.parameters()), training.code_rate)
        self.state: dict[str, nn.Module | torch.optim.Optimizer] = {
            "decoder": self.decoder,
            "codes": self.codes,
            "optimiser": self.optimiser,
            "code_optimiser": self.code_optimiser,
        }

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One step on the codes or on the decoder, in turns of an epoch."""
        on_codes = (step // self.epoch) % 2 == 0
        self.decoder.requires_grad_(not on_codes)
        self.codes.requires_grad_(on_codes)
        optimiser = self.code_optimiser if on_codes else self.optimiser
        self._set_learning_rates(step)
        number, batch, noise = self._batch(step)
        mean, log_variance = self.codes(number)
        with self.accelerator.autocast():
            code = torch.cat(
                [self.strides[number], reparameterize(mean, log_variance, noise)], dim=-1
            )
            predicted, logits = self.decoder(batch.times, code)
        clip = slice(self.training.scattered, None)
        terms = reconstruction_terms(predicted, logits, batch, self.decoder.row_std, clip)
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in terms.items()]).sum()
        terms["kl"] = kl_to_standard_normal(mean, log_variance)
        optimiser.zero_grad()
        (loss + self.training.divergence * terms["kl"]).backward()
        if not on_codes:
            nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        optimiser.step()
        return terms

    def _set_learning_rates(self, step: int) -> None:
        progress = cosine_lr_factor(step, self.training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * progress * group["share"]
        self.code_optimiser.param_groups[0]["lr"] = self.training.code_rate * progress

    def _batch(self, step: int) -> tuple[Tensor, SequenceBatch, Tensor]:
        """Numbers (B,) of a step's sequences among the labelled, their frames and noise."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        number = torch.multinomial(self.weights, self.batch, generator=self.generator)
        index = self.labelled.index[number]
        scattered = self.sequences.random_frames(index, self.training.scattered, self.generator)
        clip = self.sequences.random_clips(index, self.training.clip, self.generator)
        noise = torch.randn(self.batch, self.decoder.config.learnt_size, generator=self.generator)
        device = self.accelerator.device
        batch = SequenceBatch(
            rows=torch.cat([scattered.rows, clip.rows], dim=1).to(device),
            contacts=torch.cat([scattered.contacts, clip.contacts], dim=1).to(device),
            times=torch.cat([scattered.times, clip.times], dim=1).to(device),
            durations=scattered.durations.to(device),
        )
        return number.to(device), batch, noise.to(device)
