"""The tables about styles that were learnt from a few takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...data.motion_set import MotionSet
from ...protocol.limits import DEFAULT_STYLE_ORIGINALITY
from ...styles.generator_api import Style
from ..report.tables import Cell, ResultTable, format_mean
from .few_takes import (
    ALTERNATION_SECONDS,
    NETWORK_ORIGINALITY,
    RUN,
    WALK,
    DiversityScores,
    Excerpt,
    StyleExperiment,
    compare_pairs,
    label_accuracy,
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

_COLUMNS = ("coverage ↑", "global diversity ↑", "local diversity ↑")
_ORDER = 130

SCALE_FACTOR_VARIANTS: dict[str, dict[str, Any]] = {
    "4/3, 7 levels": {},
    "3/2, 5 levels": {"factor": 1.5, "levels": 5},
    "2, 3 levels": {"factor": 2.0, "levels": 3},
}
PATCH_VARIANTS: dict[str, dict[str, Any]] = {
    "17 frames (kernel 5)": {},
    "9 frames (kernel 3)": {"kernel": 3},
    "25 frames (kernel 7)": {"kernel": 7},
}
FILM_VARIANTS: dict[str, dict[str, Any]] = {"FiLM": {}, "no FiLM": {"film": False}}
TRAINING_SECONDS = (60, 30, 15, 8)
_MIXED_ORIGINALITY = 0.5
"""Originality half way from pieces to networks."""


def pair_table(motions: MotionSet, plan: StyleExperiment, command: str) -> ResultTable:
    """Styles of two takes beside a model of each take alone that knows no labels."""
    rows: list[tuple[Cell, ...]] = []
    results = compare_pairs(motions, plan)
    for result in results:
        for model, found in (
            ("one style, as many steps as each model, label by label", result.short),
            ("one style, the steps of both, label by label", result.longer),
            ("the same, labels in turn", result.turns),
            ("of pieces of the takes, label by label", result.pieces),
            ("GANimator-style, a model each", result.baseline),
        ):
            rows.append(
                (" + ".join(result.labels), model, *_cells(found), format_mean(found.jerk, 2))
            )  # fmt: skip
    short, longer, turns = (
        _count_wins([(getattr(result, how), result.baseline) for result in results])
        for how in ("short", "longer", "turns")
    )
    return ResultTable(
        title="Styles from two takes",
        columns=("takes", "model", *_COLUMNS, "jerk"),
        rows=tuple(rows),
        command=command,
        order=_ORDER,
        notes=(
            f"Of {len(results)} pairs the style's networks are at least as high as the rival, "
            f"label by label, with as many steps as each of its models in {short}; with the steps "
            f"of both in {longer}; where labels take turns, in {turns}. What is put together of "
            "pieces is near the takes by design.",
            f"In turn: each label has {ALTERNATION_SECONDS:g} s, then the other; a motion is as "
            "long as both of "
            "label by label, and measured against both takes. A model of one take has nothing to "
            "pass into. This and the pieces are of the style with the steps of both.",
            "Diversity counts what is wrong as well as what is new, so it falls as models learn. "
            "Jerk tells the two apart: mean over joints and time at 60 fps, feet as they are, "
            "times that of the takes; 1 is as smooth as they are.",
            *_protocol_notes(plan),
            "All are the same networks, but the rival has no FiLM and learns one take in each "
            "model, so two models stand beside one style. Of its two schedules one has as many "
            "steps as each of them, half of theirs in all; the other as many as both, twice the "
            "steps that made each.",
        ),
    )


def _count_wins(pairs: Sequence[tuple[DiversityScores, DiversityScores]]) -> str:
    """On how many pairs the first is at least as high as the second, in words."""
    won = np.sum([np.greater_equal(one.means, other.means) for one, other in pairs], axis=0)
    return ", ".join(f"{column[:-2]} on {n}" for column, n in zip(_COLUMNS, won, strict=True))


def label_table(
    style: Style, takes: Sequence[Excerpt], motions: MotionSet, plan: StyleExperiment, command: str
) -> ResultTable:
    """Whether a style does what it is told, and how it gets from one label to another."""
    used, alone = (
        label_accuracy(style, takes, motions, plan, originality)
        for originality in (DEFAULT_STYLE_ORIGINALITY, NETWORK_ORIGINALITY)
    )
    between = measure_transitions(style, takes, motions)
    rows: list[tuple[Cell, ...]] = [
        (name, f"{used[name]:.3f}", f"{alone[name]:.3f}") for name in used
    ]
    means = [np.mean(list(found.values())) for found in (used, alone)]
    rows.append(("mean", *(f"{mean:.3f}" for mean in means)))
    ratios = {
        name: between.ratio(measure)
        for name, measure in (("jerk", "jerk"), ("skate", "skate"), ("slide", "slide"))
    }
    told = ", ".join(f"{name} {value:.2f}" for name, value in ratios.items())
    return ResultTable(
        title="Labels of the style that ships",
        columns=("label", "accuracy ↑", "of the networks alone ↑"),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 1,
        notes=(
            f"Accuracy: share of half-second windows in {plan.samples} motions of 4 s of each "
            "label whose nearest window of all takes is of that label (nearest neighbour over "
            "poses and the root's way).",
            f"Where a label passes into another ({len(between.generated)} changes, 1.5 s about "
            "each, "
            f"feet held), times the takes' own: {told}.",
            "A minute of all labels in turn at 60 fps, feet held, takes "
            f"{minute_generation_seconds(style):.2f} s to "
            "make (median of five, warm).",
        ),
    )


def ablation_table(
    title: str,
    variants: Mapping[str, Mapping[str, Any]],
    prefix: str,
    order: int,
    motions: MotionSet,
    plan: StyleExperiment,
    command: str,
) -> ResultTable:
    """What one switch does to a style of a walk and a run."""
    pair = (WALK, RUN)
    rows: list[tuple[Cell, ...]] = []
    for number, (name, shape) in enumerate(variants.items()):
        model = "walk_run" if not shape else f"{prefix}_{number}"
        style = plan.load_or_train(model, motions, pair, shape)
        found = measure_diversity(style, pair, motions, plan)
        right = np.mean(list(label_accuracy(style, pair, motions, plan).values()))
        rows.append((name, *_cells(found), f"{right:.3f}"))
        plan.log(f"{title}: {name}: {found.means}, labels {right:.3f}")
    return ResultTable(
        title=title,
        columns=(title.rsplit(": ", maxsplit=1)[-1], *_COLUMNS, "label accuracy ↑"),
        rows=tuple(rows),
        command=command,
        order=_ORDER + order,
        notes=("Of the networks alone.", *_protocol_notes(plan)),
    )


def data_table(motions: MotionSet, plan: StyleExperiment, command: str) -> ResultTable:
    """How little of one take is enough."""
    rows: list[tuple[Cell, ...]] = []
    for seconds in TRAINING_SECONDS:
        part = Excerpt(WALK.clip, WALK.start, WALK.start + seconds, WALK.label)
        style = plan.load_or_train(f"walk_{seconds}s", motions, [part])
        short = StyleExperiment(plan.folder, plan.settings, plan.samples, 16 / seconds, plan.log)
        for name, originality in (
            ("networks alone", NETWORK_ORIGINALITY),
            ("pieces", DEFAULT_STYLE_ORIGINALITY),
        ):
            found = measure_diversity(style, [part], motions, short, originality)
            rows.append((f"{seconds} s", name, *_cells(found)))
            plan.log(f"{seconds} s, {name}: {found.means}")
    return ResultTable(
        title="Styles by how much they learn",
        columns=("of a walk", "made of", *_COLUMNS),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 5,
        notes=(
            f"{plan.settings.steps} steps of each block of levels; {plan.samples} motions of 16 s "
            "of each, measured against all that was learnt: a longer take has more to cover.",
        ),
    )


def sound_table(motions: MotionSet, plan: StyleExperiment, command: str) -> ResultTable:
    """Whether hands go with a sound that was made of hands."""
    style = train_sound_style(motions, plan)
    rows: list[tuple[Cell, ...]] = []
    for made, originality in (
        ("networks alone", NETWORK_ORIGINALITY),
        (f"originality {_MIXED_ORIGINALITY:g}", _MIXED_ORIGINALITY),
        (f"pieces (originality {DEFAULT_STYLE_ORIGINALITY:g})", DEFAULT_STYLE_ORIGINALITY),
    ):
        found = correlate_with_sound(style, SOUND_TAKES, motions, plan, originality)
        apart = format_mean(_flatten(found.seed_distances), 2)
        for whose, by_take, beside in (
            ("the sound's own", found.matching, apart),
            ("another take's sound", found.mismatched, None),
        ):
            each = (format_mean(values) for values in by_take.values())
            rows.append((made, whose, format_mean(_flatten(by_take)), *each, beside))
        plan.log(f"Sound, {made}: {rows[-2][2]}, by chance {rows[-1][2]}")
    learnt = sum(take.end - take.start for take in SOUND_TAKES)
    return ResultTable(
        title="Styles that hear",
        columns=(
            "made of",
            "beside",
            "correlation ↑",
            *(f"{take.label} ↑" for take in SOUND_TAKES),
            "seeds apart ↑",
        ),
        rows=tuple(rows),
        command=command,
        order=_ORDER + 6,
        notes=(
            "There is no speech with motion in the data, so the sound is made of the motion: a hum "
            f"as loud as both wrists are fast, loudest at {FULL_VOLUME_SPEED:g} m/s, of which the "
            "style "
            "hears what it would of a voice (log-mel bands and prosody). That hands go with it "
            "says that a sound is followed, not that gestures fit speech.",
            f"Learnt: {learnt:g} s of four captures and their sound. Held out: "
            f"{HELD_OUT_SECONDS:g} s of "
            f"each of the same captures, {HELD_OUT_GAP:g} s after what was learnt; their sound is "
            "given, "
            "and the motion that is made to it compared with theirs.",
            "Correlation over time of the wrists' speed, mean of both, at 30 fps, not smoothed; "
            "another take's sound: the same motions beside the other three held-out parts, "
            f"which is chance. {plan.samples} motions to each sound; those of one sound are not "
            "independent of each other, so ± is of the draws and not of other sounds.",
            "Seeds apart: mean distance of each two motions to one sound, of 6D rotations over "
            "all joints. What a sound decides the seed does not: near 0 all seeds make the same "
            "motion.",
            "How much a sound counts where pieces are chosen was itself chosen on other captures; "
            "that networks must hear a sound standardised was found on these.",
            f"{plan.settings.steps} steps of each block of two levels, batches of "
            f"{plan.settings.batch}.",
        ),
    )


def _flatten(by_take: Mapping[str, Sequence[float]]) -> list[float]:
    return [value for values in by_take.values() for value in values]


def _cells(found: DiversityScores) -> tuple[Cell, ...]:
    return (
        format_mean(found.coverage),
        format_mean(found.global_diversity),
        format_mean(found.local_diversity),
    )


def _protocol_notes(plan: StyleExperiment) -> tuple[str, ...]:
    return (
        f"A short schedule: {plan.settings.steps} steps of each block of two levels, batches of "
        f"{plan.settings.batch}; {plan.samples} motions of each label, "
        f"{plan.length_factor:g} times as long as its take.",
        "Coverage: share of one-second windows of the take that something nearer than 2.0 is made "
        "of. Diversity: distance of what is made from the nearest stretches of the take, of a "
        "second or longer (global) and of half a second (local). Distances of 6D rotations over "
        "all joints, mean over frames.",
    )
