"""Choosing from the motions under review: which one is looked at, accepted, made anew."""

from typing import Any

import bpy

from ...backend.protocol.limits import check_generate
from ...link import session
from ...link.errors import JobError
from ..armature.custom_meshes import show_all_meshes, update_hidden_meshes
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.model_choice import conditioning_fields
from ..common.target import scene_settings
from ..jobs.review_state import Variation, review_state
from ..jobs.run_job import apply_to_target, generation_alerts, generation_remarks, run_job

_NO_REVIEW = "Nothing is under review."


class ANYFRAME_OT_step_variation(bpy.types.Operator):
    """Look at the next of the motions under review, or the previous one"""

    bl_idname = "anyframe.step_variation"
    bl_label = "Next Variation"
    bl_options = {"INTERNAL"}

    step: bpy.props.IntProperty(name="Step", default=1, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is another one."""
        return poll_result(cls, len(review_state.variations) > 1, "There is no other variation.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Go round."""
        review_state.chosen_index = (review_state.chosen_index + self.step) % len(
            review_state.variations
        )
        return {"FINISHED"}


class ANYFRAME_OT_accept_variation(bpy.types.Operator):
    """Put the chosen motion on its armature, as one undo step; the others that were made for it \
are let go"""

    bl_idname = "anyframe.accept_variation"
    bl_label = "Accept"
    bl_options = {"REGISTER"}

    variation: bpy.props.IntProperty(
        name="Variation",
        description="Which one, counted from 0; -1 for the one that is chosen",
        default=-1,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is something, and a mode whose undo steps hold actions."""
        if not poll_result(cls, bool(review_state.variations), _NO_REVIEW):
            return False
        why_not = "Go back to Object or Pose Mode to apply it."
        return poll_result(cls, context.mode in {"OBJECT", "POSE"}, why_not)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Write the keys as if it had never been looked at."""
        count = len(review_state.variations)
        if self.variation >= count:
            return report_error(self, f"There are {count} variations, counted from 0.")
        place = review_state.chosen_index if self.variation < 0 else self.variation
        variation = review_state.variations[place]
        show_all_meshes()  # the undo step is to have the character as it was
        try:
            message = apply_to_target(
                variation.target,
                variation.take,
                variation.title,
                variation.apply_options,
                variation.record,
            )
        except USER_ERRORS as error:
            update_hidden_meshes()
            return report_error(self, error)
        review_state.discard_alternatives(variation)
        remarks = generation_remarks(variation.request, variation.take)
        said = " ".join([message, *remarks])
        alerts = generation_alerts(variation.request, variation.take)
        session.queue.report_outcome(variation.title, said, alerts)
        self.report({"INFO"}, said)
        return {"FINISHED"}


class ANYFRAME_OT_discard_review(bpy.types.Operator):
    """Let go of all motions under review; nothing in the file has changed"""

    bl_idname = "anyframe.discard_review"
    bl_label = "Discard"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is something."""
        return poll_result(cls, bool(review_state.variations), _NO_REVIEW)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Forget them."""
        review_state.discard_all()
        session.queue.report_outcome(self.bl_label, "Discarded; nothing was changed.")
        return {"FINISHED"}


class ANYFRAME_OT_copy_seed(bpy.types.Operator):
    """Copy the seed of the chosen motion to the clipboard, to paste it into the field Seed"""

    bl_idname = "anyframe.copy_seed"
    bl_label = "Copy Seed"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen one has a seed."""
        return _chosen_has_seed(cls)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Copy it."""
        chosen = review_state.chosen_variation
        assert chosen is not None  # by poll
        context.window_manager.clipboard = str(chosen.seed)
        self.report({"INFO"}, f"Copied the seed {chosen.seed}")
        return {"FINISHED"}


class ANYFRAME_OT_again_with_seed(bpy.types.Operator):
    """Make another motion with the seed of the chosen one and what the panel says now: other \
words, another length, more originality. It joins the motions under review"""

    bl_idname = "anyframe.again_with_seed"
    bl_label = "Another with This Seed"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen one has a seed."""
        return _chosen_has_seed(cls)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        chosen = review_state.chosen_variation
        assert chosen is not None  # by poll
        try:
            return self._run(chosen, scene_settings(context.scene))
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, chosen: Variation, settings: Any) -> OperatorResult:
        words = {
            **conditioning_fields(settings.model, settings.prompt, settings.action),
            "seconds": settings.seconds,
            "originality": round(settings.originality, 4),
        }
        asked = {name: chosen.request.get(name) for name in words}
        feet = {} if settings.lock_feet else {"lock_feet": False}
        if asked == words and chosen.request.get("lock_feet", True) == settings.lock_feet:
            raise JobError(
                "With the same seed the same words give the same motion: change the prompt, its "
                "length or the originality first."
            )
        # Of several candidates the best is taken, which need not be the seed's own.
        request = {**words, "fps": chosen.request["fps"], "seed": chosen.seed, "candidates": 1}
        check_generate(**request)
        return run_job(
            self,
            {"kind": "generate", **request, **feet},
            title=words["prompt"] or words["action"],
            target=chosen.target,
            apply_options=chosen.apply_options,
            review=True,
        )


def _chosen_has_seed(operator: type[bpy.types.Operator]) -> bool:
    chosen = review_state.chosen_variation
    if not poll_result(operator, chosen is not None, _NO_REVIEW):
        return False
    seeded = chosen is not None and chosen.seed is not None
    return poll_result(operator, seeded, "This motion was not drawn from a seed.")
