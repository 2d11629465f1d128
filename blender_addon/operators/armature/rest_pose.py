"""Custom rest poses, and the height of the ground."""

import bpy
import numpy as np

from ...backend.kinematics.retarget.rest_alignment import align_rest_pose
from ...rig.armature.custom_rest_pose import (
    CUSTOM_REST_PROPERTY,
    clear_custom_rest_pose,
    store_custom_rest_pose,
)
from ...rig.armature.mapping import bone_map_for_posing
from ...rig.armature.rest import read_rig
from ...rig.read.armature_motion import evaluated_bone_matrices
from ...scene.target import get_armature, scene_settings
from ..common.errors import OperatorResult, reports_errors
from ..common.mixins import ArmatureMixin


class ANYFRAME_OT_pose_is_rest(ArmatureMixin, bpy.types.Operator):
    """Use the current pose, a T- or A-pose, as the armature's rest pose for motions. The bones \
stay as they are. For armatures that were bound in another pose"""

    bl_idname = "anyframe.pose_is_rest"
    bl_label = "Set Pose as Rest"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        armature = get_armature(context, self.armature)
        clear_custom_rest_pose(armature)  # an earlier one would change the evaluated pose
        assert context.view_layer is not None
        context.view_layer.update()
        pose = evaluated_bone_matrices(armature, context.view_layer)
        store_custom_rest_pose(armature, read_rig(armature).rest_pose, pose)
        return {"FINISHED"}


class ANYFRAME_OT_own_rest(ArmatureMixin, bpy.types.Operator):
    """Use the armature's own rest pose again"""

    bl_idname = "anyframe.own_rest"
    bl_label = "Clear Custom Rest"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        clear_custom_rest_pose(get_armature(context, self.armature))
        return {"FINISHED"}


class ANYFRAME_OT_ground_at_cursor(ArmatureMixin, bpy.types.Operator):
    """Set the ground to the height of the 3D cursor"""

    bl_idname = "anyframe.ground_at_cursor"
    bl_label = "Ground at 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        armature = get_armature(context, self.armature)
        rig = read_rig(armature)
        body = align_rest_pose(rig.standing_pose, bone_map_for_posing(armature))
        assert context.scene is not None
        soles = float((np.array(armature.matrix_world) @ [*body.ground_origin, 1.0])[2])
        scene_settings(context.scene).ground = context.scene.cursor.location.z - soles
        return {"FINISHED"}


def has_custom_rest_pose(armature: bpy.types.Object) -> bool:
    return armature.data is not None and CUSTOM_REST_PROPERTY in armature.data
