"""Movement quality: real, decoded and generated motions, measured side by side."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from ...console import report_errors
from ...data.motion_set import load_motion_set
from ...data.sequences import ClipSpan, SequenceSet
from ...embedding.nerm_retrieval import load_sampler
from ...nerm.inr import InrConfig, InrDecoder
from ...nerm.sampler import MotionRequest
from ...playback.ground_contact import GRID_FPS
from ...training.weight_files import ASSETS, WeightsError, read_run_state, strip_key_prefix
from ..generators import sample_codes
from ..metrics.movement import (
    LOW_PASS_SECONDS,
    MEASURED_FPS,
    MOVEMENT_METRICS,
    Movement,
    choose_measurable_sequences,
    mean_movement,
    measure_capture,
    measure_cleanup_stages,
)
from ..options import Data, Limit, Weights
from ..report.tables import Cell, ResultTable, publish_table


def movement(
    data: Data,
    weights: Weights = None,
    run: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    limit: Limit = 200,
) -> None:
    """Foot skate, jerk and floor contact, with and without clean-up, beside real motion."""
    with report_errors(WeightsError):
        measured = compare_movement(data, weights or ASSETS, run, limit)
    real = mean_movement(measured["captures"])
    table = ResultTable(
        title="Movement: foot skate, jerk, floor",
        columns=(
            "motion",
            "skate % of time ↓",
            "slide m/s ↓",
            "jerk m/s³",
            "jerk, low-passed m/s³",
            "through floor mm ↓",
            "above floor mm",
            "skate / real ↓",
            "jerk / real ↓",
        ),
        rows=tuple(_row(name, mean_movement(m), real) for name, m in measured.items()),
        command=f"python -m backend evaluate movement DATA --limit {limit}",
        order=100,
        notes=(
            f"{len(measured['captures'])} random training sequences captured at 60 or 120 fps, and "
            "as many motions generated for one caption and the duration of each; all measured at "
            f"{MEASURED_FPS:g} fps.",
            "Skate: fraction of time with a toe below 5 cm and faster than 0.2 m/s along the "
            "floor; slide: mean speed along the floor of toes below 5 cm.",
            "Jerk is unfiltered; the low-passed column uses the same Gaussian filter "
            f"({1000 * LOW_PASS_SECONDS:g} ms) for all rows, which removes the captures' noise.",
            "Floor: mean depth or height of the lower foot; jumping and lying count as height.",
        ),
    )
    publish_table("movement", table)


def _row(name: str, mean: Movement, real: Movement) -> tuple[Cell, ...]:
    digits = {"slide": 3, "skate": 1, "through": 1, "above": 1}
    return (
        name,
        *(f"{getattr(mean, key):.{digits.get(key, 0)}f}" for key in MOVEMENT_METRICS),
        f"{mean.skate / max(real.skate, 1e-9):.2f}",
        f"{mean.jerk / max(real.jerk, 1e-9):.2f}",
    )


def compare_movement(data: Path, weights: Path, run: Path, limit: int) -> dict[str, list[Movement]]:
    """Measure captures, their reconstructions from training codes, and generated motions.

    Raises:
        WeightsError: Weights or run are missing, or the run was trained on other data.
    """
    sequences = SequenceSet(load_motion_set(data))
    chosen = choose_measurable_sequences(sequences.spans, limit)
    if not chosen:
        raise WeightsError(f"{data} must hold motions captured at 60 or 120 fps (found none).")
    return {
        "captures": [measure_capture(sequences, n) for n in chosen],
        **_by_stage("decoded", _decoded(sequences, run, chosen)),
        **_by_stage("generated", _generated(weights, [sequences.spans[n] for n in chosen])),
    }


def _by_stage(name: str, motions: Iterable[dict[str, Movement]]) -> dict[str, list[Movement]]:
    every = list(motions)
    return {f"{name}, {stage}": [motion[stage] for motion in every] for stage in every[0]}


@torch.inference_mode()
def _decoded(
    sequences: SequenceSet, run: Path, chosen: Sequence[int]
) -> Iterator[dict[str, Movement]]:
    """Decode training sequences from their codes."""
    tensors, state = read_run_state(run)
    codes = tensors["codes/mean"]
    if len(codes) != len(sequences):
        raise WeightsError(
            f"{run} was trained on {len(codes)} sequences, but the data has {len(sequences)}."
        )
    decoder = InrDecoder(InrConfig.model_validate(state["settings"]["config"]))
    decoder.load_state_dict(strip_key_prefix(tensors, "decoder/"))
    decoder.eval()
    for n in chosen:
        duration = sequences.durations[n : n + 1]
        rows, logits = decoder(_grid(float(duration)), codes[n : n + 1], duration)
        yield measure_cleanup_stages(rows[0], torch.sigmoid(logits[0]))


def _generated(weights: Path, spans: Sequence[ClipSpan]) -> Iterator[dict[str, Movement]]:
    """Generate a motion for a random caption and the duration of each span."""
    sampler, _ = load_sampler(weights)
    generator = np.random.default_rng(0)
    requests = [
        MotionRequest(span.texts[generator.integers(len(span.texts))], None, span.duration, n)
        for n, span in enumerate(spans)
    ]
    for code, request in sample_codes(sampler, requests):
        grid = _grid(request.seconds)[0].numpy()
        yield measure_cleanup_stages(*sampler.decode_rows(code, request.seconds, grid))


def _grid(seconds: float) -> Tensor:
    """(1, T) times of the frames on which clean-up works."""
    return torch.arange(int(seconds * GRID_FPS + 1e-6) + 1)[None] / GRID_FPS
