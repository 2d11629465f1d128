"""Any take at a higher rate, as a job."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...inbetween.resampler import Resampler
from ...inbetween.weights import load_inbetween
from ...kinematics.body.take import Take
from ...kinematics.editing.holds import held_gaps, hold_ranges, without_repeats
from ...kinematics.math.rotations import Array
from ...kinematics.math.splines import Gaps
from ...protocol.limits import resampled_frames
from ...training.weight_files import ASSETS, WeightsError
from ..schema.requests import ResampleRequest
from .interface import EngineError, Progress

_FRAMES = 2000
"""At a time: between two of these a job can be cancelled."""


def open_resampler(assets: Path = ASSETS) -> Resampler:
    """The network of a folder of weights, ready; EngineError if they are missing or damaged."""
    try:
        return Resampler(load_inbetween(assets))
    except WeightsError as error:
        raise EngineError(str(error)) from error


def resample(
    resampler: Resampler, request: ResampleRequest, take: Take, progress: Progress
) -> Take:
    """The motion through a take's poses, at the rate that is asked for; its info says what was
    found: see `_report`."""
    begun = time.perf_counter()
    times = request.times_of(take)
    frames = resampled_frames(times[-1], request.fps)
    total = frames + 1
    progress(0, total, "Looking at the keys")
    keys = _Keys(np.asarray(times, dtype=float), take.local_matrices(), take.root_positions())
    held = keys.held
    if request.holds == "SMOOTH":
        keys = keys.only(without_repeats(held, keys.times))
    trust, errors = resampler.trusted(*keys.arrays, request.bound)
    still = keys.held
    motion = resampler.motion(*keys.arrays, np.where(still, 0.0, trust), still)
    progress(1, total, "Placing the frames")
    looks = np.arange(frames) / request.fps
    # The last key may be a hair before the last frame, which then is that key.
    looks[-1] = min(looks[-1], keys.times[-1])
    matrices, root = [], []
    for start in range(0, frames, _FRAMES):
        placed = motion.at(looks[start : start + _FRAMES])
        matrices.append(placed[0])
        root.append(placed[1])
        progress(min(start + _FRAMES, frames) + 1, total, "Placing the frames")
    made = Take.from_matrices(
        np.concatenate(matrices), np.concatenate(root), request.fps,
        betas=take.betas, gender=take.gender, body=take.body,
    )  # fmt: skip
    made.info = {
        **{name: value for name, value in take.info.items() if name in _TOLD},
        "resampled": _report(keys, trust, errors, hold_ranges(held, np.asarray(times))),
        "timings": {"resample": time.perf_counter() - begun},
    }
    return made


_TOLD = ("prompt", "action", "licence", "model")
"""Of a take's info what stays true of it; a latent would give another motion."""


class _Keys:
    """Poses at times."""

    def __init__(self, times: Array, matrices: Array, root: Array) -> None:
        self.arrays = times, matrices, root
        self.times = times
        gaps = Gaps.of(*self.arrays)
        self.held = held_gaps(gaps.turns, gaps.steps)

    def only(self, kept: NDArray[np.int64]) -> _Keys:
        times, matrices, root = self.arrays
        return _Keys(times[kept], matrices[kept], root[kept])


def _report(
    keys: _Keys, trust: Array, errors: Array, holds: list[tuple[float, float]]
) -> dict[str, object]:
    """What a take says of how it was resampled: `keys`, how many; `error`, the median in metres
    with which left-out keys were found again; `spline`, from and to which seconds the plain spline
    was used; `holds`, likewise, where nothing moved."""
    known = errors[np.isfinite(errors)]
    doubted = (trust == 0) & ~keys.held
    return {
        "keys": len(keys.times),
        "error": float(np.median(known)) if len(known) else None,
        "spline": hold_ranges(doubted, keys.times),
        "holds": holds,
    }
