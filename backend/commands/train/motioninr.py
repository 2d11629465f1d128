"""``train motioninr``: the second published system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..console import sentences
from .nerm import Data, Folder, Minutes, Precision, Steps, _seconds, _tell


def motioninr(
    data: Data,
    run: Folder = Path("runs/motioninr"),
    steps: Steps = 4000,
    time_limit: Minutes = None,
    decoder: Annotated[
        Literal["mlp", "transformer"], typer.Option(help="Both are the paper's.")
    ] = "mlp",
    linear_start: Annotated[
        bool, typer.Option(help="Begin at the data's principal components (ours), or at nothing.")
    ] = True,
    batch: Annotated[int, typer.Option(help="Sequences in a step.", min=1)] = 64,
    code_rate: Annotated[float, typer.Option(help="Learning rate of the codes.", min=0)] = 5e-3,
    precision: Annotated[Precision, typer.Option(help="bf16, or no for full precision.")] = "bf16",
    seed: int = 0,
) -> None:
    """MotionINR: codes of the labelled sequences and actions, and their decoder.

    DATA may be motion capture of your own, as long as its motions have action labels.
    """
    from ...motioninr.model import MotionInrConfig  # noqa: PLC0415
    from ...motioninr.train import MotionInrTraining, train_motioninr  # noqa: PLC0415
    from ...nerm.loop import TrainingError  # noqa: PLC0415

    config = MotionInrConfig(decoder=decoder, linear_start=linear_start)
    training = MotionInrTraining(
        steps=steps, batch=batch, code_rate=code_rate, precision=precision, seed=seed
    )
    with sentences(TrainingError):
        _tell(train_motioninr(data, run, config, training, _seconds(time_limit)), run)
