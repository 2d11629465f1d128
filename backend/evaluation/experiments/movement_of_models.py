"""Real, decoded and generated motions measured side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...data.motion_set import load_motion_set
from ...data.sequences import ClipSpan, SequenceSet
from ...embedding.nerm_retrieval import load_sampler
from ...nerm.inr import InrConfig, InrDecoder
from ...nerm.sampler import MotionRequest
from ...playback.ground_contact import GRID_FPS
from ...training.weight_files import WeightsError, read_run_state, strip_key_prefix
from ..metrics.movement import (
    CleanupStages,
    Movement,
    choose_measurable_sequences,
    measure_capture,
    measure_cleanup_stages,
)

_DRAWN_AT_ONCE = 64


def compare_movement(data: Path, weights: Path, run: Path, limit: int) -> dict[str, list[Movement]]:
    """Movement of captures, of the same ones decoded from their codes, and of generated motions.

    Args:
        data: the prepared file that was trained on.
        weights: folder of the weight files.
        run: folder of the stage 1 run with decoder and codes.
        limit: how many sequences.

    Raises:
        WeightsError: if weights or run are missing, or the run learnt other data.
    """
    sequences = SequenceSet(load_motion_set(data))
    chosen = choose_measurable_sequences(sequences.spans, limit)
    if not chosen:
        raise WeightsError(f"{data} has no motion captured at 60 or 120 fps to compare with.")
    return {
        "captures": [measure_capture(sequences, n) for n in chosen],
        **_by_stage("decoded", _decoded(sequences, run, chosen)),
        **_by_stage("generated", _generated(weights, [sequences.spans[n] for n in chosen])),
    }


def _by_stage(name: str, made: Iterator[CleanupStages]) -> dict[str, list[Movement]]:
    every = list(made)
    return {
        f"{name}, as they come": [m.raw for m in every],
        f"{name}, root grounded": [m.grounded for m in every],
        f"{name}, feet held": [m.locked for m in every],
    }


@torch.inference_mode()
def _decoded(sequences: SequenceSet, run: Path, chosen: Sequence[int]) -> Iterator[CleanupStages]:
    """Training sequences decoded from their codes."""
    tensors, state = read_run_state(run)
    codes = tensors["codes/mean"]
    if len(codes) != len(sequences):
        raise WeightsError(
            f"{run} learnt {len(codes)} sequences, but the data has {len(sequences)}."
        )
    decoder = InrDecoder(InrConfig.model_validate(state["settings"]["config"]))
    decoder.load_state_dict(strip_key_prefix(tensors, "decoder/"))
    decoder.eval()
    for n in chosen:
        duration = sequences.durations[n : n + 1]
        rows, logits = decoder(_grid(float(duration)), codes[n : n + 1], duration)
        yield measure_cleanup_stages(rows[0], torch.sigmoid(logits[0]))


def _generated(weights: Path, spans: Sequence[ClipSpan]) -> Iterator[CleanupStages]:
    """A motion for one caption of each span, as long as the span."""
    sampler, _ = load_sampler(weights)
    chance = np.random.default_rng(0)
    for start in range(0, len(spans), _DRAWN_AT_ONCE):
        part = spans[start : start + _DRAWN_AT_ONCE]
        requests = [
            MotionRequest(
                span.texts[chance.integers(len(span.texts))], None, span.duration, start + n
            )
            for n, span in enumerate(part)
        ]
        codes = sampler.sample_codes(
            sampler.condition(requests), [request.seed for request in requests]
        )
        for code, request in zip(codes, requests, strict=True):
            grid = _grid(request.seconds)[0].numpy()
            yield measure_cleanup_stages(*sampler.decode_rows(code, request.seconds, grid))


def _grid(seconds: float) -> Tensor:
    """(1, T) times at which clean-up is planned."""
    return torch.arange(int(seconds * GRID_FPS + 1e-6) + 1)[None] / GRID_FPS
