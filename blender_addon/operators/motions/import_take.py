"""A motion from a file onto an armature: AMASS `.npz` or BVH."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import bpy

from ...backend.kinematics.body.take import Take, TakeError, load_take
from ...backend.kinematics.mocap.bvh import read_bvh
from ...backend.kinematics.mocap.read_mocap import take_from_bvh
from ..common.apply_options import CONTINUE_FROM_POSE, ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.file_mixin import MotionFileMixin
from ..common.target import NO_ARMATURE, MotionTarget, chosen_armature, get_armature, scene_settings
from ..jobs.run_job import apply_to_target
from ..jobs.smpl_shape import apply_take_shape


class ANYFRAME_OT_import_take(MotionFileMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Put a motion from an AMASS .npz or a BVH file on the armature as a new action, from the \
current frame on and at the speed it was recorded at"""

    bl_idname = "anyframe.import_take"
    bl_label = "Import Motion"
    bl_options = {"REGISTER"}

    shape: bpy.props.BoolProperty(
        name="Shape",
        description="Give an SMPL character, and no other, the body shape that the motion brings",
        default=True,
        options={"SKIP_SAVE"},
    )

    # Unlike what was generated, a recording is somewhere.
    where_it_stands: bpy.props.BoolProperty(
        **{**CONTINUE_FROM_POSE, "default": False}, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an armature, or a name may be given."""
        armature = bpy.app.background or chosen_armature(context) is not None
        return poll_result(cls, armature, NO_ARMATURE)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings and ask for the file."""
        copy_apply_settings(self, scene_settings(context.scene))
        self.where_it_stands = False
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Read the file and write the keys, as one undo step."""
        path = Path(bpy.path.abspath(self.filepath))
        assert context.scene is not None
        try:
            armature = get_armature(context, self.armature)
            target = MotionTarget.from_armature(armature, context.scene)
            take, manner = load_motion_file(path), self.chosen_apply_options()
            as_it_is = nullcontext((take, ()))
            with (
                apply_take_shape(context, armature, take) if self.shape else as_it_is as (
                    own,
                    notes,
                )
            ):
                if own is not take:  # its feet are where they belong already
                    manner = replace(manner, plant_feet=False)
                message = apply_to_target(target, own, path.stem, manner)
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, " ".join([message, *notes]))
        return {"FINISHED"}


def load_motion_file(path: Path) -> Take:
    """The take in a file; one of `reporting.USER_ERRORS` if there is none."""
    if path.suffix.lower() == ".npz":
        return load_take(path)
    if path.suffix.lower() != ".bvh":
        raise TakeError(f"{path.name or 'The file'} is neither an AMASS .npz nor a .bvh file.")
    return take_from_bvh(read_bvh(path))
