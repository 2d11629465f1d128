"""Action-to-motion: accuracy, FID, diversity, multimodality and novelty of motions made for labels.

As in ACTOR and its followers, in the features of a classifier of the same data. Labels are those of
the test split, all asked for equally often, with durations of training motions of the label; real
motions too are compared in equal shares. The real row stands for a model that draws training
motions. There is no KID: what makes it unbiased holds for independent draws, not for equal shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.motion_set import MotionSet
from ...data.sequences import SequenceSet
from ...kinematics.math.rotations import Array
from ..metrics.action_classifier import ActionClassifier
from ..metrics.distribution import diversity, frechet_distance, multimodality
from .evaluated_motions import LabelGenerator, real_motions

MOTIONS_PER_LABEL = 40
"""Motions of each label in a repeat: as many as 20 disjoint pairs need."""
DIVERSITY_PAIRS = 200
MULTIMODALITY_PAIRS = 20

TEST_SPLITS = ("test", "val")
"""The split that is measured against: the first of these that holds labelled motions."""

OnRepeat = Callable[[str, int], None]
"""Called with a row's name and the number of its repeat, from 0, before it is measured."""


class EvaluationError(ValueError):
    """What shall be measured cannot be; the text is a sentence for the user."""


@dataclass(frozen=True)
class LabelledFeatures:
    """Motions in the classifier's features."""

    features: Array
    """(N, F)."""
    labels: NDArray[np.str_]
    """(N,) labels, as they were asked for or captured."""
    predicted: NDArray[np.str_]
    """(N,) labels the classifier gives."""
    seconds: Array
    """(N,) durations."""

    def select(self, index: NDArray[np.intp]) -> LabelledFeatures:
        """Some of them."""
        return LabelledFeatures(
            self.features[index], self.labels[index], self.predicted[index], self.seconds[index]
        )


@dataclass(frozen=True)
class ActionScores:
    """One row of the table: a list has one figure for each repeat."""

    name: str
    accuracy: list[float]
    fid_train: list[float]
    fid_test: list[float]
    diversity: list[float]
    multimodality: list[float]
    novelty: list[float]
    """MMS: mean distance to the nearest training motion."""


@dataclass(frozen=True)
class ReferenceMotions:
    """Real motions of the labels that are measured."""

    labels: tuple[str, ...]
    train: LabelledFeatures
    test: LabelledFeatures
    test_split: str
    """Name of the test split."""


def load_reference(motions: MotionSet, classifier: ActionClassifier) -> ReferenceMotions:
    """Training and test motions, mirrored ones too, of the labels that the test split holds.

    Raises:
        EvaluationError: if no test motion has a label that the classifier knows.
    """
    known = set(classifier.config.actions)
    for split in TEST_SPLITS:
        test = SequenceSet(motions, split)
        found = {span.action for span in test.spans} & known
        if found:
            labels = tuple(sorted(found))
            train = SequenceSet(motions, "train")
            return ReferenceMotions(
                labels,
                _labelled_features(train, labels, classifier),
                _labelled_features(test, labels, classifier),
                split,
            )
    raise EvaluationError(
        "The test split of the data holds no motion with an action that the classifier knows."
    )


def score_real_motions(real: ReferenceMotions, repeats: int, seed: int = 0) -> ActionScores:
    """The real row: as many training motions as a model makes, instead of made ones.

    Accuracy, FID train and MMS are the test motions' own, against all training motions.
    """
    scores = []
    for repeat in range(repeats):
        chance = np.random.default_rng([seed, repeat])
        train, test = (
            _balanced_sample(real.train, real.labels, chance),
            _balanced_sample(real.test, real.labels, chance),
        )
        some = _balanced_sample(real.train, real.labels, chance, MOTIONS_PER_LABEL)
        scores.append(
            {
                "accuracy": _accuracy(real.test),
                "fid_train": frechet_distance(train.features, test.features),
                "fid_test": frechet_distance(test.features, some.features),
                "diversity": diversity(test.features, chance, DIVERSITY_PAIRS),
                "multimodality": _multimodality(real.test, real.labels, chance),
                "novelty": mean_nearest_distance(real.test.features, real.train.features),
            }
        )
    return _to_scores("Real (test against train)", scores)


def score_generator(
    generator: LabelGenerator,
    classifier: ActionClassifier,
    real: ReferenceMotions,
    repeats: int,
    on_repeat: OnRepeat,
    motions_per_label: int = MOTIONS_PER_LABEL,
) -> ActionScores:
    """The row of a model; repeat n asks for other durations, with other seeds, than the rest.

    Raises:
        EvaluationError: if the model does not know a label of the test split.
    """
    missing = [label for label in real.labels if label not in generator.known_labels]
    if missing:
        raise EvaluationError(
            f"{generator.name} does not know the action {missing[0]}: train it on the same data."
        )
    scores = []
    for repeat in range(repeats):
        on_repeat(generator.name, repeat)
        chance = np.random.default_rng([1, repeat])
        actions = [label for label in real.labels for _ in range(motions_per_label)]
        seconds = [
            float(chance.choice(real.train.seconds[real.train.labels == label]))
            for label in actions
        ]
        seeds = [repeat * len(actions) + n for n in range(len(actions))]
        features, recognised = classifier.classify(
            generator.generate_from_labels(actions, seconds, seeds)
        )
        made = LabelledFeatures(
            features, np.array(actions), np.array(recognised), np.array(seconds)
        )
        scores.append(_scores(made, real, chance))
    return _to_scores(generator.name, scores)


def mean_nearest_distance(generated: Array, training: Array) -> float:
    """MMS: mean over (N, F) of the distance to the nearest of (M, F); low means copies."""
    return float(
        np.mean(
            [np.linalg.norm(training - one, axis=1).min() for one in np.asarray(generated, float)]
        )
    )


def _scores(
    made: LabelledFeatures, real: ReferenceMotions, chance: np.random.Generator
) -> dict[str, float]:
    train, test = (
        _balanced_sample(real.train, real.labels, chance),
        _balanced_sample(real.test, real.labels, chance),
    )
    return {
        "accuracy": _accuracy(made),
        "fid_train": frechet_distance(train.features, made.features),
        "fid_test": frechet_distance(test.features, made.features),
        "diversity": diversity(made.features, chance, DIVERSITY_PAIRS),
        "multimodality": _multimodality(made, real.labels, chance),
        "novelty": mean_nearest_distance(made.features, real.train.features),
    }


def _balanced_sample(
    motions: LabelledFeatures,
    labels: Sequence[str],
    chance: np.random.Generator,
    most: int | None = None,
) -> LabelledFeatures:
    """Random motions, equally many of each label, as many as there are of the rarest or `most`."""
    groups = [np.flatnonzero(motions.labels == label) for label in labels]
    each = min(len(group) for group in groups)
    each = each if most is None else min(each, most)
    return motions.select(np.concatenate([chance.choice(g, each, replace=False) for g in groups]))


def _accuracy(motions: LabelledFeatures) -> float:
    return float((motions.labels == motions.predicted).mean())


def _multimodality(
    motions: LabelledFeatures, labels: Sequence[str], chance: np.random.Generator
) -> float:
    """Mean distance of pairs of one label; labels with one motion alone have no pair."""
    groups = [motions.features[motions.labels == label] for label in labels]
    return float(
        np.mean(
            [
                multimodality(group[None], chance, MULTIMODALITY_PAIRS)
                for group in groups
                if len(group) > 1
            ]
        )
    )


def _labelled_features(
    sequences: SequenceSet, labels: Sequence[str], classifier: ActionClassifier
) -> LabelledFeatures:
    chosen = [n for n, span in enumerate(sequences.spans) if span.action in labels]
    motions = real_motions(sequences)
    features, recognised = classifier.classify([motions[n] for n in chosen])
    return LabelledFeatures(
        features,
        np.array([sequences.spans[n].action for n in chosen]),
        np.array(recognised),
        sequences.durations.numpy()[chosen],
    )


def _to_scores(name: str, scores: Sequence[dict[str, float]]) -> ActionScores:
    lists: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        for key, value in score.items():
            lists[key].append(value)
    return ActionScores(name, **lists)
