"""Pictures of a style: each of its labels, and a label timeline with its control tracks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...console import out, report_errors
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...protocol.style_file import StyleError
from ...styles.generator_api import Style, StyleSpec
from ...styles.style import shipped_style_path
from ..options import FirstSeed, Pictures
from .contact_sheets import plot_sheet, plot_strip

MOMENTS = 16
"""Moments of a label timeline that are drawn."""


def style_sheets(
    style: Annotated[Path | None, typer.Option(help="Style file (default: the shipped one).")] = (
        None
    ),
    timeline: Annotated[
        str, typer.Option(help="Labels in a row, with their seconds.")
    ] = "walk:3,sneak:3,run:3,jump:3",
    fine: Annotated[str | None, typer.Option(help="Labels of the finer levels.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of each label's own sheet.")] = 4.0,
    takes: Annotated[int, typer.Option(help="Motions of each label.", min=1)] = 3,
    seed: FirstSeed = 0,
    output: Pictures = Path("out/style_sheets"),
) -> None:
    """Draw each label of a style, and a label timeline with its control tracks."""
    with report_errors(StyleError):
        loaded = Style.load(style or shipped_style_path())
        output.mkdir(parents=True, exist_ok=True)
        for label in loaded.labels:
            figure = plot_label_sheet(loaded, label, seconds, range(seed, seed + takes))
            figure.savefig(output / f"{label}.png", dpi=60)
        figure, _ = plot_timeline_sheet(loaded, timeline, fine, seed)
        figure.savefig(output / "timeline.png", dpi=80)
    out.print(f"{output}: {len(loaded.labels)} labels and timeline.png", highlight=False)


def plot_label_sheet(style: Style, label: str, seconds: float, seeds: Sequence[int]) -> Figure:
    """Plot several motions of one label, one below the other."""
    specs = [StyleSpec(f"{label}:{seconds:g}", seed) for seed in seeds]
    motions = [style.generate_take(spec, 30.0) for spec in specs]
    return plot_sheet(f"{label}, {seconds:g} s", motions)


def plot_timeline_sheet(
    style: Style, timeline: str, fine: str | None, seed: int
) -> tuple[Figure, Take]:
    """Plot a motion of a label timeline, and below it the labels of each level over time."""
    spec = StyleSpec(timeline, seed, fine)
    take = style.generate_take(spec, 30.0)
    tracks = spec.control_tracks(style.labels, style.levels)
    figure = Figure(figsize=(15, 5), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[3, 1])
    plot_strip(above, take, scale=0.7, moments=MOMENTS)
    _plot_tracks(below, tracks, style.labels, take.metadata["seconds"])
    figure.suptitle(timeline + (f", fine levels {fine}" if fine else ""), fontsize=12)
    return figure, take


def _plot_tracks(
    axes: Axes, tracks: Sequence[Array], labels: Sequence[str], seconds: float
) -> None:
    """Draw levels from coarse (below) to fine, in the colours of their labels."""
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
    used = np.max([track.max(axis=0) for track in tracks], axis=0) > 0.5
    for label, colour, is_used in zip(labels, colours, used, strict=True):
        if is_used:
            axes.plot([], [], "s", color=colour, label=label)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
