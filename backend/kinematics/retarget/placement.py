"""Where a take is played: moved as a whole, and its way over the ground told from the rest of it.

All is on the ground: a place is x and y in metres, a heading an angle about Z, 0 facing -Y.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL
from ..body.take import Take
from ..math.rotations import Array, axis_angle_to_matrix, axis_rotation, matrix_to_axis_angle
from .rest_alignment import SMPL_HIP_CENTER

SWAY_SECONDS = 0.4
"""Seconds (standard deviation) over which a way is smoothed: slower is travel, quicker is sway. A
walker's sideways sway, about once a second, is left to the hips by nine tenths."""


@dataclass(frozen=True)
class GroundPose:
    """A place on the ground and a heading."""

    position: Array
    """(2,) metres."""
    heading: float = 0.0
    """Radians."""


@dataclass(frozen=True)
class RootMotion:
    """The way of a body over the ground, smooth, without its sway."""

    positions: Array
    """(T, 2) metres."""
    headings: Array
    """(T,) radians, without jumps."""


REST_GROUND_POSE = GroundPose((BODY_TO_WORLD @ (SMPL.offsets[0] + SMPL_HIP_CENTER))[:2])
"""Where the hips of a rig at rest are, to `pose_rig` and `take_from_motion`."""


def hip_centers(take: Take) -> Array:
    """(T, 3) metres: middle between the hip joints."""
    return take.root_positions() + _root(take) @ SMPL_HIP_CENTER


def headings_of_rotations(rotations: Array) -> Array:
    """Heading (...) in radians of pelvis orientations (..., 3, 3); also of a body that lies."""
    left, forward = rotations[..., 0], rotations[..., 2]
    # Forward alone is lost when a body lies on its back; its left side alone when on its side.
    facing_x = forward[..., 0] + left[..., 1]
    facing_y = forward[..., 1] - left[..., 0]
    return np.arctan2(facing_x, -facing_y)


def take_headings(take: Take) -> Array:
    """(T,) radians without jumps."""
    return np.unwrap(headings_of_rotations(_root(take)))


def take_ground_pose(take: Take, frame: int = 0) -> GroundPose:
    """Where the body is in one frame, and where it faces."""
    return GroundPose(hip_centers(take)[frame, :2], float(take_headings(take)[frame]))


def move_take(take: Take, source: GroundPose, target: GroundPose) -> Take:
    """The take as a whole moved and turned such that what was at `start` is at `to`."""
    count = len(take)
    turn = np.full(count, target.heading - source.heading)
    return _carried(
        take, turn, np.tile(source.position, (count, 1)), np.tile(target.position, (count, 1))
    )


def start_take_at(take: Take, ground_pose: GroundPose) -> Take:
    """The take such that its first frame is there, and faces there."""
    return move_take(take, take_ground_pose(take), ground_pose)


def extract_root_motion(take: Take) -> RootMotion:
    """The way of the hips and the heading, smoothed; exact in the first and the last frame."""
    return RootMotion(
        np.stack([_smooth(column, take.fps) for column in hip_centers(take)[:, :2].T], axis=1),
        _smooth(take_headings(take), take.fps),
    )


def relative_to_root_motion(take: Take, root_motion: RootMotion) -> Take:
    """The take as it is for one who travels along: always about `REST`."""
    there = np.tile(REST_GROUND_POSE.position, (len(take), 1))
    return _carried(
        take, REST_GROUND_POSE.heading - root_motion.headings, root_motion.positions, there
    )


def remove_root_motion(take: Take) -> tuple[Take, Array]:
    """The take without its travel, sway and turns kept; and what was taken away, (T, 2) metres."""
    places = extract_root_motion(take).positions
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
    reach = max(round(3 * SWAY_SECONDS * fps), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (SWAY_SECONDS * fps)) ** 2)
    padded = np.pad(curve, reach, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
