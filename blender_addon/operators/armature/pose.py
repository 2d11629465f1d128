"""Custom rest poses, the height of the ground, and the root motion in place."""

from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.retarget.rest_alignment import align_rest_pose
from ...rig.action.root_motion import IN_PLACE_PROPERTY, has_root_motion, set_in_place
from ...rig.armature.custom_rest_pose import (
    CUSTOM_REST_PROPERTY,
    clear_custom_rest_pose,
    store_custom_rest_pose,
)
from ...rig.armature.mapping import bone_map_for_posing
from ...rig.armature.rest import read_rig
from ...rig.read.armature_motion import evaluated_bone_matrices
from ...scene.target import get_armature, scene_settings
from ..common.errors import push_undo, reports_errors
from ..common.generated_motion import find_playing_action
from ..common.mixins import ArmatureMixin, argument


class ANYFRAME_OT_pose_is_rest(ArmatureMixin, bpy.types.Operator):
    """Use the current pose, a T- or A-pose, as the armature's rest pose for motions. The bones \
stay as they are. For armatures that were bound in another pose"""

    bl_idname = "anyframe.pose_is_rest"
    bl_label = "Set Pose as Rest"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        armature = get_armature(context, self.armature)
        clear_custom_rest_pose(armature)  # an earlier one would change the evaluated pose
        layer: Any = context.view_layer
        layer.update()
        pose = evaluated_bone_matrices(armature, layer)
        store_custom_rest_pose(armature, read_rig(armature).rest_pose, pose)


class ANYFRAME_OT_own_rest(ArmatureMixin, bpy.types.Operator):
    """Use the armature's own rest pose again"""

    bl_idname = "anyframe.own_rest"
    bl_label = "Clear Custom Rest"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        clear_custom_rest_pose(get_armature(context, self.armature))


class ANYFRAME_OT_ground_at_cursor(ArmatureMixin, bpy.types.Operator):
    """Set the ground to the height of the 3D cursor"""

    bl_idname = "anyframe.ground_at_cursor"
    bl_label = "Ground at 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        armature = get_armature(context, self.armature)
        rig = read_rig(armature)
        body = align_rest_pose(rig.standing_pose, bone_map_for_posing(armature))
        soles = float((np.array(armature.matrix_world) @ [*body.ground_origin, 1.0])[2])
        scene_settings(context.scene).ground = context.scene.cursor.location.z - soles


def has_custom_rest_pose(armature: bpy.types.Object) -> bool:
    return armature.data is not None and CUSTOM_REST_PROPERTY in armature.data


class ANYFRAME_OT_set_in_place(ArmatureMixin, bpy.types.Operator):
    """Remove the root motion from the motion that the armature plays, or restore it. The hips \
still sway and turn"""

    bl_idname = "anyframe.set_in_place"
    bl_label = "In Place"
    bl_options = {"REGISTER"}

    in_place: argument("In Place", "Remove the root motion; otherwise restore it", True)

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        armature = get_armature(context, self.armature)
        strip = find_playing_action(armature, has_root_motion).strip
        set_in_place(armature, self.in_place, strip)
        armature.update_tag(refresh={"TIME"})
        push_undo(f"Anyframe: {'In Place' if self.in_place else 'Restore Root Motion'}")


def is_in_place(armature: bpy.types.Object | None) -> bool | None:
    """Return whether the motion that plays is in place; None if that is not known."""
    action = find_playing_action(armature, has_root_motion).action
    return bool(action.get(IN_PLACE_PROPERTY)) if has_root_motion(action) else None
