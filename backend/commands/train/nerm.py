"""``train nerm-inr``, ``nerm-diffusion`` and ``nerm-export``: NeRM's two stages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..console import err, out, sentences

ProcessName = Literal["flow", "clean", "epsilon"]

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]
Folder = Annotated[Path, typer.Option("--run", help="Folder of this run.")]
Minutes = Annotated[
    float | None, typer.Option("--time-limit", help="Minutes after which this slice ends.", min=0)
]
Steps = Annotated[int, typer.Option(help="Steps of the whole run.", min=1)]


def nerm_inr(
    data: Data,
    run: Folder = Path("runs/inr"),
    steps: Steps = 4600,
    time_limit: Minutes = None,
    seed: int = 0,
) -> None:
    """NeRM stage 1: the implicit representation and a code for every sequence."""
    from ...nerm.inr import InrConfig  # noqa: PLC0415
    from ...nerm.loop import TrainingError  # noqa: PLC0415
    from ...nerm.train_inr import InrTraining, train_inr  # noqa: PLC0415

    with sentences(TrainingError):
        training = InrTraining(steps=steps, seed=seed)
        _tell(train_inr(data, run, InrConfig(), training, _seconds(time_limit)), run)


def nerm_diffusion(
    data: Data,
    codes: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    run: Folder = Path("runs/diffusion"),
    steps: Steps = 5500,
    process: Annotated[
        ProcessName, typer.Option(help="flow, clean (x0), or epsilon as in the paper.")
    ] = "flow",
    time_limit: Minutes = None,
    seed: int = 0,
) -> None:
    """NeRM stage 2: the latent diffusion over the codes of a stage 1 run."""
    from ...nerm.loop import TrainingError  # noqa: PLC0415
    from ...nerm.train_diffusion import DiffusionTraining, train_diffusion  # noqa: PLC0415

    with sentences(TrainingError):
        training = DiffusionTraining(steps=steps, process=process, seed=seed)
        done = train_diffusion(data, codes, run, training, time_limit=_seconds(time_limit))
        _tell(done, run)


def nerm_export(
    output: Annotated[Path, typer.Option("-o", help="Folder for the weight files.")],
    inr: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    diffusion: Annotated[Path, typer.Option(help="Folder of the stage 2 run.")] = Path(
        "runs/diffusion"
    ),
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "GPL-3.0-or-later",
) -> None:
    """Write fp16 weight files of two finished runs, and their entries in weights.json."""
    from ...nerm.weights import WeightsError, export_weights  # noqa: PLC0415

    with sentences(WeightsError):
        export_weights(inr, diffusion, output, licence)
    out.print(f"Weights written to {output}", highlight=False)


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def _tell(done: bool, run: Path) -> None:
    said = "finished" if done else "stopped at its time limit; the same command goes on"
    err.print(f"The run in {run} {said}.", highlight=False)
