"""What operators that ask for a file share."""

from typing import Any

import bpy

from .errors import OperatorResult
from .target import ARMATURE_DESCRIPTION


class MotionFileMixin:
    """A file, and the armature whose motion comes from it or goes into it. Beside, not above,
    `bpy.types.Operator` in a class' bases: there Blender does not look for properties."""

    filepath: bpy.props.StringProperty(
        name="File", description="An AMASS .npz or a .bvh file", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default="*.npz;*.bvh", options={"HIDDEN"})
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE", "HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask for the file."""
        operator: Any = self
        context.window_manager.fileselect_add(operator)
        return {"RUNNING_MODAL"}
