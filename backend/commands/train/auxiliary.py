"""Training of the embedder, the classifier and the resampler; export of weights and styles."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ...console import out, report_errors
from .options import (
    LICENCE,
    AuthoredFraction,
    Data,
    Licence,
    Output,
    RunFolder,
    Seed,
    Steps,
    TimeLimit,
    export_command,
    training_command,
)

_EMBEDDER_RUN, _INBETWEEN_RUN = Path("runs/embedder"), Path("runs/inbetween")


@training_command
def embedder(
    data: Data,
    run: RunFolder = _EMBEDDER_RUN,
    steps: Steps = 2400,
    batch: Annotated[int, typer.Option(help="Pairs of motion and caption in a step.", min=2)] = 64,
    time_limit: TimeLimit = None,
    authored_fraction: AuthoredFraction = None,
    seed: Seed = 0,
) -> bool:
    """Train the text–motion embedder on the training split."""
    from ...embedding.train import EmbedderTrainer, EmbedderTraining

    training = EmbedderTraining(
        steps=steps, batch=batch, authored_fraction=authored_fraction, seed=seed
    )
    return EmbedderTrainer(data, training).run(run, time_limit)


@export_command
def export_embedder(
    data: Data,
    output: Output = Path("runs/embedder_export"),
    run: RunFolder = _EMBEDDER_RUN,
    licence: Licence = LICENCE,
) -> str:
    """Write the embedder's fp16 weight file, with the training split's embeddings and scores."""
    from ...embedding import export

    export.export_embedder(run, data, output, licence)
    return f"Weights written to {output}"


@training_command
def inbetween(
    data: Data,
    run: RunFolder = _INBETWEEN_RUN,
    steps: Steps = 20_000,
    batch: Annotated[int, typer.Option(help="Windows of keys in a step.", min=1)] = 32,
    time_limit: TimeLimit = None,
    authored_fraction: AuthoredFraction = None,
    seed: Seed = 0,
) -> bool:
    """Train the network between key poses on the training split."""
    from ...inbetween.train import InbetweenTrainer, InbetweenTraining

    training = InbetweenTraining(
        steps=steps, batch=batch, authored_fraction=authored_fraction, seed=seed
    )
    return InbetweenTrainer(data, training).run(run, time_limit)


@export_command
def export_inbetween(
    output: Output = Path("runs/inbetween_export"),
    run: RunFolder = _INBETWEEN_RUN,
    licence: Licence = LICENCE,
) -> str:
    """Write the fp16 weight file of the network between key poses."""
    from ...inbetween import weights

    weights.export_inbetween(run, output, licence)
    return f"Weights written to {output}"


def export_style(
    style: Annotated[Path, typer.Argument(help="File that `learn` wrote.")],
    output: Output = Path("runs/style_export"),
) -> None:
    """Copy a style to a folder of weights, where it becomes the default style."""
    from ...protocol.style_file import StyleError
    from ...styles.style import STYLE_FILE, read_style
    from ...training.weight_files import add_manifest_entry

    with report_errors(StyleError):
        origin = read_style(style).origin
        output.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(style, output / STYLE_FILE)
        add_manifest_entry(output, STYLE_FILE, origin.licence, origin.steps, len(origin.takes))
    out.print(f"{output / STYLE_FILE}: {origin.seconds:.0f} s of {len(origin.takes)} takes")


@training_command
def action_classifier(
    data: Data,
    run: RunFolder = Path("runs/classifier"),
    steps: Steps = 1200,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
) -> bool:
    """Train the classifier of labels for `evaluate action-to-motion`."""
    from ...evaluation.metrics.action_classifier import ClassifierTraining, train_classifier

    training = ClassifierTraining(steps=steps, seed=seed)
    return train_classifier(data, run, training, time_limit)
