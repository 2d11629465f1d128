"""Choice of NeRM's diffusion process: what it predicts, number of steps and guidance scale.

Every model generates motions for the same texts, durations and seeds. The number of steps varies at
one guidance scale, and the guidance scale at one number of steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ...console import err, report_errors
from ...data.motion_set import MotionSet, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder, default_embedder_folder, load_embedder
from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, MotionRequest, NermSampler
from ...nerm.weights import load_weights
from ...training.weight_files import WeightsError
from ..generators import NermGenerator
from ..options import Data, EmbedderFolder, Repeats
from ..report.tables import (
    ResultTable,
    Scores,
    append_scores,
    format_scores,
    metric_columns,
    publish_table,
)
from .speed import median_seconds
from .text_to_motion import (
    CAPTION_BATCH,
    EVALUATION_FPS,
    TEXT_TO_MOTION_METRICS,
    check_caption_count,
    generate_for_captions,
    sample_captures,
    score_motions,
)

PROCESS_METRICS = {
    name: "↓" if name == "KID" else direction
    for name, direction in TEXT_TO_MOTION_METRICS.items()
    if name not in ("R@2", "MultiModality")
}
"""Metric of a row -> better direction."""

MIN_R_PRECISION_RATIO = 0.8
"""Smallest R@3, relative to the real row, of a setting that may ship; then the lowest FID wins."""

_TIMED_RUNS = 5
_TIMED_SECONDS = 5.0
"""Length of the motion whose sampling is timed."""


def processes(
    data: Data,
    weights: Annotated[
        list[str],
        typer.Option(help="NAME=FOLDER of weight files; once for each model to compare."),
    ],
    embedder: EmbedderFolder = None,
    steps: Annotated[list[int] | None, typer.Option(help="Numbers of denoising steps.")] = None,
    guidance: Annotated[list[float] | None, typer.Option(help="Guidance scales.")] = None,
    limit: Annotated[int, typer.Option(help="Most texts in a repeat.", min=32)] = 256,
    repeats: Repeats = 2,
) -> None:
    """FID, R-precision and time of several models over steps and guidance."""
    default = SamplingSetting(DEFAULT_STEPS, DEFAULT_GUIDANCE_SCALE)
    guidances = guidance or [1.0, 2.0, 3.0, 5.0]
    settings = sampling_settings(steps or [5, 10, 20, 50], guidances, default)
    with report_errors(WeightsError):
        models = {
            name: NermSampler(load_weights(folder))
            for name, folder in _parse_models(weights).items()
        }
        encoder = next(iter(models.values())).text_encoder
        reader = load_embedder(embedder or default_embedder_folder(), encoder)
        motions = load_motion_set(data)
        result = score_processes(motions, models, reader, settings, limit, repeats)
    names = " ".join(f"--weights {name}=FOLDER" for name in models)
    command = (
        f"python -m backend evaluate processes DATA {names} --limit {limit} --repeats {repeats}"
    )
    publish_table("processes", process_table(result, command, default, _shipped_process()))


def _parse_models(weights: Sequence[str]) -> dict[str, Path]:
    """Parse each NAME=FOLDER."""
    models: dict[str, Path] = {}
    for text in weights:
        name, equals, folder = text.partition("=")
        if not (name and equals and folder):
            raise typer.BadParameter(f"--weights must be NAME=FOLDER (got {text!r}).")
        models[name] = Path(folder)
    return models


def _shipped_process() -> str | None:
    """Process of the shipped weights, if there are any."""
    try:
        return load_weights().noise_process
    except WeightsError:
        return None


@dataclass(frozen=True)
class SamplingSetting:
    """Options with which a code is sampled."""

    steps: int
    guidance: float


@dataclass(frozen=True)
class ProcessRow:
    """One model at one setting."""

    name: str
    process: str
    """Name of the process in the weights."""
    setting: SamplingSetting
    scores: Scores
    milliseconds: float
    """Median time to sample one code, warm."""

    def mean(self, metric: str) -> float:
        return float(np.mean(self.scores[metric]))


@dataclass(frozen=True)
class ProcessResult:
    """All rows of the comparison."""

    real: Scores
    rows: tuple[ProcessRow, ...]
    texts: int
    """Motions in each repeat."""
    repeats: int

    @property
    def min_r_precision(self) -> float:
        """Smallest R@3 with which a setting may ship."""
        return MIN_R_PRECISION_RATIO * float(np.mean(self.real["R@3"]))

    @property
    def best_row(self) -> ProcessRow:
        """Row of the lowest FID among those with sufficient R@3, or of the highest R@3."""
        fit = [row for row in self.rows if row.mean("R@3") >= self.min_r_precision]
        if fit:
            return min(fit, key=lambda row: row.mean("FID"))
        return max(self.rows, key=lambda row: row.mean("R@3"))


def sampling_settings(
    steps: Sequence[int], guidances: Sequence[float], default: SamplingSetting
) -> tuple[SamplingSetting, ...]:
    """Combine each number of steps with the default guidance, and the other way round."""
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
) -> ProcessResult:
    """Measure every model at every setting, on texts of the training split.

    All models were trained for equally many steps on the same codes. Each repeat has at most
    `limit` texts, other ones, and other seeds.

    Raises:
        MotionSetError: There are too few captions for R-precision.
    """
    sequences = SequenceSet(motions)
    real: Scores = {}
    scores: dict[tuple[str, SamplingSetting], Scores] = {
        (name, setting): {} for name in models for setting in settings
    }
    count = 0
    for repeat in range(repeats):
        pairs, others = sample_captures(sequences, limit, np.random.default_rng(repeat))
        check_caption_count(pairs)
        count = len(pairs.texts)
        reference = pairs.embed(embedder)
        append_scores(real, score_motions(embedder, pairs, others.embed(embedder)))
        for (name, setting), row in scores.items():
            guidance, steps = setting.guidance, setting.steps
            model = NermGenerator(
                name, models[name], EVALUATION_FPS, guidance, steps, 1.0, CAPTION_BATCH
            )
            generated = generate_for_captions(model, pairs.texts, pairs.durations, repeat * limit)
            append_scores(row, score_motions(embedder, generated, reference))
            err.print(
                f"Repeat {repeat + 1} of {repeats}, {name}, {setting.steps} steps, guidance "
                f"{setting.guidance:g}: FID {row['FID'][-1]:.3f}, R@3 {row['R@3'][-1]:.3f}."
            )
    rows = [
        ProcessRow(
            name,
            models[name].weights.noise_process,
            setting,
            row,
            sampling_milliseconds(models[name], setting),
        )
        for (name, setting), row in scores.items()
    ]
    return ProcessResult(real, tuple(rows), count, repeats)


def sampling_milliseconds(sampler: NermSampler, setting: SamplingSetting) -> float:
    """Median milliseconds to sample one code for a prompt, of five runs after a warm-up."""
    request = MotionRequest("a person walks forward", None, _TIMED_SECONDS, 0)
    arguments = sampler.condition([request]), [0], setting.guidance, setting.steps
    sample = partial(sampler.sample_codes, *arguments, originality=1.0)
    return 1000 * median_seconds({"": sample}, _TIMED_RUNS)[""]


def process_table(
    result: ProcessResult, command: str, default: SamplingSetting, shipped: str | None
) -> ResultTable:
    """Table of all rows, with notes on what ships and why; `shipped` is None without weights."""
    best, required = result.best_row, result.min_r_precision
    reason = (
        f"the lowest FID of all with R@3 of at least {required:.3f}, "
        f"{MIN_R_PRECISION_RATIO:.0%} of the real row's"
        if best.mean("R@3") >= required
        else f"the highest R@3; none reaches {required:.3f}, "
        f"{MIN_R_PRECISION_RATIO:.0%} of the real row's"
    )
    defaults = f"{default.steps} steps with guidance {default.guidance:g}"
    notes = (
        f"Best here: {best.name} ({best.process}) in {best.setting.steps} steps with guidance "
        f"{best.setting.guidance:g}: {reason}.",
        *([f"Shipped: {shipped}; by default {defaults}."] if shipped else []),
        f"{result.texts} texts of the training split in each of {result.repeats} repeats, the "
        f"same texts, durations and seeds for every row; motions at {EVALUATION_FPS:g} fps with "
        "foot lock.",
        "Time: median of five samples of one code, warm, without decoding.",
        "Our own embedder (`train embedder`), trained on the training split only.",
    )
    real = format_scores(result.real, PROCESS_METRICS)
    metrics = metric_columns(PROCESS_METRICS)
    rows = [
        (
            row.name,
            row.process,
            f"{row.setting.steps}",
            f"{row.setting.guidance:g}",
            *format_scores(row.scores, PROCESS_METRICS),
            f"{row.milliseconds:.0f}",
        )
        for row in result.rows
    ]
    return ResultTable(
        title="Diffusion processes of NeRM's stage 2",
        columns=("model", "process", "steps", "guidance", *metrics, "sample ms ↓"),
        rows=(("Real", None, None, None, *real, None), *rows),
        command=command,
        order=95,
        notes=notes,
    )
