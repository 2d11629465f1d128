"""Tables of measured results: kept as JSON, printed, and joined into one page.

A table says what was measured, by which command, on how much; figures that others published stand
in a table of their own and are named as theirs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.table import Table as RichTable

RESULTS_FOLDER = Path(__file__).parents[3] / "docs" / "results"
RESULTS_PAGE = RESULTS_FOLDER.with_suffix(".md")

Cell = str | float | None
"""A figure, already worded where it has a spread; None for what was not measured."""


@dataclass(frozen=True)
class ResultTable:
    """One measured table."""

    title: str
    columns: tuple[str, ...]
    """Names with units and the direction that is better: "FID ↓", "joints mm ↓"."""
    rows: tuple[tuple[Cell, ...], ...]
    command: str
    """What was typed to measure it."""
    order: int
    """Place on the page; tables of the same order stand in the order of their file names."""
    notes: tuple[str, ...] = field(default=())
    """Embedder, number of clips and repeats, and what a reader must know beside them."""
    pictures: tuple[str, ...] = field(default=())
    """Paths below docs/, shown under the table."""


def format_mean(values: np.ndarray | list[float], digits: int = 3) -> str:
    """Mean ± 95 % of repeated measures: 1.96 · sd / sqrt(n)."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return f"{values.mean():.{digits}f}"
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.{digits}f} ± {half:.{digits}f}"


def save_table(name: str, table: ResultTable, folder: Path = RESULTS_FOLDER) -> Path:
    """Write a table to ``folder/name.json``, in place of an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(
        json.dumps(asdict(table), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return path


def to_rich_table(table: ResultTable) -> RichTable:
    """The table for a terminal."""
    shown = RichTable(*table.columns, title=table.title, caption="\n".join(table.notes))
    for row in table.rows:
        shown.add_row(*(_cell(value) for value in row))
    return shown


def write_report(folder: Path, page: Path) -> int:
    """Join all kept tables into a Markdown page; returns how many there are."""
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    kept.sort(key=lambda table: table["order"])
    parts = ["# Results\n", _INTRODUCTION, *(_markdown(table) for table in kept)]
    page.write_text("\n".join(parts), encoding="utf-8")
    return len(kept)


_INTRODUCTION = (
    "Every figure was measured on two CPU cores by the command under its table, which also keeps "
    "it in `docs/results`; `python -m backend evaluate report` writes this page. ± is "
    "1.96 standard errors over the repeats, or motions, named under the table; of two or three "
    "repeats that is less sure than 95 %. "
    "Figures of published papers are named as theirs: other data, other embedders, so only their "
    "differences compare.\n"
)


def _markdown(table: dict) -> str:
    lines = [f"## {table['title']}\n"]
    lines.append("| " + " | ".join(table["columns"]) + " |")
    lines.append("|" + " --- |" * len(table["columns"]))
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in table["rows"]]
    lines.append("")
    lines += [f"- {note}" for note in table["notes"]]
    lines.append(f"- `{table['command']}`\n")
    lines += [f"![{table['title']}]({picture})\n" for picture in table["pictures"]]
    return "\n".join(lines)


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.4g}"
