"""How an armature stands: its present pose as its T- or A-pose, and the ground under it."""

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
from ..common.armature_mixin import ArmatureMixin
from ..common.errors import USER_ERRORS, OperatorResult, report_error
from ..common.target import get_armature, scene_settings


class ANYFRAME_OT_pose_is_rest(ArmatureMixin, bpy.types.Operator):
    """Take the present pose, a T- or A-pose, for the armature's rest pose. The bones stay as they \
are. For armatures that were bound in an odd pose"""

    bl_idname = "anyframe.pose_is_rest"
    bl_label = "Pose Is Rest"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remember the pose with the armature."""
        try:
            armature = get_armature(context, self.armature)
            clear_custom_rest_pose(armature)  # what was said before must not stand in the way
            assert context.view_layer is not None
            context.view_layer.update()
            pose = evaluated_bone_matrices(armature, context.view_layer)
            store_custom_rest_pose(armature, read_rig(armature).rest_pose, pose)
        except USER_ERRORS as error:
            return report_error(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_own_rest(ArmatureMixin, bpy.types.Operator):
    """Let the armature's own rest pose count again"""

    bl_idname = "anyframe.own_rest"
    bl_label = "Own Rest"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Forget the pose."""
        try:
            clear_custom_rest_pose(get_armature(context, self.armature))
        except USER_ERRORS as error:
            return report_error(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_ground_at_cursor(ArmatureMixin, bpy.types.Operator):
    """Let the ground be as high as the 3D cursor is"""

    bl_idname = "anyframe.ground_at_cursor"
    bl_label = "Ground at 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Set the panel's height of the ground."""
        try:
            armature = get_armature(context, self.armature)
            rig = read_rig(armature)
            body = align_rest_pose(
                rig.custom_rest_pose or rig.rest_pose, bone_map_for_posing(armature)
            )
        except USER_ERRORS as error:
            return report_error(self, error)
        assert context.scene is not None
        to_world = np.array(armature.matrix_world)
        own = float((to_world @ [*body.ground_origin, 1.0])[2])
        scene_settings(context.scene).ground = context.scene.cursor.location.z - own
        return {"FINISHED"}


def has_custom_rest_pose(armature: bpy.types.Object) -> bool:
    """Whether a pose was said to be the armature's rest."""
    return armature.data is not None and CUSTOM_REST_PROPERTY in armature.data
