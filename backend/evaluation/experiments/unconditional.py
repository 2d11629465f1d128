"""Unconditional generation: motions without prompts or labels, beside real ones.

The clips of the training split are divided into random halves, again in each repeat. One half is
the reference, the other the real row; a model generates as many motions as the other half has,
with their durations. A held-out split has a row of its own where the data has one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ...console import err, report_errors
from ...data.motion_set import MotionSet, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder, default_embedder_folder, load_embedder
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...nerm.sampler import MotionRequest
from ...protocol.generation_fields import ORIGINALITY
from ...training.weight_files import ASSETS, WeightsError
from ..generators import (
    EvaluatedMotion,
    EvaluationError,
    MotionGenerator,
    NermGenerator,
    batches,
    embed_motions,
    real_motions,
)
from ..metrics.distribution import density_coverage, diversity, frechet_distance, kernel_distance
from ..options import Data, EmbedderFolder, Repeats, Weights
from ..report.tables import (
    ResultTable,
    Scores,
    append_scores,
    format_scores,
    metric_columns,
    publish_table,
)
from .text_to_motion import EVALUATION_FPS

UNCONDITIONAL_METRICS = {
    "FID": "↓",
    "KID": "×1000 ↓",
    "density": "↑",
    "coverage": "↑",
    "diversity": "→",
}
"""Metric of a row -> its unit and better direction."""
HELD_OUT_SPLITS = ("test", "val")
_EMBEDDING_BATCH = 256
_MIN_MOTIONS = 8
"""Fewest motions for which neighbours, covariances and pairs exist."""


def unconditional(
    data: Data,
    weights: Weights = None,
    embedder: EmbedderFolder = None,
    repeats: Repeats = 3,
    motions: Annotated[int, typer.Option(help="Most motions in a repeat.", min=16)] = 1000,
    steps: Annotated[int, typer.Option(help="Denoising steps.", min=1)] = 10,
) -> None:
    """FID, KID, density, coverage and diversity of motions without prompt or label."""
    with report_errors(WeightsError, EvaluationError):
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
            motions,
        )
    table = unconditional_table(
        result,
        repeats,
        command=f"python -m backend evaluate unconditional DATA --repeats {repeats} "
        f"--motions {motions} --steps {steps}",
        notes=(f"{steps} denoising steps; motions at {EVALUATION_FPS:g} fps with foot lock.",),
    )
    publish_table("unconditional", table)


@dataclass(frozen=True)
class UnconditionalResult:
    """All rows, and the number of motions that each compares."""

    rows: dict[str, Scores]
    reference: int
    """Motions in the reference, in the first repeat."""
    compared: int
    """Motions in the other half, and generated, in the first repeat."""
    held_out: int
    """Motions of the held-out split; 0 if there is none."""


def score_unconditional(
    motions: MotionSet,
    embedder: Embedder,
    generators: Sequence[MotionGenerator],
    repeats: int,
    max_motions: int = 1000,
    seed: int = 0,
) -> UnconditionalResult:
    """Measure real motion and that of models, with other halves and seeds in each repeat.

    Raises:
        EvaluationError: A half holds fewer motions than the metrics need.
    """
    train = SequenceSet(motions)
    train_vectors = _embed(real_motions(train, EVALUATION_FPS), embedder)
    held_out = next((s for s in (SequenceSet(motions, n) for n in HELD_OUT_SPLITS) if len(s)), None)
    unseen = np.empty(0)
    if held_out is not None:
        unseen = _embed(real_motions(held_out, EVALUATION_FPS), embedder)
    rows: dict[str, Scores] = defaultdict(dict)
    sizes: list[tuple[int, int]] = []
    for repeat in range(repeats):
        err.print(f"Repeat {repeat + 1} of {repeats}", highlight=False)
        random = np.random.default_rng([seed, repeat])
        first, second = split_clips(train, random, max_motions)
        smaller = min(len(first), len(second))
        if smaller < _MIN_MOTIONS:
            raise EvaluationError(
                f"Each half of the training clips must hold {_MIN_MOTIONS} motions or more (one "
                f"holds {smaller}): prepare more data."
            )
        sizes.append((len(first), len(second)))
        reference = train_vectors[first]
        compare = partial(_compare, reference, random)
        append_scores(rows["Real (other clips)"], compare(train_vectors[second]))
        if len(unseen):
            append_scores(rows["Real (held-out clips)"], compare(unseen))
        requests = [
            MotionRequest("", None, float(train.durations[n]), repeat * max_motions + k)
            for k, n in enumerate(second)
        ]
        for generator in generators:
            generated = _embed(generator.generate_motions(requests), embedder)
            append_scores(rows[generator.name], compare(generated))
    return UnconditionalResult(rows, *sizes[0], len(unseen))


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


def _compare(reference: Array, generator: np.random.Generator, compared: Array) -> dict[str, float]:
    """Compare embeddings (M, D) with the reference's (N, D)."""
    density, coverage = density_coverage(reference, compared)
    return {
        "FID": frechet_distance(reference, compared),
        "KID": 1000 * kernel_distance(reference, compared, generator),
        "density": density,
        "coverage": coverage,
        "diversity": diversity(compared, generator),
    }


def _embed(motions: Sequence[EvaluatedMotion], embedder: Embedder) -> Array:
    """(N, D) embeddings."""
    parts = [embed_motions(embedder, batch) for batch in batches(motions, _EMBEDDING_BATCH)]
    return np.concatenate(parts)


def unconditional_table(
    result: UnconditionalResult, repeats: int, command: str, notes: Sequence[str] = ()
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
        columns=("motions", *metric_columns(UNCONDITIONAL_METRICS)),
        rows=tuple(
            (name, *format_scores(row, UNCONDITIONAL_METRICS)) for name, row in result.rows.items()
        ),
        command=command,
        order=40,
        notes=(
            *sizes,
            f"{repeats} repeats, each with other halves of the training clips, "
            "other seeds, and durations from the data. Mirrored motions count as motions.",
            "Our own embedder (`train embedder`), trained on the training split only; captures are "
            f"measured at the whole fraction of their rate nearest to {EVALUATION_FPS:g} fps.",
            *notes,
        ),
    )
