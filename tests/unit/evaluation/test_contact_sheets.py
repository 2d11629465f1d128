"""Contact sheets: there is something on them, and left is red."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from backend.evaluation.figures.contact_sheets import (
    MOMENTS,
    SHEET_PROMPTS,
    plot_overview,
    plot_sheet,
)
from tests.support.motions import swinging_take

LEFT, RIGHT = "#c8553d", "#2b6f97"


def test_plot_sheet_of_several_takes_has_all_moments() -> None:
    takes = [swinging_take(2.0, 30.0, seed=n) for n in range(2)]
    figure = plot_sheet("a person swings", takes)
    assert len(figure.axes) == 2
    for axes in figure.axes:
        colours = [line.get_color() for line in axes.lines]
        assert colours.count(LEFT) == colours.count(RIGHT) >= 4 * MOMENTS
    # A body that faces the viewer has its left at the picture's right.
    lines = [line for line in figure.axes[0].lines if line.get_color() in (LEFT, RIGHT)]
    left, right = (
        np.mean([np.mean(line.get_xdata()) for line in lines if line.get_color() == colour])
        for colour in (LEFT, RIGHT)
    )
    assert left != pytest.approx(right, abs=0.02)


def test_plot_overview_of_takes_has_one_strip_each() -> None:
    take = swinging_take(1.0, 30.0)
    figure = plot_overview([(prompt, take) for prompt, _ in list(SHEET_PROMPTS.values())[:4]])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert np.asarray(canvas.buffer_rgba())[..., :3].std() > 5


def test_sheet_prompts_have_unique_names() -> None:
    assert len(SHEET_PROMPTS) == 24
