"""Text-to-motion: how near generated motion comes to real motion, and to its words.

Real and generated motions are looked at at the same rate and in the same embedder. Each text stands
for itself alone: among equal texts no motion could be ranked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...data.motion_set import MotionSetError, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding import Embedder, pose_rows_of_take
from ...kinematics.math.rotations import Array
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionRequest, NermSampler
from ...protocol.limits import DEFAULT_ORIGINALITY
from ..metrics import distribution
from ..report.published import EMBEDDER_NOTE, TEXT_TO_MOTION_COLUMNS, TEXT_TO_MOTION_ROWS
from ..report.tables import Cell, ResultTable, format_mean

EVALUATION_FPS = 30.0
"""At which motions are compared; captures of other rates at the nearest whole fraction."""

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


@dataclass(frozen=True)
class TextToMotionSettings:
    """How much is measured, and how motions are drawn."""

    limit: int = 512
    """Texts of the training split."""
    repeats: int = 3
    """Times texts, motions and pairs are drawn anew."""
    multimodality_texts: int = 16
    """Texts that get 30 motions each."""
    guidance: float = DEFAULT_GUIDANCE_SCALE
    steps: int = DEFAULT_STEPS


@dataclass(frozen=True)
class CaptionedMotions:
    """Motions with the texts they belong to."""

    texts: tuple[str, ...]
    rows: tuple[Tensor, ...]
    """Pose rows (T, 135) of each."""
    times: tuple[Tensor, ...]
    """(T,) seconds."""

    @property
    def durations(self) -> list[float]:
        """Length of each motion."""
        return [float(time[-1] - time[0]) for time in self.times]


def text_to_motion_table(
    data: Path,
    sampler: NermSampler,
    embedder: Embedder,
    settings: TextToMotionSettings,
    log: Callable[[str], None],
) -> ResultTable:
    """Measure the training split's texts, and those of the held-out clips.

    Args:
        data: the prepared file that was trained on.
        sampler: the model.
        embedder: reads all motions and texts.
        settings: how much.
        tell: hears of the progress, a line at a time.

    Raises:
        MotionSetError: if `data` is not a prepared file, or has too few captions.
    """
    motions = load_motion_set(data)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for split, limit in (("train", settings.limit), ("val", settings.limit)):
        sequences = SequenceSet(motions, split=split)
        real, made, free, counts = _score_split(sequences, limit, sampler, embedder, settings, log)
        name = {"train": "training split", "val": "held-out clips"}[split]
        rows += [
            _row(f"Real, {name}", real),
            _row(f"Generated, {name}", made),
            _row(f"Generated at originality 1, {name}", free),
        ]
        clips = len({span.name for span in sequences.spans})
        notes.append(f"{name.capitalize()}: {counts} texts from {clips} clips.")
    ranks = [float(str(row[5]).split()[0]) for row in rows[:3]]
    notes += [
        f"R@3 of the generated motions is {ranks[1] / ranks[0]:.0%} of the real row's, and "
        f"{ranks[2] / ranks[0]:.0%} at originality 1.",
        f"Originality {DEFAULT_ORIGINALITY:g} unless said otherwise: below 1 this embedder also "
        "helps to draw, so the rows at originality 1 are the ones that it judges from outside.",
        f"{settings.repeats} repeats, guidance {settings.guidance:g}, {settings.steps} steps; "
        f"motions at {EVALUATION_FPS:g} fps with feet held. MultiModality: 10 pairs of 30 motions "
        "of each of "
        f"{settings.multimodality_texts} texts, ± over texts.",
        "The real row's FID and KID are between the motions of the texts and as many others of "
        "the same split, where that many are left. Of so few motions as the held-out clips have, "
        "KID says more than FID. All texts are different; motions that fit several stay so.",
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


def published_text_to_motion() -> ResultTable:
    """The slides' text-to-motion figures."""
    return ResultTable(
        title="Text-to-motion, as others published",
        columns=TEXT_TO_MOTION_COLUMNS,
        rows=TEXT_TO_MOTION_ROWS,
        command="python -m backend evaluate text-to-motion DATA",
        order=20,
        notes=(EMBEDDER_NOTE,),
    )


def _score_split(
    sequences: SequenceSet,
    limit: int,
    sampler: NermSampler,
    embedder: Embedder,
    settings: TextToMotionSettings,
    tell: Callable[[str], None],
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, list[float]], int]:
    """Every measure of the real motions, of those generated as usual and of those drawn freely in
    each repeat; and how many texts."""
    real: dict[str, list[float]] = defaultdict(list)
    made: dict[str, list[float]] = defaultdict(list)
    free: dict[str, list[float]] = defaultdict(list)
    pairs = None
    for repeat in range(settings.repeats):
        pairs, others = sample_captures(sequences, limit, np.random.default_rng(repeat))
        if len(pairs.texts) < distribution.R_PRECISION_BATCH:
            raise MotionSetError(
                f"The table needs {distribution.R_PRECISION_BATCH} different captions in each "
                "split; one of "
                f"them has {len(pairs.texts)}."
            )
        reference = embedder.embed_motions(pairs.rows, pairs.times)
        # Where nearly all of a split is measured, little is left to compare it with.
        enough = len(others.rows) >= distribution.R_PRECISION_BATCH
        elsewhere = embedder.embed_motions(others.rows, others.times) if enough else None
        _append(real, score_motions(embedder, pairs.texts, pairs.rows, pairs.times, elsewhere))
        for found, originality in ((made, DEFAULT_ORIGINALITY), (free, 1.0)):
            drawn = generate_for_captions(
                sampler,
                pairs.texts,
                pairs.durations,
                repeat * limit,
                settings.guidance,
                settings.steps,
                originality,
            )
            _append(found, score_motions(embedder, drawn.texts, drawn.rows, drawn.times, reference))
        tell(f"Repeat {repeat + 1} of {settings.repeats}: R@3 {made['R@3'][-1]:.3f}.")
    assert pairs is not None
    few = slice(settings.multimodality_texts)
    made["MultiModality"] = caption_multimodality(
        embedder, sampler, pairs.texts[few], pairs.durations[few], settings=settings
    )
    return real, made, free, len(pairs.texts)


def _append(to: dict[str, list[float]], measured: dict[str, float]) -> None:
    for name, value in measured.items():
        to[name].append(value)


def _row(name: str, measured: dict[str, list[float]]) -> tuple[Cell, ...]:
    shown = {**measured, "KID": [1000 * value for value in measured["KID"]]}
    return (
        name,
        *(format_mean(shown[c]) if shown.get(c) else None for c in TEXT_TO_MOTION_METRICS),
    )


def sample_captures(
    sequences: SequenceSet, limit: int, generator: np.random.Generator
) -> tuple[CaptionedMotions, CaptionedMotions]:
    """Random captioned sequences, one text each and no text twice; and as many others, without.

    The others are what real motion is compared with to see how far real is from real. There are
    fewer of them where the set has not so many.
    """
    order = generator.permutation(len(sequences))
    taken: dict[str, int] = {}
    for i in order:
        free = [text for text in sequences.spans[i].texts if text not in taken]
        if free and len(taken) < limit:
            taken[free[generator.integers(len(free))]] = int(i)
    chosen = list(taken.values())
    others = np.setdiff1d(order, chosen)
    others = generator.permutation(others)[: len(chosen)].tolist()
    return (
        CaptionedMotions(tuple(taken), *_capture_rows(sequences, chosen)),
        CaptionedMotions(("",) * len(others), *_capture_rows(sequences, others)),
    )


def generate_for_captions(
    sampler: NermSampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    seed: int,
    guidance: float = DEFAULT_GUIDANCE_SCALE,
    steps: int = DEFAULT_STEPS,
    originality: float = DEFAULT_ORIGINALITY,
) -> CaptionedMotions:
    """A generated motion of each text and length, as users get it: feet held where they stand.

    Seeds count up from `seed`.
    """
    rows: list[Tensor] = []
    times: list[Tensor] = []
    for start in range(0, len(texts), _SAMPLING_BATCH):
        requests = [
            MotionRequest(text, None, length, seed + start + n)
            for n, (text, length) in enumerate(
                zip(
                    texts[start : start + _SAMPLING_BATCH],
                    seconds[start : start + _SAMPLING_BATCH],
                    strict=True,
                )
            )
        ]
        condition = sampler.condition(requests)
        seeds = [request.seed for request in requests]
        codes = sampler.sample_codes(condition, seeds, guidance, steps, originality=originality)
        for code, request in zip(codes, requests, strict=True):
            take = sampler.decode_take(code, request.seconds, EVALUATION_FPS)
            rows.append(pose_rows_of_take(take))
            times.append(torch.from_numpy(take.times))
    return CaptionedMotions(tuple(texts), tuple(rows), tuple(times))


def score_motions(
    embedder: Embedder,
    texts: Sequence[str],
    rows: Sequence[Tensor],
    times: Sequence[Tensor],
    real: Array | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """Every measure of motions (rows (T, 135), times (T,)) made for texts.

    R-precision (R@1 … R@3) needs 32 motions; FID, KID, density and coverage need embeddings `real`
    (N, D) to compare with. What cannot be measured is left out.
    """
    chance = np.random.default_rng(seed)
    motion, words = embedder.embed_motions(rows, times), embedder.embed_prompts(texts)
    found: dict[str, float] = {}
    if real is not None:
        found["FID"] = distribution.frechet_distance(real, motion)
        found["KID"] = distribution.kernel_distance(real, motion, chance)
        if len(real) > _NEIGHBOURS:
            near = distribution.density_coverage(real, motion, _NEIGHBOURS)
            found["density"], found["coverage"] = near
    if len(words) >= distribution.R_PRECISION_BATCH:
        ranks = distribution.r_precision(words, motion)
        found |= {f"R@{n}": value for n, value in enumerate(ranks, start=1)}
    found["MM-Dist"] = distribution.matching_distance(words, motion)
    found["Diversity"] = distribution.diversity(motion, chance)
    return found


def caption_multimodality(
    embedder: Embedder,
    sampler: NermSampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    motions_per_text: int = 30,
    seed: int = 0,
    settings: TextToMotionSettings | None = None,
) -> list[float]:
    """MultiModality of each text: mean distance of 10 random pairs of `each` generations."""
    settings = settings or TextToMotionSettings()
    chance = np.random.default_rng(seed)
    found = []
    for n, (text, length) in enumerate(zip(texts, seconds, strict=True)):
        made = generate_for_captions(
            sampler,
            [text] * motions_per_text,
            [length] * motions_per_text,
            seed + n * motions_per_text,
            settings.guidance,
            settings.steps,
        )
        found.append(
            distribution.multimodality(embedder.embed_motions(made.rows, made.times)[None], chance)
        )
    return found


def _capture_rows(
    sequences: SequenceSet, chosen: Sequence[int]
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    rows, times = [], []
    for i in chosen:
        stride = max(round(float(sequences.fps[i]) / EVALUATION_FPS), 1)
        batch = sequences.batch_frames(
            torch.tensor([i]), torch.arange(0, int(sequences.frames[i]), stride)[None]
        )
        rows.append(batch.rows[0])
        times.append(batch.times[0])
    return tuple(rows), tuple(times)
