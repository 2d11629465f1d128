"""``evaluate action-lengths``: whether motions of unusual lengths go on moving."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, sentences


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
    from ...evaluation.experiments.action_to_motion import EvaluationError, reference
    from ...evaluation.metrics.action_classifier import load_classifier
    from ...evaluation.metrics.lengths import SHARES, lengths_table, paces, score_lengths
    from ...evaluation.report.tables import as_rich, keep
    from ...motioninr.sampler import Sampler
    from ...motioninr.weights import load_motioninr
    from ...training.run import TrainingError
    from ...training.weight_files import WeightsError

    with sentences(WeightsError, EvaluationError, TrainingError):
        motions = load_motion_set(data)
        labels = reference(motions, load_classifier(classifier)).labels
        real = paces(SequenceSet(motions), labels, fps)
        ours = MotionInrGenerator("MotionINR (ours)", Sampler(load_motioninr(motioninr)), fps)
        rival = None if actor is None else ActorGenerator("ACTOR-like", load_actor(actor))
        rows = []
        for generator in (ours, rival):
            for share in SHARES if generator is not None else ():
                longest = share * max(pace.seconds for pace in real)
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
    out.print(as_rich(table))
    keep("action-lengths", table)
