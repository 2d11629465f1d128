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
from ..data.sequences import Batch, SequenceSet, action_balance
from ..nerm.inr import draw
from ..nerm.losses import WEIGHTS, kl_to_standard, reconstruction
from ..training.run import Run, TrainingError, cosine, without_steps
from .codes import MotionCodes
from .gait import begun_at_strides
from .model import Decoder, MotionInrConfig
from .pca_start import begin

_LINEAR_RATE = 0.02
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
class Labelled:
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
    def of(cls, sequences: SequenceSet) -> Labelled:
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
    labelled = Labelled.of(sequences)
    if not len(labelled.index):
        raise TrainingError(
            f"{data} holds no training clip with an action label: name the actions and prepare it "
            "again."
        )
    config = config.model_copy(update={"actions": labelled.labels})
    trainer = _Trainer(sequences, labelled, config, training)
    run = Run(
        folder,
        training.steps,
        time_limit,
        settings={
            "config": config.model_dump(mode="json"),
            "training": without_steps(training),
            "data": len(labelled.index),
        },
    )
    run.resume(trainer.parts, frozenset({"optimiser", "code_optimiser"}))
    return run.train(trainer.advance, trainer.parts, training.steps)


class _Trainer:
    def __init__(
        self,
        sequences: SequenceSet,
        labelled: Labelled,
        config: MotionInrConfig,
        training: MotionInrTraining,
    ) -> None:
        self.accelerator = Accelerator(mixed_precision=training.precision)
        sequences, strides = begun_at_strides(sequences, labelled.index, config.strides)
        self.sequences = sequences
        self.labelled = labelled
        self.training = training
        self.weights = action_balance([sequences.spans[n] for n in labelled.index.tolist()])
        self.batch = min(training.batch, len(labelled.index))
        self.epoch = -(-len(labelled.index) // self.batch)
        self.generator = torch.Generator()
        start = begin(sequences, labelled.index, labelled.actions, strides, config)
        decoder, codes = Decoder(config), MotionCodes(start, labelled.actions)
        start.set(decoder)
        device = self.accelerator.device
        self.strides = strides.to(device)
        self.decoder: Decoder = decoder.to(device)
        self.codes: MotionCodes = codes.to(device)
        linear = {id(parameter) for parameter in decoder.linear_part}
        self.optimiser = torch.optim.Adam(
            [
                {"params": [p for p in decoder.parameters() if id(p) not in linear], "share": 1.0},
                {"params": decoder.linear_part, "share": _LINEAR_RATE},
            ],
            training.rate,
            fused=True,
        )
        self.code_optimiser = torch.optim.SparseAdam(list(codes.parameters()), training.code_rate)
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "decoder": self.decoder,
            "codes": self.codes,
            "optimiser": self.optimiser,
            "code_optimiser": self.code_optimiser,
        }

    def advance(self, step: int) -> dict[str, Tensor]:
        """One step on the codes or on the decoder, in turns of an epoch."""
        on_codes = (step // self.epoch) % 2 == 0
        self.decoder.requires_grad_(not on_codes)
        self.codes.requires_grad_(on_codes)
        optimiser = self.code_optimiser if on_codes else self.optimiser
        self._set_rates(step)
        number, batch, noise = self._batch(step)
        mean, log_variance = self.codes(number)
        with self.accelerator.autocast():
            code = torch.cat([self.strides[number], draw(mean, log_variance, noise)], dim=-1)
            predicted, logits = self.decoder(batch.times, code)
        clip = slice(self.training.scattered, None)
        terms = reconstruction(predicted, logits, batch, self.decoder.row_std, clip)
        loss = torch.stack([WEIGHTS[name] * value for name, value in terms.items()]).sum()
        terms["kl"] = kl_to_standard(mean, log_variance)
        optimiser.zero_grad()
        (loss + self.training.divergence * terms["kl"]).backward()
        if not on_codes:
            nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        optimiser.step()
        return terms

    def _set_rates(self, step: int) -> None:
        progress = cosine(step, self.training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * progress * group["share"]
        self.code_optimiser.param_groups[0]["lr"] = self.training.code_rate * progress

    def _batch(self, step: int) -> tuple[Tensor, Batch, Tensor]:
        """Numbers (B,) of a step's sequences among the labelled, their frames and noise."""
        # Seeded by the step, so that a resumed run draws what an unbroken one would.
        self.generator.manual_seed(self.training.seed * 1_000_003 + step)
        number = torch.multinomial(self.weights, self.batch, generator=self.generator)
        index = self.labelled.index[number]
        scattered = self.sequences.scattered(index, self.training.scattered, self.generator)
        clip = self.sequences.clips(index, self.training.clip, self.generator)
        noise = torch.randn(self.batch, self.decoder.config.learnt, generator=self.generator)
        device = self.accelerator.device
        batch = Batch(
            rows=torch.cat([scattered.rows, clip.rows], dim=1).to(device),
            contacts=torch.cat([scattered.contacts, clip.contacts], dim=1).to(device),
            times=torch.cat([scattered.times, clip.times], dim=1).to(device),
            durations=scattered.durations.to(device),
        )
        return number.to(device), batch, noise.to(device)
