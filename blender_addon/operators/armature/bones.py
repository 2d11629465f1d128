"""Operators of the panel *Bones*: bone overrides, and bone maps as files."""

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
from ...scene.target import chosen_armature, get_armature
from ..common.errors import OperatorResult, reports_errors
from ..common.mixins import ArmatureMixin, OpenFileMixin, SaveFileMixin


class _BoneMapFileMixin(ArmatureMixin):
    """A file with a bone map."""

    filepath: bpy.props.StringProperty(
        name="File", description="A .json file with a bone map", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})


class ANYFRAME_OT_assign_bone(ArmatureMixin, bpy.types.Operator):
    """Use the active bone, or the named one, for this joint"""

    bl_idname = "anyframe.assign_bone"
    bl_label = "Assign Active Bone"
    bl_options = {"REGISTER", "UNDO"}

    joint: bpy.props.StringProperty(
        name="Joint", description="Name of the joint, such as left_hip", options={"SKIP_SAVE"}
    )
    bone: bpy.props.StringProperty(
        name="Bone", description="Name of the bone; the active one if empty", options={"SKIP_SAVE"}
    )

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        armature = get_armature(context, self.armature)
        if self.joint not in ASSIGNABLE_JOINTS:
            raise JobError(
                f"The joint must be one of {', '.join(ASSIGNABLE_JOINTS)} (got “{self.joint}”)."
            )
        bone = self.bone or _active_bone(armature)
        if bone not in _armature_bones(armature):
            raise JobError(f"“{armature.name}” has no bone called “{bone}”.")
        set_bone_overrides(armature, {self.joint: bone})
        self.report({"INFO"}, f"“{bone}” is the {self.joint.replace('_', ' ')} now.")
        return {"FINISHED"}


class ANYFRAME_OT_reset_bones(ArmatureMixin, bpy.types.Operator):
    """Remove all bone overrides, so that the bones are recognised again"""

    bl_idname = "anyframe.reset_bones"
    bl_label = "Reset Bones"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        armature = get_armature(context, self.armature)
        set_bone_overrides(armature, dict.fromkeys(ASSIGNABLE_JOINTS, ""))
        return {"FINISHED"}


class ANYFRAME_OT_export_bones(_BoneMapFileMixin, SaveFileMixin, bpy.types.Operator):
    """Write the bone map, with its overrides, to a JSON file for other armatures with the same \
bones"""

    bl_idname = "anyframe.export_bones"
    bl_label = "Export Bone Map"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose a name and ask for the file."""
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + ".json"
        return super().invoke(context, event)

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        path = Path(bpy.path.abspath(self.filepath))
        armature = get_armature(context, self.armature)
        text = bone_map_to_json(bone_map_for_posing(armature), armature.name)
        write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        self.report({"INFO"}, f"Wrote the bones of “{armature.name}” to {path}")
        return {"FINISHED"}


class ANYFRAME_OT_import_bones(_BoneMapFileMixin, OpenFileMixin, bpy.types.Operator):
    """Read bone overrides from a JSON file"""

    bl_idname = "anyframe.import_bones"
    bl_label = "Import Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        path = Path(bpy.path.abspath(self.filepath))
        armature = get_armature(context, self.armature)
        named = bone_overrides_from_json(_read_text(path))
        overrides = {joint: bone for joint, bone in named.items() if joint in ASSIGNABLE_JOINTS}
        bones = _armature_bones(armature)
        missing = [bone for bone in overrides.values() if bone not in bones]
        if missing:
            raise MappingError(
                f"“{armature.name}” has no bone called “{missing[0]}”, which the file names: the "
                "map is for another rig, and nothing was changed."
            )
        set_bone_overrides(armature, dict.fromkeys(ASSIGNABLE_JOINTS, "") | overrides)
        self.report({"INFO"}, f"{len(overrides)} bones of “{armature.name}” were assigned.")
        return {"FINISHED"}


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MappingError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path} is not a bone map: it is not a text file.") from error


def _armature_bones(armature: bpy.types.Object) -> Any:
    data: Any = armature.data
    return data.bones


def _active_bone(armature: bpy.types.Object) -> str:
    active = _armature_bones(armature).active
    if active is None:
        raise JobError(
            f"“{armature.name}” has no active bone: click one in Pose Mode, or name a bone."
        )
    return active.name
