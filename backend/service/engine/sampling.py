"""Drawing codes for what is wished for, and judging what they decode to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...embedding import Embedder
from ...nerm.denoiser import Condition
from ...nerm.diffusion import OnStep
from ...nerm.sampler import DEFAULT_GUIDANCE, DEFAULT_STEPS, Request, Sampler
from ...playback.ground_contact import GRID
from ...playback.layers import Layer
from ...protocol.limits import DEFAULT_ORIGINALITY
from .parallel import side_by_side
from .ranking import Candidate, Verdict, candidate_seed, judge

if TYPE_CHECKING:
    from ..schema.requests import GenerateRequest, SequenceRequest

GLIMPSE_STEP = 3
_GLIMPSE_FPS = GRID / GLIMPSE_STEP
"""A motion is judged at every third moment of the grid on which its feet are placed."""


_BATCH = 8
"""Motions that one thread draws together. Fewer cost more for each, more leave cores idle."""


@dataclass(frozen=True)
class Wish:
    """One motion to be drawn."""

    prompt: str
    action: str | None
    seconds: float
    seed: int

    @property
    def words(self) -> str | None:
        """What the motion is to be judged by."""
        return self.prompt.strip() or self.action

    def candidates(self, count: int) -> list[Wish]:
        """The same wish with the seeds of so many candidates; the first is its own."""
        return [replace(self, seed=candidate_seed(self.seed, n)) for n in range(count)]


@dataclass(frozen=True)
class Way:
    """How codes are drawn."""

    guidance: float = DEFAULT_GUIDANCE
    steps: int = DEFAULT_STEPS
    originality: float = DEFAULT_ORIGINALITY

    @classmethod
    def of(cls, request: GenerateRequest | SequenceRequest) -> Way:
        """As a request asks, or else as it is best."""
        return cls(
            DEFAULT_GUIDANCE if request.guidance is None else request.guidance,
            request.steps or DEFAULT_STEPS,
            DEFAULT_ORIGINALITY if request.originality is None else request.originality,
        )


class Drawer:
    """A sampler, and an embedder that judges what it draws."""

    def __init__(self, sampler: Sampler, embedder: Embedder | None) -> None:
        self.sampler = sampler
        self.embedder = embedder

    def draw(
        self, wishes: Sequence[Wish], way: Way, on_step: OnStep, timings: dict[str, float]
    ) -> Tensor:
        """Codes (W, latent), drawn as one batch."""
        begun = time.perf_counter()
        asked = [(wish.prompt, wish.action, wish.seconds) for wish in wishes]
        # Words are read once, however many motions are drawn of them.
        different = list(dict.fromkeys(asked))
        condition = self.sampler.condition([Request(*each, 0) for each in different])
        read = time.perf_counter()
        places = torch.tensor([different.index(each) for each in asked])
        seeds = [wish.seed for wish in wishes]
        codes = self._draw_batches(condition, places, seeds, way, on_step)
        _add(timings, "text", read - begun)
        _add(timings, "diffusion", time.perf_counter() - read)
        return codes

    def _draw_batches(
        self,
        condition: Condition,
        places: Tensor,
        seeds: Sequence[int],
        way: Way,
        on_step: OnStep,
    ) -> Tensor:
        """Codes (W, latent), of which wish w has the condition ``places[w]``.

        On a CPU, batches of a fixed size run side by side: a motion does not depend on the number
        of cores.
        """
        device = self.sampler.device
        size = _BATCH if device.type == "cpu" else len(places)
        batches = list(zip(places.split(size), _parts(seeds, size), strict=True))
        steps_done, lock = 0, Lock()

        def count_step(_: int) -> None:
            nonlocal steps_done
            with lock:
                on_step(steps_done // len(batches))
                steps_done += 1

        def draw(batch: tuple[Tensor, Sequence[int]]) -> Tensor:
            rows, own_seeds = batch
            return self.sampler.draw(
                condition.part(rows.to(device)),
                own_seeds,
                way.guidance,
                way.steps,
                count_step,
                way.originality,
            )

        return torch.cat(list(side_by_side(draw, batches)))

    def glimpse(self, code: Tensor, seconds: float, over: Sequence[Layer] = ()) -> Candidate:
        """A motion at the low rate at which it is judged."""
        times = np.arange(glimpses(seconds)) / _GLIMPSE_FPS
        rows, touching = self.sampler.decode(code, seconds, times, over)
        return Candidate(rows, touching, torch.from_numpy(times).float())

    def judge(
        self, seen: Sequence[Candidate], words: str | None, timings: dict[str, float]
    ) -> list[Verdict]:
        """A verdict on each motion; all alike where there is no embedder."""
        if self.embedder is None:
            return [Verdict()] * len(seen)
        begun = time.perf_counter()
        verdicts = judge(self.embedder, seen, words)
        _add(timings, "score", time.perf_counter() - begun)
        return verdicts


def glimpses(seconds: float) -> int:
    """At how many moments a motion is judged."""
    return max(round(seconds * _GLIMPSE_FPS), 2)


def _parts(seeds: Sequence[int], size: int) -> list[Sequence[int]]:
    return [seeds[first : first + size] for first in range(0, len(seeds), size)]


def _add(timings: dict[str, float], what: str, seconds: float) -> None:
    timings[what] = timings.get(what, 0.0) + seconds
