"""Picture of the motion between two keys: capture, spline and network over each other."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...data.motion_set import JOINT_COUNT, MocapClip
from ...inbetween.resampler import SplineResampler
from ...kinematics.body.skeleton import SMPL, forward_kinematics
from ...kinematics.math.rotations import Array
from ...kinematics.math.splines import PoseSpline
from ...protocol.generation_fields import MAX_KEY_ERROR

_MOMENTS = 6
_COLOURS = {"capture": "#bdbdbd", "cubic (Catmull-Rom)": "#c8553d", "Anyframe": "#2b6f97"}
_VIEW = np.radians(50.0)
"""Angle of the camera about the vertical (radians)."""


def plot_gap(
    clip: MocapClip, rate: float, resampler: SplineResampler, gap: int | None = None
) -> Figure:
    """Plot moments between two keys of a clip that is decimated to `rate` keys per second.

    `gap` is the index of the gap; None stands for the one in which the body moves fastest.
    """
    take = clip.to_take()
    matrices, root = take.local_matrices(), take.root_positions()
    step = round(clip.fps / rate)
    keys = np.arange(0, len(take), step)
    given = keys / clip.fps, matrices[keys], root[keys]
    trust, _ = resampler.estimate_trust(*given, MAX_KEY_ERROR.default)
    joints = take.joint_positions()[:, :JOINT_COUNT]
    if gap is None:
        distances = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1)
        gap = int(np.argmax([distances[k : k + step].sum() for k in keys[1:-2]])) + 1
    frames = keys[gap] + np.rint(np.linspace(0, step, _MOMENTS)).astype(int)
    times = frames / clip.fps
    motions = {
        "capture": joints[frames],
        "cubic (Catmull-Rom)": body_joints(*PoseSpline.through_keys(*given).evaluate(times)),
        "Anyframe": body_joints(*resampler.fit_spline(*given, trust).evaluate(times)),
    }
    figure = Figure(figsize=(13, 3.4), layout="constrained")
    for n, axes in enumerate(np.atleast_1d(figure.subplots(1, _MOMENTS, sharey=True))):
        for name, motion in motions.items():
            _plot_body(axes, motion[n], motion[0, 0], _COLOURS[name], 6 if name == "capture" else 2)
        errors = [
            1000 * np.linalg.norm(motions[name][n] - motions["capture"][n], axis=-1).mean()
            for name in list(motions)[1:]
        ]
        edge = n in (0, _MOMENTS - 1)
        axes.set_title("key" if edge else f"{errors[0]:.0f} mm · {errors[1]:.0f} mm", fontsize=10)
    for name, colour in _COLOURS.items():
        figure.axes[0].plot([], [], color=colour, label=name)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(f"{clip.description or clip.name}, from {rate:g} fps: error (spline · ours)")
    return figure


def body_joints(matrices: Array, root: Array) -> Array:
    """(T, 22, 3) joint positions in metres."""
    return forward_kinematics(SMPL, matrices, root)[0][:, :JOINT_COUNT]


def _plot_body(axes: Axes, joints: Array, centre: Array, colour: str, width: float) -> None:
    """Draw a body (J, 3), seen from the side."""
    across = (joints[:, :2] - centre[:2]) @ np.array([np.cos(_VIEW), np.sin(_VIEW)])
    for joint in range(1, len(joints)):
        pair = [SMPL.parents[joint], joint]
        axes.plot(
            across[pair], joints[pair, 2], color=colour, linewidth=width, solid_capstyle="round"
        )
    axes.set_aspect("equal")
    axes.axis("off")
