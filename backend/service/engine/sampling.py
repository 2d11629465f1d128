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
from ...nerm.diffusion import StepCallback
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionRequest, NermSampler
from ...playback.ground_contact import GRID_FPS
from ...playback.layers import BodyPartLayer
from ...protocol.limits import DEFAULT_ORIGINALITY
from .parallel import parallel_map
from .ranking import CandidateMotion, CandidateScore, candidate_seed, score_candidates

if TYPE_CHECKING:
    from ..schema.requests import GenerateRequest, SequenceRequest

SCORING_STEP = 3
_SCORING_FPS = GRID_FPS / SCORING_STEP
"""A motion is judged at every third moment of the grid on which its feet are placed."""


_BATCH = 8
"""Motions that one thread draws together. Fewer cost more for each, more leave cores idle."""


@dataclass(frozen=True)
class SampleSpec:
    """One motion to be drawn."""

    prompt: str
    action: str | None
    seconds: float
    seed: int

    @property
    def scoring_text(self) -> str | None:
        """What the motion is to be judged by."""
        return self.prompt.strip() or self.action

    def with_candidate_seeds(self, count: int) -> list[SampleSpec]:
        """The same wish with the seeds of so many candidates; the first is its own."""
        return [replace(self, seed=candidate_seed(self.seed, n)) for n in range(count)]


@dataclass(frozen=True)
class SamplingParams:
    """How codes are drawn."""

    guidance: float = DEFAULT_GUIDANCE_SCALE
    steps: int = DEFAULT_STEPS
    originality: float = DEFAULT_ORIGINALITY

    @classmethod
    def from_request(cls, request: GenerateRequest | SequenceRequest) -> SamplingParams:
        """As a request asks, or else as it is best."""
        return cls(
            DEFAULT_GUIDANCE_SCALE if request.guidance is None else request.guidance,
            request.steps or DEFAULT_STEPS,
            DEFAULT_ORIGINALITY if request.originality is None else request.originality,
        )


class CandidateSampler:
    """A sampler, and an embedder that judges what it draws."""

    def __init__(self, sampler: NermSampler, embedder: Embedder | None) -> None:
        self.sampler = sampler
        self.embedder = embedder

    def sample_latents(
        self,
        specs: Sequence[SampleSpec],
        params: SamplingParams,
        on_step: StepCallback,
        timings: dict[str, float],
    ) -> Tensor:
        """Codes (W, latent), drawn as one batch."""
        begun = time.perf_counter()
        asked = [(wish.prompt, wish.action, wish.seconds) for wish in specs]
        # Words are read once, however many motions are drawn of them.
        different = list(dict.fromkeys(asked))
        condition = self.sampler.condition([MotionRequest(*each, 0) for each in different])
        read = time.perf_counter()
        places = torch.tensor([different.index(each) for each in asked])
        seeds = [wish.seed for wish in specs]
        codes = self._sample_batches(condition, places, seeds, params, on_step)
        _add_timing(timings, "text", read - begun)
        _add_timing(timings, "diffusion", time.perf_counter() - read)
        return codes

    def _sample_batches(
        self,
        condition: Condition,
        spec_indices: Tensor,
        seeds: Sequence[int],
        params: SamplingParams,
        on_step: StepCallback,
    ) -> Tensor:
        """Codes (W, latent), of which wish w has the condition ``places[w]``.

        On a CPU, batches of a fixed size run side by side: a motion does not depend on the number
        of cores.
        """
        device = self.sampler.device
        size = _BATCH if device.type == "cpu" else len(spec_indices)
        batches = list(zip(spec_indices.split(size), _split_seeds(seeds, size), strict=True))
        steps_done, lock = 0, Lock()

        def count_step(_: int) -> None:
            nonlocal steps_done
            with lock:
                on_step(steps_done // len(batches))
                steps_done += 1

        def draw(batch: tuple[Tensor, Sequence[int]]) -> Tensor:
            rows, own_seeds = batch
            return self.sampler.sample_codes(
                condition.select(rows.to(device)),
                own_seeds,
                params.guidance,
                params.steps,
                count_step,
                params.originality,
            )

        return torch.cat(list(parallel_map(draw, batches)))

    def decode_for_scoring(
        self, code: Tensor, seconds: float, layers: Sequence[BodyPartLayer] = ()
    ) -> CandidateMotion:
        """A motion at the low rate at which it is judged."""
        times = np.arange(scoring_frame_count(seconds)) / _SCORING_FPS
        rows, touching = self.sampler.decode_rows(code, seconds, times, layers)
        return CandidateMotion(rows, touching, torch.from_numpy(times).float())

    def score_motions(
        self, motions: Sequence[CandidateMotion], text: str | None, timings: dict[str, float]
    ) -> list[CandidateScore]:
        """A verdict on each motion; all alike where there is no embedder."""
        if self.embedder is None:
            return [CandidateScore()] * len(motions)
        begun = time.perf_counter()
        verdicts = score_candidates(self.embedder, motions, text)
        _add_timing(timings, "score", time.perf_counter() - begun)
        return verdicts


def scoring_frame_count(seconds: float) -> int:
    """At how many moments a motion is judged."""
    return max(round(seconds * _SCORING_FPS), 2)


def _split_seeds(seeds: Sequence[int], size: int) -> list[Sequence[int]]:
    return [seeds[first : first + size] for first in range(0, len(seeds), size)]


def _add_timing(timings: dict[str, float], stage: str, seconds: float) -> None:
    timings[stage] = timings.get(stage, 0.0) + seconds
