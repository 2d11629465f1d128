"""*Generate*: a motion from a prompt or from a label."""

from typing import Any

import bpy

from ...backend.protocol.generation_fields import TRANSITION
from ...backend.protocol.limits import check_blocks, check_generate
from ...link.errors import JobError
from ...rig.action.fcurves import scene_fps
from ...scene import fields
from ...scene.blocks import conditioning_fields
from ...scene.target import MotionTarget, get_humanoid, scene_settings
from ..common.errors import OperatorResult, enabled_if, reports_job_errors
from ..common.mixins import (
    ApplyOptionsMixin,
    CandidatesMixin,
    VariationsMixin,
    copy_panel_settings,
    random_seed,
)
from ..jobs.run_job import run_job


class ANYFRAME_OT_generate(CandidatesMixin, VariationsMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Generate a motion from the prompt or the label and apply it to the armature, from the \
current frame and at the scene's frame rate. Without a window, wait until that is done"""

    bl_idname = "anyframe.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER"}

    model: bpy.props.EnumProperty(**fields.MODEL_CHOICE, options={"SKIP_SAVE"})
    prompt: bpy.props.StringProperty(**fields.PROMPT, options={"SKIP_SAVE"})
    action: bpy.props.StringProperty(**fields.LABEL, options={"SKIP_SAVE"})
    seconds: bpy.props.FloatProperty(**fields.SECONDS, options={"SKIP_SAVE"})
    seed: bpy.props.IntProperty(**fields.SEED, options={"SKIP_SAVE"})
    every: bpy.props.BoolProperty(**fields.ALL_SELECTED, options={"SKIP_SAVE"})

    poll = enabled_if(lambda context: context.scene, "Open a scene first.")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings, with a new seed unless it is locked."""
        settings = scene_settings(context.scene)
        if not settings.lock_seed:
            settings.seed = random_seed()
        copy_panel_settings(
            self,
            settings,
            *("model", "prompt", "action", "seconds", "seed", "lock_feet", "originality"),
            *("loop", "every", "variations"),
        )
        self.review = settings.review or settings.variations > 1
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        request = {
            **conditioning_fields(self.model, self.prompt, self.action),
            "seconds": self.seconds,
            "fps": scene_fps(scene),
            "seed": self.seed,
            **self.sampling_fields(),
            **({"variations": self.variations} if self.variations != 1 else {}),
        }
        check_generate(**request)
        self.check_pick()
        if self.loop:
            check_blocks([self.seconds], [TRANSITION.default], loop=True)
        request |= self.switch_fields()
        result: OperatorResult = set()
        # All armatures are checked before the first job starts.
        for n, armature in enumerate(self._target_armatures(context)):
            request["seed"] = self.seed + n * self.variations
            result = run_job(
                self,
                {"kind": "generate", **request},
                title=request["prompt"] or request["action"],
                target=MotionTarget.from_armature(armature, scene),
                apply_options=self.chosen_apply_options(),
                review=self.should_review(),
                pick=self.pick,
            )
        return result

    def _target_armatures(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        if not self.every:
            return [get_humanoid(context, self.armature)]
        names = sorted(item.name for item in context.selected_objects if item.type == "ARMATURE")
        if not names:
            raise JobError("No armature is selected: select those that are to be animated.")
        return [get_humanoid(context, name) for name in names]
