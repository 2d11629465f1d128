"""Action-to-motion: accuracy, FID, diversity, multimodality and novelty of labelled motions.

As in ACTOR (Petrovich et al., 2021), in the features of a classifier of the same data. The labels
are those of the test split, all requested equally often, with durations of training motions of the
label; real motions are balanced alike. The real row stands for a model that samples training
motions. KID is left out: it is unbiased for independent draws, which balanced ones are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ...baselines.actor import load_actor
from ...console import err, report_errors
from ...data.motion_set import MotionSet, load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...motioninr.sampler import MotionInrSampler
from ...motioninr.weights import MOTIONINR_FILE, load_motioninr
from ...nerm.sampler import MotionRequest
from ...nerm.weights import DENOISER_FILE
from ...training.run import TrainingError
from ...training.weight_files import WeightsError, read_manifest, read_run_state
from ..generators import (
    ActorGenerator,
    EvaluationError,
    MotionGenerator,
    MotionInrGenerator,
    NermGenerator,
    real_motions,
)
from ..metrics.action_classifier import ActionClassifier, load_classifier
from ..metrics.distribution import diversity, frechet_distance, multimodality
from ..options import CLASSIFIER_RUN, ActorRun, Classifier, Fps, LabelledData, Repeats
from ..report.published import ACTION_ORDER, ACTION_TO_MOTION
from ..report.tables import (
    ResultTable,
    Scores,
    append_scores,
    format_scores,
    metric_columns,
    publish_table,
)

MOTIONS_PER_LABEL = 40
"""Motions of each label in a repeat, enough for 20 disjoint pairs."""
DIVERSITY_PAIRS = 200
MULTIMODALITY_PAIRS = 20

TEST_SPLITS = ("test", "val")
"""Splits to measure against; the first that holds labelled motions is used."""

ACTION_METRICS = {
    "FID train": "↓",
    "FID test": "↓",
    "accuracy": "↑",
    "diversity": "→",
    "multimodality": "→",
    "MMS": "→",
}
"""Metric of a row -> better direction. MMS is the mean distance to the nearest training motion."""


def action_to_motion(
    data: LabelledData,
    weights: Annotated[
        Path, typer.Option(help="Folder of the weight files trained on its training split.")
    ],
    classifier: Classifier = CLASSIFIER_RUN,
    motioninr: Annotated[
        Path | None, typer.Option(help="Folder of MotionINR's weight file, to compare with.")
    ] = None,
    transformer: Annotated[
        Path | None, typer.Option(help="The same of `train motioninr --decoder transformer`.")
    ] = None,
    actor: ActorRun = None,
    repeats: Repeats = 5,
    guidance: Annotated[float, typer.Option(help="Classifier-free guidance scale.", min=0)] = 3.0,
    steps: Annotated[int, typer.Option(help="Denoising steps.", min=1)] = 10,
    fps: Fps = 30.0,
) -> None:
    """Accuracy, FID, diversity, multimodality and MMS of motions generated for labels."""
    with report_errors(WeightsError, EvaluationError, TrainingError):
        network = load_classifier(classifier)
        sampler = load_sampler(weights)[0]
        real = load_reference(load_motion_set(data), network)
        generators: list[MotionGenerator] = [
            NermGenerator("NeRM (ours)", sampler, fps, guidance, steps)
        ]
        trained = [f"NeRM's second stage {_training_steps(weights, DENOISER_FILE)}"]
        for name, folder in (("MLP", motioninr), ("Transformer", transformer)):
            if folder is not None:
                trained.append(f"MotionINR, {name} {_training_steps(folder, MOTIONINR_FILE)}")
                model = MotionInrSampler(load_motioninr(folder))
                generators.append(MotionInrGenerator(f"MotionINR, {name} (ours)", model, fps))
        if actor is not None:
            trained.append(f"the ACTOR-like baseline {read_run_state(actor)[1]['step']}")
            generators.append(ActorGenerator("ACTOR-like (Transformer VAE)", load_actor(actor)))
        rows = {"Real (test against train)": score_real_motions(real, repeats)}
        rows |= {g.name: score_generator(g, network, real, repeats) for g in generators}
    options = "--motioninr FOLDER " if motioninr else ""
    options += "--transformer FOLDER " if transformer else ""
    options += "--actor RUN " if actor else ""
    table = action_table(
        rows,
        real,
        repeats,
        command=f"python -m backend evaluate action-to-motion DATA --weights FOLDER "
        f"{options}--repeats {repeats} --guidance {guidance:g} --steps {steps}",
        notes=(
            f"Guidance {guidance:g}, {steps} steps; motions at {fps:g} fps with foot lock, those "
            "of the ACTOR-like baseline at 20 fps without it.",
            f"Training steps: {', '.join(trained)}.",
            "The data is CC BY-NC 4.0 (Bandai Namco Research): these weights are not shipped.",
        ),
    )
    publish_table("action-to-motion", table)
    publish_table("action-to-motion-published", ACTION_TO_MOTION)


def _training_steps(folder: Path, file: str) -> int:
    return int(read_manifest(folder)[file]["steps"])


@dataclass(frozen=True)
class LabelledFeatures:
    """Motions in the classifier's features."""

    features: Array
    """(N, F)."""
    labels: NDArray[np.str_]
    """(N,) requested labels, or the labels of captures."""
    predicted: NDArray[np.str_]
    """(N,) labels by the classifier."""
    seconds: Array
    """(N,) durations."""

    @property
    def accuracy(self) -> float:
        return float((self.labels == self.predicted).mean())

    def select(self, index: NDArray[np.intp]) -> LabelledFeatures:
        return LabelledFeatures(
            self.features[index], self.labels[index], self.predicted[index], self.seconds[index]
        )


@dataclass(frozen=True)
class ReferenceMotions:
    """Real motions with the labels of the test split."""

    labels: tuple[str, ...]
    train: LabelledFeatures
    test: LabelledFeatures


def load_reference(motions: MotionSet, classifier: ActionClassifier) -> ReferenceMotions:
    """Classify training and test motions, mirrored ones too, with the test split's labels.

    Raises:
        EvaluationError: No test motion has a label that the classifier knows.
    """
    known = set(classifier.config.actions)
    for split in TEST_SPLITS:
        test = SequenceSet(motions, split)
        labels = tuple(sorted({span.action for span in test.spans} & known))
        if labels:
            train = SequenceSet(motions, "train")
            return ReferenceMotions(
                labels,
                _labelled_features(train, labels, classifier),
                _labelled_features(test, labels, classifier),
            )
    raise EvaluationError(
        "The data's test split must hold a motion with a label that the classifier knows."
    )


def score_real_motions(real: ReferenceMotions, repeats: int, seed: int = 0) -> Scores:
    """Score real motions: as many training motions as a model generates.

    Accuracy, FID train and MMS are those of the test motions, against all training motions.
    """
    scores: Scores = {}
    for repeat in range(repeats):
        generator = np.random.default_rng([seed, repeat])
        train, test = _balanced_splits(real, generator)
        sample = _balanced_sample(real.train, real.labels, generator, MOTIONS_PER_LABEL)
        repeat_scores = {
            "FID train": frechet_distance(train.features, test.features),
            "FID test": frechet_distance(test.features, sample.features),
            "accuracy": real.test.accuracy,
            "diversity": diversity(test.features, generator, DIVERSITY_PAIRS),
            "multimodality": _multimodality(real.test, real.labels, generator),
            "MMS": mean_nearest_distance(real.test.features, real.train.features),
        }
        append_scores(scores, repeat_scores)
    return scores


def score_generator(
    generator: MotionGenerator,
    classifier: ActionClassifier,
    real: ReferenceMotions,
    repeats: int,
    motions_per_label: int = MOTIONS_PER_LABEL,
) -> Scores:
    """Score a model; every repeat has its own durations and seeds.

    Raises:
        EvaluationError: The model does not know a label of the test split.
    """
    missing = [label for label in real.labels if label not in generator.known_labels]
    if missing:
        raise EvaluationError(
            f"{generator.name} does not know the label {missing[0]}: train it on the same data."
        )
    scores: Scores = {}
    for repeat in range(repeats):
        err.print(f"{generator.name}: repeat {repeat + 1} of {repeats}", highlight=False)
        random = np.random.default_rng([1, repeat])
        labels = [label for label in real.labels for _ in range(motions_per_label)]
        seconds = [
            float(random.choice(real.train.seconds[real.train.labels == label])) for label in labels
        ]
        requests = [
            MotionRequest("", label, length, repeat * len(labels) + n)
            for n, (label, length) in enumerate(zip(labels, seconds, strict=True))
        ]
        features, predicted = classifier.classify(generator.generate_motions(requests))
        generated = LabelledFeatures(
            features, np.array(labels), np.array(predicted), np.array(seconds)
        )
        train, test = _balanced_splits(real, random)
        repeat_scores = {
            "FID train": frechet_distance(train.features, features),
            "FID test": frechet_distance(test.features, features),
            "accuracy": generated.accuracy,
            "diversity": diversity(features, random, DIVERSITY_PAIRS),
            "multimodality": _multimodality(generated, real.labels, random),
            "MMS": mean_nearest_distance(features, real.train.features),
        }
        append_scores(scores, repeat_scores)
    return scores


def mean_nearest_distance(generated: Array, training: Array) -> float:
    """MMS: mean over (N, F) of the distance to the nearest of (M, F); low values mean copies."""
    distances = [
        np.linalg.norm(training - row, axis=1).min() for row in np.asarray(generated, float)
    ]
    return float(np.mean(distances))


def _balanced_splits(
    real: ReferenceMotions, generator: np.random.Generator
) -> tuple[LabelledFeatures, LabelledFeatures]:
    train, test = (_balanced_sample(m, real.labels, generator) for m in (real.train, real.test))
    return train, test


def _balanced_sample(
    motions: LabelledFeatures,
    labels: Sequence[str],
    generator: np.random.Generator,
    limit: int | None = None,
) -> LabelledFeatures:
    """Choose equally many random motions of each label: as many as of the rarest, or `limit`."""
    groups = [np.flatnonzero(motions.labels == label) for label in labels]
    count = min(len(group) for group in groups)
    count = count if limit is None else min(count, limit)
    return motions.select(
        np.concatenate([generator.choice(group, count, replace=False) for group in groups])
    )


def _multimodality(
    motions: LabelledFeatures, labels: Sequence[str], generator: np.random.Generator
) -> float:
    """Mean distance of pairs of one label; a label with a single motion has no pair."""
    groups = [motions.features[motions.labels == label] for label in labels]
    paired = [group for group in groups if len(group) > 1]
    return multimodality(paired, generator, MULTIMODALITY_PAIRS)


def _labelled_features(
    sequences: SequenceSet, labels: Sequence[str], classifier: ActionClassifier
) -> LabelledFeatures:
    chosen = [n for n, span in enumerate(sequences.spans) if span.action in labels]
    motions = real_motions(sequences)
    features, predicted = classifier.classify([motions[n] for n in chosen])
    return LabelledFeatures(
        features,
        np.array([sequences.spans[n].action for n in chosen]),
        np.array(predicted),
        sequences.durations.numpy()[chosen],
    )


def action_table(
    rows: Mapping[str, Scores],
    real: ReferenceMotions,
    repeats: int,
    command: str,
    notes: Sequence[str] = (),
) -> ResultTable:
    return ResultTable(
        title="Action-to-motion on the Bandai Namco set",
        columns=("method", *metric_columns(ACTION_METRICS)),
        rows=tuple((name, *format_scores(row, ACTION_METRICS)) for name, row in rows.items()),
        command=command,
        order=ACTION_ORDER,
        notes=(
            f"{len(real.labels)} labels, those of the test split: {', '.join(real.labels)}.",
            f"Embedder: a GRU classifier trained on the training split of the same data. "
            f"{len(real.train.labels)} training and {len(real.test.labels)} test motions, "
            "mirrored ones counted.",
            f"{repeats} repeats, in each {MOTIONS_PER_LABEL} motions of each label "
            f"with durations of its training motions. Diversity: {DIVERSITY_PAIRS} pairs; "
            f"multimodality: {MULTIMODALITY_PAIRS} pairs of each label, fewer where the test "
            "split has fewer.",
            "MMS: mean distance to the nearest training motion; the real row's is from test to "
            "training motions. A much smaller value would mean copies.",
            "Real: accuracy, FID train, diversity, multimodality and MMS are those of the test "
            "motions; FID test compares as many training motions as a model generates.",
            *notes,
        ),
    )
