"""Path of the pelvis over given footfalls: a pendulum on the feet, a parabola in the air.

On the ground the horizontal path is that of a linear inverted pendulum (Kajita et al., "The 3D
linear inverted pendulum mode", IROS 2001), solved between its ends, so that the body shifts its
weight before a foot lifts and leans into a start or a stop.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array
from ..body.limbs import SIDES
from ..body.motion import JOINT, STANDING_HEIGHT
from .footfalls import FootTrack

GRAVITY = 9.81
"""m/s²."""
_SETTLE_SECONDS = 0.4
"""Seconds in which weight goes from one foot to both, or back."""
_LEG_LENGTH = float(
    np.linalg.norm(SMPL.offsets[JOINT["left_knee"]])
    + np.linalg.norm(SMPL.offsets[JOINT["left_ankle"]])
)
_LONGEST_LEG = 0.988 * _LEG_LENGTH
"""Metres from hip to ankle of a leg that stands."""
_WIDENING_FRAMES = 2
"""Frames before and after one in which the pelvis is lowered."""
_BOTH = 3
"""Code of the phase in which both feet stand."""
_CROUCH, _ABSORB = (0.03, 0.11), (0.03, 0.085)
"""Metres by which the pelvis sinks before and after a flight: constant, and for each m/s."""
_PAUSE = 1.1
"""Seconds between two flights beyond which the body rises in between."""
_SHORTEST_FLIGHT = 0.07
"""Seconds below which a flight leaves the height of the pelvis alone."""
_RECOVERY = 0.45
"""Seconds in which the body rises after a landing, or sinks before a jump."""


class HeightKey(NamedTuple):
    """Height of the pelvis above that of a straight stance, at a time."""

    time: float
    """Seconds."""
    height: float
    """Metres."""
    velocity: float = 0.0
    """m/s."""


def weight_on_left(
    tracks: dict[str, FootTrack], times: Array, shifts: Sequence[tuple[float, float]] = ()
) -> Array:
    """Return the part (T,) of the weight that the left foot carries, from 0 to 1.

    Args:
        shifts: Further weights at times in seconds at which both feet stand.
    """
    left, right = (tracks[side].on_ground for side in SIDES)
    phase = left * 2 + right
    edges = [0, *(np.flatnonzero(np.diff(phase)) + 1), len(phase)]
    single = {2: 1.0, 1: 0.0}
    values = [single.get(int(phase[first]), 0.5) for first in edges[:-1]]
    keys: dict[float, float] = {}
    for number, (first, end) in enumerate(pairwise(edges)):
        start, stop = float(times[first]), float(times[end - 1])
        if int(phase[first]) in single:
            keys[start] = keys[stop] = values[number]
        elif int(phase[first]) == _BOTH:
            # Half on each foot at rest, and before and after a flight.
            ease = min(_SETTLE_SECONDS, 0.5 * (stop - start))
            if stop - start > 2 * _SETTLE_SECONDS or number in (0, len(values) - 1):
                keys[start + ease] = keys[max(stop - ease, start + ease + 1e-3)] = 0.5
            for time, neighbour in ((start, number - 1), (stop, number + 1)):
                if 0 <= neighbour < len(values) and values[neighbour] == 0.5:
                    keys[time] = 0.5
    if shifts:
        first, last = shifts[0][0], shifts[-1][0]
        keys = {time: w for time, w in keys.items() if not first < time < last} | dict(shifts)
    at = sorted(keys)
    return np.interp(times, at, [keys[time] for time in at])


def pendulum_path(
    times: Array, support: Array, height: Array, flights: npt.NDArray[np.bool_]
) -> Array:
    """Return the path (T, 2) of a centre of mass above a support that moves.

    Args:
        support: (T, 2) metres, where the floor carries the body.
        height: (T,) metres of the pelvis, whose acceleration loads the feet.
        flights: (T,) whether the body is in the air.
    """
    step = times[1] - times[0]
    load = np.gradient(np.gradient(height, step), step) + GRAVITY
    stiffness = np.clip(load, 0.0, 3.0 * GRAVITY) / STANDING_HEIGHT
    stiffness = np.where(flights, 0.0, stiffness) * step**2
    count = len(times)
    system = np.eye(count)
    inner = np.arange(1, count - 1)
    system[inner, inner] = -2.0 - stiffness[inner]
    system[inner, inner - 1] = system[inner, inner + 1] = 1.0
    goal = -stiffness[:, None] * support
    goal[[0, -1]] = support[[0, -1]]
    return np.linalg.solve(system, goal)


def height_track(
    times: Array,
    flights: Sequence[tuple[float, float]],
    keys: Sequence[HeightKey] = (),
    *,
    rest: float = -0.012,
    toes: float = 0.05,
    spring: float = 1.0,
) -> Array:
    """Return the height (T,) of the pelvis above a straight stance, in metres.

    Args:
        flights: Times of lifting and landing, between which the pelvis flies in a parabola; it
            sinks before and after them.
        keys: Further heights, at times outside of flights.
        rest: Height while nothing happens.
        toes: Height at which a flight begins; it ends somewhat lower.
        spring: Depth by which the body sinks before and after flights, relative to a jump from
            standing.
    """
    track = [HeightKey(-0.5, rest), *keys]
    flights = [(lift, land) for lift, land in flights if land - lift > _SHORTEST_FLIGHT]
    for number, (lift, land) in enumerate(flights):
        rise = 0.5 * GRAVITY * (land - lift)
        drop = -0.3 * toes / (land - lift)
        before = flights[number - 1][1] if number else -np.inf
        after = flights[number + 1][0] if number + 1 < len(flights) else np.inf
        takeoff = HeightKey(lift, toes, rise + drop)
        landing = HeightKey(land, 0.7 * toes, drop - rise)
        if lift - before > _PAUSE:
            track += _sink(takeoff, rest, _CROUCH, -spring)
        track += [takeoff, landing]
        if after - land > _PAUSE:
            track += _sink(landing, rest, _ABSORB, spring)
        else:
            contact = after - land
            depth = min(rise * contact / np.pi, spring * (_CROUCH[0] + _CROUCH[1] * rise))
            track.append(HeightKey(land + 0.5 * contact, 0.7 * toes - depth))
    track.sort()
    if track[-1].time < times[-1]:
        track.append(HeightKey(max(track[-1].time + 0.4, times[-1]), rest))
    return _hermite(times, track, flights)


def limit_height(
    height: Array, path: Array, yaw: Array, tracks: dict[str, FootTrack], fps: float
) -> Array:
    """Lower the pelvis (T,) in metres where a leg that stands would not reach its foot."""
    excess = np.zeros_like(height)
    cos, sin = np.cos(yaw), np.sin(yaw)
    for side in SIDES:
        hip = SMPL.offsets[JOINT[f"{side}_hip"]]
        offset = np.stack([cos * hip[0] + sin * hip[2], sin * hip[0] - cos * hip[2]], axis=1)
        track = tracks[side]
        distance = np.linalg.norm(path + offset - track.ankle[:, :2], axis=1)
        reach = np.sqrt(np.maximum(_LONGEST_LEG**2 - distance**2, 0.04))
        over = np.maximum(height + hip[1] - track.ankle[:, 2] - reach, 0.0)
        excess = np.maximum(excess, np.where(track.on_ground, over, 0.0))
    width = _WIDENING_FRAMES
    padded = np.pad(excess, width, mode="edge")
    widened = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).max(axis=1)
    return height - smooth(widened, 0.035, fps)


def smooth(track: Array, seconds: float, fps: float) -> Array:
    """Return a track (T, ...) smoothed by a Gaussian whose standard deviation is in seconds."""
    radius = max(int(np.ceil(3 * seconds * fps)), 1)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (seconds * fps)) ** 2)
    padded = np.pad(track, [(radius, radius)] + [(0, 0)] * (track.ndim - 1), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0)
    return windows @ (kernel / kernel.sum())


def _sink(
    end: HeightKey, rest: float, depths: tuple[float, float], spring: float
) -> list[HeightKey]:
    """Heights before a take-off (negative spring) or after a landing (positive), farthest last."""
    speed, direction = abs(end.velocity), np.sign(spring)
    depth = abs(spring) * (depths[0] + depths[1] * speed)
    turn = end.time + direction * 2.0 * (depth + end.height) / speed
    return [HeightKey(turn, -depth), HeightKey(turn + direction * _RECOVERY, rest)]


def _hermite(
    times: Array, keys: Sequence[HeightKey], flights: Sequence[tuple[float, float]]
) -> Array:
    at, values, slopes = (np.array(column, dtype=float) for column in zip(*keys, strict=True))
    if np.any(np.diff(at) <= 0):
        raise ValueError(f"Heights must have increasing times (got {at.tolist()}).")
    segment = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(at) - 2)
    length = at[segment + 1] - at[segment]
    u = np.clip((times - at[segment]) / length, 0.0, 1.0)
    start, end = values[segment], values[segment + 1]
    ramp = u**3 * (10.0 + u * (6.0 * u - 15.0))
    track = start + (end - start) * ramp
    track += length * slopes[segment] * (u - u**3 * (6.0 + u * (3.0 * u - 8.0)))
    track -= length * slopes[segment + 1] * u**3 * (4.0 + u * (3.0 * u - 7.0))
    for lift, land in flights:
        inside = (times > lift) & (times < land)
        first = int(np.flatnonzero(at == lift)[0])
        t = times[inside] - lift
        track[inside] = values[first] + slopes[first] * t - 0.5 * GRAVITY * t**2
    return track
