"""*Resample Take*: an armature's animation at another frame rate."""

import bpy

from ...backend.protocol.generation_fields import MAX_KEY_ERROR
from ...backend.protocol.limits import LIMITS
from ...rig.action.fcurves import scene_fps
from ...rig.read.animation_source import has_selected_strip
from ...rig.resample.resample import ResampleOptions
from ...scene import fields
from ...scene.target import chosen_armature, get_humanoid, scene_settings
from ..common.errors import OperatorResult, poll_result, reports_job_errors
from ..common.generated_motion import active_action
from ..common.mixins import ArmatureMixin
from .resample_job import run_resample_jobs

NO_ANIMATION = "Choose an armature that plays an Action, or select strips in the NLA editor."


class ANYFRAME_OT_resample(ArmatureMixin, bpy.types.Operator):
    """Generate the motion between the keys of the armature's Action, or of the selected NLA \
strips, at any frame rate. Keys keep their values, and other channels stay as they are. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.resample"
    bl_label = "Resample Take"
    bl_options = {"REGISTER"}

    strips: bpy.props.BoolProperty(
        name="Selected Strips",
        description="Resample the selected NLA strips also if an Action plays",
        default=False,
        options={"SKIP_SAVE"},
    )
    fps: bpy.props.FloatProperty(**fields.RESAMPLE_FPS, options={"SKIP_SAVE"})
    slow: bpy.props.FloatProperty(**fields.TIME_SCALE, options={"SKIP_SAVE"})
    holds: bpy.props.EnumProperty(**fields.HOLDS, options={"SKIP_SAVE"})
    bound: bpy.props.FloatProperty(**fields.MAX_ERROR, options={"SKIP_SAVE"})
    exact: bpy.props.BoolProperty(**fields.EXACT, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        # A script may name an armature.
        return poll_result(cls, bpy.app.background or has_animation(context), NO_ANIMATION)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        for name in ("fps", "slow", "holds", "bound", "exact"):
            setattr(self, name, getattr(settings, f"resample_{name}"))
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None
        MAX_KEY_ERROR.check(self.bound)
        options = ResampleOptions(
            fps=self.fps or scene_fps(scene),
            # Blender stores 24 bits: rounding gives 0.1 as every other client sends it.
            time_scale=round(self.slow, 6),
            holds=self.holds,
            exact=self.exact,
        )
        armature = get_humanoid(context, self.armature)
        max_error = min(round(self.bound, 6), LIMITS.bound_max)
        return run_resample_jobs(
            self, armature, scene, options, max_error=max_error, strips=self.strips
        )


def has_animation(context: bpy.types.Context) -> bool:
    """Return whether the chosen armature has animation to resample; fast enough for polls."""
    armature = chosen_armature(context)
    if armature is None:
        return False
    return active_action(armature) is not None or has_selected_strip(armature)
