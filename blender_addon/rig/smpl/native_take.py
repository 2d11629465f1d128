"""A take on the very body that it was fitted to: every joint where SMPL has it, in metres.

Retargeting lays limbs along those of the project's own body and scales the way by leg length, which
is right for anybody's motion but no longer for one's own. Here the motion is computed on the
character's bones and read back from them, and retargeting undoes exactly that.
"""

from __future__ import annotations

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
    """The take that puts a character into the take's own poses and places once it is retargeted.

    The take's world becomes the armature's space: its floor is where the soles are at rest.

    Args:
        armature: an SMPL character that has the take's shape.

    Raises:
        RigError: the armature has no human body any more.
    """
    rest = read_rig(armature).rest_pose
    turned = forward_kinematics(SMPL, take.local_matrices(), take.trans)[1] @ BODY_TO_WORLD.T
    turns = np.empty((len(take), len(rest.names), 3, 3))
    places = np.empty((len(take), len(rest.names), 3))
    for bone, (name, parent) in enumerate(zip(rest.names, rest.parents, strict=True)):
        if name in SMPL.names:
            turns[:, bone] = turned[:, SMPL.index(name)]
        else:
            turns[:, bone] = turns[:, parent] if parent >= 0 else np.eye(3)
        if name == "pelvis":
            places[:, bone] = take.trans + smpl_pelvis_position(armature)
        elif parent >= 0:
            reach = rest.positions[bone] - rest.positions[parent]
            places[:, bone] = places[:, parent] + turns[:, parent] @ reach
        else:
            places[:, bone] = rest.positions[bone]
    rotations = turns @ rest.rotations
    own = retarget_to_take(rest, rotations, places, bone_map_for_posing(armature), take.fps)
    return replace(take, poses=own.poses, trans=own.trans)
