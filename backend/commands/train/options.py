"""Arguments and options that several training commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...console import err

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]
RunFolder = Annotated[Path, typer.Option("--run", help="Folder of this run.")]
Steps = Annotated[int, typer.Option(help="Training steps of the whole run.", min=1)]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--time-limit", help="Minutes until training stops; the same command resumes it.", min=0
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the training.")]
Precision = Annotated[Literal["bf16", "no"], typer.Option(help="bf16, or no for full precision.")]
CodeRate = Annotated[float, typer.Option(help="Learning rate of the codes.", min=0)]
LinearStart = Annotated[
    bool, typer.Option(help="Start from the data's principal components (ours), or from zero.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the weight file.")]
Licence = Annotated[str, typer.Option(help="Licence of the weights.")]

LICENCE = "GPL-3.0-or-later"


def to_seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def report_run(is_finished: bool, run: Path) -> None:
    """Print whether a run is finished, from the main process only."""
    from accelerate import PartialState

    if PartialState().is_main_process:
        state = "is finished" if is_finished else "has stopped; the same command resumes it"
        err.print(f"The run in {run} {state}.", highlight=False)
