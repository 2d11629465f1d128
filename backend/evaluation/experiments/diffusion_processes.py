"""Which process of stage 2 ships: noise, code or flow, in how many steps, guided how strongly.

Every model makes motions of the same texts, durations and seeds. The number of steps varies at one
guidance, and the guidance at one number of steps.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...data.motion_set import MotionSet, MotionSetError
from ...data.sequences import SequenceSet
from ...embedding import Embedder
from ...nerm.sampler import MotionRequest, NermSampler
from ..metrics import distribution
from ..report.tables import Cell, ResultTable, format_mean
from .text_to_motion import EVALUATION_FPS, generate_for_captions, sample_captures, score_motions

PROCESS_METRICS = ("FID", "KID", "R@1", "R@3", "MM-Dist", "Diversity", "density", "coverage")
_DIRECTIONS = ("↓", "↓", "↑", "↑", "↓", "→ real", "→ 1", "↑")

MIN_R_PRECISION_RATIO = 0.8
"""Share of the real row's R@3 that makes a setting fit to ship; of those the lowest FID wins."""

_TIMED_RUNS = 5
_TIMED_SECONDS = 5.0

LogLine = Callable[[str], None]


@dataclass(frozen=True)
class SamplingSetting:
    """How a code is drawn."""

    steps: int
    guidance: float


@dataclass(frozen=True)
class ProcessRow:
    """One model at one setting."""

    name: str
    process: str
    """As the weights name it."""
    setting: SamplingSetting
    scores: dict[str, list[float]]
    """Measure -> one figure for each repeat."""
    milliseconds: float
    """Median time to draw one code, warm."""

    def mean(self, measure: str) -> float:
        """Of the repeats."""
        return float(np.mean(self.scores[measure]))


@dataclass(frozen=True)
class ProcessResult:
    """All rows."""

    real: dict[str, list[float]]
    rows: tuple[ProcessRow, ...]
    texts: int
    """Motions of each repeat."""
    repeats: int

    @property
    def best_row(self) -> ProcessRow:
        """The lowest FID of rows whose R@3 is enough; the highest R@3 where none is."""
        wanted = MIN_R_PRECISION_RATIO * float(np.mean(self.real["R@3"]))
        fit = [row for row in self.rows if row.mean("R@3") >= wanted]
        if fit:
            return min(fit, key=lambda row: row.mean("FID"))
        return max(self.rows, key=lambda row: row.mean("R@3"))


def sampling_settings(
    steps: Sequence[int], guidances: Sequence[float], default: SamplingSetting
) -> tuple[SamplingSetting, ...]:
    """Each number of steps at the usual guidance, and each guidance at the usual steps, once."""
    settings = [SamplingSetting(n, default.guidance) for n in steps]
    settings += [SamplingSetting(default.steps, r) for r in guidances]
    return tuple(dict.fromkeys([*settings, default]))


def score_processes(
    motions: MotionSet,
    models: Mapping[str, NermSampler],
    embedder: Embedder,
    settings: Sequence[SamplingSetting],
    limit: int,
    repeats: int,
    log: LogLine,
) -> ProcessResult:
    """Measure every model at every setting, on texts of the training split.

    Args:
        motions: that the models were trained on.
        models: name -> model; trained for equally many steps on the same codes.
        embedder: reads motions and texts.
        settings: at which codes are drawn.
        limit: texts of a repeat, at most.
        repeats: how often other texts and seeds are drawn.
        tell: hears of the progress, a line at a time.

    Raises:
        MotionSetError: if there are too few captions for R-precision.
    """
    sequences = SequenceSet(motions)
    real: dict[str, list[float]] = defaultdict(list)
    scores: dict[tuple[str, SamplingSetting], dict[str, list[float]]] = {
        (name, setting): defaultdict(list) for name in models for setting in settings
    }
    texts = 0
    for repeat in range(repeats):
        pairs, others = sample_captures(sequences, limit, np.random.default_rng(repeat))
        if len(pairs.texts) < distribution.R_PRECISION_BATCH:
            raise MotionSetError(
                f"The table needs {distribution.R_PRECISION_BATCH} different captions; the data "
                "has "
                f"{len(pairs.texts)}."
            )
        texts = len(pairs.texts)
        reference = embedder.embed_motions(pairs.rows, pairs.times)
        elsewhere = embedder.embed_motions(others.rows, others.times)
        _append(real, score_motions(embedder, pairs.texts, pairs.rows, pairs.times, elsewhere))
        for (name, setting), found in scores.items():
            made = generate_for_captions(
                models[name],
                pairs.texts,
                pairs.durations,
                repeat * limit,
                setting.guidance,
                setting.steps,
                originality=1.0,
            )
            _append(found, score_motions(embedder, made.texts, made.rows, made.times, reference))
            log(
                f"Repeat {repeat + 1} of {repeats}, {name}, {setting.steps} steps, guidance "
                f"{setting.guidance:g}: FID {found['FID'][-1]:.3f}, R@3 {found['R@3'][-1]:.3f}."
            )
    rows = [
        ProcessRow(
            name,
            models[name].weights.noise_process,
            setting,
            dict(found),
            sampling_milliseconds(models[name], setting),
        )
        for (name, setting), found in scores.items()
    ]
    return ProcessResult(dict(real), tuple(rows), texts, repeats)


def sampling_milliseconds(sampler: NermSampler, setting: SamplingSetting) -> float:
    """Median milliseconds to draw one code from words, of five runs after a warm-up."""
    condition = sampler.condition(
        [MotionRequest("a person walks forward", None, _TIMED_SECONDS, 0)]
    )
    taken = []
    for seed in range(_TIMED_RUNS + 1):
        begun = time.perf_counter()
        sampler.sample_codes(condition, [seed], setting.guidance, setting.steps, originality=1.0)
        taken.append(time.perf_counter() - begun)
    return 1000 * float(np.median(taken[1:]))


def process_table(
    result: ProcessResult, command: str, default: SamplingSetting, shipped: str | None
) -> ResultTable:
    """The table, with what ships and why.

    Args:
        result: what was measured.
        command: that measured it.
        usual: the steps and guidance that are used unless asked otherwise.
        shipped: the process of the shipped weights; None if there are none.
    """
    best = result.best_row
    enough = MIN_R_PRECISION_RATIO * float(np.mean(result.real["R@3"]))
    why = (
        f"the lowest FID of all with R@3 of at least {enough:.3f}, {MIN_R_PRECISION_RATIO:.0%} of "
        "the real row's"
        if best.mean("R@3") >= enough
        else f"the highest R@3; none reaches {enough:.3f}, "
        f"{MIN_R_PRECISION_RATIO:.0%} of the real row's"
    )
    notes = [
        f"Best here: {best.name} ({best.process}) in {best.setting.steps} steps with guidance "
        f"{best.setting.guidance:g}: {why}.",
        f"{result.texts} texts of the training split in each of {result.repeats} repeats, the "
        f"same texts, durations and seeds for every row; motions at {EVALUATION_FPS:g} fps with "
        "feet held.",
        "Time: median of five draws of one code, warm, without decoding.",
        "Our own embedder (`train embedder`), trained on the training split only.",
    ]
    if shipped is not None:
        notes.insert(
            1,
            f"Shipped: {shipped}, {default.steps} steps, guidance {default.guidance:g} unless "
            "asked "
            "otherwise.",
        )
    real: tuple[Cell, ...] = ("Real", None, None, None, *_cells(result.real), None)
    rows = [
        (
            row.name,
            row.process,
            f"{row.setting.steps}",
            f"{row.setting.guidance:g}",
            *_cells(row.scores),
            f"{row.milliseconds:.0f}",
        )
        for row in result.rows
    ]
    measures = (f"{m} {d}" for m, d in zip(PROCESS_METRICS, _DIRECTIONS, strict=True))
    return ResultTable(
        title="Processes of stage 2",
        columns=("model", "process", "steps", "guidance", *measures, "draw ms ↓"),
        rows=(real, *rows),
        command=command,
        order=95,
        notes=tuple(notes),
    )


def _cells(scores: Mapping[str, Sequence[float]]) -> list[Cell]:
    return [format_mean(list(scores[m])) if scores.get(m) else None for m in PROCESS_METRICS]


def _append(to: dict[str, list[float]], measured: Mapping[str, float]) -> None:
    for name, value in measured.items():
        to[name].append(value)
