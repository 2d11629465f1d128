"""*In Place*: the way over the ground out of a motion's keys, and back."""

import bpy

from ...rig.action.root_motion import IN_PLACE, has_travel, set_in_place
from ..common.armature_mixin import OnArmature
from ..common.errors import USER_ERRORS, Outcome, push_undo, refuse
from ..common.generated_motion import played_by
from ..common.target import armature_called


class ANYFRAME_OT_set_in_place(OnArmature, bpy.types.Operator):
    """Take the way over the ground out of the motion that the armature plays or put it back; \
sway and turns stay"""

    bl_idname = "anyframe.set_in_place"
    bl_label = "In Place"
    bl_options = {"REGISTER"}

    in_place: bpy.props.BoolProperty(
        name="In Place",
        description="Without its way over the ground; if not, the way is put back",
        default=True,
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Change the keys, as one undo step."""
        try:
            armature = armature_called(context, self.armature)
            set_in_place(armature, self.in_place, played_by(armature, has_travel).strip)
        except USER_ERRORS as error:
            return refuse(self, error)
        armature.update_tag(refresh={"TIME"})
        push_undo(f"Anyframe: {'in place' if self.in_place else 'travel put back'}")
        return {"FINISHED"}


def is_in_place(armature: bpy.types.Object | None) -> bool | None:
    """Whether the travel of what an armature plays was taken out; None if it is not known."""
    action = played_by(armature, has_travel).action
    return bool(action.get(IN_PLACE)) if has_travel(action) else None
