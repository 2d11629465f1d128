"""``evaluate movement``: sliding feet and jerk of real, decoded and generated motion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import out, report_errors

if TYPE_CHECKING:
    from ...evaluation.metrics.movement import Movement


def movement(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    weights: Annotated[Path | None, typer.Option(help="Folder of weights; the shipped ones.")] = (
        None
    ),
    run: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    limit: Annotated[int, typer.Option(help="How many random sequences.", min=2)] = 200,
) -> None:
    """Foot skate, jerk and floor contact, with and without clean-up, beside real motion."""
    from ...evaluation.experiments.movement_of_models import compare_movement
    from ...evaluation.metrics.movement import (
        LOW_PASS_SECONDS,
        MEASURED_FPS,
        MOVEMENT_METRICS,
        mean_movement,
    )
    from ...evaluation.report.tables import Cell, ResultTable, save_table, to_rich_table
    from ...training.weight_files import ASSETS, WeightsError

    with report_errors(WeightsError):
        measured = compare_movement(data, weights or ASSETS, run, limit)
    real = mean_movement(measured["captures"])

    def row(name: str, movements: list[Movement]) -> tuple[Cell, ...]:
        mean = mean_movement(movements)
        digits = {"slide": 3, "skate": 1, "through": 1, "above": 1}
        return (
            name,
            *(f"{getattr(mean, key):.{digits.get(key, 0)}f}" for key in MOVEMENT_METRICS),
            f"{mean.skate / max(real.skate, 1e-9):.2f}",
            f"{mean.jerk / max(real.jerk, 1e-9):.2f}",
        )

    table = ResultTable(
        title="Movement: sliding feet, jerk, floor",
        columns=(
            "motion",
            "skate % of time ↓",
            "slide m/s ↓",
            "jerk m/s³",
            "jerk, low-passed m/s³",
            "through floor mm ↓",
            "above floor mm",
            "skate / real ↓",
            "jerk / real ↓",
        ),
        rows=tuple(row(name, movements) for name, movements in measured.items()),
        command=f"python -m backend evaluate movement DATA --limit {limit}",
        order=100,
        notes=(
            f"{len(measured['captures'])} random training sequences captured at 60 or 120 fps, and "
            "as many motions generated for one caption and the duration of each; all measured at "
            f"{MEASURED_FPS:g} fps.",
            "Skate: share of time with a toe below 5 cm and faster than 0.2 m/s along the floor; "
            "slide: mean speed along the floor of toes below 5 cm.",
            "Jerk is unfiltered; beside it, after the same Gaussian low-pass "
            f"({1000 * LOW_PASS_SECONDS:g} ms) on all rows, without the captures' noise.",
            "Floor: mean depth or height of the lower foot; jumps and lying count as height.",
        ),
    )
    out.print(to_rich_table(table))
    save_table("movement", table)
