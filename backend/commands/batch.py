"""``generate --batch``: a table to a folder of takes; a failing row does not stop the others."""

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
from ..protocol.atomic_write import WriteError
from ..service.engine.interface import Engine, EngineError, check_model_and_label
from ..service.queue.job import describe_error
from .batch_table import TableError, TableRow, read_table
from .takes import save_take_file

_INTERRUPTED = 130
"""Exit status after Ctrl-C."""

ExistingFiles = Literal["refuse", "skip", "overwrite"]
"""Treatment of files that exist already."""


@dataclass(frozen=True)
class RowOutcome:
    """Result of a row."""

    row: TableRow
    takes: Sequence[Take] = ()
    seconds: float = 0.0
    error: str = ""


def generate_batch(
    table: Path, folder: Path, suffix: str, existing: ExistingFiles, defaults: dict[str, Any]
) -> None:
    """Generate all motions of a table, as `read_table` reads it, and exit with 1 if one failed."""
    outcomes: list[RowOutcome] = []
    interrupted = False
    with report_errors(TableError):
        rows = read_table(table, folder, suffix, defaults)
        skipped = _rows_to_skip(rows, existing)
        pending = [row for row in rows if row not in skipped]
        folder.mkdir(parents=True, exist_ok=True)
        # Imported late because torch takes a second: mistakes are reported before that.
        from ..service.engine.model_engine import ModelEngine

        if pending:
            with err.status("Loading the model"):
                engine: Engine = ModelEngine()
            _check_labels(pending, engine)
            try:
                for outcome in _generate_rows(pending, engine):
                    outcomes.append(outcome)  # noqa: PERF402 an interrupt must not lose it
            except KeyboardInterrupt:
                interrupted = True
    _print_summary(folder, outcomes, skipped, len(rows))
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _rows_to_skip(rows: Sequence[TableRow], existing: ExistingFiles) -> list[TableRow]:
    """Find the rows whose files exist and stay; TableError if `existing` refuses them."""
    if existing == "overwrite":
        return []
    present = [row for row in rows if any(file.exists() for file in row.files)]
    if present and existing == "refuse":
        first = next(file for file in present[0].files if file.exists())
        raise TableError(
            f"Files of {len(present)} of {len(rows)} rows exist already (line {present[0].line}: "
            f"{first}): add --existing skip to leave them, or --existing overwrite."
        )
    return [row for row in present if all(file.exists() for file in row.files)]


def _check_labels(rows: Sequence[TableRow], engine: Engine) -> None:
    """Raise TableError for the first row whose model is missing or does not know its label."""
    models = engine.list_models()
    for row in rows:
        try:
            check_model_and_label(row.request.model, row.request.action, models)
        except EngineError as error:
            raise TableError(f"Line {row.line}: {error}") from error


def _generate_rows(rows: Sequence[TableRow], engine: Engine) -> Iterator[RowOutcome]:
    """Generate row after row, with a progress bar."""
    with _progress_bars(len(rows)) as (bar, rows_task, row_task):
        for row in rows:
            start = time.monotonic()

            def progress(step: int, total: int, message: str = "") -> None:
                bar.update(row_task, completed=step, total=total, text=message)

            takes, error = [], ""
            bar.update(rows_task, text=f"Line {row.line}")
            try:
                takes = engine.generate_variations(row.request, progress)
                for take, file in zip(takes, row.files, strict=True):
                    save_take_file(take, file)
            except (EngineError, WriteError) as problem:
                error = str(problem)
            except OSError as problem:
                error = f"{row.files[0]} cannot be written: {problem.strerror or problem}."
            except Exception as problem:  # other rows may still succeed
                err.print_exception()
                error = describe_error(problem)
            yield RowOutcome(row, takes if not error else (), time.monotonic() - start, error)
            bar.advance(rows_task)


@contextmanager
def _progress_bars(rows: int) -> Iterator[tuple[Bar, TaskID, TaskID]]:
    columns = (
        TextColumn("{task.fields[text]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=err, transient=True) as bar:
        yield bar, bar.add_task("", total=rows, text=""), bar.add_task("", total=None, text="")


def _print_summary(
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
            rating = "" if score is None else f"{score:.2f}"
            name = str(file.relative_to(folder))
            cells = (line, name, str(len(take)), f"{take.fps:g}", rating, seconds)
            table.add_row(*cells, note or "done", style="yellow" if note else None)
    for row in skipped:
        name = str(row.files[0].relative_to(folder))
        table.add_row(str(row.line), name, "", "", "", "", "skipped")
    out.print(table, markup=False)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    done, left = len(outcomes) - failed, rows - len(outcomes) - len(skipped)
    parts = [f"{done} of {rows} rows done"]
    parts += [f"{failed} failed"] * bool(failed) + [f"{len(skipped)} skipped"] * bool(skipped)
    parts += [f"{left} not started"] * bool(left)
    out.print(f"{', '.join(parts)}.", highlight=False)
