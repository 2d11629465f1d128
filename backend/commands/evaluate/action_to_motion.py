"""``evaluate action-to-motion``: motions made for labels, in a classifier's features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def action_to_motion(
    data: Annotated[Path, typer.Argument(help="The prepared file, with labels and a test split.")],
    weights: Annotated[
        Path, typer.Option(help="Folder of the weight files trained on its training split.")
    ],
    classifier: Annotated[
        Path, typer.Option(help="Folder of the run of `train action-classifier`.")
    ] = Path("runs/classifier"),
    motioninr: Annotated[
        Path | None, typer.Option(help="Folder of MotionINR's weight file, to stand beside.")
    ] = None,
    transformer: Annotated[
        Path | None, typer.Option(help="The same of `train motioninr --decoder transformer`.")
    ] = None,
    actor: Annotated[
        Path | None, typer.Option(help="Folder of the run of `train actor`, to stand beside.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Repeats of every measure.", min=1)] = 5,
    guidance: Annotated[float, typer.Option(help="Classifier-free guidance.", min=0)] = 3.0,
    steps: Annotated[int, typer.Option(help="Denoising steps.", min=1)] = 10,
    fps: Annotated[float, typer.Option(help="Frame rate of the motions.", min=1)] = 30.0,
) -> None:
    """Accuracy, FID, diversity, multimodality and MMS of motions made for action labels."""
    from ...baselines.actor import load_actor
    from ...data.motion_set import load_motion_set
    from ...embedding.nerm_retrieval import load_sampler
    from ...evaluation.experiments.action_models import ActorGenerator, MotionInrGenerator
    from ...evaluation.experiments.action_tables import PUBLISHED_ACTION_TABLE, action_table
    from ...evaluation.experiments.action_to_motion import (
        EvaluationError,
        load_reference,
        score_generator,
        score_real_motions,
    )
    from ...evaluation.experiments.evaluated_motions import LabelGenerator, NermGenerator
    from ...evaluation.metrics.action_classifier import load_classifier
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...motioninr.sampler import MotionInrSampler
    from ...motioninr.weights import MOTIONINR_FILE, load_motioninr
    from ...nerm.weights import DENOISER_FILE
    from ...training.run import TrainingError
    from ...training.weight_files import WeightsError, read_run_state

    with report_errors(WeightsError, EvaluationError, TrainingError):
        network = load_classifier(classifier)
        sampler = load_sampler(weights)[0]
        real = load_reference(load_motion_set(data), network)
        generators: list[LabelGenerator] = [
            NermGenerator("NeRM (ours)", sampler, fps, guidance, steps)
        ]
        trained = [f"NeRM's second stage {_steps(weights, DENOISER_FILE)}"]
        for name, folder in (("MLP", motioninr), ("Transformer", transformer)):
            if folder is not None:
                trained.append(f"MotionINR, {name} {_steps(folder, MOTIONINR_FILE)}")
                ours = MotionInrSampler(load_motioninr(folder))
                generators.append(MotionInrGenerator(f"MotionINR, {name} (ours)", ours, fps))
        if actor is not None:
            trained.append(f"the ACTOR-like rival {read_run_state(actor)[1]['step']}")
            generators.append(ActorGenerator("ACTOR-like (Transformer VAE)", load_actor(actor)))

        def tell(name: str, repeat: int) -> None:
            err.print(f"{name}: repeat {repeat + 1} of {repeats}", highlight=False)

        rows = [
            score_real_motions(real, repeats),
            *(score_generator(one, network, real, repeats, tell) for one in generators),
        ]
    beside = "--motioninr FOLDER " if motioninr else ""
    beside += "--transformer FOLDER " if transformer else ""
    beside += "--actor RUN " if actor else ""
    table = action_table(
        rows,
        real,
        command=f"python -m backend evaluate action-to-motion DATA --weights FOLDER "
        f"{beside}--repeats {repeats} --guidance {guidance:g} --steps {steps}",
        notes=(
            f"Guidance {guidance:g}, {steps} steps; motions at {fps:g} fps with feet held, those "
            "of the ACTOR-like rival at 20 fps as they come.",
            f"Steps of training: {', '.join(trained)}.",
            "The data is CC BY-NC 4.0 (Bandai Namco Research): weights of this table do not ship.",
        ),
    )
    for name, one in (
        ("action-to-motion", table),
        ("action-to-motion-published", PUBLISHED_ACTION_TABLE),
    ):
        out.print(to_rich_table(one))
        save_table(name, one)


def _steps(folder: Path, file: str) -> int:
    """For how many steps a weight file was trained."""
    from ...training.weight_files import read_manifest

    return int(read_manifest(folder)[file]["steps"])
