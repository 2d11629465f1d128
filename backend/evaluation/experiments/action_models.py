"""MotionINR and its rival as the measures of action-to-motion see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...baselines.actor import ActorSampler
from ...baselines.frames import FPS
from ...embedding import take_rows
from ...motioninr.sampler import Sampler
from .evaluated_motions import DRAWN_AT_ONCE, Motion


@dataclass(frozen=True)
class MotionInrGenerator:
    """MotionINR as users get it: with feet held where they stand."""

    name: str
    sampler: Sampler
    fps: float
    """Frames per second of what it generates."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.actions

    def generate(
        self, actions: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Motion]:
        """See `ActionGenerator`."""
        made = []
        for action, length, seed in zip(actions, seconds, seeds, strict=True):
            take = self.sampler.take(action, length, self.fps, seed)
            made.append(Motion(take_rows(take), torch.from_numpy(take.times).float()))
        return made


@dataclass(frozen=True)
class ActorGenerator:
    """The ACTOR-like rival, at 20 fps."""

    name: str
    sampler: ActorSampler

    @property
    def actions(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.actions

    def generate(
        self, actions: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Motion]:
        """See `ActionGenerator`."""
        made: list[Motion] = []
        for start in range(0, len(actions), DRAWN_AT_ONCE):
            part = slice(start, start + DRAWN_AT_ONCE)
            rows = self.sampler.draw(actions[part], seconds[part], seeds[part])
            made += [Motion(one, torch.arange(len(one)) / FPS) for one in rows]
        return made
