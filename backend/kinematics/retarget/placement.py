"""Where a take is played: moved as a whole, and its way over the ground told from the rest of it.

All is on the ground: a place is x and y in metres, a heading an angle about Z, 0 facing -Y.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL
from ..body.take import Take
from ..math.rotations import Array, axis_angle_to_matrix, axis_rotation, matrix_to_axis_angle
from .rest_alignment import SMPL_HIP_CENTRE

SWAY = 0.4
"""Seconds (standard deviation) over which a way is smoothed: slower is travel, quicker is sway. A
walker's sideways sway, about once a second, is left to the hips by nine tenths."""


@dataclass(frozen=True)
class Spot:
    """A place on the ground and a heading."""

    place: Array
    """(2,) metres."""
    heading: float = 0.0
    """Radians."""


@dataclass(frozen=True)
class Travel:
    """The way of a body over the ground, smooth, without its sway."""

    places: Array
    """(T, 2) metres."""
    headings: Array
    """(T,) radians, without jumps."""


REST = Spot((BODY_TO_WORLD @ (SMPL.offsets[0] + SMPL_HIP_CENTRE))[:2])
"""Where the hips of a rig at rest are, to `pose_rig` and `take_from_motion`."""


def hips_of(take: Take) -> Array:
    """(T, 3) metres: middle between the hip joints."""
    return take.root_positions() + _root(take) @ SMPL_HIP_CENTRE


def facing(orientation: Array) -> Array:
    """Heading (...) in radians of pelvis orientations (..., 3, 3); also of a body that lies."""
    left, forward = orientation[..., 0], orientation[..., 2]
    # Forward alone is lost when a body lies on its back; its left side alone when on its side.
    facing_x = forward[..., 0] + left[..., 1]
    facing_y = forward[..., 1] - left[..., 0]
    return np.arctan2(facing_x, -facing_y)


def headings_of(take: Take) -> Array:
    """(T,) radians without jumps."""
    return np.unwrap(facing(_root(take)))


def spot_of(take: Take, frame: int = 0) -> Spot:
    """Where the body is in one frame, and where it faces."""
    return Spot(hips_of(take)[frame, :2], float(headings_of(take)[frame]))


def moved(take: Take, start: Spot, to: Spot) -> Take:
    """The take as a whole moved and turned such that what was at `start` is at `to`."""
    count = len(take)
    turn = np.full(count, to.heading - start.heading)
    return _carried(take, turn, np.tile(start.place, (count, 1)), np.tile(to.place, (count, 1)))


def begun_at(take: Take, spot: Spot) -> Take:
    """The take such that its first frame is there, and faces there."""
    return moved(take, spot_of(take), spot)


def travel_of(take: Take) -> Travel:
    """The way of the hips and the heading, smoothed; exact in the first and the last frame."""
    return Travel(
        np.stack([_smooth(column, take.fps) for column in hips_of(take)[:, :2].T], axis=1),
        _smooth(headings_of(take), take.fps),
    )


def as_seen_from(take: Take, travel: Travel) -> Take:
    """The take as it is for one who travels along: always about `REST`."""
    there = np.tile(REST.place, (len(take), 1))
    return _carried(take, REST.heading - travel.headings, travel.places, there)


def in_place(take: Take) -> tuple[Take, Array]:
    """The take without its travel, sway and turns kept; and what was taken away, (T, 2) metres."""
    places = travel_of(take).places
    way = places - places[:1]
    trans = np.array(take.trans, dtype=float)
    trans[:, :2] -= way
    return replace(take, trans=trans), way


def _carried(take: Take, turn: Array, start: Array, to: Array) -> Take:
    """Each frame turned by (T,) about the place (T, 2) that comes to another (T, 2)."""
    spin = axis_rotation("Z", turn)
    root = take.root_positions()
    level = np.column_stack([root[:, :2] - start, np.zeros(len(take))])
    root[:, :2] = (spin @ level[..., None])[:, :2, 0] + to
    poses = np.array(take.poses, dtype=float)
    poses[:, :3] = matrix_to_axis_angle(spin @ _root(take))
    return replace(take, poses=poses, trans=root - SMPL.offsets[0])


def _root(take: Take) -> Array:
    """(T, 3, 3) world orientation of the pelvis."""
    return axis_angle_to_matrix(take.poses[:, :3])


def _smooth(curve: Array, fps: float) -> Array:
    """A curve (T,) under a Gaussian; reflected about its end points, so those and slopes stay."""
    if len(curve) < 2:
        return curve
    reach = max(round(3 * SWAY * fps), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (SWAY * fps)) ** 2)
    padded = np.pad(curve, reach, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
