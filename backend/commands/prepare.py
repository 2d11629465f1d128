"""``prepare``: motion capture folders to one training file, with a report."""

import time
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from ..console import err, out, report_errors
from ..data.prepare import PrepareReport, prepare_motion_set


def prepare_motions(sources: list[Path], output: Path, workers: int) -> int:
    """Prepare and report; return the exit status, 1 if no file could be used."""
    start = time.monotonic()
    columns = (
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}"),
    )
    with report_errors(), Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Reading", total=None, name="")

        def progress(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, name=name)

        report = prepare_motion_set(sources, output, progress, workers)
    _print_report(report, output, time.monotonic() - start)
    return 0 if report.clips else 1


def _print_report(report: PrepareReport, output: Path, seconds: float) -> None:
    table = Table("source", "clips", "minutes", title="Prepared")
    for source, (clips, length) in report.by_source.items():
        table.add_row(source, str(clips), f"{length / 60:.1f}")
    table.add_row("all", str(report.clips), f"{report.seconds / 60:.1f}", style="bold")
    out.print(table)
    if report.skipped:
        skipped = Table("file", "why", title=f"Skipped ({len(report.skipped)})")
        for item in report.skipped:
            skipped.add_row(item.name, item.reason)
        out.print(skipped)
    if report.clips:
        size = report.size / 1e6
        out.print(f"{output}: {size:.1f} MB in {seconds:.0f} s", highlight=False)
    else:
        out.print("No file could be used, so nothing was written.")
