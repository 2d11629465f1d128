"""``evaluate reconstruction``: how well codes hold the training motions, at every rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import out, report_errors


def reconstruction(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    run: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    fps: Annotated[list[float] | None, typer.Option(help="Frame rates.")] = None,
    limit: Annotated[int, typer.Option(help="How many random sequences.", min=2)] = 400,
) -> None:
    """Mean reconstruction error (MRE) of training sequences at several frame rates."""
    from ...evaluation.experiments.reconstruction import reconstruction_errors
    from ...evaluation.report.tables import ResultTable, save_table, to_rich_table
    from ...nerm.weights import ASSETS, WeightsError

    rates = fps or [20.0, 40.0, 60.0, 100.0, 120.0]
    with report_errors(WeightsError):
        rows = reconstruction_errors(data, run, ASSETS, rates, limit)
    errors = [row.joint for row in rows]
    table = ResultTable(
        title="Reconstruction of training sequences (MRE)",
        columns=("fps", "joints mm ↓", "± 95 %", "relative to root mm ↓", "rotation ° ↓"),
        rows=tuple(
            (
                f"{r.fps:g}",
                f"{r.joint:.1f}",
                f"{r.margin:.1f}",
                f"{r.pose:.1f}",
                f"{r.rotation:.2f}",
            )
            for r in rows
        ),
        command=f"python -m backend evaluate reconstruction DATA --limit {limit}",
        order=10,
        notes=(
            f"{rows[0].sequences} random training sequences, each decoded from its code's mean.",
            f"Worst / best over frame rates: {max(errors) / min(errors):.3f}.",
        ),
    )
    out.print(to_rich_table(table))
    save_table("reconstruction", table)
