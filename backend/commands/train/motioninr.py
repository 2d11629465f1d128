"""``train motioninr`` and ``motioninr-export``: the second published system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...console import out, report_errors
from .nerm import Data, Folder, Minutes, Precision, Steps, report_run, to_seconds


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
    from ...motioninr.model import MotionInrConfig
    from ...motioninr.train import MotionInrTraining, train_motioninr
    from ...training.run import TrainingError

    config = MotionInrConfig(decoder=decoder, linear_start=linear_start)
    training = MotionInrTraining(
        steps=steps, batch=batch, code_rate=code_rate, precision=precision, seed=seed
    )
    with report_errors(TrainingError):
        report_run(train_motioninr(data, run, config, training, to_seconds(time_limit)), run)


def motioninr_export(
    data: Data,
    run: Folder = Path("runs/motioninr"),
    output: Annotated[Path, typer.Option("-o", help="Folder for the weight file.")] = Path(
        "runs/motioninr_export"
    ),
    components: Annotated[
        int, typer.Option(help="Most components of an action and interval of length.", min=1)
    ] = 60,
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "GPL-3.0-or-later",
) -> None:
    """Fit the mixtures of a finished run on DATA, and write its weight file."""
    from ...motioninr.export import read_trained_run, write_motioninr
    from ...motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
    from ...motioninr.weights import MOTIONINR_FILE
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError):
        trained = read_trained_run(run, data)
        mixtures = fit_mixtures(learnt_codes(trained), FitSettings(components=components))
        write_motioninr(trained, mixtures, output, licence)
    out.print(
        f"{output / MOTIONINR_FILE}: {len(mixtures.bins)} intervals of length, "
        f"{len(mixtures.weights)} components",
        highlight=False,
    )
