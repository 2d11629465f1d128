"""*Import Motion* and *Export Motion*: motions as AMASS `.npz` or BVH files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...backend.kinematics.body.take import Take, TakeError, load_take, save_take
from ...backend.kinematics.mocap.bvh import read_bvh, write_bvh
from ...backend.kinematics.mocap.read_mocap import take_from_bvh
from ...backend.protocol.atomic_write import write_atomically
from ...link.errors import JobError
from ...rig.errors import RigError
from ...rig.read.armature_motion import read_armature_take
from ...rig.smpl.native_take import compensate_retargeting
from ...rig.smpl.shape import read_smpl_shape, set_smpl_shape, take_betas_for
from ...scene.fields import CONTINUE_FROM_POSE
from ...scene.target import MotionTarget, get_armature, scene_settings
from ..common.errors import OperatorResult, reports_errors
from ..common.mixins import (
    ApplyOptionsMixin,
    MotionFileMixin,
    OpenFileMixin,
    SaveArmatureMixin,
    argument,
    copy_panel_settings,
)
from ..jobs.run_job import apply_to_target


class ANYFRAME_OT_import_take(
    MotionFileMixin, OpenFileMixin, ApplyOptionsMixin, bpy.types.Operator
):
    """Apply a motion from an AMASS .npz or a BVH file to the armature, from the current frame and \
at the speed of the recording"""

    bl_idname = "anyframe.import_take"
    bl_label = "Import Motion"
    bl_options = {"REGISTER"}

    shape: argument(
        "Shape", "Give an SMPL character, and no other, the body shape of the motion", True
    )
    # Unlike a generated motion, a recording has a place.
    where_it_stands: bpy.props.BoolProperty(
        **{**CONTINUE_FROM_POSE, "default": False}, options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings and ask for the file."""
        copy_panel_settings(self, scene_settings(context.scene))
        self.where_it_stands = False
        return super().invoke(context, event)

    @reports_errors
    def execute(self, context: Any) -> str:
        path = Path(bpy.path.abspath(self.filepath))
        armature = get_armature(context, self.armature)
        target = MotionTarget.from_armature(armature, context.scene)
        take, options = load_motion_file(path), self.chosen_apply_options()
        shape = apply_take_shape(context, armature, take) if self.shape else nullcontext((take, ()))
        with shape as (shaped_take, notes):
            if shaped_take is not take:  # made for this body, so its feet are in place already
                options = replace(options, plant_feet=False)
            message = apply_to_target(target, shaped_take, path.stem, options)
        return " ".join([message, *notes])


def load_motion_file(path: Path) -> Take:
    """The take in a file; one of `errors.USER_ERRORS` if there is none."""
    if path.suffix.lower() == ".npz":
        return load_take(path)
    if path.suffix.lower() != ".bvh":
        raise TakeError(
            f"The file must be an AMASS .npz or a .bvh (got “{path.name}”): choose another file."
        )
    return take_from_bvh(read_bvh(path))


@contextmanager
def apply_take_shape(
    context: bpy.types.Context, armature: bpy.types.Object, take: Take
) -> Iterator[tuple[Take, tuple[str, ...]]]:
    """Give an SMPL character the shape of a take while that is applied; restore it on an error.

    Other armatures, and takes without a shape, are left alone. Yields the take to apply, which is
    another one if it has this character's own body, and a sentence if the shape does not fit this
    character or cannot be set now.
    """
    before = read_smpl_shape(armature)
    try:
        betas = take_betas_for(armature, take)
        if betas is not None:
            set_smpl_shape(context, armature, betas)
    except RigError as error:
        yield take, (str(error),)
        return
    try:
        yield take if betas is None else compensate_retargeting(armature, take), ()
    except Exception:
        if betas is not None and before is not None:
            set_smpl_shape(context, armature, before.betas)
        raise


class ANYFRAME_OT_export_take(MotionFileMixin, SaveArmatureMixin, bpy.types.Operator):
    """Write the armature's motion in the scene's (preview) range to an AMASS .npz or a BVH file, \
one frame for each frame of the scene"""

    bl_idname = "anyframe.export_take"
    bl_label = "Export Motion"
    bl_options = {"REGISTER"}
    suffix = ".npz"

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        path = Path(bpy.path.abspath(self.filepath))
        scene: Any = context.scene
        preview = scene.use_preview_range
        start = scene.frame_preview_start if preview else scene.frame_start
        end = scene.frame_preview_end if preview else scene.frame_end
        writers: dict[str, Callable[[Take, Path], None]] = {".npz": save_take, ".bvh": write_bvh}
        write = writers.get(path.suffix.lower())
        if write is None:
            raise JobError(f"The file name must end in .npz (AMASS) or .bvh (got “{path.name}”).")
        armature = get_armature(context, self.armature)
        take = read_armature_take(armature, scene, start, end)
        write_atomically(path, lambda temporary: write(take, temporary))
        return f"Wrote {len(take)} frames of “{armature.name}” to {path}"
