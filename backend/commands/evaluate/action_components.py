"""``evaluate action-components``: what more components do to motions, and to MMS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def action_components(
    data: Annotated[Path, typer.Argument(help="The prepared file, with labels and a test split.")],
    run: Annotated[Path, typer.Option(help="Folder of the run of `train motioninr`.")],
    weights: Annotated[Path, typer.Option(help="Folder of the weight file exported from it.")],
    classifier: Annotated[
        Path, typer.Option(help="Folder of the run of `train action-classifier`.")
    ] = Path("runs/classifier"),
    repeats: Annotated[int, typer.Option(help="Repeats of every measure.", min=1)] = 2,
    fps: Annotated[float, typer.Option(help="Frame rate of the motions.", min=1)] = 30.0,
) -> None:
    """MMS, accuracy and FID of mixtures from one component to one for each sequence."""
    from ...data.motion_set import load_motion_set
    from ...evaluation.experiments.action_models import MotionInrGenerator
    from ...evaluation.experiments.action_tables import components_table
    from ...evaluation.experiments.action_to_motion import (
        EvaluationError,
        load_reference,
        score_generator,
        score_real_motions,
    )
    from ...evaluation.metrics.action_classifier import load_classifier
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...motioninr.export import read_trained_run
    from ...motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
    from ...motioninr.sampler import MotionInrSampler
    from ...motioninr.weights import load_motioninr
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError, EvaluationError):
        network = load_classifier(classifier)
        real = load_reference(load_motion_set(data), network)
        loaded = load_motioninr(weights)
        codes = learnt_codes(read_trained_run(run, data), real.labels)

        def tell(name: str, repeat: int) -> None:
            err.print(f"{name}: repeat {repeat + 1} of {repeats}", highlight=False)

        rows = [score_real_motions(real, repeats)]
        free = FitSettings(sequences_per_component=1, avoid_copies=False)
        sweep = {
            **{f"{n} in an interval": replace(free, components=n) for n in (1, 2, 4, 8)},
            "one for each sequence": replace(free, components=len(codes.means)),
            "as exported, copies refused": None,
        }
        for name, settings in sweep.items():
            mixtures = loaded.mixtures if settings is None else fit_mixtures(codes, settings)
            sampler = MotionInrSampler(replace(loaded, mixtures=mixtures))
            generator = MotionInrGenerator(name, sampler, fps)
            rows.append(score_generator(generator, network, real, repeats, tell))
    table = components_table(
        rows,
        "python -m backend evaluate action-components DATA --run RUN --weights FOLDER "
        f"--repeats {repeats}",
        repeats,
    )
    out.print(to_rich_table(table))
    save_table("action-components", table)
