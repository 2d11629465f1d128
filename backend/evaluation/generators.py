"""Motions under evaluation, and models behind one interface that generates them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from ..baselines.actor import ActorSampler
from ..baselines.frames import BASELINE_FPS
from ..data.sequences import SequenceSet
from ..embedding.embedder import Embedder, pose_rows_of_take
from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..motioninr.sampler import MotionInrSampler
from ..nerm.sampler import MotionRequest, NermSampler
from ..protocol.generation_fields import ORIGINALITY

SAMPLING_BATCH = 64
"""Motions in one batch of denoising."""

_Item = TypeVar("_Item")


class EvaluationError(ValueError):
    """Evaluation that is impossible; the text is a sentence for the user."""


@dataclass(frozen=True)
class EvaluatedMotion:
    """Real or generated motion as the metrics read it."""

    rows: Tensor
    """(T, 135) pose rows, Z up."""
    times: Tensor
    """(T,) seconds, increasing."""

    @classmethod
    def from_take(cls, take: Take) -> EvaluatedMotion:
        return cls(pose_rows_of_take(take), torch.from_numpy(take.times).float())


class MotionGenerator(Protocol):
    """Any model that generates motions from requests."""

    @property
    def name(self) -> str:
        """Name of the model in a table."""
        ...

    @property
    def known_labels(self) -> tuple[str, ...]:
        """Labels that the model was trained on."""
        ...

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        """Generate one motion for each request, repeatably."""
        ...


@dataclass(frozen=True)
class NermGenerator:
    """NeRM as users get it, with foot lock."""

    name: str
    sampler: NermSampler
    fps: float
    """Frame rate of the generated motions."""
    guidance: float
    steps: int
    """Denoising steps."""
    originality: float = ORIGINALITY.default
    """1 switches retrieval off (see `backend.nerm.retrieval`)."""
    batch: int = SAMPLING_BATCH

    @property
    def known_labels(self) -> tuple[str, ...]:
        return self.sampler.action_labels

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        return [
            EvaluatedMotion.from_take(self.sampler.decode_take(code, request.seconds, self.fps))
            for code, request in sample_codes(
                self.sampler,
                requests,
                self.batch,
                guidance_scale=self.guidance,
                steps=self.steps,
                originality=self.originality,
            )
        ]


@dataclass(frozen=True)
class MotionInrGenerator:
    """MotionINR as users get it, with foot lock; every request has a label."""

    name: str
    sampler: MotionInrSampler
    fps: float
    """Frame rate of the generated motions."""

    @property
    def known_labels(self) -> tuple[str, ...]:
        return self.sampler.known_labels

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        takes = (
            self.sampler.sample_take(r.label or "", r.seconds, self.fps, r.seed) for r in requests
        )
        return [EvaluatedMotion.from_take(take) for take in takes]


@dataclass(frozen=True)
class ActorGenerator:
    """ACTOR-like baseline at 20 fps; every request has a label."""

    name: str
    sampler: ActorSampler

    @property
    def known_labels(self) -> tuple[str, ...]:
        return self.sampler.action_labels

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        motions: list[EvaluatedMotion] = []
        for batch in batches(requests, SAMPLING_BATCH):
            labels = [r.label or "" for r in batch]
            seconds, seeds = [r.seconds for r in batch], [r.seed for r in batch]
            rows = self.sampler.sample_motions(labels, seconds, seeds)
            motions += [EvaluatedMotion(r, torch.arange(len(r)) / BASELINE_FPS) for r in rows]
        return motions


def batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def sample_codes(
    sampler: NermSampler,
    requests: Sequence[MotionRequest],
    batch_size: int = SAMPLING_BATCH,
    **options: Any,
) -> Iterator[tuple[Tensor, MotionRequest]]:
    """Sample a code for each request, from its own seed; `options` are of `sample_codes`."""
    for batch in batches(requests, batch_size):
        seeds = [request.seed for request in batch]
        codes = sampler.sample_codes(sampler.condition(batch), seeds, **options)
        yield from zip(codes, batch, strict=True)


def real_motion(sequences: SequenceSet, index: int, fps: float | None = None) -> EvaluatedMotion:
    """Read a sequence at its native rate, or at the whole fraction of it nearest to `fps`."""
    native = float(sequences.fps[index])
    stride = 1 if fps is None else max(round(native / fps), 1)
    frames = torch.arange(0, int(sequences.frames[index]), stride)[None]
    batch = sequences.batch_frames(torch.tensor([index]), frames)
    return EvaluatedMotion(batch.rows[0], batch.times[0])


def embed_motions(embedder: Embedder, motions: Sequence[EvaluatedMotion]) -> Array:
    """(N, D) embeddings."""
    return embedder.embed_motions([m.rows for m in motions], [m.times for m in motions])


def real_motions(sequences: SequenceSet, fps: float | None = None) -> list[EvaluatedMotion]:
    """Read all sequences as `real_motion` does."""
    return [real_motion(sequences, index, fps) for index in range(len(sequences))]
