"""Training of the embedder: matching pairs together, and what captions leave unsaid.

Two losses. Sequences and captions are matched by InfoNCE as in TMR (Petrovich et al., ICCV 2023),
at temperature 0.1 and without false negatives. Captions say nothing of how a half-second clip
moves, though; so a linear head must also read from each embedding the mean and spread of every
frame feature of what was shown, of trembling and sliding motion too. Else a Fréchet distance
between short clips would be blind to what the captions do not mention.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..training.run import TrainingError
from ..training.trainer import Trainer, start_accelerator
from . import frame_features
from .augmentation import ViewSampler, corrupt_motion
from .captions import CaptionTable
from .encoders import EmbedderConfig, MotionEncoder, PromptEncoder

TEMPERATURE = 0.1

_UNRELATED = 16
_TOKEN_DROPOUT = 0.1
"""Share of text tokens that are not shown, so that no caption is learnt by heart."""
_LONG_FRAMES, _SHORT_FRAMES = (14, 34), (6, 20)
_MOMENTS_WEIGHT = 1.0


@dataclass(frozen=True)
class EmbedderTraining:
    """Settings of a run."""

    steps: int = 2400
    batch: int = 64
    """Pairs in a step; a quarter are the mirrored twins of others, which differ in sides alone."""
    clips: int = 32
    rate: float = 1e-3
    seed: int = 0


def train_embedder(
    data: Path,
    folder: Path,
    training: EmbedderTraining,
    config: EmbedderConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder` on the prepared file's training split.

    Returns True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if no training sequence has a caption, or the folder holds another run.
    """
    accelerator = start_accelerator(training.seed, "bf16")
    sequences = SequenceSet(load_motion_set(data))
    if not any(span.texts for span in sequences.spans):
        raise TrainingError(f"{data} has no captioned training motion to learn from.")
    config = config or EmbedderConfig()
    trainer = EmbedderTrainer(accelerator, sequences, config, training)
    return trainer.run(folder, config, len(sequences), time_limit)


class EmbedderTrainer(Trainer[EmbedderTraining]):
    """Trains the text and motion encoders."""

    warm_up = 100
    seed_stride = 64

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: EmbedderConfig,
        training: EmbedderTraining,
    ) -> None:
        super().__init__(accelerator, training)
        self.sequences = sequences
        self.viewer = ViewSampler(sequences)
        self.captions = CaptionTable(sequences.spans)
        captioned = torch.tensor([bool(span.texts) for span in sequences.spans])
        self.weights = action_balance_weights(sequences.spans) * captioned
        self.motion = self.add_network("motion", MotionEncoder(config))
        self.prompt = self.add_network("prompt", PromptEncoder(config))
        self.moments = self.add_network(
            "moments", nn.Linear(config.dimensions, 2 * frame_features.FRAME_WIDTH)
        )
        self._measure_features()
        self.add_adamw(self.motion, self.prompt, self.moments, weight_decay=0.02)

    def step_seed(self, step: int) -> int:
        """Seed of a step; each process has pairs of its own."""
        return super().step_seed(step) + self.accelerator.process_index

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        seed = self.step_seed(step)
        torch.manual_seed(seed)
        rng = random.Random(seed)  # noqa: S311
        for network in (self.motion, self.prompt, self.moments):
            network.train()
        with self.mixed_precision():
            match, pair_moments = self._pairs(rng)
            moments = pair_moments + self._clips(rng)
        return match + _MOMENTS_WEIGHT * moments, {"match": match, "moments": moments}

    def _pairs(self, chance: random.Random) -> tuple[Tensor, Tensor]:
        """InfoNCE of sequences and captions, and the sequences' moments."""
        index, picks = self._draw_pairs(chance)
        view = self.viewer.sample_long_view(index, self.generator)
        most = chance.randint(*_LONG_FRAMES)
        motion, moments = self._embedded(self.viewer.render_view(index, view, most))
        tokens, mask = self.captions.sample_tokens(picks, chance)
        hidden = torch.rand(mask.shape, generator=self.generator) < _TOKEN_DROPOUT
        words = self._spoken(tokens, mask & ~hidden)
        never = self._spoken(*self.captions.sample_unrelated(_UNRELATED, chance))
        wrong = ~self._false_negatives(index, torch.tensor(picks)).to(motion.device)
        logits = motion @ words.T / TEMPERATURE
        logits = logits.masked_fill(~wrong, float("-inf"))
        target = torch.arange(len(index), device=motion.device)
        to_text = torch.cat([logits, motion @ never.T / TEMPERATURE], dim=1)
        loss = nn.functional.cross_entropy(to_text, target)
        return 0.5 * (loss + nn.functional.cross_entropy(logits.T, target)), moments

    def _clips(self, chance: random.Random) -> Tensor:
        """The moments of short clips, every second one broken."""
        count = min(self.training.clips, len(self.weights))
        index = torch.randint(len(self.weights), (count,), generator=self.generator)
        view = self.viewer.sample_short_view(index, self.generator)
        clean = self.viewer.render_view(index, view, chance.randint(*_SHORT_FRAMES))
        spoilt = corrupt_motion(clean, self.generator)
        odd = (torch.arange(count) % 2 == 1)[:, None, None]
        mixed = frame_features.FrameNeighbourhoods(
            torch.where(odd, spoilt.rows, clean.rows),
            torch.where(odd[..., None, None], spoilt.joints, clean.joints),
            clean.times,
            clean.mask,
        )
        return self._embedded(mixed)[1]

    def _draw_pairs(self, chance: random.Random) -> tuple[Tensor, list[int]]:
        """Sequences (B,) and one caption of each; the last are mirrored twins."""
        count = min(self.training.batch, int((self.weights > 0).sum()))
        twins = count // 4
        index = torch.multinomial(self.weights, count - twins, generator=self.generator)
        own = [self.captions.sequence_captions(i) for i in index.tolist()]
        places = [chance.randrange(len(numbers)) for numbers in own]
        picks = [numbers[place] for numbers, place in zip(own, places, strict=True)]
        # Those whose caption names a side come first: of the others, twins are no wrong answers.
        sided = sorted(range(len(picks)), key=lambda n: not self.captions.mentions_side(picks[n]))
        half = len(self.weights) // 2
        for n in sided[:twins]:
            twin = (int(index[n]) + half) % (2 * half)
            index = torch.cat([index, torch.tensor([twin])])
            picks.append(self.captions.sequence_captions(twin)[places[n]])
        return index, picks

    def _false_negatives(self, index: Tensor, picks: Tensor) -> Tensor:
        """(B, B) bool: pairs of a motion and another's caption that may fit as well."""
        own = self.sequences
        start, end = own.first[index], own.first[index] + own.frames[index]
        overlap = (start[:, None] < end) & (start < end[:, None])
        # A twin whose caption names another side is what sides are learnt from.
        mirrored = own.is_mirrored[index]
        twin = overlap & (mirrored[:, None] != mirrored)
        same = self.captions.same_meaning(picks)
        return (same | (overlap & ~twin)) & ~torch.eye(len(index), dtype=torch.bool)

    def _embedded(self, batch: frame_features.FrameNeighbourhoods) -> tuple[Tensor, Tensor]:
        """Unit vectors (B, D), and how badly the frames' moments are read from them."""
        features = self.motion.normalize_features(
            frame_features.frame_features(batch).to(self.device)
        )
        mask = batch.mask.to(features.device)
        embedding = self.motion(features, batch.times[..., 1].to(features.device), mask)
        known = mask[..., None].float()
        count = known.sum(1)
        mean = (features * known).sum(1) / count
        spread = (((features - mean[:, None]) ** 2 * known).sum(1) / count).sqrt()
        target = torch.cat([mean, spread], dim=-1)
        # From a unit vector the head must reach values of about one.
        told = self.moments(embedding * embedding.shape[-1] ** 0.5)
        error = nn.functional.smooth_l1_loss(told.float(), target, reduction="none")
        # Each kind of feature counts the same, however many numbers it has.
        parts = error.unflatten(1, (2, -1)).split(frame_features.FEATURE_SIZES, dim=-1)
        return embedding, torch.stack([part.mean() for part in parts]).mean()

    def _spoken(self, tokens: Tensor, mask: Tensor) -> Tensor:
        device = self.device
        return self.prompt(tokens.to(device), mask.to(device))

    @torch.no_grad()
    def _measure_features(self) -> None:
        """Mean and spread of frame features over (at most) 512 training sequences."""
        count = min(512, len(self.sequences))
        generator = torch.Generator().manual_seed(0)
        index = torch.randperm(len(self.sequences), generator=generator)[:count]
        batch = self.viewer.render_view(index, self.viewer.sample_long_view(index, generator), 32)
        features = frame_features.frame_features(batch)[batch.mask]
        self.motion.feature_mean.copy_(features.mean(0))
        self.motion.feature_std.copy_(features.std(0).clamp(min=0.02))
