"""The motion of an armature into a file: AMASS `.npz` or BVH."""

from collections.abc import Callable
from pathlib import Path

import bpy

from ...backend.kinematics.body.take import Take, save_take
from ...backend.kinematics.mocap.bvh import write_bvh
from ...backend.protocol.atomic_write import write_atomically
from ...link.errors import JobError
from ...rig.read.armature_motion import read_armature_take
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.file_mixin import MotionFileMixin
from ..common.target import NO_ARMATURE, chosen_armature, get_armature


class ANYFRAME_OT_export_take(MotionFileMixin, bpy.types.Operator):
    """Write the armature's motion in the scene's (preview) range to an AMASS .npz or a BVH file, \
one frame for each of the scene's"""

    bl_idname = "anyframe.export_take"
    bl_label = "Export Motion"
    bl_options = {"REGISTER"}

    check_existing: bpy.props.BoolProperty(
        name="Warn Before Overwriting", default=True, options={"HIDDEN"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an armature, or a name may be given."""
        armature = bpy.app.background or chosen_armature(context) is not None
        return poll_result(cls, armature, NO_ARMATURE)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose a name and ask for the file."""
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + ".npz"
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Read the pose of every frame and write the file; the scene is as it was."""
        path = Path(bpy.path.abspath(self.filepath))
        scene = context.scene
        assert scene is not None
        preview = scene.use_preview_range
        start = scene.frame_preview_start if preview else scene.frame_start
        end = scene.frame_preview_end if preview else scene.frame_end
        try:
            write = _writer(path)
            armature = get_armature(context, self.armature)
            take = read_armature_take(armature, scene, start, end)
            write_atomically(path, lambda part: write(take, part))
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, f"Wrote {len(take)} frames of “{armature.name}” to {path}")
        return {"FINISHED"}


def _writer(path: Path) -> Callable[[Take, Path], None]:
    writers: dict[str, Callable[[Take, Path], None]] = {".npz": save_take, ".bvh": write_bvh}
    try:
        return writers[path.suffix.lower()]
    except KeyError:
        raise JobError(
            f"“{path.name}” does not end in .npz (AMASS) or .bvh, which say what is to be written."
        ) from None
