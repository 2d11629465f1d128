"""Contact sheets: moments of a motion side by side, for inspection by eye.

Metrics miss motion that looks wrong. Left limbs are red and right ones blue, so that sides can be
checked; the line beside the last body is the path of the root.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.progress import track

from ...console import err, ignore_progress, out, report_errors
from ...kinematics.body.skeleton import SMPL
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array, axis_rotation
from ...motioninr.sampler import MotionInrSampler
from ...motioninr.weights import default_motioninr_folder, load_motioninr
from ...service.engine.model_engine import ModelEngine
from ...service.schema.requests import GenerateRequest
from ...training.weight_files import ASSETS, WeightsError
from ..options import FirstSeed, Pictures, Weights

SHEET_PROMPTS = {
    "walk": ("a person walks forward", 4),
    "walk_backwards": ("a person walks backwards", 4),
    "run": ("a person runs", 3),
    "jump": ("a person jumps up and down", 4),
    "turn": ("a person turns around to the left", 3),
    "kick": ("a person kicks with the right leg", 3),
    "punch": ("a person punches with the right hand", 3),
    "wave": ("a person waves with the left hand", 4),
    "sit": ("a person sits down on a chair", 2.5),
    "climb": ("a person climbs a ladder", 5),
    "dance": ("a person dances salsa", 5),
    "cartwheel": ("a person does a cartwheel", 4),
    "crawl": ("a person crawls", 5),
    "crouch": ("a person crouches down", 4),
    "duck": ("a person runs and ducks", 4),
    "pick_up": ("a person bends down and picks something up", 4),
    "throw": ("a person throws something", 3),
    "drink": ("a person drinks something held in the hand", 4),
    "sweep": ("a person sweeps the floor", 5),
    "sword": ("a person fights with a sword", 8),
    "wash": ("a person washes a window", 4),
    "monkey": ("a person acts like a monkey", 5),
    "balance": ("a person balances on one leg", 4),
    "basketball": ("a person plays basketball", 5),
}
"""File of a sheet -> prompt and seconds, worded and timed as captures of each kind of motion."""

MOMENTS = 8
_COLOURS = {"left": "#c8553d", "right": "#2b6f97", "": "#4a4a4a"}
_WIDTHS = {"hip": 9, "knee": 8, "ankle": 7, "foot": 5, "elbow": 5.5, "wrist": 5, "collar": 6}
_TRUNK = 10
_BODY_SPACING = 1.15
"""Distance of the bodies of successive moments (metres)."""
_VIEW = (np.radians(35), np.radians(12))
"""Camera angles: to the side of the body's first heading, and above."""


def sheets(
    output: Pictures = Path("out/sheets"),
    weights: Weights = None,
    takes: Annotated[int, typer.Option(help="Motions of each prompt.", min=1)] = 3,
    seed: FirstSeed = 0,
) -> None:
    """Draw a contact sheet for each of 24 prompts, and an overview of all."""
    with report_errors():
        engine = ModelEngine(weights or ASSETS)
        output.mkdir(parents=True, exist_ok=True)
        strips = []
        for name, (prompt, seconds) in track(SHEET_PROMPTS.items(), "Drawing", console=err):
            request = GenerateRequest(prompt=prompt, seconds=seconds, fps=30.0)
            motions = [
                engine.generate_take(request.model_copy(update={"seed": n}), ignore_progress)
                for n in range(seed, seed + takes)
            ]
            picture = plot_sheet(f"{prompt}, {seconds:g} s", motions)
            picture.savefig(output / f"{name}.png", dpi=80)
            strips.append((prompt, motions[0]))
        plot_overview(strips).savefig(output / "overview.png", dpi=75)
    out.print(f"{output}: {len(SHEET_PROMPTS)} sheets and overview.png", highlight=False)


def action_sheets(
    output: Pictures = Path("out/action_sheets"),
    weights: Weights = None,
    actions: Annotated[
        int, typer.Option(help="Number of labels, those with the most captures.", min=1)
    ] = 12,
    takes: Annotated[int, typer.Option(help="Motions of each label.", min=1)] = 3,
    seed: FirstSeed = 0,
) -> None:
    """Draw a contact sheet for each of MotionINR's most common labels, and an overview."""
    with report_errors(WeightsError):
        sampler = MotionInrSampler(load_motioninr(weights or default_motioninr_folder()))
        output.mkdir(parents=True, exist_ok=True)
        labels = sorted(
            sampler.known_labels, key=lambda label: -sampler.action_stats(label).captures
        )[:actions]
        strips = []
        for label in track(labels, "Drawing", console=err):
            seconds = sampler.typical_length(label)
            motions = [sampler.sample_take(label, seconds, 30.0, seed + n) for n in range(takes)]
            captures = sampler.action_stats(label).captures
            title = f"{label}, {seconds:.1f} s, of {captures} captures"
            plot_sheet(title, motions).savefig(output / f"{label}.png", dpi=80)
            strips += [(f"{label} {seed + n}", take) for n, take in enumerate(motions)]
        plot_overview(strips, columns=takes).savefig(output / "overview.png", dpi=75)
    out.print(f"{output}: {len(labels)} sheets and overview.png", highlight=False)


def plot_sheet(title: str, takes: Sequence[Take]) -> Figure:
    """Plot several takes, one below the other."""
    figure = Figure(figsize=(13, 2.75 * len(takes) + 0.4), layout="constrained")
    for axes, take in zip(np.atleast_1d(figure.subplots(len(takes))), takes, strict=True):
        plot_strip(axes, take)
    figure.suptitle(title, fontsize=13)
    return figure


def plot_overview(strips: Sequence[tuple[str, Take]], columns: int = 3) -> Figure:
    """Plot one strip of each take (title, take) on a page."""
    rows = -(-len(strips) // columns)
    figure = Figure(figsize=(6.2 * columns, 1.75 * rows), layout="constrained")
    cells = np.ravel(figure.subplots(rows, columns))
    for axes in cells[len(strips) :]:
        axes.axis("off")
    for axes, (title, take) in zip(cells, strips, strict=False):
        plot_strip(axes, take, scale=0.42)
        axes.set_title(title, fontsize=9, pad=2)
    return figure


def plot_strip(axes: Axes, take: Take, scale: float = 1.0, moments: int = MOMENTS) -> None:
    """Plot evenly spaced moments of a take from left to right, each in its own column."""
    joints = take.joint_positions()[:, :22]
    ground = np.array([1.0, 1.0, 0.0])
    for number, frame in enumerate(np.linspace(0, len(joints) - 1, moments).round().astype(int)):
        body = _project(joints[frame] - joints[frame, 0] * ground)
        body[:, 0] += number * _BODY_SPACING
        _plot_body(axes, body, scale)
    _plot_path(axes, joints[:, 0, :2], moments)
    axes.axhline(0.0, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes.set_xlim(-0.7, (moments - 1) * _BODY_SPACING + 1.6)
    axes.set_ylim(-0.25, max(2.05, float(joints[..., 2].max()) + 0.15))
    axes.set_aspect("equal")
    axes.axis("off")


def _plot_body(axes: Axes, body: Array, scale: float) -> None:
    """Draw a body (22, 3) in view space: across, up and towards the viewer, near over far."""
    for joint in range(1, len(body)):
        name, parent = SMPL.names[joint], SMPL.parents[joint]
        side = name.split("_")[0] if name.startswith(("left", "right")) else ""
        width = _WIDTHS.get(name.split("_")[-1], _TRUNK)
        axes.plot(
            body[[parent, joint], 0],
            body[[parent, joint], 1],
            color=_COLOURS[side],
            linewidth=width * scale,
            solid_capstyle="round",
            zorder=2 + float(body[[parent, joint], 2].mean()),
        )
    head = body[SMPL.index("head")]
    axes.plot(
        head[0], head[1] + 0.1, "o", color=_COLOURS[""], markersize=14 * scale, zorder=2 + head[2]
    )


def _plot_path(axes: Axes, root: Array, moments: int) -> None:
    """Draw the root's path (T, 2) from above beside the last body; the first heading is up."""
    path = root - root[0]
    size = max(float(np.abs(path).max()), 0.5)
    middle = (moments - 1) * _BODY_SPACING + 1.1
    # The body faces -Y at first, and its left is +X.
    x, y = middle - 0.4 * path[:, 0] / size, 0.9 - 0.8 * path[:, 1] / size
    axes.plot(x, y, color="#888888", linewidth=1.0)
    axes.plot(x[:1], y[:1], "o", color="#888888", markersize=3)
    distance = float(np.linalg.norm(path[-1]))
    axes.text(middle, -0.15, f"{distance:.1f} m", fontsize=7, ha="center")


def _project(points: Array) -> Array:
    """Transform world points (..., 3) to view space: across, up, and towards the viewer."""
    rotated = points @ axis_rotation("Z", np.array(_VIEW[0])).T
    across, near, up = rotated[..., 0], -rotated[..., 1], rotated[..., 2]
    height = up * np.cos(_VIEW[1]) - near * np.sin(_VIEW[1])
    return np.stack([across, height, near], axis=-1)
