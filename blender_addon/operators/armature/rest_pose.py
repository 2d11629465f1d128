"""How an armature stands: its present pose as its T- or A-pose, and the ground under it."""

import bpy
import numpy as np

from ...backend.kinematics.retarget.rest_alignment import correspond
from ...rig.armature.custom_rest_pose import KEY, forget_standing, keep_standing
from ...rig.armature.mapping import bone_map_of
from ...rig.armature.rest import rig_of
from ...rig.read.armature_motion import evaluated_pose
from ..common.armature_mixin import OnArmature
from ..common.errors import USER_ERRORS, Outcome, refuse
from ..common.target import armature_called, settings_of


class ANYFRAME_OT_pose_is_rest(OnArmature, bpy.types.Operator):
    """Take the present pose, a T- or A-pose, for the armature's rest pose. The bones stay as they \
are. For armatures that were bound in an odd pose"""

    bl_idname = "anyframe.pose_is_rest"
    bl_label = "Pose Is Rest"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remember the pose with the armature."""
        try:
            armature = armature_called(context, self.armature)
            forget_standing(armature)  # what was said before must not stand in the way
            assert context.view_layer is not None
            context.view_layer.update()
            pose = evaluated_pose(armature, context.view_layer)
            keep_standing(armature, rig_of(armature).rest, pose)
        except USER_ERRORS as error:
            return refuse(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_own_rest(OnArmature, bpy.types.Operator):
    """Let the armature's own rest pose count again"""

    bl_idname = "anyframe.own_rest"
    bl_label = "Own Rest"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Forget the pose."""
        try:
            forget_standing(armature_called(context, self.armature))
        except USER_ERRORS as error:
            return refuse(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_ground_at_cursor(OnArmature, bpy.types.Operator):
    """Let the ground be as high as the 3D cursor is"""

    bl_idname = "anyframe.ground_at_cursor"
    bl_label = "Ground at 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Set the panel's height of the ground."""
        try:
            armature = armature_called(context, self.armature)
            rig = rig_of(armature)
            body = correspond(rig.standing or rig.rest, bone_map_of(armature))
        except USER_ERRORS as error:
            return refuse(self, error)
        assert context.scene is not None
        to_world = np.array(armature.matrix_world)
        own = float((to_world @ [*body.ground, 1.0])[2])
        settings_of(context.scene).ground = context.scene.cursor.location.z - own
        return {"FINISHED"}


def says_how_it_stands(armature: bpy.types.Object) -> bool:
    """Whether a pose was said to be the armature's rest."""
    return armature.data is not None and KEY in armature.data
