"""Footfalls, and the tracks of feet that follow them.

A foot stands at a *foot point*: the point of the floor below the middle of its sole. In the neutral
stance the pelvis is over the mean of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array
from ..body.limbs import ANKLE_HEIGHT, SIDES, SIGN, foot_rotation
from ..body.motion import JOINT
from ..body.timing import Key, key_track, minimum_jerk, pulse

_ANKLE_BEHIND_POINT = 0.05
"""Metres from the foot point back to the ankle."""
_HEEL_BEHIND_ANKLE = 0.045
_HALF_STANCE = 0.09
"""Metres from the middle of the body to a foot point."""
_LONGEST_EASE = 0.4
"""Seconds in which a foot reaches the height at which it is then held."""
_ROLL_ONTO_TOES, _ROLL_DOWN = 0.26, 0.11
"""Seconds before lifting in which the heel rises, and after landing in which the foot flattens."""
_LEVEL_CHANGE = 0.65
"""Fraction of a swing in which the foot changes its level: early on the way up, late down."""


@dataclass(frozen=True)
class Footprint:
    """Place of a foot that stands."""

    point: tuple[float, float]
    """Foot point in metres, in the world."""
    yaw: float = 0.0
    """Radians about Z by which the foot faces away from -Y."""
    ground: float = 0.0
    """Height of the ground in metres."""


@dataclass(frozen=True)
class Footfall:
    """One swing of a foot: it lifts, and lands at a footprint."""

    side: str
    lift: float
    """Seconds, like `land`."""
    land: float
    at: Footprint
    height: float = 0.03
    """Metres by which the foot rises above the line from place to place."""
    toe_off: float = 0.6
    """Pitch of the foot when it lifts, in radians: positive on the toes, negative on the heel."""
    strike: float = -0.25
    """Pitch when it lands."""
    swing_pitch: float | None = None
    """Pitch in mid-swing; None to pass through."""
    via: tuple[float, float] = (0.0, 0.0)
    """Metres to the foot's left and backwards by which it leaves the line in mid-swing."""
    carry: tuple[float, float, float] | None = None
    """Ankle from the pelvis in mid-swing, in metres of the heading frame (left, back, up)."""
    thrown: bool = False
    """Whether the foot flies in a parabola, as in a jump."""


@dataclass(frozen=True)
class FootTrack:
    """A foot over T frames."""

    side: str
    ankle: Array
    """(T, 3) metres."""
    point: Array
    """(T, 2) foot point below the foot, flat or not."""
    ground: Array
    """(T,) height of the ground below it."""
    yaw: Array
    pitch: Array
    on_ground: npt.NDArray[np.bool_]
    """(T,) whether it stands."""


def track_feet(
    times: Array, start: Mapping[str, Footprint], footfalls: Sequence[Footfall]
) -> dict[str, FootTrack]:
    """Return the tracks of both feet, by side."""
    return {
        side: _track_foot(times, side, start[side], [f for f in footfalls if f.side == side])
        for side in SIDES
    }


def flights_of(footfalls: Sequence[Footfall]) -> list[tuple[float, float]]:
    """Return the times (lift, land) in seconds between which both feet are in the air."""
    left, right = ([f for f in footfalls if f.side == side] for side in SIDES)
    overlaps = [(max(a.lift, b.lift), min(a.land, b.land)) for a in left for b in right]
    return sorted((lift, land) for lift, land in overlaps if land - lift > 1e-3)


def swing_weight(times: Array, footfall: Footfall) -> Array:
    """Return the weight (T,) of the middle of a swing: 0 on the floor, 1 where it is highest."""
    length = footfall.land - footfall.lift
    if footfall.thrown:
        u = np.clip((times - footfall.lift) / length, 0.0, 1.0)
        return 4.0 * u * (1.0 - u)
    ease = min(0.5 * length, _LONGEST_EASE)
    return pulse(times, footfall.lift, footfall.land, ease, ease)


def _track_foot(
    times: Array, side: str, start: Footprint, footfalls: Sequence[Footfall]
) -> FootTrack:
    count = len(times)
    # The foot swings about the middle of the body, around which it turns.
    middle = np.tile(_body_point(side, start), (count, 1))
    aside = np.zeros((count, 2))
    yaw, ground, lift = np.full(count, start.yaw), np.full(count, start.ground), np.zeros(count)
    on_ground = np.ones(count, dtype=bool)
    previous = start
    for footfall in footfalls:
        u = np.clip((times - footfall.lift) / (footfall.land - footfall.lift), 0.0, 1.0)
        ease = (u if footfall.thrown else u * u * (3.0 - 2.0 * u))[:, None]
        at = footfall.at
        middle += ease * (_body_point(side, at) - _body_point(side, previous))
        yaw += minimum_jerk(u) * (at.yaw - previous.yaw)
        rise = at.ground - previous.ground
        delay = 0.0 if rise > 0 else 1.0 - _LEVEL_CHANGE
        ground += rise * minimum_jerk((u - delay) / _LEVEL_CHANGE)
        weight = swing_weight(times, footfall)
        lift += footfall.height * weight
        left, back = footfall.via
        cos, sin = np.cos(at.yaw), np.sin(at.yaw)
        aside += weight[:, None] * [cos * left - sin * back, sin * left + cos * back]
        on_ground &= (times <= footfall.lift) | (times >= footfall.land)
        previous = at
    pitch = key_track(times, _pitch_keys(footfalls))
    point = middle + aside + SIGN[side] * _HALF_STANCE * _left_of(yaw)
    ankle = _ankle_of(side, point, yaw, pitch) + (ground + lift)[:, None] * [0.0, 0.0, 1.0]
    return FootTrack(side, ankle, point, ground, yaw, pitch, on_ground)


def _body_point(side: str, footprint: Footprint) -> Array:
    """Return the point (2,) between the feet, as seen from one of them."""
    aside = SIGN[side] * _HALF_STANCE * _left_of(np.array(footprint.yaw))
    return np.asarray(footprint.point, dtype=float) - aside


def _left_of(yaw: Array) -> Array:
    return np.stack([np.cos(yaw), np.sin(yaw)], axis=-1)


def _pitch_keys(footfalls: Sequence[Footfall]) -> list[Key]:
    keys: list[Key] = []
    for number, footfall in enumerate(footfalls):
        landed = footfalls[number - 1].land if number else footfall.lift - 1.0
        stance = footfall.lift - landed
        # A short stance rolls from the heel to the toes without a rest.
        flat = landed + min(_ROLL_DOWN, 0.35 * stance)
        rise = footfall.lift - min(_ROLL_ONTO_TOES, 0.5 * stance)
        keys += [Key(flat, 0.0), Key(rise, 0.0), Key(footfall.lift, footfall.toe_off, passing=True)]
        length = footfall.land - footfall.lift
        if footfall.swing_pitch is not None:
            ease = min(0.5 * length, _LONGEST_EASE)
            keys.append(Key(footfall.lift + ease, footfall.swing_pitch))
            if length > 2.0 * ease + 0.05:
                keys.append(Key(footfall.land - ease, footfall.swing_pitch))
        keys.append(Key(footfall.land, footfall.strike, passing=True))
    keys.append(Key(footfalls[-1].land + _ROLL_DOWN if footfalls else 0.0, 0.0))
    for earlier, later in pairwise(keys):
        if later.time <= earlier.time:
            raise ValueError(f"A foot must stand before it lifts again (at {later.time:.2f} s).")
    return keys


def _ankle_of(side: str, point: Array, yaw: Array, pitch: Array) -> Array:
    """Ankle (T, 3) of a foot that rolls over its toes or its heel, on ground at height 0."""
    level = foot_rotation(yaw, np.zeros_like(yaw), np.zeros_like(yaw))
    tipped = foot_rotation(yaw, pitch, np.zeros_like(yaw))
    ankle = np.pad(point, ((0, 0), (0, 1)), constant_values=ANKLE_HEIGHT)
    ankle = ankle - _ANKLE_BEHIND_POINT * level[..., :, 2]
    toe = SMPL.offsets[JOINT[f"{side}_foot"]]
    heel = np.array([0.0, -ANKLE_HEIGHT, -_HEEL_BEHIND_ANKLE])
    pivot = np.where(pitch[:, None] > 0, toe, heel)
    return ankle + np.einsum("tij,tj->ti", level - tipped, pivot)
