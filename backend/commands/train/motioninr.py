"""``train motioninr`` and ``export motioninr``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...console import out, report_errors
from .options import (
    LICENCE,
    CodeRate,
    Data,
    Licence,
    LinearStart,
    Minutes,
    Output,
    Precision,
    RunFolder,
    Seed,
    Steps,
    report_run,
    to_seconds,
)

_RUN = Path("runs/motioninr")


def motioninr(
    data: Data,
    run: RunFolder = _RUN,
    steps: Steps = 4000,
    time_limit: Minutes = None,
    decoder: Annotated[
        Literal["mlp", "transformer"], typer.Option(help="Decoder network; both are in the paper.")
    ] = "mlp",
    linear_start: LinearStart = True,
    batch: Annotated[int, typer.Option(help="Sequences in a step.", min=1)] = 64,
    code_rate: CodeRate = 5e-3,
    precision: Precision = "bf16",
    seed: Seed = 0,
) -> None:
    """Train MotionINR: codes of labelled sequences and of labels, and their decoder.

    DATA may be your own motion capture, as long as its motions have labels.
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


def export_motioninr(
    data: Data,
    run: RunFolder = _RUN,
    output: Output = Path("runs/motioninr_export"),
    components: Annotated[
        int, typer.Option(help="Most components of a label and length bin.", min=1)
    ] = 60,
    licence: Licence = LICENCE,
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
        f"{output / MOTIONINR_FILE}: {len(mixtures.bins)} length bins, "
        f"{len(mixtures.weights)} components",
        highlight=False,
    )
