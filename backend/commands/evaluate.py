"""``evaluate``: measures of the shipped weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .console import out, sentences

app = typer.Typer(no_args_is_help=True, help="Measure the shipped weights.")


@app.callback()
def main() -> None:
    """Measures of the shipped weights."""


@app.command()
def reconstruction(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    run: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    fps: Annotated[list[float] | None, typer.Option(help="Frame rates.")] = None,
    limit: Annotated[int, typer.Option(help="How many random sequences.", min=2)] = 400,
) -> None:
    """Mean reconstruction error (MRE) of training sequences at several frame rates."""
    from ..evaluation.reconstruction import reconstruction_errors  # noqa: PLC0415
    from ..nerm.weights import ASSETS, WeightsError  # noqa: PLC0415

    rates = fps or [20.0, 40.0, 60.0, 100.0, 120.0]
    with sentences(WeightsError):
        rows = reconstruction_errors(data, run, ASSETS, rates, limit)
    table = Table("fps", "joints mm", "± 95 %", "relative to root mm", "rotation °")
    for row in rows:
        table.add_row(
            f"{row.fps:g}",
            f"{row.joint:.1f}",
            f"{row.spread:.1f}",
            f"{row.pose:.1f}",
            f"{row.rotation:.2f}",
        )
    table.title = f"MRE over {rows[0].sequences} training sequences"
    out.print(table)
    errors = [row.joint for row in rows]
    out.print(f"worst / best over frame rates: {max(errors) / min(errors):.3f}", highlight=False)
