"""Tables of measured results: stored as JSON, printed, and joined into one page.

A table states its metrics, the command that measured it, and the amount of data. Published figures
have tables of their own and name their source.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table as RichTable

from ...console import out, report_errors

RESULTS_FOLDER = Path(__file__).parents[3] / "docs" / "results"
RESULTS_PAGE = RESULTS_FOLDER.with_suffix(".md")

Cell = str | float | None
"""A figure, formatted already if it has an error; None for what was not measured."""

Scores = dict[str, list[float]]
"""Metric -> one figure for each repeat."""


@dataclass(frozen=True)
class ResultTable:
    """One table of measured results."""

    title: str
    columns: tuple[str, ...]
    """Names with unit and the better direction: "FID ↓", "joints mm ↓"."""
    rows: tuple[tuple[Cell, ...], ...]
    command: str
    """Command line that measured the table."""
    order: int
    """Position on the page; equal positions are ordered by file name."""
    notes: tuple[str, ...] = field(default=())
    """Embedder, number of clips and repeats, and whatever a reader must know."""
    pictures: tuple[str, ...] = field(default=())
    """Paths below docs/, shown under the table."""


def format_mean(values: np.ndarray | list[float], digits: int = 3) -> str:
    """Format the mean ± 95 % of repeated measurements: 1.96 · sd / sqrt(n)."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return f"{values.mean():.{digits}f}"
    margin = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.{digits}f} ± {margin:.{digits}f}"


def append_scores(scores: Scores, repeat: dict[str, float]) -> None:
    """Add the figures of one more repeat."""
    for name, value in repeat.items():
        scores.setdefault(name, []).append(value)


def format_scores(scores: Scores, metrics: Iterable[str]) -> tuple[Cell, ...]:
    """Format the mean of each metric; None for those that were not measured."""
    return tuple(format_mean(scores[m]) if scores.get(m) else None for m in metrics)


def metric_columns(metrics: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of metrics: name -> better direction."""
    return tuple(f"{name} {direction}" for name, direction in metrics.items())


def publish_table(name: str, table: ResultTable) -> None:
    """Print a table and store it in `docs/results`."""
    out.print(to_rich_table(table))
    save_table(name, table)


def save_table(name: str, table: ResultTable, folder: Path = RESULTS_FOLDER) -> Path:
    """Write a table to ``folder/name.json``; an older one is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    text = json.dumps(asdict(table), indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def to_rich_table(table: ResultTable) -> RichTable:
    rich_table = RichTable(*table.columns, title=table.title, caption="\n".join(table.notes))
    for row in table.rows:
        rich_table.add_row(*map(_format_cell, row))
    return rich_table


def report(
    folder: Annotated[Path, typer.Option(help="Folder of the stored tables.")] = RESULTS_FOLDER,
    output: Annotated[Path, typer.Option("-o", "--output", help="Page to write.")] = RESULTS_PAGE,
) -> None:
    """Write docs/results.md from the tables that the other commands have stored."""
    with report_errors():
        count = write_report(folder, output)
    out.print(f"{output}: {count} tables", highlight=False)


def write_report(folder: Path, page: Path) -> int:
    """Join all stored tables into a Markdown page and return their number."""
    tables = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    ]
    tables.sort(key=lambda table: table["order"])
    parts = ["# Results\n", _INTRODUCTION, *map(_to_markdown, tables)]
    page.write_text("\n".join(parts), encoding="utf-8")
    return len(tables)


_INTRODUCTION = (
    "Every figure was measured on two CPU cores by the command under its table, which stores it in "
    "`docs/results`; `python -m backend evaluate report` writes this page. ± is 1.96 standard "
    "errors over the repeats or motions named under the table; with two or three repeats that is "
    "less certain than 95 %. Published figures name their source. They come from other data and "
    "other embedders, so compare only their differences.\n"
)


def _to_markdown(table: dict) -> str:
    columns = table["columns"]
    lines = [f"## {table['title']}\n", "| " + " | ".join(columns) + " |"]
    lines.append("|" + " --- |" * len(columns))
    lines += ["| " + " | ".join(map(_format_cell, row)) + " |" for row in table["rows"]]
    lines += ["", *(f"- {note}" for note in table["notes"]), f"- `{table['command']}`\n"]
    lines += [f"![{table['title']}]({picture})\n" for picture in table["pictures"]]
    return "\n".join(lines)


def _format_cell(value: Cell) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.4g}"
