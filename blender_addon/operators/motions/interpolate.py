"""A motion between two generated ones, from the latents that their actions carry."""

from typing import Any

import bpy

from ...backend.protocol.limits import check_fps, check_share
from ...link import session
from ...link.errors import JobError
from ...rig.action.metadata import moved_on
from ..common.apply_options import MannerOptions, take_manner_settings
from ..common.errors import USER_ERRORS, Outcome, possible, refuse
from ..common.generated_motion import (
    FEET,
    NOT_GENERATED,
    Played,
    carrier,
    feet_asked,
    generated_actions,
    generated_info,
    played_by,
    plays_generated,
    words_of,
)
from ..common.target import ARMATURE_DESCRIPTION, Target, body_called, scene_rate, settings_of
from ..jobs.review_state import ReviewOption
from ..jobs.run_job import run_job


class ANYFRAME_OT_interpolate(ReviewOption, MannerOptions, bpy.types.Operator):
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
        search=generated_actions,
        options={"SKIP_SAVE"},
    )
    second: bpy.props.StringProperty(
        name="Second",
        description="Name of another action with a generated motion",
        search=generated_actions,
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
        items=FEET,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen armature plays a generated motion, or names may be given."""
        return possible(cls, bpy.app.background or plays_generated(context), NOT_GENERATED)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Take the panel's settings."""
        settings = settings_of(context.scene)
        self.second = settings.blend_with
        self.share = settings.share
        self.feet = settings.feet_again
        self.review = settings.review
        take_manner_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)

    def _run(self, context: bpy.types.Context) -> Outcome:
        scene = context.scene
        assert scene is not None
        fps = self.fps or scene_rate(scene)
        check_fps(fps)
        check_share(self.share)
        armature = body_called(context, self.armature)
        if self.first:
            played = Played(_action_called(self.first))
            info = generated_info(played.action, f"The action “{self.first}” holds")
        else:
            played = played_by(armature)
            info = generated_info(played.action, f"“{armature.name}” plays")
        other = generated_info(_action_called(self.second), f"The action “{self.second}” holds")
        return run_job(
            self,
            {"kind": "interpolate", "fps": fps, "share": self.share, **feet_asked(self.feet)},
            title=" / ".join(filter(None, map(words_of, (info, other)))) or armature.name,
            target=Target.of(armature, scene, start_frame=played.start(scene.frame_current)),
            manner=self.asked_manner(moved=moved_on(played.action)),
            takes=(carrier(info), carrier(other)),
            review=self.review,
        )


def _action_called(name: str) -> Any:
    if not name:
        raise JobError("Choose a second motion to blend with.")
    action = bpy.data.actions.get(name)
    if action is None:
        raise JobError(f"There is no action called “{name}”.")
    return action
