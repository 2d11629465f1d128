"""Resampling of any take to another frame rate."""

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
"""Frames between two moments at which a job can be cancelled."""
_SOURCE_METADATA = ("prompt", "action", "licence", "model")
"""Metadata that stays true of a resampled take; a latent would give another motion."""


def load_resampler(assets: Path = ASSETS) -> SplineResampler:
    """Load the network from a folder of weights; EngineError if they are missing or damaged."""
    try:
        return SplineResampler(load_inbetween(assets))
    except WeightsError as error:
        raise EngineError(str(error)) from error


def resample_take(
    resampler: SplineResampler, request: ResampleRequest, take: Take, progress: ProgressCallback
) -> Take:
    """Return a take at ``request.fps`` that passes through the poses of `take`.

    Its metadata describes the result, see `_resampling_metadata`.
    """
    started = time.perf_counter()
    times = np.asarray(request.key_times(take), dtype=float)
    frames = resampled_frames(times[-1], request.fps)
    total = frames + 1
    progress(0, total, "Reading the keys")
    keys = _KeyedPoses(times, take.local_matrices(), take.root_positions())
    held = keys.is_held
    if request.holds == "SMOOTH":
        keys = keys.select(remove_repeated_poses(held, times))
    trust, errors = resampler.estimate_trust(*keys.arrays, request.bound)
    motion = resampler.fit_spline(*keys.arrays, np.where(keys.is_held, 0.0, trust), keys.is_held)
    progress(1, total, "Computing the frames")
    frame_times = np.arange(frames) / request.fps
    # The last key may be slightly before the last frame, which then shows that key.
    frame_times[-1] = min(frame_times[-1], keys.times[-1])
    matrices, root = [], []
    for start in range(0, frames, _FRAMES_PER_CHUNK):
        chunk = motion.evaluate(frame_times[start : start + _FRAMES_PER_CHUNK])
        matrices.append(chunk[0])
        root.append(chunk[1])
        progress(min(start + _FRAMES_PER_CHUNK, frames) + 1, total, "Computing the frames")
    resampled = Take.from_matrices(
        np.concatenate(matrices), np.concatenate(root), request.fps,
        betas=take.betas, gender=take.gender, body=take.body,
    )  # fmt: skip
    resampled.metadata = {
        **{name: value for name, value in take.metadata.items() if name in _SOURCE_METADATA},
        "resampled": _resampling_metadata(keys, trust, errors, hold_ranges(held, times)),
        "timings": {"resample": time.perf_counter() - started},
    }
    return resampled


class _KeyedPoses:
    """Poses at key times, with the gaps in which nothing moves."""

    def __init__(self, times: Array, matrices: Array, root: Array) -> None:
        self.arrays = times, matrices, root
        self.times = times
        gaps = KeyGaps.from_keys(*self.arrays)
        self.is_held = find_held_gaps(gaps.rotation_vectors, gaps.root_steps)

    def select(self, indices: NDArray[np.int64]) -> _KeyedPoses:
        times, matrices, root = self.arrays
        return _KeyedPoses(times[indices], matrices[indices], root[indices])


def _resampling_metadata(
    keys: _KeyedPoses, trust: Array, errors: Array, holds: list[tuple[float, float]]
) -> dict[str, object]:
    """Return the metadata of a resampled take.

    `keys` is the number of keys; `error` the median error in metres of the test that leaves out
    one key at a time; `spline` has the ranges in seconds where the plain spline was used, `holds`
    those where nothing moves.
    """
    known = errors[np.isfinite(errors)]
    without_network = (trust == 0) & ~keys.is_held
    return {
        "keys": len(keys.times),
        "error": float(np.median(known)) if len(known) else None,
        "spline": hold_ranges(without_network, keys.times),
        "holds": holds,
    }
