"""Motion of any rig to a take, by world-space deltas from the rest pose.

For each joint: (posed bone) · (bone at rest)^-1 is how far the bone has turned in the world,
however it is rolled. That delta, carried into the body frame and laid over the limb alignment, is
the SMPL joint's world rotation.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .bone_map import BoneMap
from .correspondence import SMPL_HIP_CENTRE, Correspondence, correspond
from .rest_pose import RestPose
from .rotations import (
    Array,
    axis_angle_to_matrix,
    matrix_to_axis_angle,
)
from .skeleton import BODY_TO_WORLD, SMPL, local_rotations
from .take import Take

_TRUNK = ("pelvis", "spine1", "spine2", "spine3")


def take_from_motion(
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
        floor: height of the ground in the rig's frame and unit, whose origin is the take's then;
            if not given, the spot where the rig stands at rest is the take's origin.

    Returns:
        The motion on the SMPL body in metres, Z up, ground at zero. Sizes follow leg length.
    """
    body = correspond(rest, bone_map)
    world = _joint_rotations(body, rest, rotations)
    ground = body.ground if floor is None else floor * body.frame[:, 1]
    return _assemble(body, world, positions, fps, ground)


def _joint_rotations(body: Correspondence, rest: RestPose, rotations: Array) -> Array:
    """(T, 24, 3, 3) rotations of the SMPL joints in the body frame."""
    frame = body.frame
    world = np.empty((len(rotations), len(SMPL), 3, 3))
    for joint, bone in enumerate(body.bones):
        if bone >= 0:
            delta = rotations[:, bone] @ rest.rotations[bone].T
            world[:, joint] = frame.T @ delta @ frame @ body.alignments[joint]
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


def _assemble(
    body: Correspondence, world: Array, positions: Array, fps: float, ground: Array
) -> Take:
    # The hips' middle is compared, not the pelvis joint: rigs put that one where they like.
    hips = (body.hip_centre(positions) - ground) @ body.frame / body.scale
    pelvis = hips - world[:, 0] @ SMPL_HIP_CENTRE
    local = local_rotations(SMPL, world)
    local[:, 0] = BODY_TO_WORLD @ local[:, 0]
    return Take.from_matrices(local, pelvis @ BODY_TO_WORLD.T, fps)
