"""Text or an action to motion: the panel's Generate."""

import random
from typing import Any

import bpy

from ...backend.protocol.limits import (
    DEFAULT_BLEND_SECONDS,
    DEFAULT_ORIGINALITY,
    LIMITS,
    check_blocks,
    check_generate,
)
from ...link import session
from ...link.errors import JobError
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.model_choice import MODEL_CHOICE, conditioning_fields
from ..common.target import (
    ARMATURE_DESCRIPTION,
    MotionTarget,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..jobs.review_state import VariationsMixin
from ..jobs.run_job import run_job

ORIGINALITY_DESCRIPTION = (
    "0 stays near the captures that were learnt and moves best, 1 is drawn freely"
)
LOOP: dict[str, Any] = {
    "name": "Loop",
    "description": "The motion ends as it began, so that it can go round for ever; its last frame "
    "is the first one again",
    "default": False,
}
ALL_SELECTED: dict[str, Any] = {
    "name": "All Selected Armatures",
    "description": "A motion for each selected armature, with seeds one after the other",
    "default": False,
}
"""BoolProperties, as an operator has them and as the panel does."""

MAX_SEED = 2**31 - 1
"""What an IntProperty holds."""


class ANYFRAME_OT_generate(VariationsMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Make a motion from the prompt or the label and put it on the armature as a new action, \
from the current frame on and at the scene's frame rate. Without a window, waits until that is \
done"""

    bl_idname = "anyframe.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER"}

    # No hard limits: a value out of bounds is to be refused with a sentence, not bent in silence.
    model: bpy.props.EnumProperty(**MODEL_CHOICE, options={"SKIP_SAVE"})
    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What the character does, in English",
        options={"SKIP_SAVE"},
    )
    action: bpy.props.StringProperty(
        name="Label",
        description="Label of the kind of motion, such as “walk”, in place of a prompt or along "
        "with it; alone if the motion is made from a label",
        options={"SKIP_SAVE"},
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="Length of the motion",
        default=4.0,
        soft_min=LIMITS.seconds_min,
        soft_max=LIMITS.seconds_max,
        options={"SKIP_SAVE"},
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same prompt and seed give the same motion",
        soft_min=0,
        options={"SKIP_SAVE"},
    )
    lock_feet: bpy.props.BoolProperty(
        name="Hold Feet",
        description="Planted feet stay where they stand",
        default=True,
        options={"SKIP_SAVE"},
    )
    originality: bpy.props.FloatProperty(
        name="Originality",
        description=ORIGINALITY_DESCRIPTION,
        default=DEFAULT_ORIGINALITY,
        soft_min=0.0,
        soft_max=1.0,
        options={"SKIP_SAVE"},
    )
    candidates: bpy.props.IntProperty(
        name="Candidates",
        description="How many motions are drawn, of which the best is taken; 0 for the usual",
        soft_min=0,
        soft_max=LIMITS.candidates_max,
        options={"SKIP_SAVE"},
    )
    loop: bpy.props.BoolProperty(**LOOP, options={"SKIP_SAVE"})
    every: bpy.props.BoolProperty(**ALL_SELECTED, options={"SKIP_SAVE"})
    armature: bpy.props.StringProperty(
        name="Armature",
        description=ARMATURE_DESCRIPTION,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a scene."""
        return poll_result(cls, context.scene is not None, "Open a scene first.")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings; a seed that is not locked is drawn anew."""
        settings = scene_settings(context.scene)
        if not settings.lock_seed:
            settings.seed = random.randint(0, MAX_SEED)  # noqa: S311 not a secret
        self.model = settings.model
        self.prompt = settings.prompt
        self.action = settings.action
        self.seconds = settings.seconds
        self.seed = settings.seed
        self.lock_feet = settings.lock_feet
        self.originality = settings.originality
        self.loop = settings.loop
        self.every = settings.every
        self.variations = settings.variations
        self.review = settings.review or settings.variations > 1
        copy_apply_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.prompt, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None  # by poll
        request = {
            **conditioning_fields(self.model, self.prompt, self.action),
            "seconds": self.seconds,
            "fps": scene_fps(scene),
            "seed": self.seed,
            # Blender keeps 24 bits: 0.35 is to be what it is everywhere else.
            "originality": round(self.originality, 4),
            **({"candidates": self.candidates} if self.candidates else {}),
        }
        if self.variations != 1:
            request["variations"] = self.variations
        check_generate(**request)
        self.check_pick()
        if self.loop:
            check_blocks([self.seconds], [DEFAULT_BLEND_SECONDS], loop=True)
        if not self.lock_feet:
            request["lock_feet"] = False
        if self.loop:
            request["loop"] = True
        outcome: OperatorResult = set()
        for n, body in enumerate(self._target_armatures(context)):
            request["seed"] = self.seed + n * self.variations
            outcome = run_job(
                self,
                {"kind": "generate", **request},
                title=request["prompt"] or request["action"],
                target=MotionTarget.from_armature(body, scene),
                apply_options=self.chosen_apply_options(),
                review=self.should_review(),
                pick=self.pick,
            )
        return outcome

    def _target_armatures(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        """The armatures that a motion is made for: all are looked at before the first job begins"""
        if not self.every:
            return [get_humanoid(context, self.armature)]
        names = sorted(item.name for item in context.selected_objects if item.type == "ARMATURE")
        if not names:
            raise JobError("No armature is selected: select those that are to be animated.")
        return [get_humanoid(context, name) for name in names]
