"""*Export Motion*: the motion of an armature as an AMASS `.npz` or a BVH file."""

from collections.abc import Callable
from pathlib import Path

import bpy

from ...backend.kinematics.body.take import Take, save_take
from ...backend.kinematics.mocap.bvh import write_bvh
from ...backend.protocol.atomic_write import write_atomically
from ...link.errors import JobError
from ...rig.read.armature_motion import read_armature_take
from ...scene.target import chosen_armature, get_armature
from ..common.errors import OperatorResult, reports_errors
from ..common.mixins import MotionFileMixin, SaveFileMixin


class ANYFRAME_OT_export_take(MotionFileMixin, SaveFileMixin, bpy.types.Operator):
    """Write the armature's motion in the scene's (preview) range to an AMASS .npz or a BVH file, \
one frame for each frame of the scene"""

    bl_idname = "anyframe.export_take"
    bl_label = "Export Motion"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose a name and ask for the file."""
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + ".npz"
        return super().invoke(context, event)

    @reports_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        path = Path(bpy.path.abspath(self.filepath))
        scene = context.scene
        assert scene is not None
        preview = scene.use_preview_range
        start = scene.frame_preview_start if preview else scene.frame_start
        end = scene.frame_preview_end if preview else scene.frame_end
        write = _writer(path)
        armature = get_armature(context, self.armature)
        take = read_armature_take(armature, scene, start, end)
        write_atomically(path, lambda temporary: write(take, temporary))
        self.report({"INFO"}, f"Wrote {len(take)} frames of “{armature.name}” to {path}")
        return {"FINISHED"}


def _writer(path: Path) -> Callable[[Take, Path], None]:
    writers: dict[str, Callable[[Take, Path], None]] = {".npz": save_take, ".bvh": write_bvh}
    try:
        return writers[path.suffix.lower()]
    except KeyError:
        raise JobError(
            f"The file name must end in .npz (AMASS) or .bvh (got “{path.name}”)."
        ) from None
