"""Sampling of latents as one batch, and decoding of motions at a low rate to score them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...embedding.embedder import Embedder
from ...nerm.diffusion import StepCallback
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionDescription, NermSampler
from ...playback.clip import BodyPartLayer
from ...playback.ground_contact import GRID_FPS
from ...protocol.generation_fields import ORIGINALITY
from .devices import parallel_map
from .ranking import CandidateMotion, CandidateScore, candidate_seed, score_candidates

if TYPE_CHECKING:
    from ..schema.requests import GenerateRequest, SequenceRequest

SCORING_STEP = 3
"""Motions are scored at every third moment of the grid of ground contacts."""
_SCORING_FPS = GRID_FPS / SCORING_STEP
_BATCH_SIZE = 8
"""Motions that one thread samples together: fewer cost more each, more leave cores idle."""


class Timings(dict[str, float]):
    """Seconds spent on each stage of a job."""

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the seconds spent in a ``with`` block to a stage."""
        start = time.perf_counter()
        yield
        self[stage] = self.get(stage, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class SampleSpec:
    """One motion to sample."""

    prompt: str
    action: str | None
    seconds: float
    seed: int

    @property
    def scoring_text(self) -> str | None:
        """Text that the motion has to match."""
        return self.prompt.strip() or self.action

    def with_candidate_seeds(self, count: int) -> list[SampleSpec]:
        """Return the spec with the seeds of `count` candidates; the first keeps its seed."""
        return [replace(self, seed=candidate_seed(self.seed, n)) for n in range(count)]


@dataclass(frozen=True)
class SamplingParams:
    """Parameters of diffusion sampling; takes store them by these names."""

    guidance: float = DEFAULT_GUIDANCE_SCALE
    steps: int = DEFAULT_STEPS
    originality: float = ORIGINALITY.default

    @classmethod
    def from_request(cls, request: GenerateRequest | SequenceRequest) -> SamplingParams:
        names = ("guidance", "steps", "originality")
        values = {name: getattr(request, name) for name in names}
        return cls(**{name: value for name, value in values.items() if value is not None})


class CandidateSampler:
    """NeRM's sampler, with the embedder that scores its motions."""

    def __init__(self, sampler: NermSampler, embedder: Embedder | None) -> None:
        self.sampler = sampler
        self.embedder = embedder

    def sample_latents(
        self,
        specs: Sequence[SampleSpec],
        params: SamplingParams,
        on_step: StepCallback,
        timings: Timings,
    ) -> Tensor:
        """Sample a latent for each of N specs, as one batch (N, latent).

        On a CPU, batches of a fixed size run in parallel, so that a motion does not depend on the
        number of cores.
        """
        texts = [MotionDescription(spec.prompt, spec.action, spec.seconds) for spec in specs]
        # Each text is encoded once, however many motions are sampled from it.
        different = list(dict.fromkeys(texts))
        with timings.measure("text"):
            condition = self.sampler.condition(different)
        indices = torch.tensor([different.index(text) for text in texts])
        device = self.sampler.device
        size = _BATCH_SIZE if device.type == "cpu" else len(specs)
        batches = [slice(n, n + size) for n in range(0, len(specs), size)]
        steps_done, lock = 0, Lock()

        def count_step(_: int) -> None:
            nonlocal steps_done
            with lock:
                on_step(steps_done // len(batches))
                steps_done += 1

        def sample_batch(batch: slice) -> Tensor:
            return self.sampler.sample_codes(
                condition.select(indices[batch].to(device)),
                [spec.seed for spec in specs[batch]],
                params.guidance,
                params.steps,
                count_step,
                params.originality,
            )

        with timings.measure("diffusion"):
            return torch.cat(list(parallel_map(sample_batch, batches)))

    def decode_for_scoring(
        self, code: Tensor, seconds: float, layers: Sequence[BodyPartLayer] = ()
    ) -> CandidateMotion:
        """Decode a motion at the low rate at which motions are scored."""
        times = np.arange(scoring_frame_count(seconds)) / _SCORING_FPS
        rows, contacts = self.sampler.decode_rows(code, seconds, times, layers)
        return CandidateMotion(rows, contacts, torch.from_numpy(times).float())

    def score_motions(
        self, motions: Sequence[CandidateMotion], text: str | None, timings: Timings
    ) -> list[CandidateScore]:
        """Score motions against a text; without an embedder all are equal."""
        if self.embedder is None:
            return [CandidateScore()] * len(motions)
        with timings.measure("score"):
            return score_candidates(self.embedder, motions, text)


def scoring_frame_count(seconds: float) -> int:
    """Return the number of moments at which a motion is scored."""
    return max(round(seconds * _SCORING_FPS), 2)
