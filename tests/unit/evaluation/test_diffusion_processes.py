"""Comparison of diffusion processes: measured settings, and the row that wins."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import MotionSet, MotionSetError, save_motion_set
from backend.evaluation.experiments.diffusion_processes import (
    PROCESS_METRICS,
    ProcessResult,
    ProcessRow,
    SamplingSetting,
    process_table,
    sampling_settings,
    score_processes,
)
from backend.kinematics.math.rotations import Array
from backend.nerm.sampler import NermSampler
from backend.nerm.weights import load_weights
from tests.support.motions import motion_set, write_tiny_weights


class RandomEmbedder:
    """Embedder with a different random vector for each text and motion."""

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        return np.stack([_vector(int(1e4 * row.abs().sum())) for row in rows])

    def embed_prompts(self, prompts: Sequence[str]) -> Array:
        return np.stack([_vector(sum(map(ord, prompt))) for prompt in prompts])


def _vector(seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=6)


def row(name: str, fid: float, rank: float) -> ProcessRow:
    scores = {measure: [0.5, 0.5] for measure in PROCESS_METRICS} | {"FID": [fid], "R@3": [rank]}
    return ProcessRow(name, "flow", SamplingSetting(20, 3.0), scores, 10.0)


def result(*rows: ProcessRow) -> ProcessResult:
    real = {measure: [0.5] for measure in PROCESS_METRICS} | {"R@3": [0.7]}
    return ProcessResult(real, rows, 64, 1)


def test_sampling_settings_vary_one_option_at_a_time() -> None:
    settings = sampling_settings([5, 20], [1.0, 3.0], SamplingSetting(20, 3.0))
    assert settings == (SamplingSetting(5, 3.0), SamplingSetting(20, 3.0), SamplingSetting(20, 1.0))
    assert sampling_settings([5], [1.0], SamplingSetting(20, 3.0))[-1] == SamplingSetting(20, 3.0)


def test_best_row_has_lowest_fid_with_sufficient_r_precision() -> None:
    rows = row("vague", 0.1, 0.3), row("good", 0.2, 0.6), row("strict", 0.3, 0.7)
    assert result(*rows).best_row.name == "good"
    assert result(rows[0], row("worse", 0.05, 0.2)).best_row.name == "vague"


def test_process_table_notes_name_best_and_shipped() -> None:
    table = process_table(result(row("a", 0.2, 0.6)), "command", SamplingSetting(20, 3.0), "flow")
    assert all(len(cells) == len(table.columns) for cells in table.rows)
    assert table.order == 95
    assert "Best here: a (flow) in 20 steps" in table.notes[0]
    assert "at least 0.560" in table.notes[0]
    assert "Shipped: flow; by default 20 steps with guidance 3." in table.notes[1]
    poor = process_table(result(row("a", 0.2, 0.1)), "command", SamplingSetting(20, 3.0), None)
    assert "none reaches 0.560" in poor.notes[0]
    assert not any("Shipped" in note for note in poor.notes)


def captioned(clips: int) -> MotionSet:
    made = motion_set(clips, 0.8)
    return MotionSet(
        [
            replace(clip, captions=(), action="", description=f"motion {n} of many")
            for n, clip in enumerate(made)
        ]
    )


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    save_motion_set(folder / "set.npz", motion_set(4, 0.8))
    write_tiny_weights(folder / "export", folder / "set.npz", folder / "runs")
    return folder / "export"


def test_score_processes_measures_all_models_at_all_settings(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sampler = NermSampler(load_weights(weights))
    settings = (SamplingSetting(1, 1.0), SamplingSetting(2, 3.0))
    scores = score_processes(
        captioned(34), {"a": sampler, "b": sampler}, RandomEmbedder(), settings, 32, 1
    )
    assert [(r.name, r.setting) for r in scores.rows] == [
        (name, setting) for name in "ab" for setting in settings
    ]
    assert capsys.readouterr().err.count("Repeat") == 4
    assert scores.rows[0].process == "flow"
    # The same model, texts and seeds: the same figures.
    assert scores.rows[0].scores == scores.rows[2].scores != scores.rows[1].scores
    assert set(PROCESS_METRICS) <= set(scores.real)
    assert all(row.milliseconds > 0 for row in scores.rows)


def test_score_processes_with_few_captions_raises(weights: Path) -> None:
    models = {"a": NermSampler(load_weights(weights))}
    with pytest.raises(MotionSetError, match="32 different captions"):
        score_processes(captioned(2), models, RandomEmbedder(), (), 32, 1)


@pytest.mark.parametrize(
    ("given", "words"), [("folder", "NAME=FOLDER"), ("flow=none", "missing or damaged")]
)
def test_mistakes_are_sentences(given: str, words: str) -> None:
    arguments = ["evaluate", "processes", "none.npz", "--weights", given]
    outcome = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert outcome.exit_code != 0
    assert words in " ".join(outcome.output.split())
