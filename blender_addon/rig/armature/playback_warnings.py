"""Warnings about settings of an armature that keep an applied motion from showing as it is."""

from collections.abc import Iterator
from typing import Any

import bpy

from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..action.existing_motion import playing_fcurves
from ..action.fcurves import POSE_PROPERTIES, is_muted


def playback_warnings(
    armature: bpy.types.Object, rest: RestPose, motion: RigMotion
) -> Iterator[str]:
    """Yield sentences for the user, after the motion was applied."""
    data: Any = armature.data
    if data.pose_position == "REST":
        yield f"“{armature.name}” is shown in its rest position, so the motion cannot be seen."
    animation = armature.animation_data
    if animation is not None and animation.action_influence < 1.0:
        yield f"The Action plays with an influence of {animation.action_influence:.0%}."
    constrained = [bone for bone in motion.bones if is_constrained(armature.pose.bones[bone])]
    if constrained:
        yield f"Constraints on {_name_list(constrained)} may change the motion."
    locked = [bone for bone in motion.bones if _is_locked(armature.pose.bones[bone])]
    if locked:
        yield f"Channels of {_name_list(locked)} are locked. They were keyed nevertheless."
    curves = playing_fcurves(armature).items()
    posing = [(bone, curve) for (bone, path, _), curve in curves if path in POSE_PROPERTIES]
    muted = list(dict.fromkeys(b for b, curve in posing if b in motion.bones and is_muted(curve)))
    if muted:
        yield (
            f"F-curves of {_name_list(muted)} are muted and the motion does not show there. "
            "Unmute them in the Graph Editor."
        )
    if motion.translated_bones:
        root = rest.names.index(motion.root_bone)
        ancestors = {rest.names[bone] for bone in rest.ancestors(root)}
        animated = list(dict.fromkeys(bone for bone, _ in posing if bone in ancestors))
        if animated:
            yield f"The animation of {_name_list(animated)} moves the whole character."


def is_constrained(bone: bpy.types.PoseBone) -> bool:
    return any(not constraint.mute and constraint.influence > 0 for constraint in bone.constraints)


def _is_locked(bone: bpy.types.PoseBone) -> bool:
    return any(bone.lock_rotation) or (bone.rotation_mode == "QUATERNION" and bone.lock_rotation_w)


def _name_list(names: list[str]) -> str:
    return f"“{names[0]}”" if len(names) == 1 else f"“{names[0]}” and {len(names) - 1} more bones"
