"""How long generation takes, warm and side by side with the rivals in one process.

Every call is made once to warm up; then all are made in turn, round after round, so that a slower
or busier moment of the machine meets each of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from ...baselines.conditions import text_condition
from ...baselines.frames import BASELINE_FPS
from ...baselines.interpolation import upsample_rows
from ...baselines.mdm import MdmSampler
from ...baselines.mld import MldSampler
from ...service.engine.model_engine import ModelEngine
from ...service.schema.requests import GenerateRequest
from ...text.encoder import TextEncoder

PROMPT = "a person walks forward"
COMPOUND_PROMPT = f"{PROMPT} and waves"
"""Tried as a whole and clause by clause."""
MOTION_SECONDS = 5.0


def median_seconds(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call over `rounds` rounds, after one call each to warm up."""
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - begun)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def nerm_call(
    engine: ModelEngine,
    fps: float,
    variations: int = 1,
    candidates: int | None = None,
    prompt: str = PROMPT,
) -> Callable[[], object]:
    """Text to takes of 5 s, as the service does it; `candidates` None is what it does unasked."""
    request = GenerateRequest(
        prompt=prompt, seconds=MOTION_SECONDS, fps=fps, variations=variations, candidates=candidates
    )
    return lambda: engine.generate_variations(request, _ignore_progress)


def _ignore_progress(step: int, total: int, message: str = "") -> None:
    """No one watches."""


def baseline_call(
    baseline: MdmSampler | MldSampler, encoder: TextEncoder, fps: float
) -> Callable[[], object]:
    """Text to rows of 5 s: drawn at 20 fps and, for a higher rate, interpolated (cubic)."""

    def call() -> object:
        rows = baseline.sample_motions(text_condition(encoder, [PROMPT], [MOTION_SECONDS]), [0])[0]
        if fps == BASELINE_FPS:
            return rows
        return upsample_rows(
            rows, BASELINE_FPS, np.arange(round(MOTION_SECONDS * fps)) / fps, "cubic"
        )

    return call
