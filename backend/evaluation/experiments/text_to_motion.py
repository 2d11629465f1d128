"""Text-to-motion: distance of generated motion from real motion, and from its text.

Real and generated motions are measured at the same rate and in the same embedder. All texts are
different: among equal texts no motion could be ranked.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ...console import err, report_errors
from ...data.motion_set import MotionSetError, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder, default_embedder_folder, load_embedder
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionRequest
from ...protocol.generation_fields import ORIGINALITY
from ...training.weight_files import ASSETS, WeightsError
from ..generators import EvaluatedMotion, NermGenerator, embed_motions, real_motion
from ..metrics import distribution
from ..options import Data, EmbedderFolder, Repeats, Weights
from ..report import published
from ..report.tables import (
    Cell,
    ResultTable,
    Scores,
    append_scores,
    format_scores,
    metric_columns,
    publish_table,
)

EVALUATION_FPS = 30.0
"""Rate at which motions are compared; other captures at the nearest whole fraction of theirs."""

CAPTION_BATCH = 32
"""Motions in one batch of denoising."""
_NEIGHBOURS = 5
_MOTIONS_PER_TEXT = 30
"""Motions of each text for MultiModality."""

TEXT_TO_MOTION_METRICS = {
    "FID": "↓",
    "KID": "×1000 ↓",
    "R@1": "↑",
    "R@2": "↑",
    "R@3": "↑",
    "MM-Dist": "↓",
    "Diversity": "→ real",
    "MultiModality": "↑",
    "density": "→ 1",
    "coverage": "↑",
}
"""Metric of a row -> its unit and better direction."""


def text_to_motion(
    data: Data,
    weights: Weights = None,
    embedder: EmbedderFolder = None,
    limit: Annotated[int, typer.Option(help="Texts of the training split.", min=2)] = 512,
    repeats: Repeats = 3,
    multimodal: Annotated[
        int, typer.Option(help="Texts with 30 motions each for MultiModality.", min=1)
    ] = 16,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
) -> None:
    """FID, KID, R-precision, MM-Dist, Diversity and MultiModality of text-to-motion."""
    with report_errors(WeightsError):
        sampler, _ = load_sampler(weights or ASSETS)
        reader = load_embedder(embedder or default_embedder_folder(), sampler.text_encoder)
        generator = NermGenerator(
            "NeRM",
            sampler,
            EVALUATION_FPS,
            DEFAULT_GUIDANCE_SCALE if guidance is None else guidance,
            DEFAULT_STEPS if steps is None else steps,
            batch=CAPTION_BATCH,
        )
        table = text_to_motion_table(data, generator, reader, limit, repeats, multimodal)
    publish_table("text-to-motion", table)
    publish_table("text-to-motion-published", published.TEXT_TO_MOTION)


@dataclass(frozen=True)
class CaptionedMotions:
    """Motions with their texts."""

    texts: tuple[str, ...]
    motions: list[EvaluatedMotion]

    @property
    def durations(self) -> list[float]:
        return [float(motion.times[-1] - motion.times[0]) for motion in self.motions]

    def embed(self, embedder: Embedder) -> Array:
        """(N, D) embeddings."""
        return embed_motions(embedder, self.motions)


def text_to_motion_table(
    data: Path,
    generator: NermGenerator,
    embedder: Embedder,
    limit: int,
    repeats: int,
    multimodal: int,
) -> ResultTable:
    """Measure at most `limit` texts of the training split and of the held-out clips.

    Every repeat has new texts, motions and pairs; `multimodal` texts get 30 motions each.

    Raises:
        MotionSetError: `data` is no prepared file, or has too few captions.
    """
    motions = load_motion_set(data)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for split, name in (("train", "training split"), ("val", "held-out clips")):
        sequences = SequenceSet(motions, split=split)
        scores, count = _score_split(sequences, generator, embedder, limit, repeats, multimodal)
        for row, split_scores in scores.items():
            split_scores["KID"] = [1000 * value for value in split_scores.get("KID", [])]
            cells = format_scores(split_scores, TEXT_TO_MOTION_METRICS)
            rows.append((f"{row}, {name}", *cells))
        clips = len({span.name for span in sequences.spans})
        notes.append(f"{name.capitalize()}: {count} texts from {clips} clips.")
    ranks = [float(str(row[5]).split()[0]) for row in rows[:3]]
    notes += [
        f"R@3 of the generated motions is {ranks[1] / ranks[0]:.0%} of the real row's, and "
        f"{ranks[2] / ranks[0]:.0%} at originality 1.",
        f"Originality {ORIGINALITY.default:g} unless stated: below 1 this embedder also helps to "
        "sample, so only the rows at originality 1 are judged independently.",
        f"{repeats} repeats, guidance {generator.guidance:g}, {generator.steps} steps; "
        f"motions at {EVALUATION_FPS:g} fps with foot lock. MultiModality: 10 pairs of 30 motions "
        f"of each of {multimodal} texts, ± over texts.",
        "The real row's FID and KID are between the motions of the texts and as many others of "
        "the same split, where that many are left. For the few held-out motions KID is more "
        "reliable than FID. All texts are different, but a motion may fit several.",
        "Our own embedder (`train embedder`), trained on the training split only.",
    ]
    return ResultTable(
        title="Text-to-motion",
        columns=("motions", *metric_columns(TEXT_TO_MOTION_METRICS)),
        rows=tuple(rows),
        command=f"python -m backend evaluate text-to-motion DATA --limit {limit} "
        f"--repeats {repeats}",
        order=20,
        notes=tuple(notes),
    )


def _score_split(
    sequences: SequenceSet,
    generator: NermGenerator,
    embedder: Embedder,
    limit: int,
    repeats: int,
    multimodal: int,
) -> tuple[dict[str, Scores], int]:
    """Score real motions, generated ones, and generated ones at originality 1; count the texts."""
    generators = {
        "Generated": generator,
        "Generated at originality 1": replace(generator, originality=1.0),
    }
    rows: dict[str, Scores] = defaultdict(dict)
    pairs = None
    for repeat in range(repeats):
        pairs, others = sample_captures(sequences, limit, np.random.default_rng(repeat))
        check_caption_count(pairs)
        reference = pairs.embed(embedder)
        # Where nearly all of a split is measured, too little is left to compare it with.
        enough = len(others.motions) >= distribution.R_PRECISION_BATCH
        real = score_motions(embedder, pairs, others.embed(embedder) if enough else None)
        append_scores(rows["Real"], real)
        for name, model in generators.items():
            generated = generate_for_captions(model, pairs.texts, pairs.durations, repeat * limit)
            append_scores(rows[name], score_motions(embedder, generated, reference))
        err.print(f"Repeat {repeat + 1} of {repeats}: R@3 {rows['Generated']['R@3'][-1]:.3f}.")
    assert pairs is not None
    rows["Generated"]["MultiModality"] = caption_multimodality(
        embedder, generator, pairs.texts[:multimodal], pairs.durations[:multimodal]
    )
    return rows, len(pairs.texts)


def sample_captures(
    sequences: SequenceSet, limit: int, generator: np.random.Generator
) -> tuple[CaptionedMotions, CaptionedMotions]:
    """Choose random captioned sequences, each with a different text, and as many others.

    The others, without texts, show the distance of real motion from real motion. There are fewer
    of them in a small set.
    """
    order = generator.permutation(len(sequences))
    by_text: dict[str, int] = {}
    for i in order:
        free = [text for text in sequences.spans[i].texts if text not in by_text]
        if free and len(by_text) < limit:
            by_text[free[generator.integers(len(free))]] = int(i)
    chosen = list(by_text.values())
    others = np.setdiff1d(order, chosen)
    others = generator.permutation(others)[: len(chosen)].tolist()
    pairs, rest = (
        [real_motion(sequences, i, EVALUATION_FPS) for i in index] for index in (chosen, others)
    )
    return CaptionedMotions(tuple(by_text), pairs), CaptionedMotions(("",) * len(others), rest)


def check_caption_count(motions: CaptionedMotions) -> None:
    """Raise MotionSetError if there are too few captions for R-precision."""
    if len(motions.texts) < distribution.R_PRECISION_BATCH:
        raise MotionSetError(
            f"The table needs {distribution.R_PRECISION_BATCH} different captions in each split "
            f"(found {len(motions.texts)})."
        )


def generate_for_captions(
    generator: NermGenerator, texts: Sequence[str], seconds: Sequence[float], seed: int
) -> CaptionedMotions:
    """Generate a motion for each text and length; seeds count up from `seed`."""
    requests = [
        MotionRequest(text, None, length, seed + n)
        for n, (text, length) in enumerate(zip(texts, seconds, strict=True))
    ]
    return CaptionedMotions(tuple(texts), generator.generate_motions(requests))


def score_motions(
    embedder: Embedder, motions: CaptionedMotions, real: Array | None = None, seed: int = 0
) -> dict[str, float]:
    """Measure motions against their texts and against embeddings `real` (N, D).

    R-precision (R@1 … R@3) needs 32 motions; FID, KID, density and coverage need `real`. Metrics
    that cannot be measured are left out.
    """
    generator = np.random.default_rng(seed)
    motion, text = motions.embed(embedder), embedder.embed_prompts(motions.texts)
    scores: dict[str, float] = {}
    if real is not None:
        scores["FID"] = distribution.frechet_distance(real, motion)
        scores["KID"] = distribution.kernel_distance(real, motion, generator)
        if len(real) > _NEIGHBOURS:
            near = distribution.density_coverage(real, motion, _NEIGHBOURS)
            scores["density"], scores["coverage"] = near
    if len(text) >= distribution.R_PRECISION_BATCH:
        ranks = distribution.r_precision(text, motion)
        scores |= {f"R@{n}": value for n, value in enumerate(ranks, start=1)}
    scores["MM-Dist"] = distribution.matching_distance(text, motion)
    scores["Diversity"] = distribution.diversity(motion, generator)
    return scores


def caption_multimodality(
    embedder: Embedder, generator: NermGenerator, texts: Sequence[str], seconds: Sequence[float]
) -> list[float]:
    """MultiModality of each text: mean distance of 10 random pairs of its motions."""
    random, count = np.random.default_rng(0), _MOTIONS_PER_TEXT
    results = []
    for n, (text, length) in enumerate(zip(texts, seconds, strict=True)):
        motions = generate_for_captions(generator, [text] * count, [length] * count, n * count)
        results.append(distribution.multimodality([motions.embed(embedder)], random))
    return results
