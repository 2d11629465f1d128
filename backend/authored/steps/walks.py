"""Plans of steps along a path: walks and runs, ahead, backwards and on the spot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...kinematics.math.rotations import Array
from ..body.limbs import SIGN
from .footfalls import Footfall, Footprint
from .pendulum import HeightKey
from .stepping import StepPlan, StepStyle, rest_stance

_GRID = 0.01
"""Metres between the points of a traced path."""


@dataclass(frozen=True)
class Gait:
    """Timing and shape of steps."""

    period: float = 0.55
    """Seconds from one footfall to the next."""
    swing: float = 0.76
    """Seconds that a foot is in the air, in periods; more than 1 is a run."""
    half_width: float = 0.085
    """Metres from the path to the feet."""
    height: float = 0.025
    toe_off: float = 0.8
    strike: float = -0.28
    swing_pitch: float | None = None
    via: tuple[float, float] = (0.0, 0.0)
    """Metres outward and backwards by which a foot leaves its line in mid-swing."""
    style: StepStyle = field(default_factory=StepStyle)


class WalkPath:
    """A path on the floor from the origin to -Y, made of stretches and bends."""

    def __init__(self, pieces: Sequence[tuple[float, float]], backwards: bool = False) -> None:
        """Trace the path.

        Args:
            pieces: Length in metres and turn to the left in radians of each piece.
            backwards: Whether the body looks back along the path.
        """
        yaws = [0.0]
        for length, turn in pieces:
            steps = max(round(length / _GRID), 1)
            yaws += list(yaws[-1] + turn * np.arange(1, steps + 1) / steps)
        self._yaw = np.array(yaws)
        direction = -1.0 if backwards else 1.0
        ahead = direction * _GRID * np.stack([np.sin(self._yaw), -np.cos(self._yaw)], axis=1)
        self._points = np.concatenate([np.zeros((1, 2)), np.cumsum(ahead[:-1], axis=0)])
        self.length = _GRID * (len(yaws) - 1)

    def at(self, distance: float) -> tuple[Array, float]:
        """Return the point (2,) after so many metres and the heading there, in radians."""
        index = min(round(distance / _GRID), len(self._yaw) - 1)
        return self._points[index], float(self._yaw[index])


def walk_plan(
    rng: np.random.Generator,
    gait: Gait,
    path: WalkPath,
    steps: int,
    side: str,
    start: float = 0.6,
) -> StepPlan:
    """Plan so many steps along a path, the last of which brings the feet together.

    Args:
        side: Foot of the first step.
        start: Seconds at which the first foot lifts.
    """

    def place(number: int, side: str) -> Footprint:
        middle, yaw = path.at(path.length * min(number / max(steps - 1, 1), 1.0))
        outward = SIGN[side] * (gait.half_width + rng.normal(0.0, 0.004))
        point = middle + outward * np.array([np.cos(yaw), np.sin(yaw)])
        return Footprint((float(point[0]), float(point[1])), yaw + SIGN[side] * toe_out)

    toe_out = rng.uniform(0.06, 0.16)
    return alternate_steps(rng, gait, place, steps, side, start)


def alternate_steps(
    rng: np.random.Generator,
    gait: Gait,
    place: Callable[[int, str], Footprint],
    steps: int,
    side: str,
    start: float,
) -> StepPlan:
    """Plan steps of alternate feet, from rest to rest.

    Args:
        place: Where the foot of a side lands at the step of a number from 1.
    """
    footfalls: list[Footfall] = []
    lands = {"left": 0.0, "right": 0.0}
    land = start + max(gait.swing, 0.9) * gait.period * min(1.0, 1.0 / gait.swing)
    for number in range(1, steps + 1):
        length = gait.period * gait.swing * rng.uniform(0.97, 1.03)
        earliest = start if number == 1 else lands[side] + 0.25 * gait.period
        lift = max(land - length, earliest, start)
        left, back = gait.via
        last = number == steps
        footfalls.append(
            Footfall(
                side,
                lift,
                land,
                place(number, side),
                height=gait.height * rng.uniform(0.9, 1.1),
                toe_off=gait.toe_off * rng.uniform(0.9, 1.1) * (0.6 if number == 1 else 1.0),
                strike=gait.strike * (0.35 if last else rng.uniform(0.85, 1.15)),
                swing_pitch=gait.swing_pitch,
                via=(SIGN[side] * left, back),
            )
        )
        lands[side] = land
        land += gait.period * rng.uniform(0.98, 1.02)
        side = "right" if side == "left" else "left"
    seconds = footfalls[-1].land + rng.uniform(0.7, 1.1)
    return StepPlan(tuple(footfalls), seconds, rest_stance(rng), gait.style)


@dataclass(frozen=True)
class Landing:
    """A footfall of a rhythm, by when and where it lands."""

    side: str
    time: float
    """Seconds."""
    at: Footprint
    contact: float = 0.2
    """Seconds until the foot lifts again."""
    height: float = 0.08
    via: tuple[float, float] = (0.0, 0.0)
    """Metres outward and backwards, like `Gait.via`."""
    carry: tuple[float, float, float] | None = None
    """Ankle from the pelvis in mid-swing (outward, back, up)."""
    swing_pitch: float | None = 0.6


def rhythm_plan(
    rng: np.random.Generator, landings: Sequence[Landing], style: StepStyle, first_swing: float
) -> StepPlan:
    """Plan landings in any order of the feet; each foot lifts some time after it landed.

    Args:
        first_swing: Seconds of the first swing of each foot.
    """
    footfalls = []
    lifts: dict[str, float] = {}
    for landing in landings:
        sign = SIGN[landing.side]
        left, back = landing.via
        footfalls.append(
            Footfall(
                landing.side,
                lifts.get(landing.side, landing.time - first_swing),
                landing.time,
                landing.at,
                height=landing.height * rng.uniform(0.9, 1.1),
                toe_off=rng.uniform(0.65, 0.8),
                strike=rng.uniform(0.05, 0.25),
                swing_pitch=landing.swing_pitch,
                via=(sign * left, back),
                carry=landing.carry and (sign * landing.carry[0], *landing.carry[1:]),
            )
        )
        lifts[landing.side] = landing.time + landing.contact
    seconds = landings[-1].time + rng.uniform(0.9, 1.2)
    return StepPlan(tuple(footfalls), seconds, rest_stance(rng), style)


def scale_gait(gait: Gait, speed: float) -> Gait:
    """Return the gait with steps that are `speed` times as fast."""
    return replace(gait, period=gait.period / speed)


def lowered(plan: StepPlan, depth: float) -> StepPlan:
    """Return the plan with the pelvis lower by `depth` metres while the feet move."""
    rest, low = plan.style.rest, plan.style.rest - depth
    first = min(f.lift for f in plan.footfalls)
    last = max(f.land for f in plan.footfalls)
    keys = (
        HeightKey(first - 0.45, rest),
        HeightKey(first, low),
        HeightKey(last, low),
        HeightKey(last + 0.5, rest),
    )
    return replace(plan, heights=keys)
