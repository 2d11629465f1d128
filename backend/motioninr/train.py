"""Training of MotionINR: epochs on codes and on the decoder alternate, as in the paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from ..training.codes import reparameterize
from ..training.losses import (
    LOSS_WEIGHTS,
    kl_to_standard_normal,
    reconstruction_terms,
    weighted_total,
)
from ..training.run import TrainingError
from ..training.trainer import Trainer, TrainingSettings, sampling_weights
from .gait import cut_at_strides
from .model import MotionCodes, MotionInrConfig, MotionInrDecoder
from .pca_start import find_pca_start


@dataclass(frozen=True)
class MotionInrTraining(TrainingSettings):
    """Settings of a run."""

    steps: int = 4000
    batch: int = 64
    scattered: int = 16
    """Random frames of each sequence in a step."""
    clip: int = 4
    """Frames of a clip of each sequence in a step, at a random fraction of its frame rate."""
    code_rate: float = 5e-3
    divergence: float = 1e-4
    """Weight of the KL term, summed over dimensions."""
    precision: Literal["bf16", "no"] = "bf16"
    authored_fraction: float | None = None
    """Fraction of a batch that is authored motion, on average; None for that of the data."""


@dataclass(frozen=True)
class ActionSequences:
    """The training sequences: those with a label."""

    index: Tensor
    """(N,) numbers in the sequence set."""
    labels: tuple[str, ...]
    """All labels, sorted."""
    actions: Tensor
    """(N,) number of the label of each sequence."""
    captures: tuple[str, ...]
    """Name of the capture of each sequence, the same for its mirror image."""

    @classmethod
    def from_sequences(cls, sequences: SequenceSet) -> ActionSequences:
        index = [n for n, span in enumerate(sequences.spans) if span.action]
        actions = [sequences.spans[n].action for n in index]
        labels = tuple(sorted(set(actions)))
        return cls(
            torch.tensor(index, dtype=torch.long),
            labels,
            torch.tensor([labels.index(label) for label in actions], dtype=torch.long),
            tuple(f"{sequences.spans[n].name}@{sequences.spans[n].first}" for n in index),
        )


class MotionInrTrainer(Trainer[MotionInrTraining]):
    """Trains codes and decoder in turns."""

    optional_keys = frozenset({"optimiser", "code_optimiser"})

    def __init__(self, data: Path, training: MotionInrTraining, config: MotionInrConfig) -> None:
        """Load the prepared file `data`; MotionSetError, or TrainingError without labels."""
        if training.clip < 2:
            raise TrainingError(f"A clip must have at least 2 frames (got {training.clip}).")
        self.precision = training.precision
        super().__init__(training)
        sequences = SequenceSet(load_motion_set(data))
        labelled = ActionSequences.from_sequences(sequences)
        if not len(labelled.index):
            raise TrainingError(
                f"{data} must have training clips with an action label: name the actions in "
                "clips.csv and prepare it again."
            )
        config = config.model_copy(update={"actions": labelled.labels})
        self.config, self.data_size = config, len(labelled.index)
        sequences, strides = cut_at_strides(sequences, labelled.index, config.strides)
        self.sequences = sequences
        self.labelled = labelled
        spans = [sequences.spans[n] for n in labelled.index.tolist()]
        self.weights = sampling_weights(spans, training.authored_fraction)
        self.batch = min(training.batch, len(labelled.index))
        self.steps_per_epoch = -(-len(labelled.index) // self.batch)
        start = find_pca_start(sequences, labelled.index, labelled.actions, strides, config)
        decoder = MotionInrDecoder(config)
        codes = MotionCodes(start.sequence_codes, start.action_codes, labelled.actions)
        start.initialize(decoder)
        self.strides = strides.to(self.device)
        self.decoder = self.add_network("decoder", decoder)
        self.codes = self.add_network("codes", codes)
        self.add_adamw(decoder, weight_decay=0.0, slow=decoder.linear_parameters)
        code_optimiser = torch.optim.SparseAdam(list(codes.parameters()), training.code_rate)
        self.add_optimiser(code_optimiser, "code_optimiser")
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
