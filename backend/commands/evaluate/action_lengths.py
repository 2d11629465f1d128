"""``evaluate action-lengths``: whether motions of unusual lengths go on moving."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def action_lengths(
    data: Annotated[Path, typer.Argument(help="The prepared file, with labels and a test split.")],
    motioninr: Annotated[Path, typer.Option(help="Folder of MotionINR's weight file.")],
    actor: Annotated[
        Path | None, typer.Option(help="Folder of the run of `train actor`, to stand beside.")
    ] = None,
    classifier: Annotated[
        Path, typer.Option(help="Folder of the run of `train action-classifier`.")
    ] = Path("runs/classifier"),
    each: Annotated[int, typer.Option(help="Motions of each action and length.", min=1)] = 10,
    fps: Annotated[float, typer.Option(help="Frame rate of the motions.", min=1)] = 30.0,
) -> None:
    """Joint speed of motions of 0.5 to 3 times the usual length, beside that of captures."""
    from ...baselines.actor import load_actor
    from ...data.motion_set import load_motion_set
    from ...data.sequences import MAX_SECONDS, SequenceSet
    from ...evaluation.experiments.action_models import ActorGenerator, MotionInrGenerator
    from ...evaluation.experiments.action_to_motion import EvaluationError, load_reference
    from ...evaluation.metrics.action_classifier import load_classifier
    from ...evaluation.metrics.lengths import (
        LENGTH_FACTORS,
        label_speeds,
        lengths_table,
        score_lengths,
    )
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...motioninr.sampler import MotionInrSampler
    from ...motioninr.weights import load_motioninr
    from ...training.run import TrainingError
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError, EvaluationError, TrainingError):
        motions = load_motion_set(data)
        labels = load_reference(motions, load_classifier(classifier)).labels
        real = label_speeds(SequenceSet(motions), labels, fps)
        ours = MotionInrGenerator(
            "MotionINR (ours)", MotionInrSampler(load_motioninr(motioninr)), fps
        )
        rival = None if actor is None else ActorGenerator("ACTOR-like", load_actor(actor))
        rows = []
        for generator in (ours, rival):
            for share in LENGTH_FACTORS if generator is not None else ():
                longest = share * max(pace.median_length for pace in real)
                if generator is rival and longest > MAX_SECONDS:
                    continue
                assert generator is not None
                err.print(f"{generator.name}: {share:g} × the median", highlight=False)
                rows.append(score_lengths(generator, real, share, each))
    beside = " --actor RUN" if actor else ""
    table = lengths_table(
        rows,
        real,
        each,
        f"python -m backend evaluate action-lengths DATA --motioninr FOLDER{beside} --each {each}",
    )
    out.print(to_rich_table(table))
    save_table("action-lengths", table)
