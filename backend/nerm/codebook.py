"""The codebook that times attend to: a small VQ-VAE over short pose clips, then frozen.

NeRM names the codebook but not its training. Here clips of 0.8 s at 20 fps with the same heading
are encoded by a convolutional VQ-VAE (van den Oord et al. 2017), whose entries follow the encoder
by moving averages. An entry that no clip uses is moved to a random output of the encoder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional

from ..data import features
from ..data.sequences import SequenceSet
from ..training.trainer import Trainer
from .frame_rates import resample_sequences
from .time_encoding import CodebookConfig

CLIP_FRAMES, CLIP_FPS = 16, 20.0
"""Length and frame rate of a clip; the encoder makes one codebook entry of four frames."""

_DECAY = 0.99
_COMMITMENT = 0.25
_UNUSED_BELOW = 0.1
"""Clips per step, as a moving average, below which an entry counts as unused."""


@dataclass(frozen=True)
class CodebookTraining:
    """Settings of a codebook's run; half a minute on one core."""

    steps: int = 600
    batch: int = 128
    rate: float = 1e-3
    seed: int = 0


class PoseQuantiser(nn.Module):
    """VQ-VAE: clips (B, CLIP_FRAMES, 135) to entries of the codebook, and back."""

    def __init__(self, config: CodebookConfig) -> None:
        super().__init__()
        width = config.entry_width
        self.encoder = nn.Sequential(
            nn.Conv1d(features.ROW_CHANNELS, width, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv1d(width, width, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv1d(width, width, 3, padding=1),
        )
        self.decoder = nn.Sequential(
            nn.Conv1d(width, width, 3, padding=1),
            nn.SiLU(),
            nn.ConvTranspose1d(width, width, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.ConvTranspose1d(width, features.ROW_CHANNELS, 4, stride=2, padding=1),
        )
        self.register_buffer("entries", torch.zeros(config.entries, width))
        self.register_buffer("uses", torch.zeros(config.entries))
        self.register_buffer("sums", torch.zeros(config.entries, width))
        self.entries: Tensor
        self.uses: Tensor
        self.sums: Tensor

    def forward(self, clips: Tensor, quantise: bool = True) -> tuple[Tensor, Tensor]:
        """Return decoded clips (B, CLIP_FRAMES, 135) and the encoder's distance from its entries.

        Without `quantise` the encoder's outputs are decoded as they are.
        """
        encoded = self.encoder(clips.transpose(1, 2)).transpose(1, 2)
        encoded = functional.layer_norm(encoded, encoded.shape[-1:])
        if not quantise:
            return self.decoder(encoded.transpose(1, 2)).transpose(1, 2), encoded.new_zeros(())
        flat = encoded.flatten(0, 1)
        if self.training:
            self._reset_unused_entries(flat.detach())
        nearest = torch.cdist(flat.detach(), self.entries).argmin(-1)
        if self.training:
            self._update_entries(flat.detach(), nearest)
        quantised = functional.embedding(nearest, self.entries).view_as(encoded)
        distance = (encoded - quantised).square().mean()
        # Straight-through estimator: the gradient skips the quantisation.
        passed = encoded + (quantised - encoded).detach()
        return self.decoder(passed.transpose(1, 2)).transpose(1, 2), distance

    @torch.no_grad()
    def _reset_unused_entries(self, encoded: Tensor) -> None:
        """Move unused entries, at first all, to random outputs of the encoder."""
        unused = torch.nonzero(self.uses < _UNUSED_BELOW)[:, 0]
        chosen = encoded[torch.randint(len(encoded), (len(unused),), device=encoded.device)]
        self.entries[unused] = chosen
        self.sums[unused] = chosen
        self.uses[unused] = 1.0

    @torch.no_grad()
    def _update_entries(self, encoded: Tensor, nearest: Tensor) -> None:
        """Move entries towards the mean of the outputs that chose them."""
        chosen = torch.zeros_like(self.uses).index_add_(0, nearest, torch.ones_like(encoded[:, 0]))
        added = torch.zeros_like(self.sums).index_add_(0, nearest, encoded)
        self.uses.lerp_(chosen, 1 - _DECAY)
        self.sums.lerp_(added, 1 - _DECAY)
        self.entries.copy_(self.sums / self.uses.clamp(min=1e-3)[:, None])


def train_codebook(
    sequences: SequenceSet,
    folder: Path,
    config: CodebookConfig,
    accelerator: Accelerator,
    training: CodebookTraining | None = None,
    time_limit: float | None = None,
) -> tuple[Tensor | None, float | None]:
    """Train, or continue training, a codebook in `folder`.

    It is small: of several processes each trains the same whole codebook.

    Returns:
        The entries (entries, entry_width), None if the time ran out first; and the rest of
        `time_limit`.
    """
    training = training or CodebookTraining()
    trainer = CodebookTrainer(accelerator, sequences, config, training)
    run = trainer.open_run(folder, config, len(sequences), time_limit)
    done = run.train(trainer.train_step, trainer.state, training.steps)
    return (trainer.quantiser.entries if done else None), run.time_limit


class CodebookTrainer(Trainer[CodebookTraining]):
    """Trains the VQ-VAE of pose clips."""

    warm_up = 25
    is_fixed_length = True

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: CodebookConfig,
        training: CodebookTraining,
    ) -> None:
        super().__init__(accelerator, training)
        self.sequences = resample_sequences(sequences, CLIP_FPS)
        # The same start whether or not other networks were made before.
        torch.manual_seed(training.seed)
        self.quantiser = self.add_network("quantiser", PoseQuantiser(config))
        self.add_optimiser(
            torch.optim.AdamW(self.quantiser.parameters(), training.rate), training.rate
        )
        self.mean, self.std = _clip_statistics(self.sequences)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        shape = (self.training.batch,)
        index = torch.randint(len(self.sequences), shape, generator=self.generator)
        clips = _aligned_clips(self.sequences, index, self.generator)
        clips = ((clips - self.mean) / self.std).to(self.device)
        # Chosen from the first step on, all entries would be alike: outputs must differ first.
        quantise = step >= self.training.steps // 3
        rebuilt, distance = self.quantiser(clips, quantise=quantise)
        rebuilding = functional.smooth_l1_loss(rebuilt, clips)
        loss = rebuilding + _COMMITMENT * distance
        return loss, {"rebuilding": rebuilding, "distance": distance}


def _aligned_clips(sequences: SequenceSet, index: Tensor, generator: torch.Generator) -> Tensor:
    """Return consecutive frames (B, CLIP_FRAMES, 135) whose first is at x = y = 0 and faces -Y.

    A shorter sequence repeats its last frame.
    """
    room = (sequences.frames[index] - CLIP_FRAMES).clamp(min=0)
    start = (torch.rand(len(index), generator=generator) * (room + 1)).long()
    frame = start[:, None] + torch.arange(CLIP_FRAMES)
    rows = sequences.batch_frames(
        index, torch.minimum(frame, sequences.frames[index, None] - 1)
    ).rows
    origin = rows[:, 0, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2]
    return features.align_heading(rows, features.heading(rows[:, 0]), origin)


def _clip_statistics(sequences: SequenceSet) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (135,) of clips."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(len(sequences), (2048,), generator=generator)
    rows = _aligned_clips(sequences, index, generator)
    return rows.mean((0, 1)), rows.std((0, 1)).clamp(min=0.05)
