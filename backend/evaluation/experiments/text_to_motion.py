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
from ...embedding import Embedder, take_rows
from ...kinematics.math.rotations import Array
from ...nerm.sampler import DEFAULT_GUIDANCE, DEFAULT_STEPS, Request, Sampler
from ...protocol.limits import DEFAULT_ORIGINALITY
from ..metrics import distribution
from ..report.published import EVALUATOR, TEXT_TO_MOTION, TEXT_TO_MOTION_COLUMNS
from ..report.tables import Cell, ResultTable, spread

FPS = 30.0
"""At which motions are compared; captures of other rates at the nearest whole fraction."""

_DRAWN = 32
_NEIGHBOURS = 5


COLUMNS = (
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
class Settings:
    """How much is measured, and how motions are drawn."""

    limit: int = 512
    """Texts of the training split."""
    repeats: int = 3
    """Times texts, motions and pairs are drawn anew."""
    multimodal: int = 16
    """Texts that get 30 motions each."""
    guidance: float = DEFAULT_GUIDANCE
    steps: int = DEFAULT_STEPS


@dataclass(frozen=True)
class Samples:
    """Motions with the texts they belong to."""

    texts: tuple[str, ...]
    rows: tuple[Tensor, ...]
    """Pose rows (T, 135) of each."""
    times: tuple[Tensor, ...]
    """(T,) seconds."""

    @property
    def seconds(self) -> list[float]:
        """Length of each motion."""
        return [float(time[-1] - time[0]) for time in self.times]


def tables(
    data: Path,
    sampler: Sampler,
    embedder: Embedder,
    settings: Settings,
    tell: Callable[[str], None],
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
        real, made, free, counts = _all(sequences, limit, sampler, embedder, settings, tell)
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
        f"motions at {FPS:g} fps with feet held. MultiModality: 10 pairs of 30 motions of each of "
        f"{settings.multimodal} texts, ± over texts.",
        "The real row's FID and KID are between the motions of the texts and as many others of "
        "the same split, where that many are left. Of so few motions as the held-out clips have, "
        "KID says more than FID. All texts are different; motions that fit several stay so.",
        "Our own embedder (`train embedder`), trained on the training split only.",
    ]
    return ResultTable(
        title="Text-to-motion",
        columns=("motions", *(f"{c} {d}" for c, d in zip(COLUMNS, _DIRECTIONS, strict=True))),
        rows=tuple(rows),
        command=f"python -m backend evaluate text-to-motion DATA --limit {settings.limit} "
        f"--repeats {settings.repeats}",
        order=20,
        notes=tuple(notes),
    )


def published_table() -> ResultTable:
    """The slides' text-to-motion figures."""
    return ResultTable(
        title="Text-to-motion, as others published",
        columns=TEXT_TO_MOTION_COLUMNS,
        rows=TEXT_TO_MOTION,
        command="python -m backend evaluate text-to-motion DATA",
        order=20,
        notes=(EVALUATOR,),
    )


def _all(
    sequences: SequenceSet,
    limit: int,
    sampler: Sampler,
    embedder: Embedder,
    settings: Settings,
    tell: Callable[[str], None],
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, list[float]], int]:
    """Every measure of the real motions, of those generated as usual and of those drawn freely in
    each repeat; and how many texts."""
    real: dict[str, list[float]] = defaultdict(list)
    made: dict[str, list[float]] = defaultdict(list)
    free: dict[str, list[float]] = defaultdict(list)
    pairs = None
    for repeat in range(settings.repeats):
        pairs, others = real_samples(sequences, limit, np.random.default_rng(repeat))
        if len(pairs.texts) < distribution.BATCH:
            raise MotionSetError(
                f"The table needs {distribution.BATCH} different captions in each split; one of "
                f"them has {len(pairs.texts)}."
            )
        reference = embedder.motions(pairs.rows, pairs.times)
        # Where nearly all of a split is measured, little is left to compare it with.
        enough = len(others.rows) >= distribution.BATCH
        elsewhere = embedder.motions(others.rows, others.times) if enough else None
        _append(real, score_samples(embedder, pairs.texts, pairs.rows, pairs.times, elsewhere))
        for found, originality in ((made, DEFAULT_ORIGINALITY), (free, 1.0)):
            drawn = generated_samples(
                sampler,
                pairs.texts,
                pairs.seconds,
                repeat * limit,
                settings.guidance,
                settings.steps,
                originality,
            )
            _append(found, score_samples(embedder, drawn.texts, drawn.rows, drawn.times, reference))
        tell(f"Repeat {repeat + 1} of {settings.repeats}: R@3 {made['R@3'][-1]:.3f}.")
    assert pairs is not None
    few = slice(settings.multimodal)
    made["MultiModality"] = multimodality(
        embedder, sampler, pairs.texts[few], pairs.seconds[few], settings=settings
    )
    return real, made, free, len(pairs.texts)


def _append(to: dict[str, list[float]], measured: dict[str, float]) -> None:
    for name, value in measured.items():
        to[name].append(value)


def _row(name: str, measured: dict[str, list[float]]) -> tuple[Cell, ...]:
    shown = {**measured, "KID": [1000 * value for value in measured["KID"]]}
    return (name, *(spread(shown[c]) if shown.get(c) else None for c in COLUMNS))


def real_samples(
    sequences: SequenceSet, limit: int, generator: np.random.Generator
) -> tuple[Samples, Samples]:
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
        Samples(tuple(taken), *_captured(sequences, chosen)),
        Samples(("",) * len(others), *_captured(sequences, others)),
    )


def generated_samples(
    sampler: Sampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    seed: int,
    guidance: float = DEFAULT_GUIDANCE,
    steps: int = DEFAULT_STEPS,
    originality: float = DEFAULT_ORIGINALITY,
) -> Samples:
    """A generated motion of each text and length, as users get it: feet held where they stand.

    Seeds count up from `seed`.
    """
    rows: list[Tensor] = []
    times: list[Tensor] = []
    for start in range(0, len(texts), _DRAWN):
        requests = [
            Request(text, None, length, seed + start + n)
            for n, (text, length) in enumerate(
                zip(texts[start : start + _DRAWN], seconds[start : start + _DRAWN], strict=True)
            )
        ]
        condition = sampler.condition(requests)
        seeds = [request.seed for request in requests]
        codes = sampler.draw(condition, seeds, guidance, steps, originality=originality)
        for code, request in zip(codes, requests, strict=True):
            take = sampler.take(code, request.seconds, FPS)
            rows.append(take_rows(take))
            times.append(torch.from_numpy(take.times))
    return Samples(tuple(texts), tuple(rows), tuple(times))


def score_samples(
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
    motion, words = embedder.motions(rows, times), embedder.texts(texts)
    found: dict[str, float] = {}
    if real is not None:
        found["FID"] = distribution.frechet_distance(real, motion)
        found["KID"] = distribution.kernel_distance(real, motion, chance)
        if len(real) > _NEIGHBOURS:
            near = distribution.density_coverage(real, motion, _NEIGHBOURS)
            found["density"], found["coverage"] = near
    if len(words) >= distribution.BATCH:
        ranks = distribution.r_precision(words, motion)
        found |= {f"R@{n}": value for n, value in enumerate(ranks, start=1)}
    found["MM-Dist"] = distribution.matching_distance(words, motion)
    found["Diversity"] = distribution.diversity(motion, chance)
    return found


def multimodality(
    embedder: Embedder,
    sampler: Sampler,
    texts: Sequence[str],
    seconds: Sequence[float],
    each: int = 30,
    seed: int = 0,
    settings: Settings | None = None,
) -> list[float]:
    """MultiModality of each text: mean distance of 10 random pairs of `each` generations."""
    settings = settings or Settings()
    chance = np.random.default_rng(seed)
    found = []
    for n, (text, length) in enumerate(zip(texts, seconds, strict=True)):
        made = generated_samples(
            sampler,
            [text] * each,
            [length] * each,
            seed + n * each,
            settings.guidance,
            settings.steps,
        )
        found.append(
            distribution.multimodality(embedder.motions(made.rows, made.times)[None], chance)
        )
    return found


def _captured(
    sequences: SequenceSet, chosen: Sequence[int]
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    rows, times = [], []
    for i in chosen:
        stride = max(round(float(sequences.fps[i]) / FPS), 1)
        batch = sequences.take(
            torch.tensor([i]), torch.arange(0, int(sequences.frames[i]), stride)[None]
        )
        rows.append(batch.rows[0])
        times.append(batch.times[0])
    return tuple(rows), tuple(times)
