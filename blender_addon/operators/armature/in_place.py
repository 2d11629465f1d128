"""*In Place*: the way over the ground out of a motion's keys, and back."""

import bpy

from ...rig.action.root_motion import IN_PLACE_PROPERTY, has_root_motion, set_in_place
from ..common.armature_mixin import ArmatureMixin
from ..common.errors import USER_ERRORS, OperatorResult, push_undo, report_error
from ..common.generated_motion import find_playing_action
from ..common.target import get_armature


class ANYFRAME_OT_set_in_place(ArmatureMixin, bpy.types.Operator):
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

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Change the keys, as one undo step."""
        try:
            armature = get_armature(context, self.armature)
            set_in_place(
                armature, self.in_place, find_playing_action(armature, has_root_motion).strip
            )
        except USER_ERRORS as error:
            return report_error(self, error)
        armature.update_tag(refresh={"TIME"})
        push_undo(f"Anyframe: {'in place' if self.in_place else 'travel put back'}")
        return {"FINISHED"}


def is_in_place(armature: bpy.types.Object | None) -> bool | None:
    """Whether the travel of what an armature plays was taken out; None if it is not known."""
    action = find_playing_action(armature, has_root_motion).action
    return bool(action.get(IN_PLACE_PROPERTY)) if has_root_motion(action) else None
