"""Key poses of the whole body: stance, turn of pelvis and trunk, and where hands and feet are.

Authored for a right-handed person; mirror the motion for a left-handed one. Positions are
(out, up, forward) in metres, *out* being away from the middle of the body on the limb's own side.
In the *stage frame*, up is measured from the floor, and forward is the direction that the body
faces at the start. Pelvis, trunk and hands follow each other as in a kinetic chain.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np

from ...kinematics.math.rotations import Array, norm, normalize

Triple = tuple[float, float, float]


class Hand(NamedTuple):
    """Place of a wrist. Directions are (out, up, forward) in the chest frame."""

    out: float
    up: float
    forward: float
    """Metres from the middle between the shoulders, or in the stage frame."""
    elbow: Triple = (0.45, -1.0, -0.35)
    frame: str = "chest"
    """"chest" or "stage"."""
    fingers: Triple | None = None
    """Direction of the fingers; None in all poses for a hand in line with the forearm."""
    palm: Triple = (-1.0, 0.0, 0.0)


REST = Hand(0.0, 0.0, 0.0, frame="rest")
"""The hand hangs as it did before the motion."""


class Foot(NamedTuple):
    """Place of a standing foot, measured from where it stood at the start."""

    out: float = 0.0
    forward: float = 0.0
    up: float = 0.0
    """Metres of the toe joint."""
    yaw: float = 0.0
    """Radians by which the toes turn outward."""
    heel: float = 0.0
    """Radians by which the heel rises about the toes."""


class Hands(TypedDict):
    """Both hands of a key pose."""

    right: Hand
    left: Hand


class Feet(TypedDict):
    """Both feet of a key pose, on the floor."""

    right_foot: Foot
    left_foot: Foot


class FreeLeg(NamedTuple):
    """Place of the ankle of a leg in the air: metres from its hip, along axes of the stage."""

    out: float
    up: float
    forward: float
    knee: Triple = (0.1, 0.4, 1.0)
    """Direction to which the knee points, along axes of the stage."""
    point: float = 0.3
    """Radians by which the toes point away from the shin."""


@dataclass(frozen=True)
class KeyPose:
    """Pose of the body at one moment; None leaves a channel to the poses around it.

    Angles are radians: *turn* and *twist* to the left, *hinge* and *bend* forward, *lean* left.
    """

    after: float
    """Seconds since the pose before."""
    passing: bool = False
    """Whether the movement goes on through the pose."""
    turn: float | None = None
    """Of the pelvis."""
    hinge: float | None = None
    """Of the pelvis towards the front of the stage."""
    lean: float | None = None
    """Of the pelvis towards the left of the stage."""
    twist: float | None = None
    """Of the trunk, like `bend` and `side`."""
    bend: float | None = None
    side: float | None = None
    dip: float | None = None
    """Metres by which the pelvis sinks."""
    weight: float | None = None
    """Part of the weight on the left foot."""
    look: float | None = None
    """Direction of the face in the stage frame, by default to the front."""
    nod: float | None = None
    """Forward, by default in line with the horizon for the most part."""
    jump: float = 0.0
    """Metres of a ballistic rise that culminates at this moment."""
    right: Hand | None = None
    left: Hand | None = None
    right_foot: Foot | FreeLeg | None = None
    left_foot: Foot | FreeLeg | None = None


_SOFT_REACH, _MAX_REACH = 0.84, 0.97
"""Fractions of a limb's length above which its reach is softened, and which it keeps."""


def across(direction: Array, line: Array) -> Array:
    """Part of a joint's direction (3,) across its limb, of unit length: the rest has no effect."""
    along = normalize(line)
    return normalize(direction - (direction @ along) * along)


def soften_reach(lines: Array, length: float) -> Array:
    """Shorten lines (T, 3) near the length of a limb: its joint would snap straight."""
    distance = norm(lines)
    limit = _SOFT_REACH * length
    room = (_MAX_REACH - _SOFT_REACH) * length
    soft = limit + room * np.tanh((distance - limit) / room)
    return normalize(lines) * np.where(distance < limit, distance, soft)[:, None]
