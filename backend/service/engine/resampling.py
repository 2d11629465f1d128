"""Any take at a higher rate, as a job."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...inbetween.resampler import SplineResampler
from ...inbetween.weights import load_inbetween
from ...kinematics.body.take import Take
from ...kinematics.editing.holds import find_held_gaps, hold_ranges, remove_repeated_poses
from ...kinematics.math.rotations import Array
from ...kinematics.math.splines import KeyGaps
from ...protocol.limits import resampled_frames
from ...training.weight_files import ASSETS, WeightsError
from ..schema.requests import ResampleRequest
from .interface import EngineError, ProgressCallback

_FRAMES_PER_CHUNK = 2000
"""At a time: between two of these a job can be cancelled."""


def load_resampler(assets: Path = ASSETS) -> SplineResampler:
    """The network of a folder of weights, ready; EngineError if they are missing or damaged."""
    try:
        return SplineResampler(load_inbetween(assets))
    except WeightsError as error:
        raise EngineError(str(error)) from error


def resample_take(
    resampler: SplineResampler, request: ResampleRequest, take: Take, progress: ProgressCallback
) -> Take:
    """The motion through a take's poses, at the rate that is asked for; its info says what was
    found: see `_report`."""
    begun = time.perf_counter()
    times = request.key_times(take)
    frames = resampled_frames(times[-1], request.fps)
    total = frames + 1
    progress(0, total, "Looking at the keys")
    keys = _KeyedPoses(np.asarray(times, dtype=float), take.local_matrices(), take.root_positions())
    held = keys.is_held
    if request.holds == "SMOOTH":
        keys = keys.select(remove_repeated_poses(held, keys.times))
    trust, errors = resampler.estimate_trust(*keys.arrays, request.bound)
    still = keys.is_held
    motion = resampler.fit_spline(*keys.arrays, np.where(still, 0.0, trust), still)
    progress(1, total, "Placing the frames")
    looks = np.arange(frames) / request.fps
    # The last key may be a hair before the last frame, which then is that key.
    looks[-1] = min(looks[-1], keys.times[-1])
    matrices, root = [], []
    for start in range(0, frames, _FRAMES_PER_CHUNK):
        placed = motion.evaluate(looks[start : start + _FRAMES_PER_CHUNK])
        matrices.append(placed[0])
        root.append(placed[1])
        progress(min(start + _FRAMES_PER_CHUNK, frames) + 1, total, "Placing the frames")
    made = Take.from_matrices(
        np.concatenate(matrices), np.concatenate(root), request.fps,
        betas=take.betas, gender=take.gender, body=take.body,
    )  # fmt: skip
    made.metadata = {
        **{name: value for name, value in take.metadata.items() if name in _KEPT_METADATA},
        "resampled": _resampling_metadata(
            keys, trust, errors, hold_ranges(held, np.asarray(times))
        ),
        "timings": {"resample": time.perf_counter() - begun},
    }
    return made


_KEPT_METADATA = ("prompt", "action", "licence", "model")
"""Of a take's info what stays true of it; a latent would give another motion."""


class _KeyedPoses:
    """Poses at times."""

    def __init__(self, times: Array, matrices: Array, root: Array) -> None:
        self.arrays = times, matrices, root
        self.times = times
        gaps = KeyGaps.from_keys(*self.arrays)
        self.is_held = find_held_gaps(gaps.rotation_vectors, gaps.root_steps)

    def select(self, kept: NDArray[np.int64]) -> _KeyedPoses:
        times, matrices, root = self.arrays
        return _KeyedPoses(times[kept], matrices[kept], root[kept])


def _resampling_metadata(
    keys: _KeyedPoses, trust: Array, errors: Array, holds: list[tuple[float, float]]
) -> dict[str, object]:
    """What a take says of how it was resampled: `keys`, how many; `error`, the median in metres
    with which left-out keys were found again; `spline`, from and to which seconds the plain spline
    was used; `holds`, likewise, where nothing moved."""
    known = errors[np.isfinite(errors)]
    doubted = (trust == 0) & ~keys.is_held
    return {
        "keys": len(keys.times),
        "error": float(np.median(known)) if len(known) else None,
        "spline": hold_ranges(doubted, keys.times),
        "holds": holds,
    }
