"""A generated motion again, at another rate or speed or in part, from its action's latent."""

from typing import Any

import bpy

from ...backend.protocol.limits import LIMITS, check_fps, check_speed, check_time_range
from ...link import session
from ...rig.action.metadata import read_placement
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.generated_motion import (
    FOOT_LOCK_ITEMS,
    NO_GENERATED_MOTION,
    find_playing_action,
    foot_lock_field,
    generated_metadata,
    has_generated_motion,
    latent_take_bytes,
    motion_title,
)
from ..common.target import (
    ARMATURE_DESCRIPTION,
    MotionTarget,
    get_armature,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..jobs.review_state import ReviewMixin
from ..jobs.run_job import run_job


class ANYFRAME_OT_decode(ReviewMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Look at the same generated motion at the scene's present frame rate or any other, faster or \
slower, or at a part of it: every pose is computed anew, none is interpolated. Without a window, \
waits until that is done"""

    bl_idname = "anyframe.decode"
    bl_label = "Sample Again"
    bl_options = {"REGISTER"}

    source: bpy.props.StringProperty(
        name="Source",
        description="Name of the armature that plays the motion; if empty, the one it goes to",
        options={"SKIP_SAVE"},
    )
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    fps: bpy.props.FloatProperty(
        name="Frame Rate",
        description="Keys per second; 0 for the rate of the scene",
        default=0.0,
        options={"SKIP_SAVE"},
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="How many times as fast as it was generated",
        default=1.0,
        soft_min=LIMITS.speed_min,
        soft_max=LIMITS.speed_max,
        options={"SKIP_SAVE"},
    )
    start: bpy.props.FloatProperty(
        name="From",
        description="Seconds into the motion, as it was generated, at which the part begins",
        default=0.0,
        soft_min=0.0,
        soft_max=LIMITS.seconds_max,
        options={"SKIP_SAVE"},
    )
    end: bpy.props.FloatProperty(
        name="To",
        description="Seconds into the motion at which the part ends; 0 for the motion's end",
        default=0.0,
        soft_min=0.0,
        soft_max=LIMITS.seconds_max,
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
        """The chosen armature plays a generated motion, or a name may be given."""
        return poll_result(
            cls, bpy.app.background or has_generated_motion(context), NO_GENERATED_MOTION
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings."""
        settings = scene_settings(context.scene)
        self.speed = settings.speed
        self.start = settings.part_start
        self.end = settings.part_end
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
        check_speed(self.speed)
        armature = get_humanoid(context, self.armature)
        source = get_armature(context, self.source) if self.source else armature
        played = find_playing_action(source)
        info = generated_metadata(played.action, f"“{source.name}” plays")
        seconds = info.get("seconds")
        known = float(seconds) if isinstance(seconds, int | float) else None
        check_time_range(self.start, self.end or None, known)
        return run_job(
            self,
            {"kind": "decode", "fps": fps, **self._changes(), **foot_lock_field(self.feet)},
            title=motion_title(info) or source.name,
            target=MotionTarget.from_armature(
                armature, scene, start_frame=played.start_frame(scene.frame_current)
            ),
            apply_options=self.chosen_apply_options(moved=read_placement(played.action)),
            takes=(latent_take_bytes(info),),
            review=self.review,
        )

    def _changes(self) -> dict[str, Any]:
        """What differs from the motion as it was generated."""
        asked = {"speed": (self.speed, 1.0), "start": (self.start, 0.0), "end": (self.end, 0.0)}
        return {name: value for name, (value, usual) in asked.items() if value != usual}
