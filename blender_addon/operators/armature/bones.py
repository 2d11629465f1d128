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
from ...scene.target import get_armature
from ..common.errors import reports_errors
from ..common.mixins import ArmatureMixin, OpenFileMixin, SaveArmatureMixin, argument


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

    joint: argument("Joint", "Name of the joint, such as left_hip")
    bone: argument("Bone", "Name of the bone; the active one if empty")

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        armature = get_armature(context, self.armature)
        if self.joint not in ASSIGNABLE_JOINTS:
            raise JobError(
                f"The joint must be one of {', '.join(ASSIGNABLE_JOINTS)} (got “{self.joint}”)."
            )
        data: Any = armature.data
        if not self.bone and data.bones.active is None:
            raise JobError(
                f"“{armature.name}” has no active bone: click one in Pose Mode, or name a bone."
            )
        bone = self.bone or data.bones.active.name
        if bone not in data.bones:
            raise JobError(f"“{armature.name}” has no bone called “{bone}”.")
        set_bone_overrides(armature, {self.joint: bone})
        return f"“{bone}” is the {self.joint.replace('_', ' ')} now."


class ANYFRAME_OT_reset_bones(ArmatureMixin, bpy.types.Operator):
    """Remove all bone overrides, so that the bones are recognised again"""

    bl_idname = "anyframe.reset_bones"
    bl_label = "Reset Bones"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        armature = get_armature(context, self.armature)
        set_bone_overrides(armature, dict.fromkeys(ASSIGNABLE_JOINTS, ""))


class ANYFRAME_OT_export_bones(_BoneMapFileMixin, SaveArmatureMixin, bpy.types.Operator):
    """Write the bone map, with its overrides, to a JSON file for other armatures with the same \
bones"""

    bl_idname = "anyframe.export_bones"
    bl_label = "Export Bone Map"
    bl_options = {"REGISTER"}
    suffix = ".json"

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        path = Path(bpy.path.abspath(self.filepath))
        armature = get_armature(context, self.armature)
        text = bone_map_to_json(bone_map_for_posing(armature), armature.name)
        write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        return f"Wrote the bones of “{armature.name}” to {path}"


class ANYFRAME_OT_import_bones(_BoneMapFileMixin, OpenFileMixin, bpy.types.Operator):
    """Read bone overrides from a JSON file"""

    bl_idname = "anyframe.import_bones"
    bl_label = "Import Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        path = Path(bpy.path.abspath(self.filepath))
        armature = get_armature(context, self.armature)
        try:
            named = bone_overrides_from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MappingError(f"{path} cannot be read: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise MappingError(f"{path} is not a bone map: it is not a text file.") from error
        overrides = {joint: bone for joint, bone in named.items() if joint in ASSIGNABLE_JOINTS}
        data: Any = armature.data
        missing = [bone for bone in overrides.values() if bone not in data.bones]
        if missing:
            raise MappingError(
                f"“{armature.name}” has no bone called “{missing[0]}”, which the file names: the "
                "map is for another rig, and nothing was changed."
            )
        set_bone_overrides(armature, dict.fromkeys(ASSIGNABLE_JOINTS, "") | overrides)
        return f"{len(overrides)} bones of “{armature.name}” were assigned."
