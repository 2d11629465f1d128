"""Which bone plays which part of the body, chosen by hand where it was not recognised."""

from pathlib import Path
from typing import Any

import bpy

from ...backend.kinematics.rigs.bone_map import (
    MappingError,
    bone_map_to_json,
    bone_overrides_from_json,
)
from ...backend.protocol.atomic_write import write_atomically
from ...link.errors import JobError
from ...rig.armature.bone_overrides import ASSIGNABLE_JOINTS, set_bone_overrides
from ...rig.armature.mapping import bone_map_for_posing
from ..common.armature_mixin import ArmatureMixin
from ..common.errors import USER_ERRORS, OperatorResult, report_error
from ..common.target import chosen_armature, get_armature

_FILE_FILTER = "*.json"


class ANYFRAME_OT_assign_bone(ArmatureMixin, bpy.types.Operator):
    """Let the active bone (or the one named) play this part of the body"""

    bl_idname = "anyframe.assign_bone"
    bl_label = "Assign Active Bone"
    bl_options = {"REGISTER", "UNDO"}

    joint: bpy.props.StringProperty(
        name="Joint", description="Part of the body, such as left_hip", options={"SKIP_SAVE"}
    )
    bone: bpy.props.StringProperty(
        name="Bone", description="The active bone if empty", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remember the choice with the armature; refused if there is no such joint or bone."""
        try:
            armature = get_armature(context, self.armature)
            if self.joint not in ASSIGNABLE_JOINTS:
                raise JobError(
                    f"“{self.joint}” is no joint that a bone can be chosen for: use one of "
                    f"{', '.join(ASSIGNABLE_JOINTS)}."
                )
            bone = self.bone or _active_bone(armature)
            if bone not in _armature_bones(armature):
                raise JobError(f"“{armature.name}” has no bone called “{bone}”.")
            set_bone_overrides(armature, {self.joint: bone})
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, f"“{bone}” is the {self.joint.replace('_', ' ')} now.")
        return {"FINISHED"}


class ANYFRAME_OT_reset_bones(ArmatureMixin, bpy.types.Operator):
    """Take back all bones that were chosen by hand"""

    bl_idname = "anyframe.reset_bones"
    bl_label = "Reset Bones"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Go by what is recognised again."""
        try:
            set_bone_overrides(
                get_armature(context, self.armature), dict.fromkeys(ASSIGNABLE_JOINTS, "")
            )
        except USER_ERRORS as error:
            return report_error(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_export_bones(ArmatureMixin, bpy.types.Operator):
    """Write which bone plays which part of the body to a JSON file, for other armatures with the \
same bones"""

    bl_idname = "anyframe.export_bones"
    bl_label = "Export Bone Map"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default=_FILE_FILTER, options={"HIDDEN"})
    check_existing: bpy.props.BoolProperty(
        name="Warn Before Overwriting", default=True, options={"HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose a name and ask for the file."""
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + ".json"
        return _ask_for_file(self, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Write it, as recognised and corrected."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            armature = get_armature(context, self.armature)
            text = bone_map_to_json(bone_map_for_posing(armature), armature.name)
            write_atomically(path, lambda part: part.write_text(text, encoding="utf-8"))
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, f"Wrote the bones of “{armature.name}” to {path}")
        return {"FINISHED"}


class ANYFRAME_OT_import_bones(ArmatureMixin, bpy.types.Operator):
    """Take from a JSON file which bone plays which part of the body"""

    bl_idname = "anyframe.import_bones"
    bl_label = "Import Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default=_FILE_FILTER, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask for the file."""
        return _ask_for_file(self, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Choose all bones that the file names; refused as a whole if the armature lacks one."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            armature = get_armature(context, self.armature)
            named = bone_overrides_from_json(path.read_text(encoding="utf-8"))
            choices = {joint: bone for joint, bone in named.items() if joint in ASSIGNABLE_JOINTS}
            lacking = [bone for bone in choices.values() if bone not in _armature_bones(armature)]
            if lacking:
                raise MappingError(
                    f"“{armature.name}” has no bone called “{lacking[0]}”, which the file names: "
                    "the map is of another rig, and nothing was changed."
                )
            set_bone_overrides(armature, dict.fromkeys(ASSIGNABLE_JOINTS, "") | choices)
        except OSError as error:
            return report_error(self, f"{path} cannot be read: {error.strerror or error}.")
        except UnicodeDecodeError:
            return report_error(self, f"{path} is no bone map: it is not even text.")
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, f"{len(choices)} bones of “{armature.name}” were chosen.")
        return {"FINISHED"}


def _ask_for_file(operator: Any, context: bpy.types.Context) -> OperatorResult:
    context.window_manager.fileselect_add(operator)
    return {"RUNNING_MODAL"}


def _armature_bones(armature: bpy.types.Object) -> Any:
    data: Any = armature.data
    return data.bones


def _active_bone(armature: bpy.types.Object) -> str:
    active = _armature_bones(armature).active
    if active is None:
        raise JobError(
            f"No bone of “{armature.name}” is active: click one in Pose Mode, or name it."
        )
    return active.name
