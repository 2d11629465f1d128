"""``generate --batch``: a table to a folder of takes; a row that fails ends no other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from ..console import err, out, report_errors
from ..kinematics.body.take import Take
from ..service.engine.interface import Engine, EngineError, check_model_and_label
from ..service.queue.job import describe_error
from .batch_table import TableError, TableRow, read_table
from .takes import TAKE_WRITERS, save_take_file

_INTERRUPTED = 130
"""Exit status of a program that Ctrl-C has ended."""


ExistingFiles = Literal["refuse", "skip", "overwrite"]
"""What becomes of files that are there already."""


@dataclass(frozen=True)
class RowOutcome:
    """What became of a row."""

    row: TableRow
    takes: Sequence[Take] = ()
    seconds: float = 0.0
    error: str = ""


def generate_batch(
    table: Path, folder: Path, suffix: str, existing: ExistingFiles, defaults: dict[str, Any]
) -> None:
    """Generate all motions of a table; exits with 1 if one failed.

    Args:
        table: see `motion_table`.
        folder: that the files go to; made if it is not there.
        suffix: ".npz" or ".bvh", for rows that name no other.
        existing: what to do about files that are there.
        otherwise: fields of the request where a row says nothing.
    """
    outcomes: list[RowOutcome] = []
    interrupted = False
    with report_errors(TableError):
        rows = read_table(table, folder, suffix, defaults, tuple(TAKE_WRITERS))
        skipped = _rows_to_skip(rows, existing)
        wanted = [row for row in rows if row not in skipped]
        folder.mkdir(parents=True, exist_ok=True)
        # torch takes a second to import: a table with a mistake is answered before that.
        from ..service.engine.model_engine import ModelEngine

        if wanted:
            with err.status("Loading the model"):
                engine: Engine = ModelEngine()
            _check_actions(wanted, engine)
            try:
                for outcome in _generate_rows(wanted, engine):
                    outcomes.append(outcome)  # noqa: PERF402 to be kept when interrupted
            except KeyboardInterrupt:
                interrupted = True
    _print(folder, outcomes, skipped, len(rows))
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _rows_to_skip(rows: Sequence[TableRow], existing: ExistingFiles) -> list[TableRow]:
    """The rows whose files are there and are to stay.

    Raises:
        TableError: files are there, and nothing is said about them.
    """
    if existing == "overwrite":
        return []
    there = [row for row in rows if any(file.exists() for file in row.files)]
    if there and existing == "refuse":
        first = next(file for file in there[0].files if file.exists())
        raise TableError(
            f"Files of {len(there)} of {len(rows)} rows are there already (line {there[0].line}: "
            f"{first}): say --existing skip to keep them, or --existing overwrite."
        )
    return [row for row in there if all(file.exists() for file in row.files)]


def _check_actions(rows: Sequence[TableRow], engine: Engine) -> None:
    """Raise TableError for the first row whose model is not there or does not know its action."""
    models = engine.list_models()
    for row in rows:
        try:
            check_model_and_label(row.request.model, row.request.action, models)
        except EngineError as error:
            raise TableError(f"Line {row.line}: {error}") from error


def _generate_rows(rows: Sequence[TableRow], engine: Engine) -> Iterator[RowOutcome]:
    """Make row after row, with a bar."""
    with _progress_bars(len(rows)) as (bar, whole, one):
        for row in rows:
            begun = time.monotonic()

            def progress(step: int, total: int, message: str = "") -> None:
                bar.update(one, completed=step, total=total, words=message)

            takes, error = [], ""
            bar.update(whole, words=f"Line {row.line}")
            try:
                takes = engine.generate_variations(row.request, progress)
                for take, file in zip(takes, row.files, strict=True):
                    save_take_file(take, file)
            except EngineError as problem:
                error = str(problem)
            except OSError as problem:
                error = f"{row.files[0]} cannot be written ({problem.strerror or problem})."
            except Exception as problem:  # the other rows may well be possible
                err.print_exception()
                error = describe_error(problem)
            yield RowOutcome(row, takes if not error else (), time.monotonic() - begun, error)
            bar.advance(whole)


@contextmanager
def _progress_bars(rows: int) -> Iterator[tuple[Bar, TaskID, TaskID]]:
    columns = (
        TextColumn("{task.fields[words]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=err, transient=True) as bar:
        yield bar, bar.add_task("", total=rows, words=""), bar.add_task("", total=None, words="")


def _print(
    folder: Path, outcomes: Sequence[RowOutcome], skipped: Sequence[TableRow], rows: int
) -> None:
    table = Table("line", "file", "frames", "fps", "score", "seconds", "outcome", title="Batch")
    for outcome in outcomes:
        line, seconds = str(outcome.row.line), f"{outcome.seconds:.1f}"
        if outcome.error:
            name = str(outcome.row.files[0].relative_to(folder))
            table.add_row(line, name, "", "", "", seconds, outcome.error, style="red")
        for take, file in zip(outcome.takes, outcome.row.files, strict=False):
            note, score = take.metadata.get("note"), take.metadata.get("score")
            words = "" if score is None else f"{score:.2f}"
            name = str(file.relative_to(folder))
            cells = (line, name, str(len(take)), f"{take.fps:g}", words, seconds)
            table.add_row(*cells, note or "done", style="yellow" if note else None)
    for row in skipped:
        name = str(row.files[0].relative_to(folder))
        table.add_row(str(row.line), name, "", "", "", "", "kept as it was")
    out.print(table, markup=False)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    done, left = len(outcomes) - failed, rows - len(outcomes) - len(skipped)
    words = [f"{done} of {rows} rows done"]
    words += [f"{failed} failed"] * bool(failed) + [f"{len(skipped)} kept"] * bool(skipped)
    words += [f"{left} not begun"] * bool(left)
    out.print(f"{', '.join(words)}.", highlight=False)
