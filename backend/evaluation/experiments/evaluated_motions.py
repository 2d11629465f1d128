"""Motions as the measures see them: pose rows at times in seconds, real or generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ...data.sequences import SequenceSet
from ...embedding import take_rows
from ...nerm.sampler import Request, Sampler
from ...protocol.limits import DEFAULT_ORIGINALITY

DRAWN_AT_ONCE = 64
"""Motions of one batch of denoising."""


@dataclass(frozen=True)
class Motion:
    """One motion."""

    rows: Tensor
    """(T, 135) pose rows, Z up."""
    times: Tensor
    """(T,) seconds, increasing."""


class ActionGenerator(Protocol):
    """Any model that moves for an action label."""

    @property
    def name(self) -> str:
        """As it stands in a table."""
        ...

    @property
    def actions(self) -> tuple[str, ...]:
        """The labels it knows."""
        ...

    def generate(
        self, actions: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Motion]:
        """One motion for each label, duration and seed; the same ones give the same motion."""
        ...


class RequestGenerator(Protocol):
    """Any model that moves for a request, in words or without."""

    @property
    def name(self) -> str:
        """As it stands in a table."""
        ...

    def motions(self, requests: Sequence[Request]) -> list[Motion]:
        """One motion for each request; the same request gives the same motion."""
        ...


@dataclass(frozen=True)
class NermGenerator:
    """NeRM as users get it: with feet held where they stand."""

    name: str
    sampler: Sampler
    fps: float
    """Frames per second of what it generates."""
    guidance: float
    steps: int
    """Of denoising."""
    originality: float = DEFAULT_ORIGINALITY
    """How freely codes are drawn (`Memory.near`)."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The labels its weights know."""
        return self.sampler.actions

    def generate(
        self, actions: Sequence[str], seconds: Sequence[float], seeds: Sequence[int]
    ) -> list[Motion]:
        """See `ActionGenerator`."""
        return self.motions(
            [Request("", *wish) for wish in zip(actions, seconds, seeds, strict=True)]
        )

    def motions(self, requests: Sequence[Request]) -> list[Motion]:
        """See `RequestGenerator`."""
        made: list[Motion] = []
        for start in range(0, len(requests), DRAWN_AT_ONCE):
            part = requests[start : start + DRAWN_AT_ONCE]
            condition = self.sampler.condition(part)
            codes = self.sampler.draw(
                condition,
                [request.seed for request in part],
                guidance=self.guidance,
                steps=self.steps,
                originality=self.originality,
            )
            made += [
                self._seen(code, request.seconds) for code, request in zip(codes, part, strict=True)
            ]
        return made

    def _seen(self, code: Tensor, seconds: float) -> Motion:
        take = self.sampler.take(code, seconds, self.fps)
        return Motion(take_rows(take), torch.from_numpy(take.times).float())


def real_motion(sequences: SequenceSet, number: int, fps: float | None = None) -> Motion:
    """A sequence at its native rate, or at the whole fraction of it that is nearest to `fps`."""
    native = float(sequences.fps[number])
    stride = 1 if fps is None else max(round(native / fps), 1)
    frames = torch.arange(0, int(sequences.frames[number]), stride)[None]
    batch = sequences.take(torch.tensor([number]), frames)
    return Motion(batch.rows[0], batch.times[0])


def real_motions(sequences: SequenceSet, fps: float | None = None) -> list[Motion]:
    """All sequences, see `real_motion`."""
    return [real_motion(sequences, number, fps) for number in range(len(sequences))]
