"""Timing of authored motion: tracks of keys, eased as a person moves.

Reaching movements follow minimum jerk (Flash and Hogan, "The coordination of arm movements",
J. Neurosci. 5(7), 1985): a polynomial of fifth degree between rests.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.math.rotations import Array


class Key(NamedTuple):
    """A value at a time. Values are scalars or vectors of one shape."""

    time: float
    """Seconds."""
    value: ArrayLike
    passing: bool = False
    """Whether the movement goes through the value without coming to rest."""


def minimum_jerk(u: ArrayLike) -> Array:
    """Ramp from 0 to 1 for u from 0 to 1, at rest and without acceleration at both ends."""
    x = np.clip(np.asarray(u, dtype=float), 0.0, 1.0)
    return x**3 * (10.0 + x * (6.0 * x - 15.0))


def key_track(times: Array, keys: Sequence[Key]) -> Array:
    """Interpolate keys at `times` (T,) in seconds, with minimum jerk between rests.

    Before the first key and after the last, the value is held. A passing key has the velocity of
    the line between its neighbours, limited so that the track does not overshoot.

    Returns:
        Track (T, ...) of the values' shape.

    Raises:
        ValueError: there is no key, or key times do not increase.
    """
    at = np.array([key.time for key in keys], dtype=float)
    if len(at) == 0 or np.any(np.diff(at) <= 0):
        raise ValueError(f"Keys must have increasing times (got {at.tolist()}).")
    values = np.array([np.asarray(key.value, dtype=float) for key in keys])
    slopes = np.zeros_like(values)
    for n in range(1, len(keys) - 1):
        if keys[n].passing:
            slopes[n] = _passing_slope(at[n - 1 : n + 2], values[n - 1 : n + 2])
    segment = np.clip(np.searchsorted(at, times, side="right") - 1, 0, max(len(at) - 2, 0))
    if len(at) == 1:
        return np.broadcast_to(values[0], (len(times), *values.shape[1:])).copy()
    length = at[segment + 1] - at[segment]
    u = np.clip((times - at[segment]) / length, 0.0, 1.0)
    shape = (len(times), *[1] * (values.ndim - 1))
    u, length = u.reshape(shape), length.reshape(shape)
    start, end = values[segment], values[segment + 1]
    # Quintic Hermite without acceleration at both ends.
    ramp = minimum_jerk(u)
    rise = u - u**3 * (6.0 + u * (3.0 * u - 8.0))
    fall = -(u**3) * (4.0 + u * (3.0 * u - 7.0))
    return (
        start
        + (end - start) * ramp
        + length * (slopes[segment] * rise + slopes[segment + 1] * fall)
    )


def pulse(times: Array, start: float, end: float, ease_in: float, ease_out: float) -> Array:
    """Weight (T,) that rises from 0 at `start` to 1, and falls to 0 at `end`; times in seconds."""
    rising = minimum_jerk((times - start) / max(ease_in, 1e-6))
    return np.minimum(rising, minimum_jerk((end - times) / max(ease_out, 1e-6)))


def oscillation(times: Array, start: float, end: float, cycles: float, ease: float) -> Array:
    """Sine (T,) of so many cycles between two times, faded in and out over `ease` seconds."""
    phase = 2 * np.pi * cycles * np.clip((times - start) / (end - start), 0.0, 1.0)
    return np.sin(phase) * pulse(times, start, end, ease, ease)


def drift(rng: np.random.Generator, times: Array, channels: int, seconds: float = 1.6) -> Array:
    """Slow random tracks (T, channels) of unit spread: nobody holds a pose quite still.

    Args:
        seconds: Time scale of the changes.
    """
    count = max(int(np.ceil(times[-1] / seconds)) + 3, 4)
    knots = rng.standard_normal((count, channels))
    position = times / seconds + rng.uniform()
    first = np.minimum(position.astype(int), count - 2)
    weight = minimum_jerk(position - first)[:, None]
    return (1 - weight) * knots[first] + weight * knots[first + 1]


def follow(track: Array, fps: float, hertz: float, damping: float = 0.65) -> Array:
    """Track (T, ...) of a damped spring that is drawn along: it lags, overshoots and settles.

    Args:
        hertz: Natural frequency of the spring.
        damping: Fraction of critical damping.
    """
    omega, step = 2 * np.pi * hertz, 1.0 / fps
    value, velocity = track[0].copy(), np.zeros_like(track[0])
    followed = np.empty_like(track)
    for frame, target in enumerate(track):
        velocity = velocity + step * omega * (omega * (target - value) - 2 * damping * velocity)
        value = value + step * velocity
        followed[frame] = value
    return followed


def _passing_slope(at: Array, values: Array) -> Array:
    """Slope at the middle one of three keys; 0 where it is an extreme (Fritsch and Carlson)."""
    before = (values[1] - values[0]) / (at[1] - at[0])
    after = (values[2] - values[1]) / (at[2] - at[1])
    mean = (values[2] - values[0]) / (at[2] - at[0])
    limit = 1.8 * np.minimum(np.abs(before), np.abs(after))
    return np.where(before * after > 0, np.clip(mean, -limit, limit), 0.0)
