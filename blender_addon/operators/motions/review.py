"""Operators of the panel *Review*: choose, apply or discard the motions under review."""

from typing import Any

import bpy

from ...backend.protocol.limits import check_generate
from ...link import session
from ...link.errors import JobError
from ...scene.blocks import conditioning_fields
from ...scene.target import scene_settings
from ..common.errors import (
    USER_ERRORS,
    OperatorResult,
    enabled_if,
    poll_result,
    report_error,
    report_message,
    reports_job_errors,
)
from ..common.mixins import argument
from ..jobs.hidden_meshes import show_all_meshes, update_hidden_meshes
from ..jobs.review_state import review_state
from ..jobs.run_job import apply_to_target, generation_alerts, generation_remarks, run_job

_NO_REVIEW = "Nothing is under review."


class ANYFRAME_OT_step_variation(bpy.types.Operator):
    """Show the next of the motions under review, or the previous one"""

    bl_idname = "anyframe.step_variation"
    bl_label = "Next Variation"
    bl_options = {"INTERNAL"}

    step: argument("Step", "1 for the next one, -1 for the previous one", 1)

    poll = enabled_if(lambda _: len(review_state.variations) > 1, "There is no other variation.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        index = review_state.chosen_index + self.step
        review_state.update(chosen_index=index % len(review_state.variations))
        return {"FINISHED"}


class ANYFRAME_OT_accept_variation(bpy.types.Operator):
    """Apply the chosen variation to its armature, as one undo step, and discard the others for \
the same frame"""

    bl_idname = "anyframe.accept_variation"
    bl_label = "Accept"
    bl_options = {"REGISTER"}

    variation: argument(
        "Variation", "Number of the variation, counted from 0; -1 for the chosen one", -1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not poll_result(cls, bool(review_state.variations), _NO_REVIEW):
            return False
        # Undo steps of other modes have no Actions.
        reason = "Go back to Object or Pose Mode to apply it."
        return poll_result(cls, context.mode in {"OBJECT", "POSE"}, reason)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        count = len(review_state.variations)
        if self.variation >= count:
            return report_error(
                self, f"The variation must be between 0 and {count - 1} (got {self.variation})."
            )
        index = review_state.chosen_index if self.variation < 0 else self.variation
        variation = review_state.variations[index]
        show_all_meshes()  # so that the undo step has the character as it was
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
        request, take = variation.request, variation.take
        message = " ".join([message, *generation_remarks(request, take)])
        session.queue.report_outcome(variation.title, message, generation_alerts(request, take))
        return report_message(self, message)


class ANYFRAME_OT_discard_review(bpy.types.Operator):
    """Discard all motions under review. The armature stays as it is"""

    bl_idname = "anyframe.discard_review"
    bl_label = "Discard"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: review_state.variations, _NO_REVIEW)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        review_state.discard_all()
        session.queue.report_outcome(self.bl_label, "Discarded; nothing was changed.")
        return {"FINISHED"}


class _SeedMixin:
    """Operators on a chosen variation that was sampled from one seed."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = review_state.chosen_variation
        if not poll_result(cls, chosen is not None, _NO_REVIEW):
            return False
        has_seed = chosen is not None and chosen.seed is not None
        return poll_result(cls, has_seed, "This motion was not sampled from one seed.")


class ANYFRAME_OT_copy_seed(_SeedMixin, bpy.types.Operator):
    """Copy the seed of the chosen variation to the clipboard"""

    bl_idname = "anyframe.copy_seed"
    bl_label = "Copy Seed"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        chosen: Any = review_state.chosen_variation
        context.window_manager.clipboard = str(chosen.seed)
        return report_message(self, f"Copied the seed {chosen.seed}")


class ANYFRAME_OT_again_with_seed(_SeedMixin, bpy.types.Operator):
    """Generate another motion with the seed of the chosen variation and the panel's other \
settings, and add it to the review"""

    bl_idname = "anyframe.again_with_seed"
    bl_label = "Generate with This Seed"
    bl_options = {"REGISTER"}

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        chosen: Any = review_state.chosen_variation
        settings = scene_settings(context.scene)
        given = {
            **conditioning_fields(settings.model, settings.prompt, settings.action),
            "seconds": settings.seconds,
            "originality": round(settings.originality, 4),
        }
        before = {name: chosen.request.get(name) for name in given}
        if before == given and chosen.request.get("lock_feet", True) == settings.lock_feet:
            raise JobError(
                "The same input and seed give the same motion: change the prompt, the length or "
                "the originality first."
            )
        # The best of several candidates need not be the one of this seed.
        request = {**given, "fps": chosen.request["fps"], "seed": chosen.seed, "candidates": 1}
        check_generate(**request)
        if not settings.lock_feet:
            request["lock_feet"] = False
        return run_job(
            self,
            {"kind": "generate", **request},
            title=given["prompt"] or given["action"],
            target=chosen.target,
            apply_options=chosen.apply_options,
            review=True,
        )
