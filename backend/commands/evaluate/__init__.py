"""``evaluate``: measures and tables, one file per command.

Each command prints its table and keeps it in ``docs/results``; ``evaluate report`` writes
``docs/results.md`` from all that are kept.
"""

from __future__ import annotations

import typer

from .reconstruction import reconstruction
from .report import report

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Measure the shipped weights and their rivals."""


app.command()(reconstruction)
app.command()(report)
