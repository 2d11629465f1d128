"""Arguments and options that several training commands share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ...console import err, out, report_errors

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]
RunFolder = Annotated[Path, typer.Option("--run", help="Folder of this run.")]
Steps = Annotated[int, typer.Option(help="Training steps of the whole run.", min=1)]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        help="Minutes until training stops; the same command resumes it.",
        min=0,
        callback=lambda minutes: None if minutes is None else 60.0 * minutes,
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the training.")]
Precision = Annotated[Literal["bf16", "no"], typer.Option(help="bf16, or no for full precision.")]
CodeRate = Annotated[float, typer.Option(help="Learning rate of the codes.", min=0)]
AuthoredFraction = Annotated[
    float | None,
    typer.Option(
        "--authored-share",
        help="Fraction of a batch that is authored motion; that of the data if not set.",
        min=0,
        max=1,
    ),
]
LinearStart = Annotated[
    bool, typer.Option(help="Start from the data's principal components (ours), or from zero.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the weight file.")]
Licence = Annotated[str, typer.Option(help="Licence of the weights.")]

LICENCE = "GPL-3.0-or-later"


def training_command(start: Callable[..., bool]) -> Callable[..., None]:
    """Wrap a command that returns whether its run is complete; print that, or its error."""

    @wraps(start)
    def command(**options: Any) -> None:
        from accelerate import PartialState

        from ...training.run import TrainingError

        with report_errors(TrainingError):
            is_finished = start(**options)
        if PartialState().is_main_process:
            state = "is finished" if is_finished else "has stopped; the same command resumes it"
            err.print(f"The run in {options['run']} {state}.", highlight=False)

    return command


def export_command(write: Callable[..., str]) -> Callable[..., None]:
    """Wrap a command that writes weights and returns a message; print that, or its error."""

    @wraps(write)
    def command(**options: Any) -> None:
        from ...training.weight_files import WeightsError

        with report_errors(WeightsError):
            out.print(write(**options), highlight=False)

    return command
