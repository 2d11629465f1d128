"""Which bone plays which part of the body, chosen by hand where it was not recognised."""

from pathlib import Path
from typing import Any

import bpy

from ...backend.kinematics.rigs.bone_map import MappingError, read_choices, write_choices
from ...link.errors import JobError
from ...link.files.atomic_write import write_whole
from ...rig.armature.bone_overrides import JOINTS, correct
from ...rig.armature.mapping import bone_map_of
from ..common.armature_mixin import OnArmature
from ..common.errors import USER_ERRORS, Outcome, refuse
from ..common.target import armature_called, chosen_armature

_FILE_FILTER = "*.json"


class ANYFRAME_OT_assign_bone(OnArmature, bpy.types.Operator):
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

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remember the choice with the armature; refused if there is no such joint or bone."""
        try:
            armature = armature_called(context, self.armature)
            if self.joint not in JOINTS:
                raise JobError(
                    f"“{self.joint}” is no joint that a bone can be chosen for: use one of "
                    f"{', '.join(JOINTS)}."
                )
            bone = self.bone or _active_bone(armature)
            if bone not in _bones(armature):
                raise JobError(f"“{armature.name}” has no bone called “{bone}”.")
            correct(armature, {self.joint: bone})
        except USER_ERRORS as error:
            return refuse(self, error)
        self.report({"INFO"}, f"“{bone}” is the {self.joint.replace('_', ' ')} now.")
        return {"FINISHED"}


class ANYFRAME_OT_reset_bones(OnArmature, bpy.types.Operator):
    """Take back all bones that were chosen by hand"""

    bl_idname = "anyframe.reset_bones"
    bl_label = "Reset Bones"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Go by what is recognised again."""
        try:
            correct(armature_called(context, self.armature), dict.fromkeys(JOINTS, ""))
        except USER_ERRORS as error:
            return refuse(self, error)
        return {"FINISHED"}


class ANYFRAME_OT_export_bones(OnArmature, bpy.types.Operator):
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

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Propose a name and ask for the file."""
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + ".json"
        return _ask_for_file(self, context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Write it, as recognised and corrected."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            armature = armature_called(context, self.armature)
            text = write_choices(bone_map_of(armature), armature.name)
            write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))
        except USER_ERRORS as error:
            return refuse(self, error)
        self.report({"INFO"}, f"Wrote the bones of “{armature.name}” to {path}")
        return {"FINISHED"}


class ANYFRAME_OT_import_bones(OnArmature, bpy.types.Operator):
    """Take from a JSON file which bone plays which part of the body"""

    bl_idname = "anyframe.import_bones"
    bl_label = "Import Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default=_FILE_FILTER, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Ask for the file."""
        return _ask_for_file(self, context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Choose all bones that the file names; refused as a whole if the armature lacks one."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            armature = armature_called(context, self.armature)
            named = read_choices(path.read_text(encoding="utf-8"))
            choices = {joint: bone for joint, bone in named.items() if joint in JOINTS}
            lacking = [bone for bone in choices.values() if bone not in _bones(armature)]
            if lacking:
                raise MappingError(
                    f"“{armature.name}” has no bone called “{lacking[0]}”, which the file names: "
                    "the map is of another rig, and nothing was changed."
                )
            correct(armature, dict.fromkeys(JOINTS, "") | choices)
        except OSError as error:
            return refuse(self, f"{path} cannot be read: {error.strerror or error}.")
        except UnicodeDecodeError:
            return refuse(self, f"{path} is no bone map: it is not even text.")
        except USER_ERRORS as error:
            return refuse(self, error)
        self.report({"INFO"}, f"{len(choices)} bones of “{armature.name}” were chosen.")
        return {"FINISHED"}


def _ask_for_file(operator: Any, context: bpy.types.Context) -> Outcome:
    context.window_manager.fileselect_add(operator)
    return {"RUNNING_MODAL"}


def _bones(armature: bpy.types.Object) -> Any:
    data: Any = armature.data
    return data.bones


def _active_bone(armature: bpy.types.Object) -> str:
    active = _bones(armature).active
    if active is None:
        raise JobError(
            f"No bone of “{armature.name}” is active: click one in Pose Mode, or name it."
        )
    return active.name
