"""Unconditional generation: motions without words, beside real ones.

The clips of the training split are parted in two at random, again in each repeat. One half is the
reference; the other is the real row; a model makes as many motions as the other half has, with
their durations. A held-out split is a row of its own where the data has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...data.motion_set import MotionSet
from ...data.sequences import SequenceSet
from ...kinematics.math.rotations import Array
from ...nerm.sampler import MotionRequest
from ..metrics.distribution import density_coverage, diversity, frechet_distance, kernel_distance
from ..report.tables import ResultTable, format_mean
from .evaluated_motions import EvaluatedMotion, RequestGenerator, real_motions
from .text_to_motion import EVALUATION_FPS

HELD_OUT_SPLITS = ("test", "val")
_EMBEDDING_BATCH = 256
_MIN_MOTIONS = 8
"""Motions that neighbours, covariances and pairs can be taken of."""

OnRepeat = Callable[[int], None]
"""Called with the number of a repeat, from 0, before its motions are made."""


class TooFewMotionsError(ValueError):
    """The data holds too little to compare with; the text is a sentence for the user."""


class MotionEmbedder(Protocol):
    """What turns motions into vectors (`backend.embedding.embedder.Embedder`)."""

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        """(N, D) of motions, each (T, 135) at times (T,) in seconds."""
        ...


@dataclass
class UnconditionalScores:
    """One row of the table: a list has one figure for each repeat."""

    name: str
    fid: list[float] = field(default_factory=list)
    kid: list[float] = field(default_factory=list)
    """Times 1000."""
    density: list[float] = field(default_factory=list)
    coverage: list[float] = field(default_factory=list)
    diversity: list[float] = field(default_factory=list)

    def add_repeat(self, reference: Array, compared: Array, chance: np.random.Generator) -> None:
        """Compare embeddings (M, D) with the reference's (N, D)."""
        self.fid.append(frechet_distance(reference, compared))
        self.kid.append(1000 * kernel_distance(reference, compared, chance))
        density, coverage = density_coverage(reference, compared)
        self.density.append(density)
        self.coverage.append(coverage)
        self.diversity.append(diversity(compared, chance))


@dataclass(frozen=True)
class UnconditionalResult:
    """All rows, and how many motions each compares."""

    rows: tuple[UnconditionalScores, ...]
    reference: int
    """Motions in the reference, in the first repeat."""
    compared: int
    """Motions in the other half, and made, in the first repeat."""
    held_out: int
    """Motions of the held-out split; 0 if there is none."""


def score_unconditional(
    motions: MotionSet,
    embedder: MotionEmbedder,
    generators: Sequence[RequestGenerator],
    repeats: int,
    on_repeat: OnRepeat,
    max_motions: int = 1000,
    seed: int = 0,
) -> UnconditionalResult:
    """Measure real motion and that of models.

    Args:
        motions: with the training split the model knows.
        embedder: whose vectors are compared.
        generators: the models.
        repeats: how often all is done again with another parting and other seeds.
        on_repeat: told of each.
        most: at most so many motions on either side.
        seed: of what is drawn.

    Raises:
        TooFewMotionsError: if a half holds fewer motions than the measures need.
    """
    train = SequenceSet(motions)
    known = embed_in_batches(real_motions(train, EVALUATION_FPS), embedder)
    held_out = next((s for s in (SequenceSet(motions, n) for n in HELD_OUT_SPLITS) if len(s)), None)
    unseen = (
        None
        if held_out is None
        else embed_in_batches(real_motions(held_out, EVALUATION_FPS), embedder)
    )
    real, apart = (
        UnconditionalScores("Real (other clips)"),
        UnconditionalScores("Real (held-out clips)"),
    )
    made = [UnconditionalScores(generator.name) for generator in generators]
    sizes: list[tuple[int, int]] = []
    for repeat in range(repeats):
        on_repeat(repeat)
        chance = np.random.default_rng([seed, repeat])
        one, other = split_clips(train, chance, max_motions)
        if min(len(one), len(other)) < _MIN_MOTIONS:
            raise TooFewMotionsError(
                f"Each half of the training clips must hold {_MIN_MOTIONS} motions or more, but "
                f"one holds {min(len(one), len(other))}: prepare more data."
            )
        sizes.append((len(one), len(other)))
        real.add_repeat(known[one], known[other], chance)
        if unseen is not None:
            apart.add_repeat(known[one], unseen, chance)
        requests = [
            MotionRequest("", None, float(train.durations[n]), repeat * max_motions + k)
            for k, n in enumerate(other)
        ]
        for scores, generator in zip(made, generators, strict=True):
            scores.add_repeat(
                known[one],
                embed_in_batches(generator.generate_from_requests(requests), embedder),
                chance,
            )
    rows = (real, *made) if unseen is None else (real, apart, *made)
    return UnconditionalResult(rows, *sizes[0], 0 if unseen is None else len(unseen))


def split_clips(
    sequences: SequenceSet, chance: np.random.Generator, max_motions: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the sequences of one half of the clips, and of the other, at most `most` each."""
    names = np.array([span.name for span in sequences.spans])
    clips = chance.permutation(np.unique(names))
    first = np.isin(names, clips[: len(clips) // 2])
    one, other = (
        chance.permutation(np.flatnonzero(half))[:max_motions] for half in (first, ~first)
    )
    return one, other


def embed_in_batches(motions: Sequence[EvaluatedMotion], embedder: MotionEmbedder) -> Array:
    """Vectors (N, D) of motions."""
    parts = [motions[n : n + _EMBEDDING_BATCH] for n in range(0, len(motions), _EMBEDDING_BATCH)]
    return np.concatenate(
        [embedder.embed_motions([m.rows for m in p], [m.times for m in p]) for p in parts]
    )


def unconditional_table(
    result: UnconditionalResult, command: str, notes: Sequence[str] = ()
) -> ResultTable:
    """What was measured."""
    sized = [
        f"Reference: {result.reference} training motions, compared with {result.compared} others."
    ]
    if result.held_out:
        sized.append(
            f"Held-out clips: {result.held_out} motions; a Fréchet distance of so few is larger "
            "for that alone, KID is not."
        )
    return ResultTable(
        title="Unconditional generation",
        columns=("motions", "FID ↓", "KID ×1000 ↓", "density ↑", "coverage ↑", "diversity →"),
        rows=tuple(
            (
                row.name,
                format_mean(row.fid),
                format_mean(row.kid),
                format_mean(row.density),
                format_mean(row.coverage),
                format_mean(row.diversity),
            )
            for row in result.rows
        ),
        command=command,
        order=40,
        notes=(
            *sized,
            f"{len(result.rows[0].fid)} repeats, each with the training clips parted anew, other "
            "seeds and durations drawn from the data. Mirrored motions count as others.",
            "Our own embedder (`train embedder`), trained on the training split only; captures are "
            f"looked at at the whole fraction of their rate nearest to {EVALUATION_FPS:g} fps.",
            *notes,
        ),
    )
