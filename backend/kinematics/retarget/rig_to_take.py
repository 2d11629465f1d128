"""Retarget the motion of any rig to a take, by world-space deltas from the rest pose.

For each joint, (posed bone) · (bone at rest)^-1 is the bone's rotation in the world, whatever its
roll. This delta, in the body frame and combined with the limb alignment, is the world rotation of
the SMPL joint.
"""

from itertools import pairwise

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics, local_rotations
from ..body.take import Take
from ..math.rotations import Array, axis_angle_to_matrix, matrix_to_axis_angle
from ..rigs.bone_map import BoneMap
from ..rigs.rest_pose import RestPose
from .rest_alignment import (
    ANKLE_JOINTS,
    SMPL_HIP_CENTER,
    RestAlignment,
    align_rest_pose,
    hip_center,
)

_TRUNK = [SMPL.index(name) for name in ("pelvis", "spine1", "spine2", "spine3")]


def retarget_to_take(
    rest: RestPose,
    rotations: Array,
    positions: Array,
    bone_map: BoneMap,
    fps: float,
    floor: float | None = None,
) -> Take:
    """Retarget a rig's motion to the SMPL body.

    Args:
        rotations: (T, N, 3, 3) world rotations of its bones, in the rig's frame.
        positions: (T, N, 3) world positions of its bones, in the rig's frame and unit.
        floor: Height of the ground in the rig's frame and unit, for captures: the take's origin is
            the rig's, and the hips stay where they were measured. Without it, the result is the
            inverse of `retarget_to_rig`: the take's origin is below the rig at rest, and its lower
            foot is as high as the rig's.

    Returns:
        The motion in metres, Z up, with the ground at zero and sizes scaled by leg length.
    """
    alignment = align_rest_pose(rest, bone_map)
    world = _joint_rotations(alignment, rest, rotations)
    up = alignment.body_to_rig[:, 1]
    hips = hip_center(positions, alignment.bones)
    if floor is None:
        ankles = np.stack([positions[:, alignment.bones[ankle]] for ankle in ANKLE_JOINTS], axis=1)
        lift = alignment.hip_lift((ankles - hips[:, None]) @ up, _ankles_above_hips(world))
        hips = hips - lift[:, None] * up - alignment.ground_origin
    else:
        hips = hips - floor * up
    return _assemble(alignment, world, hips, fps)


def _joint_rotations(alignment: RestAlignment, rest: RestPose, rotations: Array) -> Array:
    """(T, 24, 3, 3) rotations of the SMPL joints in the body frame."""
    frame = alignment.body_to_rig
    world = np.empty((len(rotations), len(SMPL), 3, 3))
    for joint, bone in enumerate(alignment.bones):
        if bone >= 0:
            delta = rotations[:, bone] @ rest.rotations[bone].T
            world[:, joint] = frame.T @ delta @ frame @ alignment.limb_alignments[joint]
        elif joint > 0:
            world[:, joint] = world[:, SMPL.parents[joint]]
    _interpolate_missing_spine(alignment.bones, world)
    return world


def _interpolate_missing_spine(bones: list[int], world: Array) -> None:
    """Distribute the rotation between two mapped spine joints over those between, in place."""
    known = [n for n, joint in enumerate(_TRUNK) if bones[joint] >= 0]
    for low, high in pairwise(known):
        start, end = world[:, _TRUNK[low]], world[:, _TRUNK[high]]
        turn = matrix_to_axis_angle(np.swapaxes(start, -1, -2) @ end)
        for n in range(low + 1, high):
            t = (n - low) / (high - low)
            world[:, _TRUNK[n]] = start @ axis_angle_to_matrix(t * turn)


def _ankles_above_hips(world: Array) -> Array:
    """(T, 2) metres from the middle of the hips up to each ankle."""
    joints, _ = forward_kinematics(SMPL, local_rotations(SMPL, world), np.zeros((len(world), 3)))
    return joints[:, list(ANKLE_JOINTS), 1] - (world[:, 0] @ SMPL_HIP_CENTER)[:, None, 1]


def _assemble(alignment: RestAlignment, world: Array, hips: Array, fps: float) -> Take:
    """Take of joint rotations in the body frame and hip centers (T, 3) in the rig's frame."""
    # The middle of the hips counts, not the pelvis joint, whose position differs from rig to rig.
    pelvis = hips @ alignment.body_to_rig / alignment.scale - world[:, 0] @ SMPL_HIP_CENTER
    local = local_rotations(SMPL, world)
    local[:, 0] = BODY_TO_WORLD @ local[:, 0]
    return Take.from_matrices(local, pelvis @ BODY_TO_WORLD.T, fps)
