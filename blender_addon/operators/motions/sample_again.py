"""*Resample Generated Motion*: another rate, speed or range, sampled from the latent."""

from typing import Any

import bpy

from ...backend.protocol.generation_fields import FPS, SPEED
from ...backend.protocol.limits import check_time_range
from ...rig.action.fcurves import scene_fps
from ...rig.action.metadata import read_placement
from ...scene import fields
from ...scene.target import MotionTarget, get_armature, get_humanoid, scene_settings
from ..common.errors import OperatorResult, reports_job_errors
from ..common.generated_motion import (
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


class ANYFRAME_OT_decode(LatentMotionMixin, ApplyOptionsMixin, ArmatureMixin, bpy.types.Operator):
    """Sample the generated motion again at the scene's frame rate or any other, at another speed, \
or only a range of it. Every pose is computed by the model, none is interpolated. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.decode"
    bl_label = "Resample Generated Motion"
    bl_options = {"REGISTER"}

    source: bpy.props.StringProperty(
        name="Source",
        description="Name of the armature that plays the motion; if empty, the one to animate",
        options={"SKIP_SAVE"},
    )
    speed: bpy.props.FloatProperty(**fields.SPEED, options={"SKIP_SAVE"})
    start: bpy.props.FloatProperty(**fields.RANGE_START, options={"SKIP_SAVE"})
    end: bpy.props.FloatProperty(**fields.RANGE_END, options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        copy_settings(self, settings, "speed", "review")
        self.start, self.end = settings.part_start, settings.part_end
        self.feet = settings.feet_again
        copy_apply_settings(self, settings)
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None
        fps = self.fps or scene_fps(scene)
        FPS.check(fps)
        SPEED.check(self.speed)
        armature = get_humanoid(context, self.armature)
        source = get_armature(context, self.source) if self.source else armature
        playing = find_playing_action(source)
        metadata = generated_metadata(playing.action, f"“{source.name}” plays")
        seconds = metadata.get("seconds")
        length = float(seconds) if isinstance(seconds, int | float) else None
        check_time_range(self.start, self.end or None, length)
        start_frame = playing.start_frame(scene.frame_current)
        return run_job(
            self,
            {"kind": "decode", "fps": fps, **self._changed_fields(), **self.foot_lock_field()},
            title=motion_title(metadata) or source.name,
            target=MotionTarget.from_armature(armature, scene, start_frame),
            apply_options=self.chosen_apply_options(moved=read_placement(playing.action)),
            takes=(latent_take_bytes(metadata),),
            review=self.review,
        )

    def _changed_fields(self) -> dict[str, Any]:
        """Fields of a request for speed and range, where they change the generated motion."""
        values = {"speed": (self.speed, 1.0), "start": (self.start, 0.0), "end": (self.end, 0.0)}
        return {name: value for name, (value, default) in values.items() if value != default}
