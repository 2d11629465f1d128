"""Styles beside their rival: who is trained on what, and what the tables say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import MocapClip, MotionSet, MotionSetError, save_motion_set
from backend.evaluation.experiments import few_takes, few_takes_sound, few_takes_tables
from backend.evaluation.experiments.few_takes import (
    ALTERNATION_SECONDS,
    DIVERSITY_METRICS,
    Excerpt,
    StyleExperiment,
    TransitionMovement,
    compare_pairs,
    label_accuracy,
    measure_alternating_diversity,
    measure_motion,
    measure_transitions,
    pose_features,
    score_diversity,
)
from backend.evaluation.metrics.movement import Movement
from backend.protocol.style_file import STYLE_FPS
from backend.styles.generator_api import StyleSpec
from backend.styles.skeleton_graph import SkeletalMotion
from backend.styles.train import LearnSettings
from tests.support.motions import swinging_take

FEW = LearnSettings(steps=1, batch=2, window=9, critic_steps=1)
ONE = Excerpt("one", 0.5, 3.5, "walk")
OTHER = Excerpt("other", 0.0, 3.0, "run")


def clip(name: str, seed: int) -> MocapClip:
    take = swinging_take(4.0, 60.0, seed)
    return MocapClip(name, take.poses[:, :66], take.trans, take.fps)


@pytest.fixture(scope="module")
def motions() -> MotionSet:
    return MotionSet([clip("one", 1), clip("other", 2)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("few")


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def plan(
    folder: Path, motions: MotionSet, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> StyleExperiment:
    monkeypatch.setattr(few_takes, "TAKE_PAIRS", ((ONE, OTHER),))
    return StyleExperiment(folder, motions, FEW, samples=2, length_factor=1.5, log=lines.append)


def test_excerpt_extract_cuts_and_resamples_a_clip(motions: MotionSet):
    motion = ONE.extract(motions)
    assert motion.fps == STYLE_FPS
    assert motion.duration == pytest.approx(3.0)
    whole = SkeletalMotion.from_take(motions[0].to_take())
    assert np.allclose(motion.root[:, :2], whole.root[30:211:2, :2])
    with pytest.raises(MotionSetError, match="needs the clip none"):
        replace(ONE, clip="none").extract(motions)


def test_compare_pairs_trains_styles_and_baselines(
    motions, plan: StyleExperiment, lines: list[str]
):
    (result,) = compare_pairs(plan)
    assert result.labels == ("walk", "run")
    for found in (result.same_steps, result.double_steps, result.pieces, result.baseline):
        assert [len(values) for values in found.values()] == [2 * 2] * 4
    assert len(result.alternating["coverage"]) == 2
    both = replace(plan, settings=replace(FEW, steps=2 * FEW.steps))
    for schedule, name, steps in ((plan, "walk_run_pair", 4), (both, "walk_run_pair_longer", 8)):
        style = schedule.load_or_train(name, (ONE, OTHER))
        assert style.labels == ("walk", "run")
        assert style.network.config.film
        assert style.origin.steps == steps  # of four blocks
    alone = plan.load_or_train("run_alone", (OTHER,), {"film": False})
    assert not alone.network.config.film
    assert alone.origin.takes == ("other",)
    assert [line for line in lines if line.startswith("Training")] == [
        "Training walk_run_pair",
        "Training walk_run_pair_longer",
        "Training walk_alone",
        "Training run_alone",
    ]
    assert len(lines) == 5


def test_load_or_train_with_another_schedule_trains_again(
    motions, plan: StyleExperiment, lines: list[str]
):
    plan.load_or_train("walk_again", (ONE,))
    plan.load_or_train("walk_again", (ONE,))
    longer = replace(plan, settings=replace(FEW, steps=2))
    longer.load_or_train("walk_again", (ONE,))
    assert lines == ["Training walk_again"] * 2


def test_label_accuracy_of_a_copying_style_is_one(motions, plan: StyleExperiment, monkeypatch):
    real = {take.label: take.extract(motions) for take in (ONE, OTHER)}
    monkeypatch.setattr(
        few_takes, "sample_label_motion", lambda style, label, seconds, seed, how: real[label]
    )
    found = label_accuracy(None, (ONE, OTHER), plan)  # type: ignore[arg-type]
    assert found == {"walk": 1.0, "run": 1.0}
    monkeypatch.setattr(
        few_takes, "sample_label_motion", lambda style, label, seconds, seed, how: real["walk"]
    )
    found = label_accuracy(None, (ONE, OTHER), plan)  # type: ignore[arg-type]
    assert found == {"walk": 1.0, "run": 0.0}


def test_measure_alternating_diversity_uses_all_takes(motions, plan: StyleExperiment):
    real = [take.extract(motions) for take in (ONE, OTHER)]
    specs: list[StyleSpec] = []

    class Copies:
        """Plays its takes one after the other."""

        def generate_motion(self, spec: StyleSpec) -> SkeletalMotion:
            specs.append(spec)
            matrices = np.concatenate([take.matrices for take in real])
            roots = np.concatenate([take.root for take in real])
            return SkeletalMotion(real[0].body, matrices, roots, STYLE_FPS)

    longer = replace(plan, length_factor=3.0)
    scores = measure_alternating_diversity(Copies(), (ONE, OTHER), longer)  # type: ignore[arg-type]
    assert [spec.seed for spec in specs] == [0, 1]
    blocks: Any = specs[0].conditioning
    labels = [block.label for block in blocks]
    assert labels == ["walk", "run"] * 2  # 18 s hold two of each
    assert {block.seconds for block in blocks} == {ALTERNATION_SECONDS}
    assert scores["coverage"] == [1.0, 1.0]
    other = score_diversity(real[1], [real[0]])
    assert max(scores["local diversity"]) < 0.2 < other["local diversity"]


def test_score_diversity_jerk_is_relative_to_takes(motions: MotionSet):
    real = [take.extract(motions) for take in (ONE, OTHER)]
    jerk = score_diversity(real[0], real)["jerk"]
    assert score_diversity(real[0], [real[0]])["jerk"] == pytest.approx(1)
    alone = [measure_motion(motion).jerk for motion in real]
    assert jerk == pytest.approx(alone[0] / np.mean(alone))
    assert abs(jerk - 1) > 0.01
    shaken = np.random.default_rng(0).normal(0, 0.01, real[0].root.shape)
    found = score_diversity(replace(real[0], root=real[0].root + shaken), [real[0]])
    assert found["jerk"] > 10
    assert found["local diversity"] == pytest.approx(
        0, abs=1e-4
    )  # where the root is does not count


def test_count_wins_counts_equal_or_higher_scores():
    low, high = (
        dict(zip(DIVERSITY_METRICS, ([value] for value in values), strict=True))
        for values in ((0.5, 1.0, 2.0), (0.5, 1.5, 1.0))
    )
    text = few_takes_tables._count_wins([(low, high), (high, high)])
    assert text == "coverage on 2, global diversity on 1, local diversity on 2"


def test_pose_features_are_independent_of_heading(motions: MotionSet):
    motion = ONE.extract(motions)
    assert pose_features(motion).shape == (len(motion), 6 * 22)
    turned = np.array(motion.matrices)
    turned[:, 0] = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) @ turned[:, 0]
    elsewhere = SkeletalMotion(motion.body, turned, motion.root + 3.0, STYLE_FPS)
    assert np.allclose(pose_features(elsewhere), pose_features(motion), atol=1e-9)


def test_measure_transitions_covers_all_label_pairs(motions, plan: StyleExperiment):
    style = plan.load_or_train("walk_run", (ONE, OTHER))
    found = measure_transitions(style, (ONE, OTHER), plan)
    assert len(found.generated) == 2
    assert len(found.real) == 2 * 2  # stretches of a second and a half
    moves = [Movement(n, 0, n, 0, 0, 0) for n in (1.0, 3.0)]
    assert TransitionMovement(moves, moves[:1]).ratio("jerk") == 2.0


@pytest.mark.parametrize(
    "part",
    [
        "sound",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("pairs", "labels", "film", "data")),
    ],
)
def test_few_takes_command_saves_its_tables(
    part: str,
    motions: MotionSet,
    plan: StyleExperiment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    tables = {}
    monkeypatch.setattr(
        "backend.evaluation.report.tables.save_table",
        lambda name, table: tables.update({name: table}),
    )
    monkeypatch.setattr(few_takes_tables, "SHIPPED_STYLE_TAKES", (ONE, OTHER))
    monkeypatch.setattr(few_takes_tables, "WALK", ONE)
    monkeypatch.setattr(few_takes_tables, "RUN", OTHER)
    monkeypatch.setattr(few_takes_tables, "TRAINING_SECONDS", (3, 2))
    for module in (few_takes_sound, few_takes_tables):
        monkeypatch.setattr(module, "SOUND_TAKES", (replace(ONE, end=2.0), replace(OTHER, end=2.0)))
    monkeypatch.setattr(few_takes_sound, "HELD_OUT_GAP", 0.25)
    monkeypatch.setattr(few_takes_sound, "HELD_OUT_SECONDS", 1.5)
    monkeypatch.setattr(few_takes_tables, "LearnSettings", lambda steps: FEW)
    save_motion_set(tmp_path / "set.npz", motions)
    plan.load_or_train("shipped", (ONE, OTHER))
    words = ("evaluate", "few-takes", tmp_path / "set.npz", "--part", part, "--steps", 1)
    more = ("--samples", 2, "--folder", tmp_path, "--style", plan.folder / "shipped.safetensors")
    result = CliRunner().invoke(app, [str(word) for word in (*words, *more)])
    assert result.exit_code == 0, result.output
    table = tables[f"few-takes-{part}"]
    rows = {"pairs": 5, "labels": 3, "film": 2, "data": 4, "sound": 6}[part]
    assert len(table.rows) == rows
    assert f"--part {part} --steps 1 --samples 2" in table.command
    assert all(len(row) == len(table.columns) for row in table.rows)
