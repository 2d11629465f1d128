"""Training of the embedder with two losses.

InfoNCE matches sequences and captions as in TMR (Petrovich et al., ICCV 2023), at temperature 0.1
and without false negatives. Captions do not describe short clips, though. So a linear head also has
to predict the mean and standard deviation of all frame features from each embedding, for jittering
and sliding motion too. Otherwise a Fréchet distance of short clips would miss such differences.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from ..training.run import TrainingError
from ..training.trainer import Trainer, TrainingSettings, sampling_weights
from . import frame_features
from .augmentation import ViewSampler, corrupt_motion
from .captions import CaptionTable
from .encoders import EmbedderConfig, MotionEncoder, PromptEncoder

TEMPERATURE = 0.1

_UNRELATED = 16
"""Unrelated prompts in a step."""
_TOKEN_DROPOUT = 0.1
"""Fraction of text tokens that are masked, so that captions are not memorized."""
_LONG_FRAMES, _SHORT_FRAMES = (14, 34), (6, 20)
"""Range of the number of frames of long and short views."""
_MOMENTS_WEIGHT = 1.0


@dataclass(frozen=True)
class EmbedderTraining(TrainingSettings):
    """Settings of a run."""

    steps: int = 2400
    batch: int = 64
    """Pairs in a step; a quarter are the mirrored twins of others, which differ only in sides."""
    clips: int = 32
    """Short clips in a step."""
    authored_fraction: float | None = None
    """Fraction of the pairs that is authored motion, on average; None for that of the data."""


class EmbedderTrainer(Trainer[EmbedderTraining]):
    """Trains the text and motion encoders."""

    warm_up = 100
    seed_stride = 64

    def __init__(
        self, data: Path, training: EmbedderTraining, config: EmbedderConfig | None = None
    ) -> None:
        """Load the data.

        Raises:
            MotionSetError: `data` is not a prepared file.
            TrainingError: no training sequence has a caption.
        """
        super().__init__(training)
        self.config = config = config or EmbedderConfig()
        self.sequences = sequences = SequenceSet(load_motion_set(data))
        if not any(span.texts for span in sequences.spans):
            raise TrainingError(f"{data} must have training motions with captions, but has none.")
        self.data_size = len(sequences)
        self.views = ViewSampler(sequences)
        self.captions = CaptionTable(sequences.spans)
        self.weights = sampling_weights(sequences.spans, training.authored_fraction, captioned=True)
        self.motion = self.add_network("motion", MotionEncoder(config))
        self.prompt = self.add_network("prompt", PromptEncoder(config))
        self.moments = self.add_network(
            "moments", nn.Linear(config.dimensions, 2 * frame_features.FRAME_WIDTH)
        )
        self._measure_features()
        self.add_adamw(self.motion, self.prompt, self.moments, weight_decay=0.02)

    def step_seed(self, step: int) -> int:
        """Return the seed of a step, another one in each process."""
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

    def _pairs(self, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return the InfoNCE loss of sequences and captions, and the moment loss of sequences."""
        index, captions = self._sample_pairs(rng)
        view = self.views.sample_long_view(index, self.generator)
        max_frames = rng.randint(*_LONG_FRAMES)
        motion, moments = self._embed(self.views.render_view(index, view, max_frames))
        tokens, mask = self.captions.sample_tokens(captions, rng)
        is_dropped = torch.rand(mask.shape, generator=self.generator) < _TOKEN_DROPOUT
        prompts = self._embed_prompts(tokens, mask & ~is_dropped)
        unrelated = self._embed_prompts(*self.captions.sample_unrelated(_UNRELATED, rng))
        is_negative = ~self._false_negatives(index, torch.tensor(captions)).to(motion.device)
        logits = motion @ prompts.T / TEMPERATURE
        logits = logits.masked_fill(~is_negative, float("-inf"))
        target = torch.arange(len(index), device=motion.device)
        to_text = torch.cat([logits, motion @ unrelated.T / TEMPERATURE], dim=1)
        loss = nn.functional.cross_entropy(to_text, target)
        return 0.5 * (loss + nn.functional.cross_entropy(logits.T, target)), moments

    def _clips(self, rng: random.Random) -> Tensor:
        """Return the moment loss of short clips, every second one corrupted."""
        count = min(self.training.clips, len(self.weights))
        index = torch.randint(len(self.weights), (count,), generator=self.generator)
        view = self.views.sample_short_view(index, self.generator)
        clean = self.views.render_view(index, view, rng.randint(*_SHORT_FRAMES))
        corrupted = corrupt_motion(clean, self.generator)
        odd = (torch.arange(count) % 2 == 1)[:, None, None]
        mixed = frame_features.FrameNeighbourhoods(
            torch.where(odd, corrupted.rows, clean.rows),
            torch.where(odd[..., None, None], corrupted.joints, clean.joints),
            clean.times,
            clean.mask,
        )
        return self._embed(mixed)[1]

    def _sample_pairs(self, rng: random.Random) -> tuple[Tensor, list[int]]:
        """Return sequences (B,) and one caption of each; the last ones are mirrored twins."""
        count = min(self.training.batch, int((self.weights > 0).sum()))
        twins = count // 4
        index = torch.multinomial(self.weights, count - twins, generator=self.generator)
        numbers = [self.captions.sequence_captions[i] for i in index.tolist()]
        positions = [rng.randrange(len(captions)) for captions in numbers]
        picks = [captions[n] for captions, n in zip(numbers, positions, strict=True)]
        # Captions that name a side come first: for the others, twins are no negatives.
        sided = sorted(range(len(picks)), key=lambda n: not self.captions.mentions_side(picks[n]))
        half = len(self.weights) // 2
        for n in sided[:twins]:
            twin = (int(index[n]) + half) % (2 * half)
            index = torch.cat([index, torch.tensor([twin])])
            picks.append(self.captions.sequence_captions[twin][positions[n]])
        return index, picks

    def _false_negatives(self, index: Tensor, captions: Tensor) -> Tensor:
        """Return (B, B) bool: pairs of a motion and another one's caption that fits as well."""
        sequences = self.sequences
        start = sequences.first[index]
        end = start + sequences.frames[index]
        overlap = (start[:, None] < end) & (start < end[:, None])
        # Twins are true negatives: sides are learnt from them.
        mirrored = sequences.is_mirrored[index]
        twin = overlap & (mirrored[:, None] != mirrored)
        same = self.captions.same_meaning(captions)
        return (same | (overlap & ~twin)) & ~torch.eye(len(index), dtype=torch.bool)

    def _embed(self, batch: frame_features.FrameNeighbourhoods) -> tuple[Tensor, Tensor]:
        """Return unit vectors (B, D), and the error of the moments predicted from them."""
        features = frame_features.frame_features(batch).to(self.device)
        features = self.motion.normalize_features(features)
        mask = batch.mask.to(features.device)
        embedding = self.motion(features, batch.times[..., 1].to(features.device), mask)
        known = mask[..., None].float()
        count = known.sum(1)
        mean = (features * known).sum(1) / count
        std = (((features - mean[:, None]) ** 2 * known).sum(1) / count).sqrt()
        target = torch.cat([mean, std], dim=-1)
        # Scaled, so that the numbers of a unit vector are about 1.
        predicted = self.moments(embedding * embedding.shape[-1] ** 0.5)
        error = nn.functional.smooth_l1_loss(predicted.float(), target, reduction="none")
        # Every kind of feature has the same weight, whatever its size.
        parts = error.unflatten(1, (2, -1)).split(frame_features.FEATURE_SIZES, dim=-1)
        return embedding, torch.stack([part.mean() for part in parts]).mean()

    def _embed_prompts(self, tokens: Tensor, mask: Tensor) -> Tensor:
        return self.prompt(tokens.to(self.device), mask.to(self.device))

    @torch.no_grad()
    def _measure_features(self) -> None:
        """Set mean and standard deviation of frame features, from at most 512 sequences."""
        count = min(512, len(self.sequences))
        generator = torch.Generator().manual_seed(0)
        index = torch.randperm(len(self.sequences), generator=generator)[:count]
        batch = self.views.render_view(index, self.views.sample_long_view(index, generator), 32)
        features = frame_features.frame_features(batch)[batch.mask]
        self.motion.feature_mean.copy_(features.mean(0))
        self.motion.feature_std.copy_(features.std(0).clamp(min=0.02))
