"""Shared parts of commands that generate takes: options, output files, progress, reports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, ProgressColumn

from ..console import err, out
from ..kinematics.body.take import Take, TakeError, save_take
from ..kinematics.mocap.bvh import write_bvh
from ..protocol import generation_fields as fields
from ..protocol.atomic_write import write_atomically
from ..protocol.limits import LimitError
from ..service.engine.interface import ProgressCallback
from ..service.queue.job import check_finite

Output = Annotated[Path, typer.Option("-o", "--output", help="Output file, .npz (AMASS) or .bvh.")]
Fps = Annotated[float, typer.Option(help=fields.FPS.help)]
Seed = Annotated[int, typer.Option(help=fields.SEED.help)]
LockFeet = Annotated[bool, typer.Option(help=fields.LOCK_FEET.help)]
Loop = Annotated[bool, typer.Option("--loop", help=fields.LOOP.help)]

TAKE_WRITERS: dict[str, Callable[[Take, Path], None]] = {".npz": save_take, ".bvh": write_bvh}
"""Suffix of a file -> function that writes it."""


def check_output(path: Path) -> None:
    """Raise LimitError unless the file has the suffix of a known format."""
    if path.suffix.lower() not in TAKE_WRITERS:
        raise LimitError(f"The output {path.name} must end in .npz or .bvh.")


def read_take_bytes(path: Path) -> bytes:
    """Read the file of a take; TakeError if there is none."""
    if not path.is_file():
        raise TakeError(f"There is no file {path}.")
    return path.read_bytes()


def save_take_file(take: Take, path: Path) -> None:
    """Write a take atomically; folders are created, and an existing file is replaced.

    Raises:
        EngineError: The take contains numbers that are not finite.
        WriteError: The file cannot be written.
    """
    check_finite(take)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda part: TAKE_WRITERS[path.suffix.lower()](take, part))


def save_and_report(take: Take, path: Path) -> None:
    """Save a take and describe it on stdout; its warning goes to stderr."""
    save_take_file(take, path)
    times = ", ".join(f"{name} {value:.3f} s" for name, value in take.metadata["timings"].items())
    out.print(f"{path}: {len(take)} frames at {take.fps:g} fps ({times})", highlight=False)
    note = take.metadata.get("note")
    if note:
        err.print(f"{path.name}: {note}", style="yellow", markup=False, highlight=False)


@contextmanager
def progress_bar(
    *columns: ProgressColumn, description: str = "Loading the model"
) -> Iterator[ProgressCallback]:
    """Show a bar on stderr while an engine loads and works; `description` until it reports."""
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(description, total=None)

        def progress(step: int, total: int, message: str = "") -> None:
            bar.update(task, completed=step, total=total, description=message)

        yield progress
