"""``train action-classifier``: what action-to-motion is measured with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import report_errors
from .nerm import Data, Folder, Minutes, Steps, report_run, to_seconds


def action_classifier(
    data: Data,
    run: Folder = Path("runs/classifier"),
    steps: Steps = 1200,
    time_limit: Minutes = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
) -> None:
    """A classifier of the action labels, for `evaluate action-to-motion`."""
    from ...evaluation.metrics.action_classifier import ClassifierTraining, train_classifier
    from ...training.run import TrainingError

    with report_errors(TrainingError):
        training = ClassifierTraining(steps=steps, seed=seed)
        report_run(train_classifier(data, run, training, to_seconds(time_limit)), run)
