"""``evaluate resampling``: captures with most frames held back, filled in again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..console import err, report_errors

_GAP_PICTURES = {"resampled_punch": ("punch", 8.0), "resampled_run": ("run", 6.0)}
"""Pictures of the quickest gap of a clip: its action, and the rate that was kept."""


def resampling(
    data: Annotated[Path, typer.Argument(help="A prepared file; its held-out clips are used.")],
    weights: Annotated[Path | None, typer.Option(help="Folder of weights; the shipped ones.")] = (
        None
    ),
) -> None:
    """Take captures at 120 fps down to a few frames and up again: errors where frames were held
    back, beside slerp and a cubic spline. Prints one JSON object."""
    from ...data.motion_set import load_motion_set
    from ...evaluation.experiments.resampling import (
        KEY_RATES,
        NATIVE_FPS,
        error_ratios_by_label,
        error_rows,
        evaluate_interpolation,
        plot_errors,
    )
    from ...evaluation.figures.keyframe_gap import plot_gap
    from ...evaluation.report.tables import RESULTS_FOLDER, ResultTable, save_table, to_rich_table
    from ...inbetween.resampler import SplineResampler
    from ...inbetween.weights import load_inbetween
    from ...training.weight_files import ASSETS, WeightsError

    with report_errors(WeightsError):
        clips = [clip for clip in load_motion_set(data) if clip.split == "val"]
        resampler = SplineResampler(load_inbetween(weights or ASSETS))
        filled = list(evaluate_interpolation(clips, resampler))
    actions = error_ratios_by_label(filled)
    names = ("from", "by", "mm ↓", "95 % mm ↓", "degrees ↓", "keys mm", "jerk / real", "% less")
    rows = tuple(tuple(row) for row in error_rows(filled))
    result = ResultTable(
        title=f"Resampling to {NATIVE_FPS:g} fps",
        columns=names,
        rows=rows,
        command="python -m backend evaluate resampling DATA",
        order=120,
        notes=(
            f"{len({one.clip for one in filled})} clips that were not trained on, captured at "
            f"{NATIVE_FPS:g} fps; errors at the frames that were held back: mean over clips, and "
            "the "
            "95th percentile of all frames; *keys*: the largest at a frame that was kept.",
            "% less: mean error beside the cubic spline's.",
            "By action, error beside the cubic spline's: "
            + "; ".join(
                f"{action} " + ", ".join(f"{share:.2f}" for share in shares.values())
                for action, shares in actions.items()
            )
            + f" (from {', '.join(map(str, KEY_RATES))} fps).",
        ),
        pictures=("pictures/resampling.png", *(f"pictures/{name}.png" for name in _GAP_PICTURES)),
    )
    save_table("resampling", result)
    pictures = RESULTS_FOLDER.parent / "pictures"
    plot_errors(filled).savefig(pictures / "resampling.png", dpi=110)
    for name, (action, rate) in _GAP_PICTURES.items():
        clip = next((clip for clip in clips if clip.action == action), None)
        if clip is not None:
            plot_gap(clip, rate, resampler).savefig(pictures / f"{name}.png", dpi=80)
    err.print(to_rich_table(result))
    told = {"rows": [dict(zip(names, row, strict=True)) for row in rows], "by_action": actions}
    json.dump(told, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
