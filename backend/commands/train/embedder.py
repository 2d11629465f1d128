"""``train embedder`` and ``embedder-export``: the text–motion embedder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import err, out, report_errors

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]


def embedder(
    data: Data,
    run: Annotated[Path, typer.Option("--run", help="Folder of this run.")] = Path("runs/embedder"),
    steps: Annotated[int, typer.Option(help="Steps of the whole run.", min=1)] = 2400,
    batch: Annotated[int, typer.Option(help="Pairs of motion and caption in a step.", min=2)] = 64,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", help="Minutes after which this slice ends.", min=0),
    ] = None,
    seed: int = 0,
) -> None:
    """The text–motion embedder, on the training split."""
    from ...embedding.train import EmbedderTraining, train_embedder
    from ...training.run import TrainingError

    limit = None if time_limit is None else 60.0 * time_limit
    with report_errors(TrainingError):
        training = EmbedderTraining(steps=steps, batch=batch, seed=seed)
        done = train_embedder(data, run, training, time_limit=limit)
    said = "finished" if done else "stopped at its time limit; the same command goes on"
    err.print(f"The run in {run} {said}.", highlight=False)


def embedder_export(
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the file.")] = Path(
        "runs/embedder_export"
    ),
    run: Annotated[Path, typer.Option("--run", help="Folder of the run.")] = Path("runs/embedder"),
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "GPL-3.0-or-later",
) -> None:
    """Write the embedder's fp16 weight file, with the training split's embeddings and scores."""
    from ...embedding.export import export_embedder
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError):
        export_embedder(run, data, output, licence)
    out.print(f"Weights written to {output}", highlight=False)
