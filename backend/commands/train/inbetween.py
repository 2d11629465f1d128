"""``train inbetween`` and ``inbetween-export``: what bends splines between keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import err, out, report_errors

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]
_RUN = Path("runs/inbetween")


def inbetween(
    data: Data,
    run: Annotated[Path, typer.Option("--run", help="Folder of this run.")] = _RUN,
    steps: Annotated[int, typer.Option(help="Steps of the whole run.", min=1)] = 20_000,
    batch: Annotated[int, typer.Option(help="Windows of keys in a step.", min=1)] = 32,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", help="Minutes after which this slice ends.", min=0),
    ] = None,
    seed: int = 0,
) -> None:
    """The network that says what a body does between key poses, on the training split."""
    from ...inbetween.train import InbetweenTraining, train_inbetween
    from ...training.run import TrainingError

    limit = None if time_limit is None else 60.0 * time_limit
    with report_errors(TrainingError):
        training = InbetweenTraining(steps=steps, batch=batch, seed=seed)
        done = train_inbetween(data, run, training, time_limit=limit)
    said = "finished" if done else "stopped at its time limit; the same command goes on"
    err.print(f"The run in {run} {said}.", highlight=False)


def inbetween_export(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the file.")] = Path(
        "runs/inbetween_export"
    ),
    run: Annotated[Path, typer.Option("--run", help="Folder of the run.")] = _RUN,
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "GPL-3.0-or-later",
) -> None:
    """Write the fp16 weight file."""
    from ...inbetween.weights import export_inbetween
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError):
        export_inbetween(run, output, licence)
    out.print(f"Weights written to {output}", highlight=False)
