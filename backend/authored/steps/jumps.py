"""Plans of jumps and hops, and the arms that help them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..body.limbs import SIDES, SIGN
from ..body.motion import AuthoredMotion
from ..body.timing import Key, key_track
from .footfalls import Footfall, Footprint, flights_of
from .pendulum import GRAVITY
from .stepping import StepPlan, StepStyle, rest_stance, swing_arm

_HALF = 0.1
"""Metres from the middle of the body to a foot point."""
_CARRY = (0.085, 0.22, -0.56)
"""Ankle of a leg that hops along, from the pelvis, in metres (outward, back, up)."""


@dataclass(frozen=True)
class Jump:
    """One flight."""

    to: tuple[float, float]
    """Where the middle of the body lands, in metres of the world."""
    flight: float
    """Seconds in the air."""
    yaw: float = 0.0
    """Radians by which the body faces away from -Y after it."""
    contact: float = 0.35
    """Seconds on the ground before the next one."""
    tuck: float = 0.03
    """Metres by which the feet are pulled up in the air."""
    spread: float = 0.0
    """Metres by which each foot goes outward in the air."""


def jump_plan(rng: np.random.Generator, jumps: Sequence[Jump], start: float) -> StepPlan:
    """Plan jumps of both feet; `start` is the time in seconds of the first take-off."""
    footfalls, lift = [], start
    for jump in jumps:
        for side in SIDES:
            late = rng.uniform(0.0, 0.015)
            footfalls.append(
                Footfall(
                    side,
                    lift + rng.uniform(-0.01, 0.01),
                    lift + jump.flight + late,
                    _footprint(jump, side),
                    height=0.125 * GRAVITY * jump.flight**2 + jump.tuck,
                    toe_off=rng.uniform(0.75, 0.9),
                    strike=rng.uniform(0.25, 0.4),
                    swing_pitch=None if jump.flight < 0.3 else rng.uniform(0.55, 0.75),
                    via=(SIGN[side] * jump.spread, 0.0),
                    thrown=True,
                )
            )
        lift += jump.flight + jump.contact
    seconds = max(f.land for f in footfalls) + rng.uniform(1.2, 1.5)
    return StepPlan(tuple(footfalls), seconds, rest_stance(rng), StepStyle(lift_gain=0.0, bend=0.0))


def hop_plan(rng: np.random.Generator, jumps: Sequence[Jump], side: str, start: float) -> StepPlan:
    """Plan hops on the foot of a side; the other foot lifts before them and lands after them."""
    other = SIDES[1 - SIDES.index(side)]
    footfalls, lift = [], start
    for jump in jumps:
        footfalls.append(
            Footfall(
                side,
                lift,
                lift + jump.flight,
                _footprint(jump, side, 0.06),
                height=0.125 * GRAVITY * jump.flight**2 + jump.tuck,
                toe_off=rng.uniform(0.6, 0.75),
                strike=rng.uniform(0.15, 0.3),
                thrown=True,
            )
        )
        lift += jump.flight + jump.contact
    last = footfalls[-1].land
    footfalls.append(
        Footfall(
            other,
            start - rng.uniform(0.65, 0.8),
            last + rng.uniform(0.5, 0.65),
            _footprint(jumps[-1], other),
            toe_off=0.5,
            strike=0.2,
            swing_pitch=rng.uniform(0.8, 1.1),
            carry=(SIGN[other] * _CARRY[0], _CARRY[1], _CARRY[2] + rng.normal(0.0, 0.03)),
        )
    )
    style = StepStyle(lift_gain=0.0, elbow=0.5, spread=rng.uniform(0.2, 0.5), bend=0.05)
    return StepPlan(tuple(footfalls), last + rng.uniform(1.4, 1.7), rest_stance(rng), style)


def swing_jump_arms(
    motion: AuthoredMotion,
    plan: StepPlan,
    rng: np.random.Generator,
    amount: float = 1.0,
    spread: float = 0.0,
) -> AuthoredMotion:
    """Swing the arms back before a take-off and up with it, by an amount relative to a jump's.

    Args:
        spread: Radians by which the arms also go up sideways in the air.
    """
    flights = flights_of(plan.footfalls)
    swing, side, elbow = [], [], []

    def add(time: float, forth: float, out: float, flex: float) -> None:
        # Keys too close to the one before would jerk.
        if not swing or time > swing[-1].time + 0.04:
            swing.append(Key(time, amount * forth))
            side.append(Key(time, spread * out))
            elbow.append(Key(time, amount * flex))

    high = 1.9 if spread == 0 else 0.3
    for number, (lift, land) in enumerate(flights):
        before = flights[number - 1][1] if number else -np.inf
        after = flights[number + 1][0] if number + 1 < len(flights) else np.inf
        if lift - before > 0.9:
            add(lift - 0.85, 0.0, 0.0, 0.0)
            add(lift - 0.32, -0.75, 0.1, 0.25)
        add(lift + 0.35 * (land - lift), high * rng.uniform(0.9, 1.05), 1.0, 0.35)
        if after - land > 0.9:
            add(land + 0.16, 0.55 * min(high, 1.0), 0.12, 0.3)
            add(land + 0.7, 0.0, 0.0, 0.0)
        else:
            add(0.5 * (land + after) - 0.04, -0.25, 0.12, 0.3)
    for name in SIDES:
        late = motion.times - rng.uniform(0.0, 0.03)
        tracks = (key_track(late, keys) for keys in (swing, side, elbow))
        motion = swing_arm(motion, name, *tracks)
    return motion


def _footprint(jump: Jump, side: str, half: float = _HALF) -> Footprint:
    x = jump.to[0] + SIGN[side] * half * np.cos(jump.yaw)
    y = jump.to[1] + SIGN[side] * half * np.sin(jump.yaw)
    return Footprint((float(x), float(y)), jump.yaw + 0.1 * SIGN[side])
