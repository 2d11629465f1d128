"""Tables about styles learnt from a few takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ...console import err, report_errors
from ...data.motion_set import load_motion_set
from ...protocol.generation_fields import STYLE_ORIGINALITY
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError
from ...styles.generator_api import Style
from ...styles.style import shipped_style_path
from ...styles.train import LearnSettings
from ...training.run import TrainingError
from ..report.tables import (
    Cell,
    ResultTable,
    Scores,
    format_mean,
    format_scores,
    metric_columns,
    publish_table,
)
from .few_takes import (
    ALTERNATION_SECONDS,
    DIVERSITY_METRICS,
    NETWORK_ORIGINALITY,
    RUN,
    SHIPPED_STYLE_TAKES,
    WALK,
    StyleExperiment,
    compare_pairs,
    label_accuracy,
    mean_diversity,
    measure_diversity,
    measure_transitions,
    minute_generation_seconds,
)
from .few_takes_sound import (
    FULL_VOLUME_SPEED,
    HELD_OUT_GAP,
    HELD_OUT_SECONDS,
    SOUND_TAKES,
    correlate_with_sound,
    train_sound_style,
)

FEW_TAKES_TABLES = ("pairs", "labels", "factor", "patch", "film", "data", "sound")
"""Names of the tables, in their order on the page."""
_ORDER = 130

ABLATIONS: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "factor": (
        "scale factor",
        {
            "4/3, 7 levels": {},
            "3/2, 5 levels": {"factor": 1.5, "levels": 5},
            "2, 3 levels": {"factor": 2.0, "levels": 3},
        },
    ),
    "patch": (
        "patch",
        {
            "17 frames (kernel 5)": {},
            "9 frames (kernel 3)": {"kernel": 3},
            "25 frames (kernel 7)": {"kernel": 7},
        },
    ),
    "film": ("labels", {"FiLM": {}, "no FiLM": {"film": False}}),
}
"""Table -> what is varied, and the fields of the network's configuration in each row."""
TRAINING_SECONDS = (60, 30, 15, 8)
_MIXED_ORIGINALITY = 0.5
"""Originality half-way between pieces and networks."""
_COLUMNS = metric_columns(DIVERSITY_METRICS)


def few_takes(
    data: Annotated[Path, typer.Argument(help="A prepared file that contains the takes.")],
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--part", help=f"Table to make: {', '.join(FEW_TAKES_TABLES)} (default: all)."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(help="Training steps of each block of levels.", min=1)] = 60,
    samples: Annotated[int, typer.Option(help="Motions of each label.", min=2)] = 6,
    style: Annotated[
        Path | None, typer.Option(help="Style of the labels table (default: the shipped one).")
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Folder of the models; existing ones are used.")
    ] = Path("runs/few_takes"),
) -> None:
    """Coverage and diversity of styles beside GANimator, labels, ablations, control by sound.

    Models that do not exist are trained; interrupted training resumes.
    """
    with report_errors(StyleError, TrainingError):
        chosen = parts or FEW_TAKES_TABLES
        if unknown := sorted(set(chosen) - set(FEW_TAKES_TABLES)):
            raise LimitError(
                f"--part must be one of {', '.join(FEW_TAKES_TABLES)} (got {unknown[0]})."
            )
        plan = StyleExperiment(
            folder,
            load_motion_set(data),
            LearnSettings(steps=steps),
            samples,
            log=lambda line: err.print(line, highlight=False),
        )
        for part in chosen:
            command = (
                f"python -m backend evaluate few-takes DATA --part {part} --steps {steps} "
                f"--samples {samples}"
            )
            table = _make_table(part, plan, style, command)
            publish_table(f"few-takes-{part}", table)


def _make_table(part: str, plan: StyleExperiment, style: Path | None, command: str) -> ResultTable:
    if part in ABLATIONS:
        return ablation_table(part, plan, command)
    if part == "labels":
        return label_table(Style.load(style or shipped_style_path()), plan, command)
    return {"pairs": pair_table, "data": data_table, "sound": sound_table}[part](plan, command)


def pair_table(plan: StyleExperiment, command: str) -> ResultTable:
    """Table of styles of two takes, beside a model without labels of each take."""
    rows: list[tuple[Cell, ...]] = []
    results = compare_pairs(plan)
    for result in results:
        for model, scores in (
            ("one style, as many steps as each model, label by label", result.same_steps),
            ("one style, the steps of both, label by label", result.double_steps),
            ("the same, alternating labels", result.alternating),
            ("pieces of the takes, label by label", result.pieces),
            ("GANimator-style, one model per take", result.baseline),
        ):
            pair = " + ".join(result.labels)
            means = format_scores(scores, DIVERSITY_METRICS)
            rows.append((pair, model, *means, format_mean(scores["jerk"], 2)))
    same_steps = _count_wins([(result.same_steps, result.baseline) for result in results])
    double_steps = _count_wins([(result.double_steps, result.baseline) for result in results])
    alternating = _count_wins([(result.alternating, result.baseline) for result in results])
    return ResultTable(
        title="Styles from two takes",
        columns=("takes", "model", *_COLUMNS, "jerk"),
        rows=tuple(rows),
        command=command,
        order=_ORDER,
        notes=(
            f"Of {len(results)} pairs the style's networks are at least as high as the baseline, "
            f"label by label, with as many steps as each of its models in {same_steps}; with the "
            f"steps of both in {double_steps}; with alternating labels in {alternating}. Motions "
            "made of pieces are near the takes by design.",
            f"Alternating: each label has {ALTERNATION_SECONDS:g} s, then the other; a motion is "
            "as long as both label by label, and is measured against both takes. A model of one "
            "take has no transitions. This row and the pieces are of the style with the steps of "
            "both.",
            "Diversity counts artefacts as well as novelty, so it falls during training. Jerk "
            "shows the difference: mean over joints and time at 60 fps, without foot lock, "
            "relative to the takes; 1 is as smooth as they are.",
            *_protocol_notes(plan),
            "All are the same networks, but the baseline has no FiLM and one model per take, so "
            "two models are compared with one style. One of the style's two schedules has as many "
            "steps as each model, half of theirs in total; the other as many as both, twice the "
            "steps of each.",
        ),
    )


def _count_wins(pairs: Sequence[tuple[Scores, Scores]]) -> str:
    """Count for each metric the pairs in which the first is at least as high as the second."""
    means = np.array([[mean_diversity(scores) for scores in pair] for pair in pairs])
    wins = (means[:, 0] >= means[:, 1]).sum(axis=0)
    return ", ".join(f"{metric} on {n}" for metric, n in zip(DIVERSITY_METRICS, wins, strict=True))


def label_table(style: Style, plan: StyleExperiment, command: str) -> ResultTable:
    """Table of a style's label accuracy, with notes on its transitions and speed."""
    default, networks = (
        label_accuracy(style, SHIPPED_STYLE_TAKES, plan, originality)
        for originality in (STYLE_ORIGINALITY.default, NETWORK_ORIGINALITY)
    )
    transitions = measure_transitions(style, SHIPPED_STYLE_TAKES, plan)
    rows: list[tuple[Cell, ...]] = [
        (name, f"{default[name]:.3f}", f"{networks[name]:.3f}") for name in default
    ]
    means = [np.mean(list(accuracy.values())) for accuracy in (default, networks)]
    rows.append(("mean", *(f"{mean:.3f}" for mean in means)))
    ratios = ", ".join(
        f"{metric} {transitions.ratio(metric):.2f}" for metric in ("jerk", "skate", "slide")
    )
    return ResultTable(
        title="Labels of the shipped style",
        columns=("label", "accuracy ↑", "networks alone ↑"),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 1,
        notes=(
            f"Accuracy: fraction of half-second windows in {plan.samples} motions of 4 s of each "
            "label whose nearest window of all takes has that label (nearest neighbour over poses "
            "and root motion).",
            f"In transitions between labels ({len(transitions.generated)} changes, about 1.5 s "
            f"each, with foot lock), relative to the takes: {ratios}.",
            "Generating a minute of all labels in turn at 60 fps, with foot lock, takes "
            f"{minute_generation_seconds(style):.2f} s (median of five, warm).",
        ),
    )


def ablation_table(part: str, plan: StyleExperiment, command: str) -> ResultTable:
    """Table of the effect of one of the `ABLATIONS` on a style of a walk and a run."""
    pair = (WALK, RUN)
    rows: list[tuple[Cell, ...]] = []
    varied, variants = ABLATIONS[part]
    for number, (name, shape) in enumerate(variants.items()):
        model = f"{part}_{number}" if shape else "walk_run"
        style = plan.load_or_train(model, pair, shape)
        scores = measure_diversity(style, pair, plan)
        accuracy = np.mean(list(label_accuracy(style, pair, plan).values()))
        rows.append((name, *format_scores(scores, DIVERSITY_METRICS), f"{accuracy:.3f}"))
        plan.log(f"{varied}: {name}: {mean_diversity(scores)}, labels {accuracy:.3f}")
    return ResultTable(
        title=f"Ablation of styles: {varied}",
        columns=(varied, *_COLUMNS, "label accuracy ↑"),
        rows=tuple(rows),
        command=command,
        order=_ORDER + FEW_TAKES_TABLES.index(part),
        notes=("Networks alone.", *_protocol_notes(plan)),
    )


def data_table(plan: StyleExperiment, command: str) -> ResultTable:
    """Table of styles by the length of their training take."""
    rows: list[tuple[Cell, ...]] = []
    for seconds in TRAINING_SECONDS:
        excerpt = replace(WALK, end=WALK.start + seconds)
        style = plan.load_or_train(f"walk_{seconds}s", [excerpt])
        short = replace(plan, length_factor=16 / seconds)
        for name, originality in (
            ("networks alone", NETWORK_ORIGINALITY),
            ("pieces", STYLE_ORIGINALITY.default),
        ):
            scores = measure_diversity(style, [excerpt], short, originality)
            rows.append((f"{seconds} s", name, *format_scores(scores, DIVERSITY_METRICS)))
            plan.log(f"{seconds} s, {name}: {mean_diversity(scores)}")
    return ResultTable(
        title="Styles by the length of their training take",
        columns=("of a walk", "made of", *_COLUMNS),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 5,
        notes=(
            f"{plan.settings.steps} steps of each block of levels; {plan.samples} motions of 16 s "
            "of each, measured against the whole training take: a longer take has more to cover.",
        ),
    )


def sound_table(plan: StyleExperiment, command: str) -> ResultTable:
    """Table of how well the hands follow a sound that was made from hands."""
    style = train_sound_style(plan)
    rows: list[tuple[Cell, ...]] = []
    for name, originality in (
        ("networks alone", NETWORK_ORIGINALITY),
        (f"originality {_MIXED_ORIGINALITY:g}", _MIXED_ORIGINALITY),
        (f"pieces (originality {STYLE_ORIGINALITY.default:g})", STYLE_ORIGINALITY.default),
    ):
        scores = correlate_with_sound(style, SOUND_TAKES, plan, originality)
        seed_distance = format_mean(_flatten(scores.seed_distances), 2)
        for sound, by_take, distance in (
            ("the sound's own", scores.matching, seed_distance),
            ("another take's sound", scores.mismatched, None),
        ):
            means = (format_mean(values) for values in by_take.values())
            rows.append((name, sound, format_mean(_flatten(by_take)), *means, distance))
        plan.log(f"Sound, {name}: {rows[-2][2]}, by chance {rows[-1][2]}")
    seconds = sum(take.end - take.start for take in SOUND_TAKES)
    return ResultTable(
        title="Styles that follow a sound",
        columns=(
            "made of",
            "compared with",
            "correlation ↑",
            *(f"{take.label} ↑" for take in SOUND_TAKES),
            "distance of seeds ↑",
        ),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 6,
        notes=(
            "The data has no motion with speech, so the sound is made from the motion: a hum as "
            f"loud as both wrists are fast, loudest at {FULL_VOLUME_SPEED:g} m/s, with the audio "
            "features that the style would use for a voice (log-mel bands and prosody). The table "
            "shows that a sound is followed, not that gestures fit speech.",
            f"Trained on {seconds:g} s of four captures and their sound. Held out: "
            f"{HELD_OUT_SECONDS:g} s of each of the same captures, {HELD_OUT_GAP:g} s after the "
            "training part; their sound is given, and the generated motion compared with theirs.",
            "Correlation over time of the wrists' speed, mean of both, at 30 fps, not smoothed; "
            "another take's sound: the same motions compared with the other three held-out parts, "
            f"which is chance level. {plan.samples} motions for each sound; those of one sound are "
            "not independent, so ± is over samples and not over sounds.",
            "Distance of seeds: mean distance of each two motions of one sound, of 6D rotations "
            "over all joints. Near 0 the sound alone determines the motion.",
            "The weight of a sound in choosing pieces was tuned on other captures; that networks "
            "need standardised audio features was found on these.",
            f"{plan.settings.steps} steps of each block of two levels, batches of "
            f"{plan.settings.batch}.",
        ),
    )


def _flatten(by_take: Mapping[str, Sequence[float]]) -> list[float]:
    return [value for values in by_take.values() for value in values]


def _protocol_notes(plan: StyleExperiment) -> tuple[str, ...]:
    return (
        f"A short schedule: {plan.settings.steps} steps of each block of two levels, batches of "
        f"{plan.settings.batch}; {plan.samples} motions of each label, "
        f"{plan.length_factor:g} times as long as its take.",
        "Coverage: fraction of one-second windows of the take with a generated window nearer than "
        "2.0. Diversity: distance of the motion from the nearest stretches of the take, of a "
        "second or longer (global) and of half a second (local). Distances of 6D rotations over "
        "all joints, mean over frames.",
    )
