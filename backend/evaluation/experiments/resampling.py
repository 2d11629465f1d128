"""Captures with most frames held back, filled in again by three ways, at the frames held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ...data.motion_set import JOINT_COUNT, MocapClip
from ...inbetween.resampler import SplineResampler
from ...kinematics.body.skeleton import SMPL, forward_kinematics
from ...kinematics.math.rotations import Array, angle_between
from ...kinematics.math.splines import PoseSpline, evaluate_linear
from ...protocol.limits import DEFAULT_ERROR_BOUND

KEY_RATES = (6, 8, 12, 15, 24, 30)
"""Frames per second that are kept."""
METHODS = ("slerp and lines", "cubic (Catmull-Rom)", "Anyframe")
NATIVE_FPS = 120.0
_MIN_KEYS = 6
"""Keys that a clip must have."""


@dataclass(frozen=True)
class InterpolationResult:
    """How one clip was filled in, by one way from one rate."""

    key_rate: int
    method: str
    clip: str
    label: str
    joint_errors: Array
    """(T,) metres: mean joint distance at each frame that was held back."""
    rotation_errors: Array
    """(T,) radians: mean rotation error likewise."""
    key_error: float
    """Metres: largest joint distance at a kept key."""
    jerk_ratio: float
    """Mean jerk of the joints over the capture's."""


def evaluate_interpolation(
    clips: Sequence[MocapClip], resampler: SplineResampler
) -> Iterator[InterpolationResult]:
    """Every clip at the native rate, decimated to each of `RATES` and filled in by each way."""
    for clip in clips:
        if round(clip.fps) != NATIVE_FPS:
            continue
        take = clip.to_take()
        matrices, root = take.local_matrices(), take.root_positions()
        for rate in KEY_RATES:
            keys = np.arange(0, len(take), round(NATIVE_FPS / rate))
            if len(keys) < _MIN_KEYS:
                continue
            span = np.arange(keys[-1] + 1)
            held_back = np.setdiff1d(span, keys)
            true = matrices[span], root[span]
            given = span[keys] / NATIVE_FPS, matrices[keys], root[keys]
            for way, fill in _interpolators(resampler, *given).items():
                found = fill(span / NATIVE_FPS)
                away, joints = _joint_errors(found, true)
                turned = angle_between(
                    found[0][held_back, :JOINT_COUNT], true[0][held_back, :JOINT_COUNT]
                )
                yield InterpolationResult(
                    rate, way, clip.name, clip.action,
                    away[held_back].mean(axis=1), turned.mean(axis=1), float(away[keys].max()),
                    _jerk(joints[0]) / max(_jerk(joints[1]), 1e-9),
                )  # fmt: skip


def _interpolators(
    resampler: SplineResampler, times: Array, matrices: Array, root: Array
) -> dict[str, Callable[[Array], tuple[Array, Array]]]:
    spline = PoseSpline.through_keys(times, matrices, root)
    trust, _ = resampler.estimate_trust(times, matrices, root, DEFAULT_ERROR_BOUND)
    motion = resampler.fit_spline(times, matrices, root, trust)
    ways = (lambda looks: evaluate_linear(spline, looks), spline.evaluate, motion.evaluate)
    return dict(zip(METHODS, ways, strict=True))


def _joint_errors(
    found: tuple[Array, Array], true: tuple[Array, Array]
) -> tuple[Array, tuple[Array, Array]]:
    """(T, 22) metres between joints, and both motions' joints."""
    one, other = (forward_kinematics(SMPL, *motion)[0][:, :JOINT_COUNT] for motion in (found, true))
    return np.linalg.norm(one - other, axis=-1), (one, other)


def _jerk(joints: Array) -> float:
    """Mean third difference of joints (T, J, 3), in metres a frame cubed."""
    return float(np.linalg.norm(np.diff(joints, n=3, axis=0), axis=-1).mean())


def error_rows(filled: Sequence[InterpolationResult]) -> list[list[str | float]]:
    """A row for each rate and way: mean and 95th percentile in mm, degrees, keys, jerk, gain."""
    rows: list[list[str | float]] = []
    for rate in KEY_RATES:
        means = {way: _mean(filled, rate, way) for way in METHODS}
        for way in METHODS:
            ours = [one for one in filled if (one.key_rate, one.method) == (rate, way)]
            everywhere = np.concatenate([one.joint_errors for one in ours])
            rows.append(
                [
                    f"{rate} fps",
                    way,
                    1000 * means[way],
                    1000 * float(np.quantile(everywhere, 0.95)),
                    float(np.degrees(np.mean([one.rotation_errors.mean() for one in ours]))),
                    1000 * max(one.key_error for one in ours),
                    float(np.mean([one.jerk_ratio for one in ours])),
                    100 * (1 - means[way] / means[METHODS[1]]),
                ]
            )
    return rows


def error_ratios_by_label(filled: Sequence[InterpolationResult]) -> dict[str, dict[str, float]]:
    """Action -> "6 fps": millimetres by the spline over millimetres by the network."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for action in sorted({one.label for one in filled}):
        for rate in KEY_RATES:
            mine = [one for one in filled if one.label == action]
            cubic, ours = (_mean(mine, rate, way) for way in METHODS[1:])
            if np.isfinite(cubic):
                found[action or "none"][f"{rate} fps"] = ours / cubic
    return dict(found)


def plot_errors(filled: Sequence[InterpolationResult]) -> Figure:
    """Mean joint error over the rate that was kept."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for way, colour in zip(METHODS, ("#999999", "#c8553d", "#2b6f97"), strict=True):
        means = [1000 * _mean(filled, rate, way) for rate in KEY_RATES]
        axes.plot(KEY_RATES, means, "o-", label=way, color=colour)
    axes.set(
        xlabel="frames per second that were kept",
        ylabel="mean joint error, mm",
        xscale="log",
        yscale="log",
    )
    axes.set_xticks(KEY_RATES, [str(rate) for rate in KEY_RATES])
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _mean(filled: Sequence[InterpolationResult], rate: int, way: str) -> float:
    """Metres: mean over clips of their mean error."""
    errors = [
        one.joint_errors.mean() for one in filled if (one.key_rate, one.method) == (rate, way)
    ]
    return float(np.mean(errors)) if errors else float("nan")
