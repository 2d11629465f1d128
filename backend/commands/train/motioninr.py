"""``train motioninr`` and ``export motioninr``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .options import (
    LICENCE,
    AuthoredFraction,
    CodeRate,
    Data,
    Licence,
    LinearStart,
    Output,
    Precision,
    RunFolder,
    Seed,
    Steps,
    TimeLimit,
    export_command,
    training_command,
)

_RUN = Path("runs/motioninr")


@training_command
def motioninr(
    data: Data,
    run: RunFolder = _RUN,
    steps: Steps = 4000,
    time_limit: TimeLimit = None,
    decoder: Annotated[
        Literal["mlp", "transformer"], typer.Option(help="Decoder network; both are in the paper.")
    ] = "mlp",
    linear_start: LinearStart = True,
    batch: Annotated[int, typer.Option(help="Sequences in a step.", min=1)] = 64,
    code_rate: CodeRate = 5e-3,
    precision: Precision = "bf16",
    authored_fraction: AuthoredFraction = None,
    seed: Seed = 0,
) -> bool:
    """Train MotionINR: codes of labelled sequences and of labels, and their decoder.

    DATA may be your own motion capture, as long as its motions have labels.
    """
    from ...motioninr.model import MotionInrConfig
    from ...motioninr.train import MotionInrTrainer, MotionInrTraining

    config = MotionInrConfig(decoder=decoder, linear_start=linear_start)
    training = MotionInrTraining(
        steps=steps,
        batch=batch,
        code_rate=code_rate,
        precision=precision,
        authored_fraction=authored_fraction,
        seed=seed,
    )
    return MotionInrTrainer(data, training, config).run(run, time_limit)


@export_command
def export_motioninr(
    data: Data,
    run: RunFolder = _RUN,
    output: Output = Path("runs/motioninr_export"),
    components: Annotated[
        int, typer.Option(help="Most components of a label and length bin.", min=1)
    ] = 60,
    licence: Licence = LICENCE,
) -> str:
    """Fit the mixtures of a finished run on DATA, and write its weight file."""
    from ...motioninr.export import read_trained_run, write_motioninr
    from ...motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
    from ...motioninr.weights import MOTIONINR_FILE

    trained = read_trained_run(run, data)
    mixtures = fit_mixtures(learnt_codes(trained), FitSettings(components=components))
    write_motioninr(trained, mixtures, output, licence)
    return (
        f"{output / MOTIONINR_FILE}: {len(mixtures.bins)} length bins, "
        f"{len(mixtures.weights)} components"
    )
