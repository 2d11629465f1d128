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
from ..training.trainer import Trainer, TrainingSettings
from .frame_rates import resample_sequences
from .time_encoding import CodebookConfig

CLIP_FRAMES, CLIP_FPS = 16, 20.0
"""Length and frame rate of a clip; the encoder makes one codebook entry of four frames."""

_DECAY = 0.99
_COMMITMENT = 0.25
_UNUSED_BELOW = 0.1
"""Clips per step, as a moving average, below which an entry counts as unused."""


@dataclass(frozen=True)
class CodebookTraining(TrainingSettings):
    """Settings of a codebook's run; half a minute on one core."""

    steps: int = 600
    batch: int = 128


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


class CodebookTrainer(Trainer[CodebookTraining]):
    """Trains the VQ-VAE of pose clips."""

    warm_up = 25
    is_fixed_length = True

    def __init__(
        self,
        sequences: SequenceSet,
        config: CodebookConfig,
        accelerator: Accelerator,
        training: CodebookTraining | None = None,
    ) -> None:
        training = training or CodebookTraining()
        super().__init__(training, accelerator)
        self.config, self.data_size = config, len(sequences)
        self.sequences = resample_sequences(sequences, CLIP_FPS)
        # The same start whether or not other networks were made before.
        torch.manual_seed(training.seed)
        self.quantiser = self.add_network("quantiser", PoseQuantiser(config))
        self.add_optimiser(torch.optim.AdamW(self.quantiser.parameters(), training.rate))
        rows = self._sample_clips(2048, torch.Generator().manual_seed(0))
        self.mean, self.std = rows.mean((0, 1)), rows.std((0, 1)).clamp(min=0.05)

    def train_entries(
        self, folder: Path, time_limit: float | None = None
    ) -> tuple[Tensor | None, float | None]:
        """Train, or continue training, in `folder`; every process trains the same whole codebook.

        Returns:
            The entries (entries, entry_width), None if the time ran out first; and the rest of
            `time_limit`.
        """
        run = self.open_run(folder, time_limit)
        done = run.train(self.train_step, self.state, self.training.steps)
        return (self.quantiser.entries if done else None), run.time_limit

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        clips = self._sample_clips(self.training.batch, self.generator)
        clips = ((clips - self.mean) / self.std).to(self.device)
        # Chosen from the first step on, all entries would be alike: outputs must differ first.
        quantise = step >= self.training.steps // 3
        rebuilt, distance = self.quantiser(clips, quantise=quantise)
        rebuilding = functional.smooth_l1_loss(rebuilt, clips)
        loss = rebuilding + _COMMITMENT * distance
        return loss, {"rebuilding": rebuilding, "distance": distance}

    def _sample_clips(self, count: int, generator: torch.Generator) -> Tensor:
        """Return clips (B, CLIP_FRAMES, 135) of random sequences, each first at x = y = 0, facing
        -Y."""
        sequences = self.sequences
        index = torch.randint(len(sequences), (count,), generator=generator)
        room = (sequences.frames[index] - CLIP_FRAMES).clamp(min=0)
        start = (torch.rand(count, generator=generator) * (room + 1)).long()
        frame = start[:, None] + torch.arange(CLIP_FRAMES)
        # A shorter sequence repeats its last frame.
        frame = torch.minimum(frame, sequences.frames[index, None] - 1)
        rows = sequences.batch_frames(index, frame).rows
        origin = rows[:, 0, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2]
        return features.align_heading(rows, features.heading(rows[:, 0]), origin)
