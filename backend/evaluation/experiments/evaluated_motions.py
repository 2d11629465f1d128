"""Motions as the measures see them: pose rows at times in seconds, real or generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ...data.sequences import SequenceSet
from ...embedding import pose_rows_of_take
from ...nerm.sampler import MotionRequest, NermSampler
from ...protocol.limits import DEFAULT_ORIGINALITY

SAMPLING_BATCH = 64
"""Motions of one batch of denoising."""


@dataclass(frozen=True)
class EvaluatedMotion:
    """One motion."""

    rows: Tensor
    """(T, 135) pose rows, Z up."""
    times: Tensor
    """(T,) seconds, increasing."""


class LabelGenerator(Protocol):
    """Any model that moves for an action label."""

    @property
    def name(self) -> str:
        """As it stands in a table."""
        ...

    @property
    def known_labels(self) -> tuple[str, ...]:
        """The labels it knows."""
        ...

    def generate_from_labels(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[EvaluatedMotion]:
        """One motion for each label, duration and seed; the same ones give the same motion."""
        ...


class RequestGenerator(Protocol):
    """Any model that moves for a request, in words or without."""

    @property
    def name(self) -> str:
        """As it stands in a table."""
        ...

    def generate_from_requests(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        """One motion for each request; the same request gives the same motion."""
        ...


@dataclass(frozen=True)
class NermGenerator:
    """NeRM as users get it: with feet held where they stand."""

    name: str
    sampler: NermSampler
    fps: float
    """Frames per second of what it generates."""
    guidance: float
    steps: int
    """Of denoising."""
    originality: float = DEFAULT_ORIGINALITY
    """How freely codes are drawn (`Memory.near`)."""

    @property
    def known_labels(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.action_labels

    def generate_from_labels(
        self, labels: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[EvaluatedMotion]:
        """See `ActionGenerator`."""
        return self.generate_from_requests(
            [MotionRequest("", *wish) for wish in zip(labels, seconds, seeds, strict=True)]
        )

    def generate_from_requests(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        """See `RequestGenerator`."""
        made: list[EvaluatedMotion] = []
        for start in range(0, len(requests), SAMPLING_BATCH):
            part = requests[start : start + SAMPLING_BATCH]
            condition = self.sampler.condition(part)
            codes = self.sampler.sample_codes(
                condition,
                [request.seed for request in part],
                guidance_scale=self.guidance,
                steps=self.steps,
                originality=self.originality,
            )
            made += [
                self._evaluated_motion(code, request.seconds)
                for code, request in zip(codes, part, strict=True)
            ]
        return made

    def _evaluated_motion(self, code: Tensor, seconds: float) -> EvaluatedMotion:
        take = self.sampler.decode_take(code, seconds, self.fps)
        return EvaluatedMotion(pose_rows_of_take(take), torch.from_numpy(take.times).float())


def real_motion(sequences: SequenceSet, index: int, fps: float | None = None) -> EvaluatedMotion:
    """A sequence at its native rate, or at the whole fraction of it that is nearest to `fps`."""
    native = float(sequences.fps[index])
    stride = 1 if fps is None else max(round(native / fps), 1)
    frames = torch.arange(0, int(sequences.frames[index]), stride)[None]
    batch = sequences.batch_frames(torch.tensor([index]), frames)
    return EvaluatedMotion(batch.rows[0], batch.times[0])


def real_motions(sequences: SequenceSet, fps: float | None = None) -> list[EvaluatedMotion]:
    """All sequences, see `real_motion`."""
    return [real_motion(sequences, number, fps) for number in range(len(sequences))]
