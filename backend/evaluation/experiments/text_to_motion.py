"""Text-to-motion: distance of generated motion from real motion, and from its text.

Real and generated motions are measured at the same rate and in the same embedder. All texts are
different: among equal texts no motion could be ranked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from torch import Tensor

from ...console import err, report_errors
from ...data.motion_set import MotionSetError, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder, default_embedder_folder, load_embedder
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionRequest, NermSampler
from ...protocol.generation_fields import ORIGINALITY
from ...training.weight_files import ASSETS, WeightsError
from ..generators import EvaluatedMotion, real_motion, sample_codes
from ..metrics import distribution
from ..options import Data, EmbedderFolder, Repeats, Weights
from ..report import published
from ..report.tables import Cell, ResultTable, Scores, append_scores, format_mean, publish_table

EVALUATION_FPS = 30.0
"""Rate at which motions are compared; other captures at the nearest whole fraction of theirs."""

LogLine = Callable[[str], None]
"""Prints a line of progress."""

_SAMPLING_BATCH = 32
_NEIGHBOURS = 5

TEXT_TO_MOTION_METRICS = (
    "FID",
    "KID",
    "R@1",
    "R@2",
    "R@3",
    "MM-Dist",
    "Diversity",
    "MultiModality",
    "density",
    "coverage",
)
_DIRECTIONS = ("↓", "×1000 ↓", "↑", "↑", "↑", "↓", "→ real", "↑", "→ 1", "↑")


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
    settings = TextToMotionSettings(
        limit,
        repeats,
        multimodal,
        DEFAULT_GUIDANCE_SCALE if guidance is None else guidance,
        DEFAULT_STEPS if steps is None else steps,
    )
    with report_errors(WeightsError):
        sampler, _ = load_sampler(weights or ASSETS)
        reader = load_embedder(embedder or default_embedder_folder(), sampler.text_encoder)
        table = text_to_motion_table(data, sampler, reader, settings, err.print)
    publish_table("text-to-motion", table)
    publish_table("text-to-motion-published", published.TEXT_TO_MOTION)


@dataclass(frozen=True)
class TextToMotionSettings:
    """Amount of data, and options of sampling."""

    limit: int = 512
    """Texts of the training split."""
    repeats: int = 3
    """Repeats, each with new texts, motions and pairs."""
    multimodality_texts: int = 16
    """Texts that get 30 motions each."""
    guidance: float = DEFAULT_GUIDANCE_SCALE
    steps: int = DEFAULT_STEPS


@dataclass(frozen=True)
class CaptionedMotions:
    """Motions with their texts."""

    texts: tuple[str, ...]
    rows: tuple[Tensor, ...]
    """Pose rows (T, 135) of each motion."""
    times: tuple[Tensor, ...]
    """(T,) seconds of each motion."""

    @classmethod
    def from_motions(
        cls, texts: Sequence[str], motions: Sequence[EvaluatedMotion]
    ) -> CaptionedMotions:
        return cls(tuple(texts), tuple(m.rows for m in motions), tuple(m.times for m in motions))

    @property
    def durations(self) -> list[float]:
        return [float(time[-1] - time[0]) for time in self.times]

    def embed(self, embedder: Embedder) -> Array:
        """(N, D) embeddings."""
        return embedder.embed_motions(self.rows, self.times)


def text_to_motion_table(
    data: Path,
    sampler: NermSampler,
    embedder: Embedder,
    settings: TextToMotionSettings,
    log: LogLine,
) -> ResultTable:
    """Measure the texts of the training split and of the held-out clips.

    Args:
        data: Prepared file that was trained on.
        sampler: Model.
        embedder: Embedder of all motions and texts.
        settings: Amount of data, and options of sampling.
        log: Callback for each line of progress.

    Raises:
        MotionSetError: `data` is no prepared file, or has too few captions.
    """
    motions = load_motion_set(data)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for split, name in (("train", "training split"), ("val", "held-out clips")):
        sequences = SequenceSet(motions, split=split)
        real, usual, free, count = _score_split(sequences, sampler, embedder, settings, log)
        rows += [
            _row(f"Real, {name}", real),
            _row(f"Generated, {name}", usual),
            _row(f"Generated at originality 1, {name}", free),
        ]
        clips = len({span.name for span in sequences.spans})
        notes.append(f"{name.capitalize()}: {count} texts from {clips} clips.")
    ranks = [float(str(row[5]).split()[0]) for row in rows[:3]]
    notes += [
        f"R@3 of the generated motions is {ranks[1] / ranks[0]:.0%} of the real row's, and "
        f"{ranks[2] / ranks[0]:.0%} at originality 1.",
        f"Originality {ORIGINALITY.default:g} unless stated: below 1 this embedder also helps to "
        "sample, so only the rows at originality 1 are judged independently.",
        f"{settings.repeats} repeats, guidance {settings.guidance:g}, {settings.steps} steps; "
        f"motions at {EVALUATION_FPS:g} fps with foot lock. MultiModality: 10 pairs of 30 motions "
        f"of each of {settings.multimodality_texts} texts, ± over texts.",
        "The real row's FID and KID are between the motions of the texts and as many others of "
        "the same split, where that many are left. For the few held-out motions KID is more "
        "reliable than FID. All texts are different, but a motion may fit several.",
        "Our own embedder (`train embedder`), trained on the training split only.",
    ]
    return ResultTable(
        title="Text-to-motion",
        columns=(
            "motions",
            *(f"{c} {d}" for c, d in zip(TEXT_TO_MOTION_METRICS, _DIRECTIONS, strict=True)),
        ),
        rows=tuple(rows),
        command=f"python -m backend evaluate text-to-motion DATA --limit {settings.limit} "
        f"--repeats {settings.repeats}",
        order=20,
        notes=tuple(notes),
    )


def _score_split(
    sequences: SequenceSet,
    sampler: NermSampler,
    embedder: Embedder,
    settings: TextToMotionSettings,
    log: LogLine,
) -> tuple[Scores, Scores, Scores, int]:
    """Score real motions, generated ones, and generated ones at originality 1; count the texts."""
    real, usual, free = defaultdict(list), defaultdict(list), defaultdict(list)
    pairs = None
    for repeat in range(settings.repeats):
        pairs, others = sample_captures(sequences, settings.limit, np.random.default_rng(repeat))
        check_caption_count(pairs)
        reference = pairs.embed(embedder)
        # Where nearly all of a split is measured, too little is left to compare it with.
        enough = len(others.rows) >= distribution.R_PRECISION_BATCH
        append_scores(
            real, score_motions(embedder, pairs, others.embed(embedder) if enough else None)
        )
        for scores, originality in ((usual, ORIGINALITY.default), (free, 1.0)):
            generated = generate_for_captions(
                sampler,
                pairs.texts,
                pairs.durations,
                repeat * settings.limit,
                settings.guidance,
                settings.steps,
                originality,
            )
            append_scores(scores, score_motions(embedder, generated, reference))
        log(f"Repeat {repeat + 1} of {settings.repeats}: R@3 {usual['R@3'][-1]:.3f}.")
    assert pairs is not None
    count = settings.multimodality_texts
    usual["MultiModality"] = caption_multimodality(
        embedder, sampler, pairs.texts[:count], pairs.durations[:count], settings=settings
    )
    return real, usual, free, len(pairs.texts)


def _row(name: str, scores: Scores) -> tuple[Cell, ...]:
    shown = {**scores, "KID": [1000 * value for value in scores["KID"]]}
    return (
        name,
        *(format_mean(shown[c]) if shown.get(c) else None for c in TEXT_TO_MOTION_METRICS),
    )


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
    return (
        CaptionedMotions.from_motions(tuple(by_text), pairs),
        CaptionedMotions.from_motions(("",) * len(others), rest),
    )


def check_caption_count(motions: CaptionedMotions) -> None:
    """Raise MotionSetError if there are too few captions for R-precision."""
    if len(motions.texts) < distribution.R_PRECISION_BATCH:
        raise MotionSetError(
            f"The table needs {distribution.R_PRECISION_BATCH} different captions in each split "
            f"(found {len(motions.texts)})."
        )


def generate_for_captions(
    sampler: NermSampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    seed: int,
    guidance: float = DEFAULT_GUIDANCE_SCALE,
    steps: int = DEFAULT_STEPS,
    originality: float = ORIGINALITY.default,
) -> CaptionedMotions:
    """Generate a motion for each text and length, with foot lock; seeds count up from `seed`."""
    requests = [
        MotionRequest(text, None, length, seed + n)
        for n, (text, length) in enumerate(zip(texts, seconds, strict=True))
    ]
    codes = sample_codes(
        sampler,
        requests,
        _SAMPLING_BATCH,
        guidance_scale=guidance,
        steps=steps,
        originality=originality,
    )
    return CaptionedMotions.from_motions(
        texts,
        [
            EvaluatedMotion.from_take(sampler.decode_take(code, request.seconds, EVALUATION_FPS))
            for code, request in codes
        ],
    )


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
    embedder: Embedder,
    sampler: NermSampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    motions_per_text: int = 30,
    seed: int = 0,
    settings: TextToMotionSettings | None = None,
) -> list[float]:
    """MultiModality of each text: mean distance of 10 random pairs of its motions."""
    settings = settings or TextToMotionSettings()
    generator = np.random.default_rng(seed)
    results = []
    for n, (text, length) in enumerate(zip(texts, seconds, strict=True)):
        motions = generate_for_captions(
            sampler,
            [text] * motions_per_text,
            [length] * motions_per_text,
            seed + n * motions_per_text,
            settings.guidance,
            settings.steps,
        )
        results.append(distribution.multimodality(motions.embed(embedder)[None], generator))
    return results
