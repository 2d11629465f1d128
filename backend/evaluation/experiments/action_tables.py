"""The tables of action-to-motion: ours, and the paper's beside it."""

from __future__ import annotations

from collections.abc import Sequence

from ..report.tables import ResultTable, format_mean
from .action_to_motion import (
    DIVERSITY_PAIRS,
    MOTIONS_PER_LABEL,
    MULTIMODALITY_PAIRS,
    ActionScores,
    ReferenceMotions,
)

_ORDER = 30


def action_table(
    rows: Sequence[ActionScores], real: ReferenceMotions, command: str, notes: Sequence[str] = ()
) -> ResultTable:
    """What was measured."""
    repeats = len(rows[0].accuracy)
    return ResultTable(
        title="Action-to-motion on the Bandai Namco set",
        columns=(
            "method",
            "FID train ↓",
            "FID test ↓",
            "accuracy ↑",
            "diversity →",
            "multimodality →",
            "MMS →",
        ),
        rows=tuple(
            (
                row.name,
                format_mean(row.fid_train),
                format_mean(row.fid_test),
                format_mean(row.accuracy),
                format_mean(row.diversity),
                format_mean(row.multimodality),
                format_mean(row.novelty),
            )
            for row in rows
        ),
        command=command,
        order=_ORDER,
        notes=(
            f"{len(real.labels)} labels, those that the test split holds: "
            f"{', '.join(real.labels)}.",
            f"Embedder: a GRU classifier trained on the training split of the same data. "
            f"{len(real.train.labels)} training and {len(real.test.labels)} test motions, "
            "mirrored ones counted.",
            f"{repeats} repeats, in each {MOTIONS_PER_LABEL} motions of each label with durations "
            "of its "
            f"training motions. Diversity: {DIVERSITY_PAIRS} pairs; multimodality: "
            f"{MULTIMODALITY_PAIRS} pairs of each label, fewer where the test split has fewer.",
            "MMS: mean distance to the nearest training motion; the real row's is from test to "
            "training motions. Much less than that would mean copies.",
            "Real: accuracy, FID train, diversity, multimodality and MMS are the test motions'; "
            "FID test compares as many training motions as a model makes.",
            *notes,
        ),
    )


def components_table(rows: Sequence[ActionScores], command: str, repeats: int) -> ResultTable:
    """What more components do to MotionINR's motions, and to MMS; the first row is real."""
    typical = sum(rows[0].novelty) / len(rows[0].novelty)
    return ResultTable(
        title="Components of MotionINR's mixtures, and MMS",
        columns=(
            "components",
            "MMS →",
            "MMS / real → 1",
            "FID train ↓",
            "FID test ↓",
            "accuracy ↑",
        ),
        rows=tuple(
            (
                row.name,
                format_mean(row.novelty),
                f"{sum(row.novelty) / len(row.novelty) / typical:.2f}",
                format_mean(row.fid_train),
                format_mean(row.fid_test),
                format_mean(row.accuracy),
            )
            for row in rows
        ),
        command=command,
        order=_ORDER,
        notes=(
            "One run of `train motioninr`, mixtures fitted anew in each row; only the last refuses "
            "components whose mean is one of the training codes. With one component for each "
            "sequence every motion is a training motion, drawn from its own code's distribution: "
            "MMS shows such copies only as far as the decoder rebuilds its training motions.",
            f"{repeats} repeats, in each {MOTIONS_PER_LABEL} motions of each label of the test "
            "split.",
        ),
    )


PUBLISHED_ACTION_TABLE = ResultTable(
    title="Action-to-motion as published (theirs: UESTC and HumanAct12)",
    columns=(
        "method",
        "UESTC FID train ↓",
        "UESTC FID test ↓",
        "UESTC accuracy ↑",
        "UESTC diversity →",
        "UESTC multimodality →",
        "HumanAct12 FID train ↓",
        "HumanAct12 accuracy ↑",
        "HumanAct12 diversity →",
        "HumanAct12 multimodality →",
    ),
    rows=(
        (
            "Real",
            "2.92 ± .26",
            "2.79 ± .29",
            "0.988 ± .001",
            "33.34 ± .320",
            "14.16 ± .06",
            "0.020 ± .010",
            "0.997 ± .001",
            "6.850 ± .050",
            "2.450 ± .040",
        ),
        (
            "ACTOR (Petrovich et al., 2021)",
            "20.5 ± 2.3",
            "23.43 ± 2.20",
            "0.911 ± .003",
            "31.96 ± .33",
            "14.52 ± .09",
            "0.120 ± .000",
            "0.955 ± .008",
            "6.840 ± .030",
            "2.530 ± .020",
        ),
        (
            "MDM (Tevet et al., 2023)",
            "9.98 ± 1.33",
            "12.81 ± 1.46",
            "0.950 ± .000",
            "33.02 ± .28",
            "14.26 ± .12",
            "0.100 ± .000",
            "0.990 ± .000",
            "6.680 ± .050",
            "2.520 ± .010",
        ),
        (
            "MLD (Chen et al., 2023)",
            "12.89 ± .109",
            "15.79 ± .079",
            "0.954 ± .001",
            "33.52 ± .14",
            "13.57 ± .06",
            "0.077 ± .004",
            "0.964 ± .002",
            "6.831 ± .050",
            "2.824 ± .038",
        ),
        (
            "INR-MLP (Cervantes et al., 2022)",
            "9.55 ± .06",
            "15.00 ± .09",
            "0.941 ± .001",
            "31.59 ± .19",
            "14.68 ± .07",
            "0.114 ± .001",
            "0.970 ± .001",
            "6.786 ± .057",
            "2.507 ± .034",
        ),
        (
            "NeRM (Wei et al., 2024)",
            "11.75 ± .31",
            "14.23 ± .174",
            "0.956 ± .001",
            "33.20 ± .21",
            "14.41 ± .06",
            "0.106 ± .000",
            "0.977 ± .001",
            "6.866 ± .032",
            "2.492 ± .048",
        ),
    ),
    command="python -m backend evaluate action-to-motion DATA",
    order=_ORDER,
    notes=(
        "Figures of the NeRM paper (ICLR 2024) on data and with classifiers of their own: only "
        "how far a method is from its real row compares with the table above.",
    ),
)
"""What others published, quoted; nothing here was measured by us."""
