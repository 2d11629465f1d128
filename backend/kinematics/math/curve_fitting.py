"""Fit curves that are cubic in time between keys to samples, for many channels at once.

Each curve passes through the samples at its keys; its slopes there minimise the squared distance to
all other samples. Each track (the rotation of one bone, the location of another) has its own keys,
which its channels share.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .rotations import Array
from .signals import Mask

ErrorFunction = Callable[[Array], Array]
"""Fitted values (N, T, C) -> (N, T) error of each sample, in units of its tolerance."""

_ITERATIONS = 12
"""Chebyshev steps: each halves the error, so 12 leave less than 1e-3 of it."""
_THINNINGS = 6
"""Passes that remove keys, every second one in turn."""
_REPAIRS = 12
"""Attempts of a pass to restore keys whose removal breaks the tolerance."""


@dataclass(frozen=True)
class HermiteFit:
    """Curves of N tracks with C channels, sampled at T times."""

    keys: Mask
    """(N, T) whether a sample is a key; the first and the last always are."""
    slopes: Array
    """(N, T, C) change of value per frame; meaningful at keys only."""
    values: Array
    """(N, T, C) values of the curves at all times."""


def fit_curves(
    samples: Array, frames: Array, error_of: ErrorFunction, preferred_keys: Mask
) -> HermiteFit:
    """Search greedily for few keys such that every sample is within its tolerance.

    Segments that break the tolerance are split at their worst sample until none does; then keys
    that are not needed are removed.

    Args:
        samples: (N, T, C) values to approximate.
        frames: (T,) their times, evenly spaced and increasing.
        error_of: Error of fitted values; must accept samples that are met exactly.
        preferred_keys: (T,) samples to prefer as keys, such as those on whole frames.
    """
    initial = np.zeros_like(samples)
    if len(frames) > 1:
        initial = np.gradient(samples, frames, axis=1, edge_order=2 if len(frames) > 2 else 1)
    fit_keys = partial(fit_slopes, samples=samples, frames=frames, initial_slopes=initial)
    keys = np.zeros(samples.shape[:2], dtype=bool)
    keys[:, [0, -1]] = True
    fit = fit_keys(keys)
    while ((errors := error_of(fit.values)) > 1.0).any():
        fit = fit_keys(fit.keys | _worst_samples(fit.keys, errors, preferred_keys))
    for parity in range(_THINNINGS):
        fit = _thin(fit, fit_keys, error_of, parity)
    return fit


def _worst_samples(keys: Mask, errors: Array, preferred: Mask) -> Mask:
    """(N, T) the worst sample of each broken segment, or the worst preferred one inside it."""
    starts, _, segment = _segments(keys)
    flat, inside = errors.ravel(), ~keys.ravel()
    broken = np.maximum.reduceat(np.where(inside, flat, 0.0), starts) > 1.0
    # Lift preferred samples above all others, in their own order.
    lift = np.broadcast_to(np.where(preferred, 1.0 + flat.max(), 0.0), keys.shape).ravel()
    score = np.where(inside, flat + lift, -1.0)
    best = np.maximum.reduceat(score, starts)
    candidates = np.flatnonzero(inside & broken[segment] & (score == best[segment]))
    _, first = np.unique(segment[candidates], return_index=True)
    split = np.zeros_like(keys)
    split.flat[candidates[first]] = True
    return split


def _thin(
    fit: HermiteFit, fit_keys: Callable[[Mask], HermiteFit], error_of: ErrorFunction, parity: int
) -> HermiteFit:
    order = np.cumsum(fit.keys, axis=1)
    removed = fit.keys & (order % 2 == parity % 2)
    removed[:, [0, -1]] = False
    for _ in range(_REPAIRS):
        keys = fit.keys & ~removed
        thinner = fit_keys(keys)
        broken = error_of(thinner.values) > 1.0
        if not broken.any():
            return thinner
        restored = removed & _segments_with(broken, keys, neighbours=True)
        if not restored.any():
            # Keys that another track lost in the same segment may have caused the error.
            elsewhere = np.broadcast_to(broken.any(axis=0), keys.shape)
            restored = removed & _segments_with(elsewhere, keys)
        if not restored.any():
            return fit
        removed &= ~restored
    return fit


def _segments_with(marked: Mask, keys: Mask, neighbours: bool = False) -> Mask:
    """(N, T) samples of segments with any of the marked samples (N, T), or in `neighbours`, too."""
    starts, _, segment = _segments(keys)
    chosen = np.logical_or.reduceat(marked.ravel(), starts)
    if neighbours:  # they share a slope
        same_track = np.diff(starts // keys.shape[1]) == 0
        before, after = chosen[:-1] & same_track, chosen[1:] & same_track
        chosen[1:] |= before
        chosen[:-1] |= after
    return chosen[segment].reshape(keys.shape)


def fit_slopes(keys: Mask, samples: Array, frames: Array, initial_slopes: Array) -> HermiteFit:
    """Compute least-squares slopes at keys (N, T), which contain the first and last sample of each
    track, and the values of the resulting curves.

    The slopes solve a tridiagonal system. Scaled to a unit diagonal, its eigenvalues lie in [0, 2],
    most of them in [1/4, 7/4]. Chebyshev iteration on that interval halves the error of those in
    each step; the rest, which the samples do not determine, stays at the initial slopes.
    """
    tracks, times, channels = samples.shape
    if times < 2:
        return HermiteFit(keys, initial_slopes, samples.copy())
    flat, slopes = samples.reshape(-1, channels), initial_slopes.reshape(-1, channels).copy()
    starts, ends, segment = _segments(keys)
    frame = np.tile(frames, tracks)
    length = (frame[ends] - frame[starts])[segment]
    u = (frame - frame[starts][segment]) / length
    v = 1.0 - u
    # Weights of both slopes and of the rise of a cubic at u of its segment.
    left, right = length * u * v * v, -length * u * u * v
    rise = u * u * (3.0 - 2.0 * u)
    straight = flat[starts][segment] + rise[:, None] * (flat[ends] - flat[starts])[segment]
    residuals = flat - straight

    gram = np.add.reduceat(np.stack([left * left, left * right, right * right], 1), starts)
    moments = np.add.reduceat(
        np.concatenate([left[:, None] * residuals, right[:, None] * residuals], 1), starts
    )
    diagonal = np.zeros(len(flat))
    diagonal[starts] += gram[:, 0]
    diagonal[ends] += gram[:, 2]
    target = np.zeros_like(flat)
    target[starts] += moments[:, :channels]
    target[ends] += moments[:, channels:]

    # Unknowns: one per key.
    at = np.flatnonzero(keys.ravel())
    position = np.zeros(len(flat), dtype=np.intp)
    position[at] = np.arange(len(at))
    scale = np.where(diagonal[at] > 0, diagonal[at], 1.0)[:, None]
    first, second, coupling = position[starts], position[ends], gram[:, 1:2]
    diagonal, target, solution = diagonal[at][:, None], target[at], slopes[at]
    step, alpha = np.zeros_like(solution), 1.0
    for n in range(_ITERATIONS):
        residual = target - diagonal * solution
        residual[first] -= coupling * solution[second]
        residual[second] -= coupling * solution[first]
        beta = 0.0 if n == 0 else (0.5 if n == 1 else 0.25) * (0.75 * alpha) ** 2
        alpha = 1.0 if n == 0 else 1.0 / (1.0 - beta / alpha)
        step = residual / scale + beta * step
        solution = solution + alpha * step
    slopes[at] = solution
    values = (
        straight
        + left[:, None] * solution[first][segment]
        + right[:, None] * solution[second][segment]
    )
    return HermiteFit(keys, slopes.reshape(samples.shape), values.reshape(samples.shape))


def _segments(keys: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """(S,) first and (S,) last samples of all segments, (N T,) the segment of each sample."""
    begins, ends = keys.copy(), keys.copy()
    begins[:, -1] = ends[:, 0] = False
    starts = np.flatnonzero(begins)
    return starts, np.flatnonzero(ends), np.cumsum(begins) - 1
