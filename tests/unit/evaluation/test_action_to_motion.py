"""Action-to-motion: a classifier that reads seconds, and the measures in its features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import MocapClip, MotionSet, save_motion_set
from backend.data.sequences import SequenceSet
from backend.evaluation.experiments.action_to_motion import (
    load_reference,
    mean_nearest_distance,
    score_generator,
    score_real_motions,
)
from backend.evaluation.generators import (
    EvaluatedMotion,
    EvaluationError,
    NermGenerator,
    real_motions,
)
from backend.evaluation.metrics.action_classifier import (
    ActionClassifier,
    ClassifierTraining,
    load_classifier,
    train_classifier,
)
from backend.evaluation.report.published import ACTION_TO_MOTION
from backend.kinematics.body.skeleton import SMPL
from backend.nerm.sampler import MotionRequest, NermSampler
from backend.nerm.weights import load_weights
from backend.training.run import TrainingError
from backend.training.weight_files import WeightsError
from tests.support.motions import swinging_take, write_tiny_weights

STEPS = 30
SPINE = 3 * SMPL.index("spine1")


def labelled_set() -> MotionSet:
    """Bodies that swing, and bodies that are bent while they do, at several rates."""
    clips = []
    for n in range(24):
        take = swinging_take(1.2, (30.0, 60.0)[n % 2], seed=n)
        poses = take.poses[:, :66].copy()
        bent = n % 3 == 0
        poses[:, SPINE] += 0.9 * bent
        split = "val" if n >= 16 else "train"
        action = "bend" if bent else "swing"
        clips.append(
            MocapClip(f"clip_{n}", poses, take.trans, take.fps, action=action, split=split)
        )
    return MotionSet(clips)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("action") / "set.npz"
    save_motion_set(path, labelled_set())
    return path


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    assert train_classifier(data, folder, ClassifierTraining(steps=STEPS, batch=16))
    return folder


@pytest.fixture(scope="module")
def classifier(run: Path) -> ActionClassifier:
    return load_classifier(run)


@dataclass(frozen=True)
class Copies:
    """Returns training motions, of the requested label or of another."""

    sequences: SequenceSet
    honest: bool = True
    name: str = "copies"
    known_labels: tuple[str, ...] = ("bend", "swing")

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        motions = real_motions(self.sequences)
        own = [span.action for span in self.sequences.spans]
        made = []
        for request in requests:
            fitting = [n for n, label in enumerate(own) if (label == request.label) == self.honest]
            made.append(motions[fitting[request.seed % len(fitting)]])
        return made


def test_classifier_recognises_held_out_motions(classifier: ActionClassifier) -> None:
    test = SequenceSet(labelled_set(), "val")
    _, labels = classifier.classify(real_motions(test))
    assert labels == [span.action for span in test.spans]


def test_classify_at_other_rates_gives_the_same_features(classifier: ActionClassifier) -> None:
    def seen(fps: float, seed: int) -> np.ndarray:
        take = swinging_take(2.0, fps, seed)
        clip = MocapClip("x", take.poses[:, :66], take.trans, fps)
        return classifier.classify(real_motions(SequenceSet(MotionSet([clip]), mirrored=False)))[0][
            0
        ]

    same = np.linalg.norm(seen(30.0, 1) - seen(60.0, 1))
    other = np.linalg.norm(seen(30.0, 1) - seen(30.0, 2))
    assert same < 0.25 * other


def test_classifier_ignores_padding(classifier: ActionClassifier) -> None:
    motions = real_motions(SequenceSet(labelled_set()))
    short = EvaluatedMotion(motions[0].rows[:9], motions[0].times[:9])
    alone, _ = classifier.classify([short])
    beside, _ = classifier.classify([short, motions[1]])
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-5)


def test_classifier_training_resumed_equals_uninterrupted(
    data: Path, run: Path, tmp_path: Path
) -> None:
    training = ClassifierTraining(steps=STEPS, batch=16)
    assert not train_classifier(data, tmp_path, training, time_limit=0.0)
    assert train_classifier(data, tmp_path, training)
    for first, second in zip(
        load_classifier(run).parameters(), load_classifier(tmp_path).parameters(), strict=True
    ):
        torch.testing.assert_close(first, second)


def test_load_classifier_of_another_version_raises(run: Path, tmp_path: Path) -> None:
    tensors = load_file(run / "state.safetensors")
    tensors["classifier/mean"] = tensors["classifier/mean"][:-1].clone()
    save_file(tensors, tmp_path / "state.safetensors")
    (tmp_path / "state.json").write_bytes((run / "state.json").read_bytes())
    with pytest.raises(WeightsError, match="train it again"):
        load_classifier(tmp_path)


def test_train_classifier_with_one_label_raises(tmp_path: Path) -> None:
    clips = [replace(clip, action="swing") for clip in labelled_set()]
    save_motion_set(tmp_path / "set.npz", clips)
    with pytest.raises(TrainingError, match="fewer than two actions"):
        train_classifier(tmp_path / "set.npz", tmp_path / "run", ClassifierTraining())


def test_score_generator_of_copies_has_no_novelty(classifier: ActionClassifier) -> None:
    real = load_reference(labelled_set(), classifier)
    copies = Copies(SequenceSet(labelled_set()))
    row = score_generator(copies, classifier, real, 2, motions_per_label=8)
    own = score_real_motions(real, 2)
    assert row["accuracy"] == [1.0, 1.0]
    assert max(row["MMS"]) < 1e-4 < min(own["MMS"])
    assert max(row["FID train"]) < min(own["FID train"])
    assert own["accuracy"] == [1.0, 1.0]


def test_score_generator_of_wrong_labels_has_low_accuracy(classifier: ActionClassifier) -> None:
    real = load_reference(labelled_set(), classifier)
    wrong = Copies(SequenceSet(labelled_set()), honest=False)
    row = score_generator(wrong, classifier, real, 1, motions_per_label=4)
    assert row["accuracy"] == [0.0]


def test_score_generator_with_unknown_label_raises(classifier: ActionClassifier) -> None:
    real = load_reference(labelled_set(), classifier)
    narrow = Copies(SequenceSet(labelled_set()), known_labels=("swing",))
    with pytest.raises(EvaluationError, match="does not know the label bend"):
        score_generator(narrow, classifier, real, 1)


def test_load_reference_without_test_split_raises(classifier: ActionClassifier) -> None:
    clips = [replace(clip, split="train") for clip in labelled_set()]
    with pytest.raises(EvaluationError, match="must hold a motion with a label"):
        load_reference(MotionSet(clips), classifier)


def test_mean_nearest_distance_is_mms() -> None:
    known = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert mean_nearest_distance(np.array([[1.0, 0.0], [7.0, 4.0]]), known) == pytest.approx(
        (1 + 5) / 2
    )


def test_published_action_table_has_all_cells() -> None:
    assert all(len(row) == len(ACTION_TO_MOTION.columns) for row in ACTION_TO_MOTION.rows)


def test_the_command_prints_and_keeps_its_tables(
    data: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {}
    monkeypatch.setattr(
        "backend.evaluation.report.tables.save_table", lambda name, t: tables.update({name: t})
    )
    monkeypatch.setattr("backend.evaluation.experiments.action_to_motion.MOTIONS_PER_LABEL", 6)
    inr, weights = tmp_path / "runs" / "inr", tmp_path / "weights"
    write_tiny_weights(tmp_path / "tiny", data, tmp_path / "runs")
    arguments = ["train", "nerm-diffusion", data, "--codes", inr, "--run", tmp_path / "labels"]
    arguments += ["--only-actions", "--layers", 1, "--batch", 8, "--steps", 2]
    _run(*arguments)
    _run(
        "train",
        "nerm-export",
        data,
        "-o",
        weights,
        "--inr",
        inr,
        "--diffusion",
        tmp_path / "labels",
    )
    generator = NermGenerator("n", NermSampler(load_weights(weights)), 30.0, 1.0, 2)
    again = [
        generator.generate_motions([MotionRequest("", "bend", 0.8, 5)])[0].rows for _ in range(2)
    ]
    assert torch.equal(*again)
    assert len(again[0]) == 24

    arguments = ["evaluate", "action-to-motion", data, "--repeats", 1, "--steps", 2]
    _run(*arguments, "--weights", weights, "--classifier", run)
    table = tables["action-to-motion"]
    assert [row[0] for row in table.rows] == ["Real (test against train)", "NeRM (ours)"]
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "CC BY-NC" in " ".join(table.notes)
    assert tables["action-to-motion-published"] is ACTION_TO_MOTION


def _run(*arguments: object) -> None:
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "300"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_action_to_motion_command_without_run_exits_with_sentence(
    data: Path, tmp_path: Path
) -> None:
    arguments = ["evaluate", "action-to-motion", str(data), "--weights", str(tmp_path)]
    result = CliRunner().invoke(app, [*arguments, "--classifier", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no training run" in " ".join(result.output.split())
