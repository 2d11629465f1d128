"""The tables about styles that were learnt from a few takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..data.motion_set import MotionSet
from ..kinematics.limits import DEFAULT_STYLE_ORIGINALITY
from ..multires.blend import Style
from .few_takes import (
    ALONE,
    RUN,
    TURN,
    WALK,
    Diversity,
    Excerpt,
    Plan,
    compare_pairs,
    diversity,
    label_accuracy,
    minute,
    transitions,
)
from .results import Cell, ResultTable, spread

_COLUMNS = ("coverage ↑", "global diversity ↑", "local diversity ↑")
_ORDER = 130

FACTORS: dict[str, dict[str, Any]] = {
    "4/3, 7 levels": {},
    "3/2, 5 levels": {"factor": 1.5, "levels": 5},
    "2, 3 levels": {"factor": 2.0, "levels": 3},
}
PATCHES: dict[str, dict[str, Any]] = {
    "17 frames (kernel 5)": {},
    "9 frames (kernel 3)": {"kernel": 3},
    "25 frames (kernel 7)": {"kernel": 7},
}
HEARING: dict[str, dict[str, Any]] = {"FiLM": {}, "no FiLM": {"film": False}}
SECONDS = (60, 30, 15, 8)


def pair_table(motions: MotionSet, plan: Plan, command: str) -> ResultTable:
    """Styles of two takes beside a model of each take alone that knows no labels."""
    rows: list[tuple[Cell, ...]] = []
    results = compare_pairs(motions, plan)
    for result in results:
        name = " + ".join(result.labels)
        rows += [
            (name, "one style, label by label, networks alone", *_cells(result.ours)),
            (name, "the same, labels in turn", *_cells(result.turns)),
            (name, "of pieces of the takes, label by label", *_cells(result.pieces)),
            (name, "GANimator-style, a model each", *_cells(result.rival)),
        ]
    by_label, in_turn = (
        _won([(getattr(result, how), result.rival) for result in results])
        for how in ("ours", "turns")
    )
    return ResultTable(
        title="Styles from two takes",
        columns=("takes", "model", *_COLUMNS),
        rows=tuple(rows),
        command=command,
        order=_ORDER,
        notes=(
            f"Of {len(results)} pairs the style's networks are at least as high as the rival, "
            f"label by label, in {by_label}; where labels take turns, in {in_turn}. What is put "
            "together of pieces is near the takes by design.",
            f"In turn: each label has {TURN:g} s, then the other; a motion is as long as both of "
            "label by label, and measured against both takes. A model of one take has nothing to "
            "pass into.",
            "Diversity counts what is wrong as well as what is new, so it falls as models learn.",
            *_about(plan),
            "Both are the same networks; the rival has no FiLM and learns one take in each model, "
            "so two models stand beside one style, which has the steps of both.",
        ),
    )


def _won(pairs: Sequence[tuple[Diversity, Diversity]]) -> str:
    """On how many pairs the first is at least as high as the second, in words."""
    won = np.sum([np.greater_equal(one.means, other.means) for one, other in pairs], axis=0)
    return ", ".join(f"{column[:-2]} on {n}" for column, n in zip(_COLUMNS, won, strict=True))


def label_table(
    style: Style, takes: Sequence[Excerpt], motions: MotionSet, plan: Plan, command: str
) -> ResultTable:
    """Whether a style does what it is told, and how it gets from one label to another."""
    used, alone = (
        label_accuracy(style, takes, motions, plan, originality)
        for originality in (DEFAULT_STYLE_ORIGINALITY, ALONE)
    )
    between = transitions(style, takes, motions)
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
            f"Where a label passes into another ({len(between.made)} changes, 1.5 s about each, "
            f"feet held), times the takes' own: {told}.",
            f"A minute of all labels in turn at 60 fps, feet held, takes {minute(style):.2f} s to "
            "make (median of five, warm).",
        ),
    )


def ablation_table(
    title: str,
    variants: Mapping[str, Mapping[str, Any]],
    prefix: str,
    order: int,
    motions: MotionSet,
    plan: Plan,
    command: str,
) -> ResultTable:
    """What one switch does to a style of a walk and a run."""
    pair = (WALK, RUN)
    rows: list[tuple[Cell, ...]] = []
    for number, (name, shape) in enumerate(variants.items()):
        model = "walk_run" if not shape else f"{prefix}_{number}"
        style = plan.model(model, motions, pair, shape)
        found = diversity(style, pair, motions, plan)
        right = np.mean(list(label_accuracy(style, pair, motions, plan).values()))
        rows.append((name, *_cells(found), f"{right:.3f}"))
        plan.tell(f"{title}: {name}: {found.means}, labels {right:.3f}")
    return ResultTable(
        title=title,
        columns=(title.rsplit(": ", maxsplit=1)[-1], *_COLUMNS, "label accuracy ↑"),
        rows=tuple(rows),
        command=command,
        order=_ORDER + order,
        notes=("Of the networks alone.", *_about(plan)),
    )


def data_table(motions: MotionSet, plan: Plan, command: str) -> ResultTable:
    """How little of one take is enough."""
    rows: list[tuple[Cell, ...]] = []
    for seconds in SECONDS:
        part = Excerpt(WALK.clip, WALK.start, WALK.start + seconds, WALK.label)
        style = plan.model(f"walk_{seconds}s", motions, [part])
        short = Plan(plan.folder, plan.settings, plan.samples, 16 / seconds, plan.tell)
        for name, originality in (
            ("networks alone", ALONE),
            ("pieces", DEFAULT_STYLE_ORIGINALITY),
        ):
            found = diversity(style, [part], motions, short, originality)
            rows.append((f"{seconds} s", name, *_cells(found)))
            plan.tell(f"{seconds} s, {name}: {found.means}")
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


def _cells(found: Diversity) -> tuple[Cell, ...]:
    return (spread(found.coverage), spread(found.globally), spread(found.locally))


def _about(plan: Plan) -> tuple[str, ...]:
    return (
        f"A short schedule: {plan.settings.steps} steps of each block of two levels, batches of "
        f"{plan.settings.batch}; {plan.samples} motions of each label, "
        f"{plan.length:g} times as long as its take.",
        "Coverage: share of one-second windows of the take that something nearer than 2.0 is made "
        "of. Diversity: distance of what is made from the nearest stretches of the take, of a "
        "second or longer (global) and of half a second (local). Distances of 6D rotations over "
        "all joints, mean over frames.",
    )
