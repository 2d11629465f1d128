"""A body to animate, for those who have none at hand."""

import bpy

from ...rig.apply.free_place import free_place
from ...rig.smpl.default_character import add_character
from ..common.errors import USER_ERRORS, Outcome, push_undo, refuse


class ANYFRAME_OT_add_character(bpy.types.Operator):
    """Add a neutral human character with an armature that is ready to be animated, at the 3D \
cursor or beside what stands there"""

    bl_idname = "anyframe.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Add it, as one undo step."""
        try:
            place = free_place(context.view_layer, context.scene.cursor.location)
            armature = add_character(context, place)
        except USER_ERRORS as error:
            return refuse(self, error)
        push_undo("Anyframe: Add Character")
        self.report({"INFO"}, f"Added “{armature.name}”")
        return {"FINISHED"}
