"""An armature's own motion at a higher rate: the backend says what happens between its keys."""

from typing import Any

import bpy

from ...backend.protocol.limits import DEFAULT_ERROR_BOUND, LIMITS, check_error_bound
from ...link import session
from ...rig.read.animation_source import has_selected_strip
from ...rig.resample.resample import ResampleOptions
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.generated_motion import active_action
from ..common.target import (
    ARMATURE_DESCRIPTION,
    chosen_armature,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from .resample_job import run_resample_jobs

NO_ANIMATION = "Choose an armature that plays an action, or select strips in the NLA editor."

RESAMPLE_FPS: dict[str, Any] = {
    "name": "Frame Rate",
    "description": "Keys per second; 0 for the rate of the scene",
    "default": 0.0,
    "soft_max": 240.0,
    "step": 100,
    "precision": 3,
}
TIME_SCALE: dict[str, Any] = {
    "name": "Time Scale",
    "description": "How many times as fast the motion plays then: 0.25 is slow motion, four times "
    "as long, with keys in between",
    "default": 1.0,
    "soft_min": 0.05,
    "soft_max": 4.0,
    "step": 5,
    "precision": 3,
}
HOLDS: dict[str, Any] = {
    "name": "Holds",
    "description": "What becomes of animation on twos, and of stepped keys",
    "items": (
        ("KEEP", "Keep", "What stands still goes on standing still"),
        (
            "SMOOTH",
            "Smooth",
            "Move through short holds and stepped keys; keys that only repeat the one before go",
        ),
    ),
    "default": "KEEP",
}
MAX_ERROR: dict[str, Any] = {
    "name": "Trust",
    "description": "How far joints may be off, on average, where a key of this motion is left out "
    "for a test: beyond that its surroundings get a plain spline, unless it does worse",
    "default": DEFAULT_ERROR_BOUND,
    "soft_max": 0.2,
    "step": 0.5,
    "precision": 3,
    "subtype": "DISTANCE",
}
EXACT: dict[str, Any] = {
    "name": "Exact",
    "description": "Put keys on each frame of the rate just where the curves are, without the "
    "backend: to thin out a dense capture, or to bake what is there",
    "default": False,
}
"""What an operator asks and what the panel asks are the same properties."""

_PANEL_FIELDS = {
    "fps": "resample_fps",
    "slow": "resample_slow",
    "holds": "resample_holds",
    "bound": "resample_bound",
    "exact": "resample_exact",
}


class ANYFRAME_OT_resample(bpy.types.Operator):
    """Fill in what happens between the keys of the armature's action, or of the selected NLA \
strips, at any frame rate. The keys keep their values, and what is no part of the body stays as it \
is. Without a window, waits until that is done"""

    bl_idname = "anyframe.resample"
    bl_label = "Resample Take"
    bl_options = {"REGISTER"}

    # No hard limits: a value out of bounds is to be refused with a sentence, not bent in silence.
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    strips: bpy.props.BoolProperty(
        name="Selected Strips",
        description="Resample the selected NLA strips also if an action plays",
        default=False,
        options={"SKIP_SAVE"},
    )
    fps: bpy.props.FloatProperty(**RESAMPLE_FPS, soft_min=0.0, options={"SKIP_SAVE"})
    slow: bpy.props.FloatProperty(**TIME_SCALE, options={"SKIP_SAVE"})
    holds: bpy.props.EnumProperty(**HOLDS, options={"SKIP_SAVE"})
    bound: bpy.props.FloatProperty(**MAX_ERROR, soft_min=0.0, options={"SKIP_SAVE"})
    exact: bpy.props.BoolProperty(**EXACT, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen armature plays something, or a name may be given."""
        return poll_result(cls, bpy.app.background or has_animation(context), NO_ANIMATION)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings."""
        settings = scene_settings(context.scene)
        for name, of_panel in _PANEL_FIELDS.items():
            setattr(self, name, getattr(settings, of_panel))
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the first job; in background mode finish them all."""
        try:
            scene = context.scene
            assert scene is not None
            check_error_bound(self.bound)
            wish = ResampleOptions(
                fps=self.fps or scene_fps(scene),
                # Blender keeps 24 bits: 0.1 is to be what it is everywhere else.
                time_scale=round(self.slow, 6),
                holds=self.holds,
                exact=self.exact,
            )
            armature = get_humanoid(context, self.armature)
            bound = min(round(self.bound, 6), LIMITS.bound_max)
            return run_resample_jobs(
                self, armature, scene, wish, max_error=bound, strips=self.strips
            )
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)


def has_animation(context: bpy.types.Context) -> bool:
    """Whether the chosen armature has what can be resampled; quick enough for a poll."""
    armature = chosen_armature(context)
    if armature is None:
        return False
    return active_action(armature) is not None or has_selected_strip(armature)
