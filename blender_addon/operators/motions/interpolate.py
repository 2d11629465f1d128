"""*Interpolate*: a motion between two generated ones, from their latents."""

from typing import Any

import bpy

from ...backend.protocol.generation_fields import FPS, INTERPOLATION_FACTOR
from ...link.errors import JobError
from ...rig.action.fcurves import scene_fps
from ...rig.action.metadata import read_placement
from ...scene import fields
from ...scene.settings import search_generated_actions
from ...scene.target import MotionTarget, get_humanoid, scene_settings
from ..common.errors import OperatorResult, reports_job_errors
from ..common.generated_motion import (
    PlayingAction,
    find_playing_action,
    generated_metadata,
    latent_take_bytes,
    motion_title,
)
from ..common.mixins import (
    ApplyOptionsMixin,
    ArmatureMixin,
    LatentMotionMixin,
    copy_apply_settings,
    copy_settings,
)
from ..jobs.run_job import run_job


class ANYFRAME_OT_interpolate(
    LatentMotionMixin, ApplyOptionsMixin, ArmatureMixin, bpy.types.Operator
):
    """Generate a motion between the one that the armature plays and another generated one. The \
model makes it from both latents; poses are not mixed. Without a window, wait until that is done"""

    bl_idname = "anyframe.interpolate"
    bl_label = "Interpolate"
    bl_options = {"REGISTER"}

    first: bpy.props.StringProperty(
        name="First",
        description="Name of an Action with a generated motion; if empty, the playing one",
        search=search_generated_actions,
        options={"SKIP_SAVE"},
    )
    second: bpy.props.StringProperty(
        name="Second",
        description="Name of another Action with a generated motion",
        search=search_generated_actions,
        options={"SKIP_SAVE"},
    )
    share: bpy.props.FloatProperty(**fields.INTERPOLATION, options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        copy_settings(self, settings, "share", "review")
        self.second, self.feet = settings.blend_with, settings.feet_again
        copy_apply_settings(self, settings)
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None
        fps = self.fps or scene_fps(scene)
        FPS.check(fps)
        INTERPOLATION_FACTOR.check(self.share)
        armature = get_humanoid(context, self.armature)
        if self.first:
            playing, subject = PlayingAction(_get_action(self.first)), f"“{self.first}” has"
        else:
            playing, subject = find_playing_action(armature), f"“{armature.name}” plays"
        first = generated_metadata(playing.action, subject)
        second = generated_metadata(_get_action(self.second), f"“{self.second}” has")
        start_frame = playing.start_frame(scene.frame_current)
        return run_job(
            self,
            {"kind": "interpolate", "fps": fps, "share": self.share, **self.foot_lock_field()},
            title=" / ".join(filter(None, map(motion_title, (first, second)))) or armature.name,
            target=MotionTarget.from_armature(armature, scene, start_frame),
            apply_options=self.chosen_apply_options(moved=read_placement(playing.action)),
            takes=(latent_take_bytes(first), latent_take_bytes(second)),
            review=self.review,
        )


def _get_action(name: str) -> Any:
    if not name:
        raise JobError("Choose a second motion to interpolate with.")
    action = bpy.data.actions.get(name)
    if action is None:
        raise JobError(f"There is no Action called “{name}”.")
    return action
