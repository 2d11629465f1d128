"""Unconditional generation: motions without prompts or labels, beside real ones.

The clips of the training split are divided into random halves, again in each repeat. One half is
the reference, the other the real row; a model generates as many motions as the other half has,
with their durations. A held-out split has a row of its own where the data has one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol

import numpy as np
import typer
from numpy.typing import NDArray
from torch import Tensor

from ...console import err, report_errors
from ...data.motion_set import MotionSet, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import default_embedder_folder, load_embedder
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...nerm.sampler import MotionRequest
from ...protocol.generation_fields import ORIGINALITY
from ...training.weight_files import ASSETS, WeightsError
from ..generators import EvaluatedMotion, NermGenerator, RequestGenerator, batches, real_motions
from ..metrics.distribution import density_coverage, diversity, frechet_distance, kernel_distance
from ..options import Data, EmbedderFolder, Repeats, Weights
from ..report.tables import ResultTable, format_mean, publish_table
from .text_to_motion import EVALUATION_FPS

HELD_OUT_SPLITS = ("test", "val")
_EMBEDDING_BATCH = 256
_MIN_MOTIONS = 8
"""Fewest motions for which neighbours, covariances and pairs exist."""


class TooFewMotionsError(ValueError):
    """Data that is too small to compare with; the text is a sentence for the user."""


def unconditional(
    data: Data,
    weights: Weights = None,
    embedder: EmbedderFolder = None,
    repeats: Repeats = 3,
    motions: Annotated[int, typer.Option(help="Most motions in a repeat.", min=16)] = 1000,
    steps: Annotated[int, typer.Option(help="Denoising steps.", min=1)] = 10,
) -> None:
    """FID, KID, density, coverage and diversity of motions without prompt or label."""
    with report_errors(WeightsError, TooFewMotionsError):
        sampler = load_sampler(weights or ASSETS)[0]
        # Without conditioning there is nothing to guide towards, so the guidance scale is 1.
        generators = [
            NermGenerator(
                f"NeRM, originality {value:g}", sampler, EVALUATION_FPS, 1.0, steps, value
            )
            for value in (ORIGINALITY.default, 1.0)
        ]
        result = score_unconditional(
            load_motion_set(data),
            load_embedder(embedder or default_embedder_folder(), sampler.text_encoder),
            generators,
            repeats,
            lambda repeat: err.print(f"Repeat {repeat + 1} of {repeats}", highlight=False),
            max_motions=motions,
        )
    table = unconditional_table(
        result,
        command=f"python -m backend evaluate unconditional DATA --repeats {repeats} "
        f"--motions {motions} --steps {steps}",
        notes=(f"{steps} denoising steps; motions at {EVALUATION_FPS:g} fps with foot lock.",),
    )
    publish_table("unconditional", table)


class MotionEmbedder(Protocol):
    """Anything that embeds motions (see `backend.embedding.embedder.Embedder`)."""

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        """Embed motions, each of pose rows (T, 135) at times (T,) in seconds, as (N, D)."""
        ...


@dataclass
class UnconditionalScores:
    """One row of the table: a list has one figure for each repeat."""

    name: str
    fid: list[float] = field(default_factory=list)
    kid: list[float] = field(default_factory=list)
    """KID times 1000."""
    density: list[float] = field(default_factory=list)
    coverage: list[float] = field(default_factory=list)
    diversity: list[float] = field(default_factory=list)

    def add_repeat(self, reference: Array, compared: Array, generator: np.random.Generator) -> None:
        """Compare embeddings (M, D) with the reference's (N, D)."""
        self.fid.append(frechet_distance(reference, compared))
        self.kid.append(1000 * kernel_distance(reference, compared, generator))
        density, coverage = density_coverage(reference, compared)
        self.density.append(density)
        self.coverage.append(coverage)
        self.diversity.append(diversity(compared, generator))


@dataclass(frozen=True)
class UnconditionalResult:
    """All rows, and the number of motions that each compares."""

    rows: tuple[UnconditionalScores, ...]
    reference: int
    """Motions in the reference, in the first repeat."""
    compared: int
    """Motions in the other half, and generated, in the first repeat."""
    held_out: int
    """Motions of the held-out split; 0 if there is none."""


def score_unconditional(
    motions: MotionSet,
    embedder: MotionEmbedder,
    generators: Sequence[RequestGenerator],
    repeats: int,
    on_repeat: Callable[[int], None],
    max_motions: int = 1000,
    seed: int = 0,
) -> UnconditionalResult:
    """Measure real motion and that of models.

    Args:
        motions: Data with the training split of the models.
        embedder: Embedder whose vectors are compared.
        generators: Models.
        repeats: Repeats, each with other halves and seeds.
        on_repeat: Callback with the index of each repeat before its motions are generated.
        max_motions: Most motions on either side.
        seed: Seed of the halves and pairs.

    Raises:
        TooFewMotionsError: A half holds fewer motions than the metrics need.
    """
    train = SequenceSet(motions)
    train_vectors = _embed(real_motions(train, EVALUATION_FPS), embedder)
    held_out = next((s for s in (SequenceSet(motions, n) for n in HELD_OUT_SPLITS) if len(s)), None)
    held_out_vectors = (
        None if held_out is None else _embed(real_motions(held_out, EVALUATION_FPS), embedder)
    )
    real = UnconditionalScores("Real (other clips)")
    unseen = UnconditionalScores("Real (held-out clips)")
    models = [UnconditionalScores(generator.name) for generator in generators]
    sizes: list[tuple[int, int]] = []
    for repeat in range(repeats):
        on_repeat(repeat)
        random = np.random.default_rng([seed, repeat])
        first, second = split_clips(train, random, max_motions)
        smaller = min(len(first), len(second))
        if smaller < _MIN_MOTIONS:
            raise TooFewMotionsError(
                f"Each half of the training clips must hold {_MIN_MOTIONS} motions or more (one "
                f"holds {smaller}): prepare more data."
            )
        sizes.append((len(first), len(second)))
        reference = train_vectors[first]
        real.add_repeat(reference, train_vectors[second], random)
        if held_out_vectors is not None:
            unseen.add_repeat(reference, held_out_vectors, random)
        requests = [
            MotionRequest("", None, float(train.durations[n]), repeat * max_motions + k)
            for k, n in enumerate(second)
        ]
        for scores, generator in zip(models, generators, strict=True):
            generated = _embed(generator.generate_from_requests(requests), embedder)
            scores.add_repeat(reference, generated, random)
    if held_out_vectors is None:
        return UnconditionalResult((real, *models), *sizes[0], 0)
    return UnconditionalResult((real, unseen, *models), *sizes[0], len(held_out_vectors))


def split_clips(
    sequences: SequenceSet, generator: np.random.Generator, max_motions: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Divide the clips into random halves; give at most `max_motions` sequence indices of each."""
    names = np.array([span.name for span in sequences.spans])
    clips = generator.permutation(np.unique(names))
    half = np.isin(names, clips[: len(clips) // 2])
    first, second = (
        generator.permutation(np.flatnonzero(chosen))[:max_motions] for chosen in (half, ~half)
    )
    return first, second


def _embed(motions: Sequence[EvaluatedMotion], embedder: MotionEmbedder) -> Array:
    """(N, D) embeddings."""
    return np.concatenate(
        [
            embedder.embed_motions([m.rows for m in batch], [m.times for m in batch])
            for batch in batches(motions, _EMBEDDING_BATCH)
        ]
    )


def unconditional_table(
    result: UnconditionalResult, command: str, notes: Sequence[str] = ()
) -> ResultTable:
    sizes = [
        f"Reference: {result.reference} training motions, compared with {result.compared} others."
    ]
    if result.held_out:
        sizes.append(
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
            *sizes,
            f"{len(result.rows[0].fid)} repeats, each with other halves of the training clips, "
            "other seeds, and durations from the data. Mirrored motions count as motions.",
            "Our own embedder (`train embedder`), trained on the training split only; captures are "
            f"measured at the whole fraction of their rate nearest to {EVALUATION_FPS:g} fps.",
            *notes,
        ),
    )
