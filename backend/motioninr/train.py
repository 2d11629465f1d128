"""Training: codes and decoder take turns, an epoch each, as in the paper; nothing proposes codes.

Also for data of the user's own: any prepared file whose motions have action labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from accelerate import Accelerator
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..training.codes import reparameterize
from ..training.losses import (
    LOSS_WEIGHTS,
    kl_to_standard_normal,
    reconstruction_terms,
    weighted_total,
)
from ..training.run import TrainingError
from ..training.trainer import Trainer, parameter_groups, start_accelerator
from .gait import cut_at_strides
from .model import MotionCodes, MotionInrConfig, MotionInrDecoder
from .pca_start import find_pca_start


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
    accelerator = start_accelerator(training.seed, training.precision)
    sequences = SequenceSet(load_motion_set(data))
    labelled = ActionSequences.from_sequences(sequences)
    if not len(labelled.index):
        raise TrainingError(
            f"{data} holds no training clip with an action label: name the actions and prepare it "
            "again."
        )
    config = config.model_copy(update={"actions": labelled.labels})
    trainer = MotionInrTrainer(accelerator, sequences, labelled, config, training)
    optional = frozenset({"optimiser", "code_optimiser"})
    return trainer.run(folder, config, len(labelled.index), time_limit, optional)


class MotionInrTrainer(Trainer[MotionInrTraining]):
    """Trains codes and decoder in turns."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        labelled: ActionSequences,
        config: MotionInrConfig,
        training: MotionInrTraining,
    ) -> None:
        super().__init__(accelerator, training)
        sequences, strides = cut_at_strides(sequences, labelled.index, config.strides)
        self.sequences = sequences
        self.labelled = labelled
        self.weights = action_balance_weights([sequences.spans[n] for n in labelled.index.tolist()])
        self.batch = min(training.batch, len(labelled.index))
        self.steps_per_epoch = -(-len(labelled.index) // self.batch)
        start = find_pca_start(sequences, labelled.index, labelled.actions, strides, config)
        decoder = MotionInrDecoder(config)
        codes = MotionCodes(start.sequence_codes, start.action_codes, labelled.actions)
        start.initialize(decoder)
        self.strides = strides.to(self.device)
        self.decoder = self.add_network("decoder", decoder)
        self.codes = self.add_network("codes", codes)
        groups = parameter_groups([decoder], decoder.linear_parameters)
        self.add_optimiser(torch.optim.Adam(groups, training.rate, fused=True), training.rate)
        self.add_optimiser(
            torch.optim.SparseAdam(list(codes.parameters()), training.code_rate),
            training.code_rate,
            "code_optimiser",
        )
        self._optimiser, self._code_optimiser = self.active_optimisers

    def train_step(self, step: int) -> Mapping[str, Tensor]:
        """Make one step on the codes or on the decoder, in turns of an epoch."""
        on_codes = (step // self.steps_per_epoch) % 2 == 0
        self.decoder.requires_grad_(not on_codes)
        self.codes.requires_grad_(on_codes)
        self.active_optimisers = [self._code_optimiser if on_codes else self._optimiser]
        self.clipped = [] if on_codes else list(self.decoder.parameters())
        return super().train_step(step)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:  # noqa: ARG002
        training = self.training
        number = torch.multinomial(self.weights, self.batch, generator=self.generator)
        batch = self.sequences.random_frames_and_clips(
            self.labelled.index[number], training.scattered, training.clip, self.generator
        ).to(self.device)
        noise = torch.randn(self.batch, self.decoder.config.learnt_size, generator=self.generator)
        number = number.to(self.device)
        mean, log_variance = self.codes(number)
        with self.accelerator.autocast():
            code = reparameterize(mean, log_variance, noise.to(self.device))
            code = torch.cat([self.strides[number], code], dim=-1)
            predicted, logits = self.decoder(batch.times, code)
        clip = slice(training.scattered, None)
        terms = reconstruction_terms(predicted, logits, batch, self.decoder.row_std, clip)
        loss = weighted_total(terms, LOSS_WEIGHTS)
        terms["kl"] = kl_to_standard_normal(mean, log_variance)
        return loss + training.divergence * terms["kl"], terms
