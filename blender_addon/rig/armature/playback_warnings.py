"""What of an armature may keep a motion from showing as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..action.blender_versions import Animation
from ..action.fcurves import POSE_PROPERTIES, split_data_path


def playback_warnings(
    armature: bpy.types.Object, rest: RestPose, motion: RigMotion
) -> Iterator[str]:
    """Sentences for the user, after the motion was applied."""
    data: Any = armature.data
    if data.pose_position == "REST":
        yield f"“{armature.name}” is shown in its rest position, so the motion cannot be seen."
    animation = armature.animation_data
    if animation is not None and animation.action_influence < 1.0:
        yield f"The action plays with an influence of {animation.action_influence:.0%}."
    constrained = [bone for bone in motion.bones if _is_constrained(armature.pose.bones[bone])]
    if constrained:
        yield f"Constraints on {_name_list(constrained)} may change the motion."
    locked = [bone for bone in motion.bones if _is_locked(armature.pose.bones[bone])]
    if locked:
        yield f"Channels of {_name_list(locked)} are locked; they were keyed all the same."
    muted = _muted_bones(armature, motion)
    if muted:
        yield (
            f"F-curves of {_name_list(muted)} are muted and the motion does not show there. "
            "Unmute them in the Graph Editor."
        )
    above = _animated_ancestors(armature, rest, motion.root_bone) if motion.translated_bones else []
    if above:
        yield f"The animation of {_name_list(above)} carries the whole motion along."


def _is_constrained(bone: bpy.types.PoseBone) -> bool:
    return any(not constraint.mute and constraint.influence > 0 for constraint in bone.constraints)


def _is_locked(bone: bpy.types.PoseBone) -> bool:
    return any(bone.lock_rotation) or (bone.rotation_mode == "QUATERNION" and bone.lock_rotation_w)


def _muted_bones(armature: bpy.types.Object, motion: RigMotion) -> list[str]:
    """Bones of the motion with curves that Blender passes over."""
    found = {
        bone: None
        for bone, curve in _playing_curves(armature)
        if bone in motion.bones and (curve.mute or (curve.group and curve.group.mute))
    }
    return list(found)


def _animated_ancestors(armature: bpy.types.Object, rest: RestPose, root: str) -> list[str]:
    """Animated bones above the root of the motion."""
    above = {rest.names[bone] for bone in rest.ancestors(rest.names.index(root))}
    return list({bone: None for bone, _ in _playing_curves(armature) if bone in above})


def _playing_curves(armature: bpy.types.Object) -> Iterator[tuple[str, Any]]:
    """Each curve that poses a bone, after the bone's name."""
    playing = Animation.from_data_block(armature)
    if playing is None or not playing.is_playing:
        return
    for curve in playing.channelbag.fcurves:
        key = split_data_path(curve.data_path)
        if key is not None and key[1] in POSE_PROPERTIES:
            yield key[0], curve


def _name_list(names: list[str]) -> str:
    return f"“{names[0]}”" if len(names) == 1 else f"“{names[0]}” and {len(names) - 1} more bones"
