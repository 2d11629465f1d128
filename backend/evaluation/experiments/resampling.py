"""Interpolation between sparse key poses: captures decimated and filled in by three methods."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.figure import Figure

from ...console import err, report_errors
from ...data.motion_set import JOINT_COUNT, MocapClip, load_motion_set
from ...inbetween.resampler import SplineResampler
from ...inbetween.weights import load_inbetween
from ...kinematics.math.rotations import Array, angle_between
from ...kinematics.math.splines import PoseSpline, evaluate_linear
from ...protocol.generation_fields import MAX_KEY_ERROR
from ...training.weight_files import ASSETS, WeightsError
from ..figures.keyframe_gap import body_joints, plot_gap
from ..metrics.clips import NATIVE_FPS
from ..metrics.movement import joint_jerk
from ..options import Weights
from ..report.tables import RESULTS_FOLDER, ResultTable, save_table, to_rich_table

KEY_RATES = (6, 8, 12, 15, 24, 30)
"""Keys per second that are given."""
METHODS = ("slerp and lines", "cubic (Catmull-Rom)", "Anyframe")
_MIN_KEYS = 6
"""Fewest keys of a clip that is measured."""
_GAP_PICTURES = {"resampled_punch": ("punch", 8.0), "resampled_run": ("run", 6.0)}
"""Picture of a clip's fastest gap -> label of the clip, keys per second."""


def resampling(
    data: Annotated[Path, typer.Argument(help="A prepared file; its held-out clips are used.")],
    weights: Weights = None,
) -> None:
    """Errors of captures at 120 fps that are decimated to a few keys and filled in again, beside
    slerp and a cubic spline. Prints one JSON object."""
    with report_errors(WeightsError):
        clips = [clip for clip in load_motion_set(data) if clip.split == "val"]
        resampler = SplineResampler(load_inbetween(weights or ASSETS))
        results = list(evaluate_interpolation(clips, resampler))
    ratios = error_ratios_by_label(results)
    columns = ("from", "by", "mm ↓", "95 % mm ↓", "degrees ↓", "keys mm", "jerk / real", "% less")
    rows = tuple(tuple(row) for row in error_rows(results))
    table = ResultTable(
        title=f"Resampling to {NATIVE_FPS:g} fps",
        columns=columns,
        rows=rows,
        command="python -m backend evaluate resampling DATA",
        order=120,
        notes=(
            f"{len({result.clip for result in results})} held-out clips captured at "
            f"{NATIVE_FPS:g} fps; errors between the keys: mean over clips, and the 95th "
            "percentile of all frames; *keys*: the largest error at a key.",
            "% less: mean error relative to the cubic spline's.",
            "Error relative to the cubic spline's, by label: "
            + "; ".join(
                f"{label} " + ", ".join(f"{ratio:.2f}" for ratio in by_rate.values())
                for label, by_rate in ratios.items()
            )
            + f" (from {', '.join(map(str, KEY_RATES))} fps).",
        ),
        pictures=("pictures/resampling.png", *(f"pictures/{name}.png" for name in _GAP_PICTURES)),
    )
    save_table("resampling", table)
    pictures = RESULTS_FOLDER.parent / "pictures"
    plot_errors(results).savefig(pictures / "resampling.png", dpi=110)
    for name, (label, rate) in _GAP_PICTURES.items():
        clip = next((clip for clip in clips if clip.action == label), None)
        if clip is not None:
            plot_gap(clip, rate, resampler).savefig(pictures / f"{name}.png", dpi=80)
    err.print(to_rich_table(table))
    output = {"rows": [dict(zip(columns, row, strict=True)) for row in rows], "by_action": ratios}
    json.dump(output, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


@dataclass(frozen=True)
class InterpolationResult:
    """Errors of one clip, filled in by one method from one key rate."""

    key_rate: int
    method: str
    clip: str
    label: str
    joint_errors: Array
    """(T,) mean joint distance (metres) at each frame between keys."""
    rotation_errors: Array
    """(T,) mean rotation error (radians) at each frame between keys."""
    key_error: float
    """Largest joint distance at a key (metres)."""
    jerk_ratio: float
    """Mean jerk of the joints, relative to the capture."""


def evaluate_interpolation(
    clips: Sequence[MocapClip], resampler: SplineResampler
) -> Iterator[InterpolationResult]:
    """Decimate every clip at the native rate to each of `KEY_RATES` and fill it in again."""
    for clip in clips:
        if round(clip.fps) != NATIVE_FPS:
            continue
        take = clip.to_take()
        matrices, root = take.local_matrices(), take.root_positions()
        for rate in KEY_RATES:
            keys = np.arange(0, len(take), round(NATIVE_FPS / rate))
            if len(keys) < _MIN_KEYS:
                continue
            frames = np.arange(keys[-1] + 1)
            between = np.setdiff1d(frames, keys)
            truth = body_joints(matrices[frames], root[frames])
            given = frames[keys] / NATIVE_FPS, matrices[keys], root[keys]
            for method, interpolate in _interpolators(resampler, *given).items():
                filled_matrices, filled_root = interpolate(frames / NATIVE_FPS)
                joints = body_joints(filled_matrices, filled_root)
                errors = np.linalg.norm(joints - truth, axis=-1)
                rotation_errors = angle_between(
                    filled_matrices[between, :JOINT_COUNT], matrices[between, :JOINT_COUNT]
                )
                yield InterpolationResult(
                    rate,
                    method,
                    clip.name,
                    clip.action,
                    errors[between].mean(axis=1),
                    rotation_errors.mean(axis=1),
                    float(errors[keys].max()),
                    joint_jerk(joints, 1.0) / max(joint_jerk(truth, 1.0), 1e-9),
                )


def _interpolators(
    resampler: SplineResampler, times: Array, matrices: Array, root: Array
) -> dict[str, Callable[[Array], tuple[Array, Array]]]:
    spline = PoseSpline.through_keys(times, matrices, root)
    trust, _ = resampler.estimate_trust(times, matrices, root, MAX_KEY_ERROR.default)
    motion = resampler.fit_spline(times, matrices, root, trust)
    methods = (lambda at: evaluate_linear(spline, at), spline.evaluate, motion.evaluate)
    return dict(zip(METHODS, methods, strict=True))


def error_rows(results: Sequence[InterpolationResult]) -> list[list[str | float]]:
    """Rows by rate and method: mean and 95th percentile in mm, degrees, keys, jerk, gain."""
    rows: list[list[str | float]] = []
    for rate in KEY_RATES:
        means = {method: _mean_error(results, rate, method) for method in METHODS}
        for method in METHODS:
            group = [r for r in results if (r.key_rate, r.method) == (rate, method)]
            errors = np.concatenate([result.joint_errors for result in group])
            rows.append(
                [
                    f"{rate} fps",
                    method,
                    1000 * means[method],
                    1000 * float(np.quantile(errors, 0.95)),
                    float(np.degrees(np.mean([r.rotation_errors.mean() for r in group]))),
                    1000 * max(result.key_error for result in group),
                    float(np.mean([result.jerk_ratio for result in group])),
                    100 * (1 - means[method] / means[METHODS[1]]),
                ]
            )
    return rows


def error_ratios_by_label(results: Sequence[InterpolationResult]) -> dict[str, dict[str, float]]:
    """Label -> rate ("6 fps") -> error of the network relative to the cubic spline."""
    ratios: dict[str, dict[str, float]] = defaultdict(dict)
    for label in sorted({result.label for result in results}):
        group = [result for result in results if result.label == label]
        for rate in KEY_RATES:
            cubic, network = (_mean_error(group, rate, method) for method in METHODS[1:])
            if np.isfinite(cubic):
                ratios[label or "none"][f"{rate} fps"] = network / cubic
    return dict(ratios)


def plot_errors(results: Sequence[InterpolationResult]) -> Figure:
    """Plot the mean joint error over the key rate."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for method, colour in zip(METHODS, ("#999999", "#c8553d", "#2b6f97"), strict=True):
        means = [1000 * _mean_error(results, rate, method) for rate in KEY_RATES]
        axes.plot(KEY_RATES, means, "o-", label=method, color=colour)
    axes.set(xlabel="keys per second", ylabel="mean joint error, mm", xscale="log", yscale="log")
    axes.set_xticks(KEY_RATES, [str(rate) for rate in KEY_RATES])
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _mean_error(results: Sequence[InterpolationResult], rate: int, method: str) -> float:
    """Mean over clips of their mean joint error (metres)."""
    errors = [r.joint_errors.mean() for r in results if (r.key_rate, r.method) == (rate, method)]
    return float(np.mean(errors)) if errors else float("nan")
