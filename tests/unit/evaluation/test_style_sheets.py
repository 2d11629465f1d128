"""Pictures of a style."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.evaluation.figures.style_sheets import plot_timeline_sheet
from backend.styles.generator_api import Style, StyleSpec
from backend.styles.learn import train_style
from backend.styles.train import LearnSettings
from tests.support.motions import swinging_take


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "s.safetensors"
    train_style(
        [swinging_take(3.0, 30.0, seed=n) for n in (1, 2)],
        ["walk", "run"],
        path,
        lambda *arguments: None,
        lambda: False,
        settings=LearnSettings(steps=1, batch=2, window=9, critic_steps=1),
        config_fields={"levels": 4, "widths": (1, 1)},
    )
    return path


def test_plot_timeline_sheet_shows_control_tracks_of_all_levels(path: Path):
    style = Style.load(path)
    figure, take = plot_timeline_sheet(style, "walk:2,run:2", "walk:4", seed=3)
    assert np.array_equal(
        take.poses, style.generate_take(StyleSpec("walk:2,run:2", seed=3, fine="walk:4"), 30).poses
    )
    grid = figure.axes[1].images[0].get_array()
    assert grid.shape[0] == 4
    walk, run = grid[0, 0], grid[0, -1]
    assert not np.allclose(walk, run)
    assert np.allclose(grid[:2, 0], walk)
    assert np.allclose(grid[:2, -1], run)
    assert np.allclose(grid[2:], walk)
    assert figure.axes[1].get_legend().get_texts()[1].get_text() == "run"


def test_style_sheets_command_writes_a_picture_per_label_and_timeline(path: Path, tmp_path: Path):
    words = ("evaluate", "style-sheets", "--style", path, "--timeline", "run:1,walk:1")
    more = ("--takes", 1, "--seconds", 1, "-o", tmp_path / "made")
    result = CliRunner().invoke(app, [str(word) for word in (*words, *more)])
    assert result.exit_code == 0, result.output
    made = sorted(file.name for file in (tmp_path / "made").iterdir())
    assert made == ["run.png", "timeline.png", "walk.png"]
