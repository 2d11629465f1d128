"""Contact sheets: moments of a motion side by side, for someone to look at.

A motion that measures well and looks wrong is wrong. Left limbs are red and right ones blue, so
that sides can be checked; the line on the ground is where the body went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...kinematics.body.skeleton import SMPL
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array, axis_rotation


@dataclass(frozen=True)
class SheetPrompt:
    """One sheet: what was asked for."""

    name: str
    """Of its file."""
    prompt: str
    seconds: float


SHEET_PROMPTS = tuple(
    SheetPrompt(name, f"a person {prompt}", seconds)
    for name, prompt, seconds in (
        ("walk", "walks forward", 4),
        ("walk_backwards", "walks backwards", 4),
        ("run", "runs", 3),
        ("jump", "jumps up and down", 4),
        ("turn", "turns around to the left", 3),
        ("kick", "kicks with the right leg", 3),
        ("punch", "punches with the right hand", 3),
        ("wave", "waves with the left hand", 4),
        ("sit", "sits down on a chair", 2.5),
        ("climb", "climbs a ladder", 5),
        ("dance", "dances salsa", 5),
        ("cartwheel", "does a cartwheel", 4),
        ("crawl", "crawls", 5),
        ("crouch", "crouches down", 4),
        ("duck", "runs and ducks", 4),
        ("pick_up", "bends down and picks something up", 4),
        ("throw", "throws something", 3),
        ("drink", "drinks something held in the hand", 4),
        ("sweep", "sweeps the floor", 5),
        ("sword", "fights with a sword", 8),
        ("wash", "washes a window", 4),
        ("monkey", "acts like a monkey", 5),
        ("balance", "balances on one leg", 4),
        ("basketball", "plays basketball", 5),
    )
)
"""What the training data can teach, one prompt for each, as its captions put it and as long as its
captures are."""

MOMENTS = 8
_COLOURS = {"left": "#c8553d", "right": "#2b6f97", "": "#4a4a4a"}
_WIDTHS = {"hip": 9, "knee": 8, "ankle": 7, "foot": 5, "elbow": 5.5, "wrist": 5, "collar": 6}
_TRUNK = 10
_BODY_SPACING = 1.15
"""Metres from one moment's body to the next."""
_VIEW = (np.radians(35), np.radians(12))
"""Camera: to the side of the body's first heading, and above."""


def plot_sheet(title: str, takes: Sequence[Take]) -> Figure:
    """A sheet of several takes, one below the other."""
    figure = Figure(figsize=(13, 2.75 * len(takes) + 0.4), layout="constrained")
    for axes, take in zip(np.atleast_1d(figure.subplots(len(takes))), takes, strict=True):
        plot_strip(axes, take)
    figure.suptitle(title, fontsize=13)
    return figure


def plot_overview(strips: Sequence[tuple[str, Take]], columns: int = 3) -> Figure:
    """One strip of each of several takes (title, take) on one page."""
    lines = -(-len(strips) // columns)
    figure = Figure(figsize=(6.2 * columns, 1.75 * lines), layout="constrained")
    places = np.ravel(figure.subplots(lines, columns))
    for axes in places[len(strips) :]:
        axes.axis("off")
    for axes, (title, take) in zip(places, strips, strict=False):
        plot_strip(axes, take, scale=0.42)
        axes.set_title(title, fontsize=9, pad=2)
    return figure


def plot_strip(axes: Axes, take: Take, scale: float = 1.0, moments: int = MOMENTS) -> None:
    """Draw evenly spread moments of a take from left to right, each in a column of its own."""
    joints = take.joint_positions()[:, :22]
    ground = np.array([1.0, 1.0, 0.0])
    for number, frame in enumerate(np.linspace(0, len(joints) - 1, moments).round().astype(int)):
        seen = _projected(joints[frame] - joints[frame, 0] * ground)
        seen[:, 0] += number * _BODY_SPACING
        _body(axes, seen, scale)
    _path(axes, joints[:, 0, :2], moments)
    axes.axhline(0.0, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes.set_xlim(-0.7, (moments - 1) * _BODY_SPACING + 1.6)
    axes.set_ylim(-0.25, max(2.05, float(joints[..., 2].max()) + 0.15))
    axes.set_aspect("equal")
    axes.axis("off")


def _body(axes: Axes, seen: Array, scale: float) -> None:
    """A body (22, 3): across, up and towards the viewer; what is near hides what is far."""
    for joint in range(1, len(seen)):
        name, parent = SMPL.names[joint], SMPL.parents[joint]
        side = name.split("_")[0] if name.startswith(("left", "right")) else ""
        width = _WIDTHS.get(name.split("_")[-1], _TRUNK)
        axes.plot(
            seen[[parent, joint], 0],
            seen[[parent, joint], 1],
            color=_COLOURS[side],
            linewidth=width * scale,
            solid_capstyle="round",
            zorder=2 + float(seen[[parent, joint], 2].mean()),
        )
    head = seen[SMPL.index("head")]
    axes.plot(
        head[0], head[1] + 0.1, "o", color=_COLOURS[""], markersize=14 * scale, zorder=2 + head[2]
    )


def _path(axes: Axes, root: Array, moments: int) -> None:
    """The way (T, 2) of the root from above, scaled to fit beside the last body; ahead is up."""
    way = root - root[0]
    size = max(float(np.abs(way).max()), 0.5)
    middle = (moments - 1) * _BODY_SPACING + 1.1
    # The body faces -Y at first, and its left is +X.
    x, y = middle - 0.4 * way[:, 0] / size, 0.9 - 0.8 * way[:, 1] / size
    axes.plot(x, y, color="#888888", linewidth=1.0)
    axes.plot(x[:1], y[:1], "o", color="#888888", markersize=3)
    distance = float(np.linalg.norm(way[-1]))
    axes.text(middle, -0.15, f"{distance:.1f} m", fontsize=7, ha="center")


def _projected(points: Array) -> Array:
    """World points (..., 3) to across, up, and towards the viewer."""
    turned = points @ axis_rotation("Z", np.array(_VIEW[0])).T
    across, near, up = turned[..., 0], -turned[..., 1], turned[..., 2]
    height = up * np.cos(_VIEW[1]) - near * np.sin(_VIEW[1])
    return np.stack([across, height, near], axis=-1)
