"""A body to animate, for those who have none at hand."""

import bpy

from ...rig.smpl.default_character import add_default_character
from ...rig.smpl.free_location import find_free_location
from ..common.errors import USER_ERRORS, OperatorResult, push_undo, report_error


class ANYFRAME_OT_add_character(bpy.types.Operator):
    """Add a neutral human character with an armature that is ready to be animated, at the 3D \
cursor or beside what stands there"""

    bl_idname = "anyframe.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Add it, as one undo step."""
        try:
            place = find_free_location(context.view_layer, context.scene.cursor.location)
            armature = add_default_character(context, place)
        except USER_ERRORS as error:
            return report_error(self, error)
        push_undo("Anyframe: Add Character")
        self.report({"INFO"}, f"Added “{armature.name}”")
        return {"FINISHED"}
