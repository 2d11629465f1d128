"""Properties and methods that several operators share.

A mixin stands beside `bpy.types.Operator` among the bases of an operator. In a base that is itself
derived from it, Blender does not look for properties.
"""

import random
from typing import Any

import bpy

from ...link.errors import JobError
from ...rig.apply.options import ApplyOptions
from ...scene import fields
from ...scene.request_record import apply_options_from_dict
from ...scene.target import NO_ARMATURE, chosen_armature
from .errors import OperatorResult, poll_result
from .generated_motion import NO_GENERATED_MOTION, has_generated_motion


def copy_settings(operator: Any, settings: Any, *names: str) -> None:
    """Set properties of an operator to those of the panel with the same names."""
    for name in names:
        setattr(operator, name, getattr(settings, name))


def copy_apply_settings(operator: Any, settings: Any) -> None:
    """Set the properties of `ApplyOptionsMixin` to those of the panel."""
    copy_settings(operator, settings, *fields.KEYING_NAMES, *fields.APPLY_NAMES)


def random_seed() -> int:
    return random.randint(0, fields.MAX_SEED)  # noqa: S311 not a secret


class ArmatureMixin:
    """The name of an armature."""

    armature: bpy.props.StringProperty(
        name="Armature",
        description="Name of the armature; if empty, the one chosen in the panel or the active one",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        operator: Any = cls
        # A script may give a name.
        available = bpy.app.background or chosen_armature(context) is not None
        return poll_result(operator, available, NO_ARMATURE)


class OpenFileMixin:
    """An `invoke` that asks for a file or a folder."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        operator: Any = self
        context.window_manager.fileselect_add(operator)
        return {"RUNNING_MODAL"}


class SaveFileMixin(OpenFileMixin):
    """The same for a file to be written."""

    check_existing: bpy.props.BoolProperty(
        name="Warn Before Overwriting", default=True, options={"HIDDEN"}
    )


class MotionFileMixin(ArmatureMixin):
    """A file with a motion."""

    filepath: bpy.props.StringProperty(
        name="File", description="An AMASS .npz or a .bvh file", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default="*.npz;*.bvh", options={"HIDDEN"})


class ApplyOptionsMixin:
    """Options of applying a motion to an armature, and of its keys."""

    keying: bpy.props.EnumProperty(**fields.KEYING, options={"SKIP_SAVE"})
    key_step: bpy.props.IntProperty(**fields.KEY_STEP, options={"SKIP_SAVE"})
    key_distance: bpy.props.FloatProperty(**fields.KEY_DISTANCE, options={"SKIP_SAVE"})
    key_angle: bpy.props.FloatProperty(**fields.KEY_ANGLE, options={"SKIP_SAVE"})
    destination: bpy.props.EnumProperty(**fields.DESTINATION, options={"SKIP_SAVE"})
    part: bpy.props.EnumProperty(**fields.BODY_PART, options={"SKIP_SAVE"})
    fade: bpy.props.IntProperty(**fields.BLEND_FRAMES, options={"SKIP_SAVE"})
    carrier: bpy.props.EnumProperty(**fields.ROOT_MOTION, options={"SKIP_SAVE"})
    limbs: bpy.props.EnumProperty(**fields.LIMBS, options={"SKIP_SAVE"})
    in_place: bpy.props.BoolProperty(**fields.IN_PLACE, options={"SKIP_SAVE"})
    plant_feet: bpy.props.BoolProperty(**fields.MATCH_FOOT_CONTACTS, options={"SKIP_SAVE"})
    ground: bpy.props.FloatProperty(**fields.GROUND, options={"SKIP_SAVE"})
    where_it_stands: bpy.props.BoolProperty(**fields.CONTINUE_FROM_POSE, options={"SKIP_SAVE"})
    asset: bpy.props.BoolProperty(**fields.MARK_AS_ASSET, options={"SKIP_SAVE"})

    def chosen_apply_options(self, **overrides: Any) -> ApplyOptions:
        """The options by these properties; LimitError if a value is out of bounds."""
        names = (*fields.KEYING_NAMES, *fields.APPLY_NAMES)
        return apply_options_from_dict({name: getattr(self, name) for name in names}, **overrides)


class ReviewMixin:
    """The option to review a motion before it is applied."""

    review: bpy.props.BoolProperty(**fields.REVIEW, options={"SKIP_SAVE"})


class VariationsMixin(ReviewMixin):
    """The number of motions, and the one that is applied without a review."""

    variations: bpy.props.IntProperty(**fields.VARIATIONS, options={"SKIP_SAVE"})
    pick: bpy.props.IntProperty(
        name="Pick",
        description="Variation to apply if they are not reviewed, counted from 0",
        soft_min=0,
        options={"SKIP_SAVE"},
    )

    def check_pick(self) -> None:
        """Raise JobError if there is no such variation."""
        if not 0 <= self.pick < self.variations:
            raise JobError(
                f"The variation must be between 0 and {self.variations - 1} (got {self.pick})."
            )

    def should_review(self) -> bool:
        """Return whether to review; unless a script sets it, several variations in a window are."""
        operator: Any = self
        if operator.properties.is_property_set("review"):
            return self.review
        return self.variations > 1 and not bpy.app.background


class GenerationMixin:
    """Fields of requests for new motions, from prompts, labels or a style."""

    lock_feet: bpy.props.BoolProperty(**fields.FOOT_LOCK, options={"SKIP_SAVE"})
    loop: bpy.props.BoolProperty(**fields.LOOP, options={"SKIP_SAVE"})

    def switch_fields(self) -> dict[str, bool]:
        """Fields of a request for the properties that differ from their defaults."""
        return {
            **({"loop": True} if self.loop else {}),
            **({} if self.lock_feet else {"lock_feet": False}),
        }


class CandidatesMixin(GenerationMixin):
    """Fields of requests for motions of which the best candidate is used."""

    originality: bpy.props.FloatProperty(**fields.ORIGINALITY, options={"SKIP_SAVE"})
    candidates: bpy.props.IntProperty(**fields.CANDIDATES, options={"SKIP_SAVE"})

    def sampling_fields(self) -> dict[str, Any]:
        return {
            # Blender stores 24 bits: rounding gives 0.35 as every other client sends it.
            "originality": round(self.originality, 4),
            **({"candidates": self.candidates} if self.candidates else {}),
        }


class LatentMotionMixin(ReviewMixin):
    """Properties of motions that are sampled from the latents of generated ones."""

    fps: bpy.props.FloatProperty(**fields.RESAMPLE_FPS, options={"SKIP_SAVE"})
    feet: bpy.props.EnumProperty(**fields.FOOT_LOCK_AGAIN, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        operator: Any = cls
        # A script may name the motions.
        available = bpy.app.background or has_generated_motion(context)
        return poll_result(operator, available, NO_GENERATED_MOTION)

    def foot_lock_field(self) -> dict[str, bool]:
        """The field of a request for the foot lock; empty for that of the source."""
        return {} if self.feet == "AS_MADE" else {"lock_feet": self.feet == "HOLD"}
