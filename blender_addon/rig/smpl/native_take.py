"""A take on the body that it was fitted to: every joint where SMPL has it, in metres.

Retargeting aligns limbs with those of the `SMPL` skeleton and scales paths by leg length, which
suits other bodies but is inexact for the take's own. Here the motion is computed on the character's
bones and read back from them, so that retargeting reproduces it.
"""

from dataclasses import replace

import bpy
import numpy as np

from ...backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from ...backend.kinematics.body.take import Take
from ...backend.kinematics.retarget.rig_to_take import retarget_to_take
from ..armature.mapping import bone_map_for_posing
from ..armature.rest import read_rig
from .shape import smpl_pelvis_position


def compensate_retargeting(armature: bpy.types.Object, take: Take) -> Take:
    """Return the take that retargeting turns into the given take's own poses and positions.

    The armature is an SMPL character with the shape of the take. The world of the take becomes
    armature space: its floor is at the soles at rest.
    """
    rest = read_rig(armature).rest_pose
    joint_rotations = forward_kinematics(SMPL, take.local_matrices(), take.trans)[1]
    joint_rotations = joint_rotations @ BODY_TO_WORLD.T
    deltas = np.empty((len(take), len(rest.names), 3, 3))
    positions = np.empty((len(take), len(rest.names), 3))
    for bone, (name, parent) in enumerate(zip(rest.names, rest.parents, strict=True)):
        if name in SMPL.names:
            deltas[:, bone] = joint_rotations[:, SMPL.index(name)]
        else:
            deltas[:, bone] = deltas[:, parent] if parent >= 0 else np.eye(3)
        if name == "pelvis":
            positions[:, bone] = take.trans + smpl_pelvis_position(armature)
        elif parent >= 0:
            offset = rest.positions[bone] - rest.positions[parent]
            positions[:, bone] = positions[:, parent] + deltas[:, parent] @ offset
        else:
            positions[:, bone] = rest.positions[bone]
    rotations = deltas @ rest.rotations
    bone_map = bone_map_for_posing(armature)
    retargeted = retarget_to_take(rest, rotations, positions, bone_map, take.fps)
    return replace(take, poses=retargeted.poses, trans=retargeted.trans)
