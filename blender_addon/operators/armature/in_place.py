"""*In Place*: the root motion of a motion removed from its keys, or restored."""

import bpy

from ...rig.action.root_motion import IN_PLACE_PROPERTY, has_root_motion, set_in_place
from ...scene.target import get_armature
from ..common.errors import OperatorResult, push_undo, reports_errors
from ..common.generated_motion import find_playing_action
from ..common.mixins import ArmatureMixin


class ANYFRAME_OT_set_in_place(ArmatureMixin, bpy.types.Operator):
    """Remove the root motion from the motion that the armature plays, or restore it. The hips \
still sway and turn"""

    bl_idname = "anyframe.set_in_place"
    bl_label = "In Place"
    bl_options = {"REGISTER"}

    in_place: bpy.props.BoolProperty(
        name="In Place",
        description="Remove the root motion; otherwise restore it",
        default=True,
        options={"SKIP_SAVE"},
    )

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        armature = get_armature(context, self.armature)
        strip = find_playing_action(armature, has_root_motion).strip
        set_in_place(armature, self.in_place, strip)
        armature.update_tag(refresh={"TIME"})
        push_undo(f"Anyframe: {'In Place' if self.in_place else 'Restore Root Motion'}")
        return {"FINISHED"}


def is_in_place(armature: bpy.types.Object | None) -> bool | None:
    """Return whether the motion that plays is in place; None if that is not known."""
    action = find_playing_action(armature, has_root_motion).action
    return bool(action.get(IN_PLACE_PROPERTY)) if has_root_motion(action) else None
