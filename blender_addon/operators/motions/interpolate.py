"""A motion between two generated ones, from the latents that their actions carry."""

from typing import Any

import bpy

from ...backend.protocol.limits import check_fps, check_interpolation_factor
from ...link import session
from ...link.errors import JobError
from ...rig.action.metadata import read_placement
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.generated_motion import (
    FOOT_LOCK_ITEMS,
    NO_GENERATED_MOTION,
    PlayingAction,
    find_playing_action,
    foot_lock_field,
    generated_metadata,
    has_generated_motion,
    latent_take_bytes,
    motion_title,
    search_generated_actions,
)
from ..common.target import (
    ARMATURE_DESCRIPTION,
    MotionTarget,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..jobs.review_state import ReviewMixin
from ..jobs.run_job import run_job


class ANYFRAME_OT_interpolate(ReviewMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Make a motion between the generated one that the armature plays and another, as a new \
action: a new motion of the model's, no mixture of poses. Without a window, waits until that is \
done"""

    bl_idname = "anyframe.interpolate"
    bl_label = "Blend Two Takes"
    bl_options = {"REGISTER"}

    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    first: bpy.props.StringProperty(
        name="First",
        description="Name of an action with a generated motion; if empty, what the armature plays",
        search=search_generated_actions,
        options={"SKIP_SAVE"},
    )
    second: bpy.props.StringProperty(
        name="Second",
        description="Name of another action with a generated motion",
        search=search_generated_actions,
        options={"SKIP_SAVE"},
    )
    share: bpy.props.FloatProperty(
        name="Share",
        description="How much of the second motion: 0 is the first, 1 the second",
        default=0.5,
        soft_min=0.0,
        soft_max=1.0,
        options={"SKIP_SAVE"},
    )
    fps: bpy.props.FloatProperty(
        name="Frame Rate",
        description="Keys per second; 0 for the rate of the scene",
        default=0.0,
        options={"SKIP_SAVE"},
    )
    feet: bpy.props.EnumProperty(
        name="Planted Feet",
        description="Whether planted feet are held where they stand",
        items=FOOT_LOCK_ITEMS,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen armature plays a generated motion, or names may be given."""
        return poll_result(
            cls, bpy.app.background or has_generated_motion(context), NO_GENERATED_MOTION
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings."""
        settings = scene_settings(context.scene)
        self.second = settings.blend_with
        self.share = settings.share
        self.feet = settings.feet_again
        self.review = settings.review
        copy_apply_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None
        fps = self.fps or scene_fps(scene)
        check_fps(fps)
        check_interpolation_factor(self.share)
        armature = get_humanoid(context, self.armature)
        if self.first:
            played = PlayingAction(_get_action(self.first))
            info = generated_metadata(played.action, f"The action “{self.first}” holds")
        else:
            played = find_playing_action(armature)
            info = generated_metadata(played.action, f"“{armature.name}” plays")
        other = generated_metadata(_get_action(self.second), f"The action “{self.second}” holds")
        return run_job(
            self,
            {"kind": "interpolate", "fps": fps, "share": self.share, **foot_lock_field(self.feet)},
            title=" / ".join(filter(None, map(motion_title, (info, other)))) or armature.name,
            target=MotionTarget.from_armature(
                armature, scene, start_frame=played.start_frame(scene.frame_current)
            ),
            apply_options=self.chosen_apply_options(moved=read_placement(played.action)),
            takes=(latent_take_bytes(info), latent_take_bytes(other)),
            review=self.review,
        )


def _get_action(name: str) -> Any:
    if not name:
        raise JobError("Choose a second motion to blend with.")
    action = bpy.data.actions.get(name)
    if action is None:
        raise JobError(f"There is no action called “{name}”.")
    return action
