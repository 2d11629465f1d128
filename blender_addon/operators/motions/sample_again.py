"""*Resample Generated Motion* and *Interpolate*: motions sampled from latents of generated ones."""

from typing import Any

import bpy

from ...backend.protocol.generation_fields import FPS, INTERPOLATION_FACTOR, SPEED
from ...backend.protocol.limits import check_time_range
from ...link.errors import JobError
from ...rig.action.fcurves import scene_fps
from ...rig.action.metadata import read_placement
from ...scene import fields
from ...scene.settings import search_generated_actions
from ...scene.target import MotionTarget, get_armature, get_humanoid, scene_settings
from ..common.errors import OperatorResult, enabled_if, reports_job_errors
from ..common.generated_motion import (
    PlayingAction,
    find_playing_action,
    generated_metadata,
    has_generated_motion,
    latent_take_bytes,
    motion_title,
)
from ..common.mixins import ApplyOptionsMixin, ReviewMixin, argument, copy_panel_settings
from ..jobs.run_job import run_job


class _LatentMotionMixin(ReviewMixin, ApplyOptionsMixin):
    """Motions that are sampled from the latents of generated ones."""

    fps: bpy.props.FloatProperty(**fields.RESAMPLE_FPS, options={"SKIP_SAVE"})
    feet: bpy.props.EnumProperty(**fields.FOOT_LOCK_AGAIN, options={"SKIP_SAVE"})

    # A script may name the motions.
    poll = enabled_if(
        lambda context: bpy.app.background or has_generated_motion(context),
        "The armature plays no motion that Anyframe generated.",
    )

    def sample_latents(
        self: Any,
        context: bpy.types.Context,
        playing: PlayingAction,
        request: dict[str, Any],
        title: str,
        *sources: dict[str, Any],
    ) -> OperatorResult:
        """Submit a request with the latents of `sources`, for the place of the playing motion."""
        scene: Any = context.scene
        target = MotionTarget.from_armature(
            get_humanoid(context, self.armature), scene, playing.start_frame(scene.frame_current)
        )
        foot_lock = {} if self.feet == "AS_MADE" else {"lock_feet": self.feet == "HOLD"}
        return run_job(
            self,
            {"fps": self.fps or scene_fps(scene), **request, **foot_lock},
            title=title,
            target=target,
            apply_options=self.chosen_apply_options(moved=read_placement(playing.action)),
            takes=tuple(map(latent_take_bytes, sources)),
            review=self.review,
        )


class ANYFRAME_OT_decode(_LatentMotionMixin, bpy.types.Operator):
    """Sample the generated motion again at the scene's frame rate or any other, at another speed, \
or only a range of it. Every pose is computed by the model, none is interpolated. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.decode"
    bl_label = "Resample Generated Motion"
    bl_options = {"REGISTER"}

    source: argument(
        "Source", "Name of the armature that plays the motion; if empty, the one to animate"
    )
    speed: bpy.props.FloatProperty(**fields.SPEED, options={"SKIP_SAVE"})
    start: bpy.props.FloatProperty(**fields.RANGE_START, options={"SKIP_SAVE"})
    end: bpy.props.FloatProperty(**fields.RANGE_END, options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        self.start, self.end = settings.part_start, settings.part_end
        self.feet = settings.feet_again
        copy_panel_settings(self, settings, "speed", "review")
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        FPS.check(self.fps or scene_fps(scene))
        SPEED.check(self.speed)
        armature = get_humanoid(context, self.armature)
        source = get_armature(context, self.source) if self.source else armature
        playing = find_playing_action(source)
        metadata = generated_metadata(playing.action, f"“{source.name}” plays")
        seconds = metadata.get("seconds")
        length = float(seconds) if isinstance(seconds, int | float) else None
        check_time_range(self.start, self.end or None, length)
        values = {"speed": (self.speed, 1.0), "start": (self.start, 0.0), "end": (self.end, 0.0)}
        changed = {name: value for name, (value, default) in values.items() if value != default}
        title = motion_title(metadata) or source.name
        return self.sample_latents(context, playing, {"kind": "decode", **changed}, title, metadata)


class ANYFRAME_OT_interpolate(_LatentMotionMixin, bpy.types.Operator):
    """Generate a motion between the one that the armature plays and another generated one. The \
model makes it from both latents; poses are not mixed. Without a window, wait until that is done"""

    bl_idname = "anyframe.interpolate"
    bl_label = "Interpolate"
    bl_options = {"REGISTER"}

    first: argument(
        "First",
        "Name of an Action with a generated motion; if empty, the playing one",
        search=search_generated_actions,
    )
    second: argument(
        "Second",
        "Name of another Action with a generated motion",
        search=search_generated_actions,
    )
    share: bpy.props.FloatProperty(**fields.INTERPOLATION, options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        self.second, self.feet = settings.blend_with, settings.feet_again
        copy_panel_settings(self, settings, "share", "review")
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        FPS.check(self.fps or scene_fps(scene))
        INTERPOLATION_FACTOR.check(self.share)
        armature = get_humanoid(context, self.armature)
        if self.first:
            playing, subject = PlayingAction(_get_action(self.first)), f"“{self.first}” has"
        else:
            playing, subject = find_playing_action(armature), f"“{armature.name}” plays"
        first = generated_metadata(playing.action, subject)
        second = generated_metadata(_get_action(self.second), f"“{self.second}” has")
        title = " / ".join(filter(None, map(motion_title, (first, second)))) or armature.name
        request = {"kind": "interpolate", "share": self.share}
        return self.sample_latents(context, playing, request, title, first, second)


def _get_action(name: str) -> Any:
    if not name:
        raise JobError("Choose a second motion to interpolate with.")
    action = bpy.data.actions.get(name)
    if action is None:
        raise JobError(f"There is no Action called “{name}”.")
    return action
