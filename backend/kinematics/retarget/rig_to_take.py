"""Motion of any rig to a take, by world-space deltas from the rest pose.

For each joint: (posed bone) · (bone at rest)^-1 is how far the bone has turned in the world,
however it is rolled. That delta, carried into the body frame and laid over the limb alignment, is
the SMPL joint's world rotation.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics, local_rotations
from ..body.take import Take
from ..math.rotations import Array, axis_angle_to_matrix, matrix_to_axis_angle
from ..rigs.bone_map import BoneMap
from ..rigs.rest_pose import RestPose
from .rest_alignment import ANKLE_JOINTS, SMPL_HIP_CENTER, RestAlignment, align_rest_pose

_TRUNK = ("pelvis", "spine1", "spine2", "spine3")


def retarget_to_take(
    rest: RestPose,
    rotations: Array,
    positions: Array,
    bone_map: BoneMap,
    fps: float,
    floor: float | None = None,
) -> Take:
    """A rig's motion as a take.

    Args:
        rest: the rig at rest.
        rotations: (T, N, 3, 3) world rotations of its bones, in the rig's frame.
        positions: (T, N, 3) world positions of its bones, in the rig's frame and unit.
        fps: frames per second of both.
        floor: height of the ground in the rig's frame and unit, for captures: the rig's origin is
            the take's then, and the hips stay where they were measured. If not given, `pose_rig`
            is undone: the take's origin is the spot where the rig stands at rest, and its lower
            foot is as high as the rig's.

    Returns:
        The motion on the SMPL body in metres, Z up, ground at zero. Sizes follow leg length.
    """
    body = align_rest_pose(rest, bone_map)
    world = _joint_rotations(body, rest, rotations)
    up = body.body_to_rig[:, 1]
    hips = body.hip_center(positions)
    if floor is None:
        ankles = np.stack([positions[:, body.bones[ankle]] for ankle in ANKLE_JOINTS], axis=1)
        lift = body.hip_lift((ankles - hips[:, None]) @ up, _ankles_above_hips(world))
        hips = hips - lift[:, None] * up - body.ground_origin
    else:
        hips = hips - floor * up
    return _assemble(body, world, hips, fps)


def _joint_rotations(body: RestAlignment, rest: RestPose, rotations: Array) -> Array:
    """(T, 24, 3, 3) rotations of the SMPL joints in the body frame."""
    frame = body.body_to_rig
    world = np.empty((len(rotations), len(SMPL), 3, 3))
    for joint, bone in enumerate(body.bones):
        if bone >= 0:
            delta = rotations[:, bone] @ rest.rotations[bone].T
            world[:, joint] = frame.T @ delta @ frame @ body.limb_alignments[joint]
        elif joint > 0:
            world[:, joint] = world[:, SMPL.parents[joint]]
    _bend_missing_spine(body.bones, world)
    return world


def _bend_missing_spine(bones: list[int], world: Array) -> None:
    """Spine joints that no bone plays share the turn between their neighbours, in place."""
    trunk = [SMPL.index(name) for name in _TRUNK]
    known = [n for n, joint in enumerate(trunk) if bones[joint] >= 0]
    for low, high in pairwise(known):
        start, end = world[:, trunk[low]], world[:, trunk[high]]
        turn = matrix_to_axis_angle(np.swapaxes(start, -1, -2) @ end)
        for n in range(low + 1, high):
            share = (n - low) / (high - low)
            world[:, trunk[n]] = start @ axis_angle_to_matrix(share * turn)


def _ankles_above_hips(world: Array) -> Array:
    """(T, 2) metres from the middle of the hips up to each ankle.

    Args:
        world: (T, 24, 3, 3) rotations of the joints in the body frame.
    """
    local = local_rotations(SMPL, world)
    joints, _ = forward_kinematics(SMPL, local, np.zeros((len(world), 3)))
    return joints[:, list(ANKLE_JOINTS), 1] - (world[:, 0] @ SMPL_HIP_CENTER)[:, None, 1]


def _assemble(body: RestAlignment, world: Array, hips: Array, fps: float) -> Take:
    """The take of joint rotations in the body frame and hip centres (T, 3) in the rig's."""
    # The hips' middle is compared, not the pelvis joint: rigs put that one where they like.
    pelvis = hips @ body.body_to_rig / body.scale - world[:, 0] @ SMPL_HIP_CENTER
    local = local_rotations(SMPL, world)
    local[:, 0] = BODY_TO_WORLD @ local[:, 0]
    return Take.from_matrices(local, pelvis @ BODY_TO_WORLD.T, fps)
