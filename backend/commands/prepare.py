"""``prepare``: motion capture folders to one training file, with a report."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..console import out, report_errors
from ..data.prepare import PrepareReport, prepare_motion_set
from .takes import progress_bar

app = typer.Typer()


@app.command()
def prepare(
    sources: Annotated[
        list[Path], typer.Argument(help="Folders of BVH and AMASS files, or of HumanML3D.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz file to write.")],
    workers: Annotated[int, typer.Option(help="Number of processes; 0 uses all cores.", min=0)] = 0,
) -> None:
    """Read motion capture at its native frame rate into one training file."""
    start = time.monotonic()
    columns = TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    name = TextColumn("{task.description}")
    with report_errors(), progress_bar(*columns, name, description="") as progress:
        report = prepare_motion_set(sources, output, progress, workers)
    _print_report(report, output, time.monotonic() - start)
    raise typer.Exit(0 if report.clips else 1)


def _print_report(report: PrepareReport, output: Path, seconds: float) -> None:
    table = Table("source", "clips", "minutes", title="Prepared")
    for source, (clips, length) in report.by_source.items():
        table.add_row(source, str(clips), f"{length / 60:.1f}")
    total = sum(length for _, length in report.by_source.values())
    table.add_row("all", str(report.clips), f"{total / 60:.1f}", style="bold")
    out.print(table)
    if report.skipped:
        skipped = Table("file", "why", title=f"Skipped ({len(report.skipped)})")
        for item in report.skipped:
            skipped.add_row(item.name, item.reason)
        out.print(skipped)
    if report.clips:
        size = output.stat().st_size / 1e6
        out.print(f"{output}: {size:.1f} MB in {seconds:.0f} s", highlight=False)
    else:
        out.print("No file could be used, so nothing was written.")
