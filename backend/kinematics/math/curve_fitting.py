"""Curves that are cubic in time between keys, fitted to samples: many channels at once.

Each curve passes through the samples at its keys, and its slopes there are those that come nearest
to all other samples. Tracks (the rotation of one bone, the location of another) have keys of their
own; the channels of a track share theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import Array
from .signals import Mask

ErrorFunction = Callable[[Array], Array]
"""Fitted values (N, T, C) -> (N, T) how many times its tolerance each sample is off."""

_ITERATIONS = 12
_THINNINGS = 6
_REPAIRS = 12


@dataclass(frozen=True)
class HermiteFit:
    """Curves of N tracks with C channels, known at T times."""

    keys: Mask
    """(N, T) which samples are keys; the first and the last always are."""
    slopes: Array
    """(N, T, C) change of value per frame; only those at keys are of use."""
    values: Array
    """(N, T, C) what the curves show at all times."""


def fit_curves(
    samples: Array, frames: Array, error_of: ErrorFunction, preferred_keys: Mask
) -> HermiteFit:
    """Keys as few as a greedy search finds, such that every sample is within its tolerance.

    Segments that are off are split where they are worst, until none is; then keys that turn out
    not to be needed are taken away again.

    Args:
        samples: (N, T, C) values to come near to.
        frames: (T,) their times, rising evenly.
        judge: must call a sample that is met exactly good.
        preferred: (T,) samples that are to be keys if any has to, such as those on whole frames.
    """
    rough = _slopes_of_neighbours(samples, frames)
    keys = np.zeros(samples.shape[:2], dtype=bool)
    keys[:, [0, -1]] = True
    fit, _ = _refine(keys, samples, frames, error_of, rough, preferred_keys)
    for turn in range(_THINNINGS):
        fit = _thin(fit, samples, frames, error_of, rough, turn)
    return fit


def _refine(
    keys: Mask, samples: Array, frames: Array, judge: ErrorFunction, rough: Array, preferred: Mask
) -> tuple[HermiteFit, Array]:
    keys = keys.copy()
    while True:
        fit = fit_slopes(keys, samples, frames, rough)
        off = judge(fit.values)
        bad = off > 1.0
        if not bad.any():
            return fit, off
        keys[_worst_of_segments(keys, off, preferred)] = True


def _worst_of_segments(keys: Mask, off: Array, preferred: Mask) -> Mask:
    """(N, T) one sample of each segment that is off, a preferred one if it has any inside."""
    starts, _, segment = _segments(keys)
    flat, inside = off.ravel(), ~keys.ravel()
    broken = np.maximum.reduceat(np.where(inside, flat, 0.0), starts) > 1.0
    # Among the preferred, too, the worst: only the order counts here.
    liked = np.broadcast_to(preferred, keys.shape).ravel()
    score = np.where(inside, flat + np.where(liked, 1.0 + flat.max(), 0.0), -1.0)
    best = np.maximum.reduceat(score, starts)
    chosen = np.flatnonzero(inside & broken[segment] & (score == best[segment]))
    _, first = np.unique(segment[chosen], return_index=True)
    split = np.zeros(keys.size, dtype=bool)
    split[chosen[first]] = True
    return split.reshape(keys.shape)


def _thin(
    fit: HermiteFit, samples: Array, frames: Array, judge: ErrorFunction, rough: Array, turn: int
) -> HermiteFit:
    """The fit without those of its keys that can go; every second one is tried."""
    order = np.cumsum(fit.keys, axis=1)
    gone = fit.keys & (order % 2 == turn % 2)
    gone[:, [0, -1]] = False
    for _ in range(_REPAIRS):
        keys = fit.keys & ~gone
        thinner = fit_slopes(keys, samples, frames, rough)
        bad = judge(thinner.values) > 1.0
        if not bad.any():
            return thinner
        back = gone & _with_neighbours(_segments_with(bad, keys), keys)
        if not back.any():
            # What is off in one track may come from keys that another has lost at the same time.
            at_once = np.broadcast_to(bad.any(axis=0), keys.shape)
            back = gone & _segments_with(at_once, keys)
        if not back.any():
            return fit
        gone &= ~back
    return fit


def _segments_with(some: Mask, keys: Mask) -> Mask:
    """(N, T) all samples of the segments that hold any of some samples (N, T)."""
    starts, _, segment = _segments(keys)
    return np.logical_or.reduceat(some.ravel(), starts)[segment].reshape(keys.shape)


def _with_neighbours(broken: Mask, keys: Mask) -> Mask:
    """(N, T) samples of broken segments, and of the next on both sides where slopes have part."""
    starts, _, segment = _segments(keys)
    hit = broken.ravel()[starts]
    same_track = starts[1:] // keys.shape[1] == starts[:-1] // keys.shape[1]
    wide = hit.copy()
    wide[1:] |= hit[:-1] & same_track
    wide[:-1] |= hit[1:] & same_track
    return wide[segment].reshape(keys.shape)


def fit_slopes(keys: Mask, samples: Array, frames: Array, initial_slopes: Array) -> HermiteFit:
    """Least-squares slopes at given keys, and what the curves then show.

    The slopes solve a tridiagonal system whose diagonal, scaled to one, leaves its eigenvalues
    within [0, 2], most of them in [1/4, 7/4]. Chebyshev's iteration halves what is left of those
    each time and leaves the rest, which the samples say nothing about, at the slopes it began with.

    Args:
        keys: (N, T), the first and last of each track set.
        rough: (N, T, C) slopes to begin with.
    """
    tracks, times, channels = samples.shape
    if times < 2:
        return HermiteFit(keys, initial_slopes, samples.copy())
    flat, slopes = samples.reshape(-1, channels), initial_slopes.reshape(-1, channels).copy()
    starts, ends, segment = _segments(keys)
    frame = np.tile(frames, tracks)
    length = frame[ends] - frame[starts]
    u = (frame - frame[starts][segment]) / length[segment]
    rise, left, right = _bases(u, length[segment])
    straight = flat[starts][segment] + rise[:, None] * (flat[ends] - flat[starts])[segment]
    rest = flat - straight

    gram = np.add.reduceat(np.stack([left * left, left * right, right * right], 1), starts)
    wanted = np.add.reduceat(
        np.concatenate([left[:, None] * rest, right[:, None] * rest], 1), starts
    )
    diagonal = np.zeros(len(flat))
    diagonal[starts] += gram[:, 0]
    diagonal[ends] += gram[:, 2]
    target = np.zeros_like(flat)
    target[starts] += wanted[:, :channels]
    target[ends] += wanted[:, channels:]

    # Only keys take part, and each of them once, as the start of a segment or the end of a track.
    at = np.flatnonzero(keys.ravel())
    place = np.zeros(len(flat), dtype=np.intp)
    place[at] = np.arange(len(at))
    scale = np.where(diagonal[at] > 0, diagonal[at], 1.0)[:, None]
    first, second, coupling = place[starts], place[ends], gram[:, 1:2]
    diagonal, target, here = diagonal[at][:, None], target[at], slopes[at]
    step, alpha = np.zeros_like(here), 1.0
    for n in range(_ITERATIONS):
        residual = target - diagonal * here
        residual[first] -= coupling * here[second]
        residual[second] -= coupling * here[first]
        beta = 0.0 if n == 0 else (0.5 if n == 1 else 0.25) * (0.75 * alpha) ** 2
        alpha = 1.0 if n == 0 else 1.0 / (1.0 - beta / alpha)
        step = residual / scale + beta * step
        here = here + alpha * step
    slopes[at] = here
    shown = straight + left[:, None] * here[first][segment] + right[:, None] * here[second][segment]
    return HermiteFit(keys, slopes.reshape(samples.shape), shown.reshape(samples.shape))


def _bases(u: Array, length: Array) -> tuple[Array, Array, Array]:
    """How much of the rise and of both slopes a cubic shows at u (S,) in [0, 1] of a segment."""
    v = 1.0 - u
    return u * u * (3.0 - 2.0 * u), length * u * v * v, -length * u * u * v


def _segments(keys: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """(S,) first and (S,) last samples of all segments, (N T,) the segment of each sample."""
    begins, ends = keys.copy(), keys.copy()
    begins[:, -1] = ends[:, 0] = False
    starts = np.flatnonzero(begins)
    return starts, np.flatnonzero(ends), np.cumsum(begins) - 1


def _slopes_of_neighbours(samples: Array, frames: Array) -> Array:
    """(N, T, C) change per frame by the samples on both sides."""
    times = len(frames)
    if times < 2:
        return np.zeros_like(samples)
    return np.gradient(samples, frames, axis=1, edge_order=2 if times > 2 else 1)
