"""``evaluate action-components``: what more components do to motions, and to MMS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, sentences


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
    from ...data.motion_set import load_motion_set  # noqa: PLC0415
    from ...evaluation.action_classifier import load_classifier  # noqa: PLC0415
    from ...evaluation.action_models import MotionInrGenerator  # noqa: PLC0415
    from ...evaluation.action_tables import components_table  # noqa: PLC0415
    from ...evaluation.action_to_motion import (  # noqa: PLC0415
        EvaluationError,
        reference,
        score_generator,
        score_real,
    )
    from ...evaluation.results import as_rich, keep  # noqa: PLC0415
    from ...motioninr.export import read_trained  # noqa: PLC0415
    from ...motioninr.fitting import FitSettings, code_set, fit_mixtures  # noqa: PLC0415
    from ...motioninr.sample import Sampler  # noqa: PLC0415
    from ...motioninr.weights import load_motioninr  # noqa: PLC0415
    from ...weight_files import WeightsError  # noqa: PLC0415

    with sentences(WeightsError, EvaluationError):
        network = load_classifier(classifier)
        real = reference(load_motion_set(data), network)
        loaded = load_motioninr(weights)
        codes = code_set(read_trained(run, data), real.labels)

        def tell(name: str, repeat: int) -> None:
            err.print(f"{name}: repeat {repeat + 1} of {repeats}", highlight=False)

        rows = [score_real(real, repeats)]
        free = FitSettings(sequences_each=1, against_copies=False)
        sweep = {
            **{f"{n} in an interval": replace(free, components=n) for n in (1, 2, 4, 8)},
            "one for each sequence": replace(free, components=len(codes.means)),
            "as exported, copies refused": None,
        }
        for name, settings in sweep.items():
            mixtures = loaded.mixtures if settings is None else fit_mixtures(codes, settings)
            sampler = Sampler(replace(loaded, mixtures=mixtures))
            generator = MotionInrGenerator(name, sampler, fps)
            rows.append(score_generator(generator, network, real, repeats, tell))
    table = components_table(
        rows,
        "python -m backend evaluate action-components DATA --run RUN --weights FOLDER "
        f"--repeats {repeats}",
        repeats,
    )
    out.print(as_rich(table))
    keep("action-components", table)
