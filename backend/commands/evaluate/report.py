"""``evaluate report``: all kept tables as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...evaluation.report.tables import RESULTS_FOLDER, RESULTS_PAGE, write_report
from ..console import out, report_errors


def report(
    folder: Annotated[Path, typer.Option(help="Folder of the kept tables.")] = RESULTS_FOLDER,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The page to write.")
    ] = RESULTS_PAGE,
) -> None:
    """Write docs/results.md from the tables that the other commands kept."""
    with report_errors():
        tables = write_report(folder, output)
    out.print(f"{output}: {tables} tables", highlight=False)
