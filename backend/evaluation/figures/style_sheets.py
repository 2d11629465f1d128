"""Pictures of a style: each of its labels, and labels over time with what was asked for below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...styles.generator_api import Style, StyleSpec
from .contact_sheets import plot_sheet, plot_strip

MOMENTS = 16
"""Of a motion in which labels follow each other."""


def plot_label_sheet(style: Style, label: str, seconds: float, seeds: Sequence[int]) -> Figure:
    """Several motions of one label, one below the other."""
    specs = [StyleSpec(f"{label}:{seconds:g}", seed) for seed in seeds]
    made = [style.generate_take(spec, 30.0) for spec in specs]
    return plot_sheet(f"{label}, {seconds:g} s", made)


def plot_timeline_sheet(
    style: Style, timeline: str, fine: str | None, seed: int
) -> tuple[Figure, Take]:
    """A motion of labels over time, and below it which label each level was asked for when."""
    spec = StyleSpec(timeline, seed, fine)
    take = style.generate_take(spec, 30.0)
    tracks = spec.control_tracks(style.labels, style.levels)
    figure = Figure(figsize=(15, 5), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[3, 1])
    plot_strip(above, take, scale=0.7, moments=MOMENTS)
    _grid(below, tracks, style.labels, take.metadata["seconds"])
    figure.suptitle(timeline + (f", done as {fine}" if fine else ""), fontsize=12)
    return figure, take


def _grid(axes: Axes, tracks: Sequence[Array], labels: Sequence[str], seconds: float) -> None:
    """Levels from coarse (below) to fine, in the colour of what was asked for."""
    colours = colormaps["tab10"](np.arange(len(labels)) % 10)[:, :3]
    shown = np.stack([track @ colours for track in tracks])
    axes.imshow(
        shown.clip(0, 1),
        aspect="auto",
        origin="lower",
        extent=(0, seconds, 0.5, len(tracks) + 0.5),
        interpolation="nearest",
    )
    axes.set(xlabel="seconds", ylabel="level", yticks=[1, len(tracks)])
    asked = np.max([track.max(axis=0) for track in tracks], axis=0) > 0.5
    for label, colour, there in zip(labels, colours, asked, strict=True):
        if there:
            axes.plot([], [], "s", color=colour, label=label)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
