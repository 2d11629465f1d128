"""Effect of the number of mixture components on MotionINR's motions."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ...console import report_errors
from ...data.motion_set import load_motion_set
from ...motioninr.export import read_trained_run
from ...motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
from ...motioninr.sampler import MotionInrSampler
from ...motioninr.weights import load_motioninr
from ...training.weight_files import WeightsError
from ..generators import EvaluationError, MotionInrGenerator
from ..metrics.action_classifier import load_classifier
from ..options import CLASSIFIER_RUN, Classifier, Fps, LabelledData, Repeats
from ..report.published import ACTION_ORDER
from ..report.tables import (
    ResultTable,
    Scores,
    format_mean,
    format_scores,
    metric_columns,
    publish_table,
)
from .action_to_motion import (
    ACTION_METRICS,
    MOTIONS_PER_LABEL,
    load_reference,
    score_generator,
    score_real_motions,
)


def action_components(
    data: LabelledData,
    run: Annotated[Path, typer.Option(help="Run folder of `train motioninr`.")],
    weights: Annotated[Path, typer.Option(help="Folder of the weight file exported from it.")],
    classifier: Classifier = CLASSIFIER_RUN,
    repeats: Repeats = 2,
    fps: Fps = 30.0,
) -> None:
    """MMS, accuracy and FID of mixtures from one component to one per sequence."""
    with report_errors(WeightsError, EvaluationError):
        network = load_classifier(classifier)
        real = load_reference(load_motion_set(data), network)
        loaded = load_motioninr(weights)
        codes = learnt_codes(read_trained_run(run, data), real.labels)
        rows = {"Real (test against train)": score_real_motions(real, repeats)}
        free = FitSettings(sequences_per_component=1, avoid_copies=False)
        variants = {
            **{f"{n} per length bin": replace(free, components=n) for n in (1, 2, 4, 8)},
            "one per sequence": replace(free, components=len(codes.means)),
            "as exported, copies rejected": None,
        }
        for name, settings in variants.items():
            mixtures = loaded.mixtures if settings is None else fit_mixtures(codes, settings)
            sampler = MotionInrSampler(replace(loaded, mixtures=mixtures))
            generator = MotionInrGenerator(name, sampler, fps)
            rows[name] = score_generator(generator, network, real, repeats)
    command = (
        "python -m backend evaluate action-components DATA --run RUN --weights FOLDER "
        f"--repeats {repeats}"
    )
    publish_table("action-components", components_table(rows, command, repeats))


def components_table(rows: Mapping[str, Scores], command: str, repeats: int) -> ResultTable:
    """Table of MotionINR's mixtures by their components; the first row is real."""
    novelty = [sum(row["MMS"]) / len(row["MMS"]) for row in rows.values()]
    others = {name: ACTION_METRICS[name] for name in ("FID train", "FID test", "accuracy")}
    return ResultTable(
        title="Components of MotionINR's mixtures, and MMS",
        columns=("components", "MMS →", "MMS / real → 1", *metric_columns(others)),
        rows=tuple(
            (name, format_mean(row["MMS"]), f"{mean / novelty[0]:.2f}", *format_scores(row, others))
            for (name, row), mean in zip(rows.items(), novelty, strict=True)
        ),
        command=command,
        order=ACTION_ORDER,
        notes=(
            "One run of `train motioninr`, mixtures fitted again for each row; only the last "
            "rejects components whose mean is one of the training codes. With one component per "
            "sequence every motion is a training motion, sampled from its own code's distribution: "
            "MMS shows such copies only as far as the decoder reconstructs its training motions.",
            f"{repeats} repeats, in each {MOTIONS_PER_LABEL} motions of each label of the test "
            "split.",
        ),
    )
