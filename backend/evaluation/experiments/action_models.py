"""MotionINR and its rival as the measures of action-to-motion see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...baselines.actor import ActorSampler
from ...baselines.frames import BASELINE_FPS
from ...embedding import pose_rows_of_take
from ...motioninr.sampler import MotionInrSampler
from .evaluated_motions import SAMPLING_BATCH, EvaluatedMotion


@dataclass(frozen=True)
class MotionInrGenerator:
    """MotionINR as users get it: with feet held where they stand."""

    name: str
    sampler: MotionInrSampler
    fps: float
    """Frames per second of what it generates."""

    @property
    def known_labels(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.known_labels

    def generate_from_labels(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[EvaluatedMotion]:
        """See `ActionGenerator`."""
        made = []
        for action, length, seed in zip(labels, seconds, seeds, strict=True):
            take = self.sampler.take(action, length, self.fps, seed)
            made.append(
                EvaluatedMotion(pose_rows_of_take(take), torch.from_numpy(take.times).float())
            )
        return made


@dataclass(frozen=True)
class ActorGenerator:
    """The ACTOR-like rival, at 20 fps."""

    name: str
    sampler: ActorSampler

    @property
    def known_labels(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.action_labels

    def generate_from_labels(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[EvaluatedMotion]:
        """See `ActionGenerator`."""
        made: list[EvaluatedMotion] = []
        for start in range(0, len(labels), SAMPLING_BATCH):
            part = slice(start, start + SAMPLING_BATCH)
            rows = self.sampler.sample_motions(labels[part], seconds[part], seeds[part])
            made += [EvaluatedMotion(one, torch.arange(len(one)) / BASELINE_FPS) for one in rows]
        return made
