"""Placement of takes on the ground: move a take as a whole, and separate its root motion.

Positions are x and y in metres; headings are angles about Z, 0 facing -Y.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL
from ..body.take import Take
from ..math.rotations import Array, axis_angle_to_matrix, axis_rotation, matrix_to_axis_angle
from ..math.signals import gaussian_filter
from .rest_alignment import SMPL_HIP_CENTER

SWAY_SECONDS = 0.4
"""Standard deviation of the smoothing that separates root motion from sway. About nine tenths of a
walker's sideways sway, once a second, stay with the hips."""


@dataclass(frozen=True)
class GroundPose:
    """A position and a heading on the ground."""

    position: Array
    """(2,) metres."""
    heading: float = 0.0
    """Radians."""


@dataclass(frozen=True)
class RootMotion:
    """Smooth path of a body over the ground, without its sway."""

    positions: Array
    """(T, 2) metres."""
    headings: Array
    """(T,) radians, continuous."""


REST_GROUND_POSE = GroundPose((BODY_TO_WORLD @ (SMPL.offsets[0] + SMPL_HIP_CENTER))[:2])
"""Position of the hips of a rig at rest, in `retarget_to_rig` and `retarget_to_take`."""


def hip_centers(take: Take) -> Array:
    """(T, 3) metres, middle between the hip joints."""
    return take.root_positions() + axis_angle_to_matrix(take.poses[:, :3]) @ SMPL_HIP_CENTER


def headings_of_rotations(rotations: Array) -> Array:
    """Headings (...) in radians of pelvis rotations (..., 3, 3), also of a body that lies."""
    left, forward = rotations[..., 0], rotations[..., 2]
    # Forward alone fails for a body on its back, its left alone for a body on its side.
    return np.arctan2(forward[..., 0] + left[..., 1], -(forward[..., 1] - left[..., 0]))


def take_headings(take: Take) -> Array:
    """(T,) radians, continuous."""
    return np.unwrap(headings_of_rotations(axis_angle_to_matrix(take.poses[:, :3])))


def take_ground_pose(take: Take, frame: int = 0) -> GroundPose:
    return GroundPose(hip_centers(take)[frame, :2], float(take_headings(take)[frame]))


def move_take(take: Take, source: GroundPose, target: GroundPose) -> Take:
    """Move and turn a take as a whole such that `source` becomes `target`."""
    angles = np.full(len(take), target.heading - source.heading)
    return _move_frames(take, angles, source.position, target.position)


def start_take_at(take: Take, ground_pose: GroundPose) -> Take:
    return move_take(take, take_ground_pose(take), ground_pose)


def extract_root_motion(take: Take) -> RootMotion:
    """Smoothed path and heading of the hips; exact in the first and the last frame."""
    curves = [*hip_centers(take)[:, :2].T, take_headings(take)]
    if len(take) > 1:
        curves = [gaussian_filter(c, SWAY_SECONDS * take.fps, reflect=True) for c in curves]
    return RootMotion(np.stack(curves[:2], axis=1), curves[2])


def relative_to_root_motion(take: Take, root_motion: RootMotion) -> Take:
    """Express a take relative to its root motion: always around `REST_GROUND_POSE`."""
    angles = REST_GROUND_POSE.heading - root_motion.headings
    return _move_frames(take, angles, root_motion.positions, REST_GROUND_POSE.position)


def remove_root_motion(take: Take) -> tuple[Take, Array]:
    """Take without the translation of its root motion, and the removed offsets (T, 2) in metres."""
    positions = extract_root_motion(take).positions
    offsets = positions - positions[:1]
    trans = np.array(take.trans, dtype=float)
    trans[:, :2] -= offsets
    return replace(take, trans=trans), offsets


def _move_frames(take: Take, angles: Array, sources: Array, targets: Array) -> Take:
    """Rotate each frame by angles (T,) and move it from `sources` to `targets`, (T, 2) or (2,)."""
    spin = axis_rotation("Z", angles)
    root = take.root_positions()
    horizontal = np.column_stack([root[:, :2] - sources, np.zeros(len(take))])
    root[:, :2] = (spin @ horizontal[..., None])[:, :2, 0] + targets
    poses = np.array(take.poses, dtype=float)
    poses[:, :3] = matrix_to_axis_angle(spin @ axis_angle_to_matrix(take.poses[:, :3]))
    return replace(take, poses=poses, trans=root - SMPL.offsets[0])
