"""Properties and methods that several operators share.

A mixin stands beside `bpy.types.Operator` among the bases of an operator. In a base that is itself
derived from it, Blender does not look for properties.
"""

import random
from collections.abc import Callable
from typing import Any

import bpy

from ...link.errors import JobError
from ...rig.apply.options import ApplyOptions
from ...scene import fields
from ...scene.request_record import apply_options_from_dict
from ...scene.target import NO_ARMATURE, chosen_armature
from .errors import OperatorResult, poll_result, reports_errors

_PROPERTIES: dict[type, Callable[..., Any]] = {
    str: bpy.props.StringProperty,
    bool: bpy.props.BoolProperty,
    int: bpy.props.IntProperty,
}


def copy_settings(operator: Any, settings: Any, *names: str) -> None:
    """Set properties of an operator to those of the panel with the same names."""
    for name in names:
        setattr(operator, name, getattr(settings, name))


def copy_panel_settings(operator: Any, settings: Any, *names: str) -> None:
    """The same for these properties and those of `ApplyOptionsMixin`."""
    copy_settings(operator, settings, *names, *fields.KEYING_NAMES, *fields.APPLY_NAMES)


def argument(name: str, description: str, default: Any = "", **options: Any) -> Any:
    """A property of an operator, of the type of its default, which it has again at each call."""
    return _PROPERTIES[type(default)](
        name=name, description=description, default=default, options={"SKIP_SAVE"}, **options
    )


def insert_item(owner: Any, items: Any, index_name: str) -> Any:
    """Add an item to a list after the selected one, select it and return it.

    The list is a collection in the property group `owner`, which also has its selected index.
    """
    items.add()
    index = min(getattr(owner, index_name) + 1, len(items) - 1)
    items.move(len(items) - 1, index)
    setattr(owner, index_name, index)
    return items[index]


def _has_selected_item(owner: Any, items: Any, index_name: str) -> bool:
    return 0 <= getattr(owner, index_name) < len(items)


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
        # A script may give a name.
        available = bpy.app.background or chosen_armature(context) is not None
        return poll_result(cls, available, NO_ARMATURE)


class OpenFileMixin:
    """An `invoke` that asks for a file or a folder."""

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class SaveFileMixin(OpenFileMixin):
    """The same for a file to be written."""

    check_existing: bpy.props.BoolProperty(
        name="Warn Before Overwriting", default=True, options={"HIDDEN"}
    )


class SaveArmatureMixin(ArmatureMixin, SaveFileMixin):
    """The same for something of an armature, whose name is proposed as that of the file."""

    suffix: str

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        armature = chosen_armature(context)
        if armature is not None:
            self.filepath = bpy.path.clean_name(armature.name) + self.suffix
        return super().invoke(context, event)


class ConfirmMixin:
    """An `invoke` that asks for confirmation."""

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        return context.window_manager.invoke_confirm(self, event)


class MotionFileMixin(ArmatureMixin):
    """A file with a motion."""

    filepath: bpy.props.StringProperty(
        name="File", description="An AMASS .npz or a .bvh file", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default="*.npz;*.bvh", options={"HIDDEN"})


class ApplyOptionsMixin(ArmatureMixin):
    """An armature, options of applying a motion to it, and of its keys."""

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
    pick: argument(
        "Pick", "Variation to apply if they are not reviewed, counted from 0", 0, soft_min=0
    )

    def check_pick(self) -> None:
        """Raise JobError if there is no such variation."""
        if not 0 <= self.pick < self.variations:
            raise JobError(
                f"The variation must be between 0 and {self.variations - 1} (got {self.pick})."
            )

    def should_review(self: Any) -> bool:
        """Return whether to review; unless a script sets it, several variations in a window are."""
        if self.properties.is_property_set("review"):
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


class SelectedItemMixin:
    """Operators on the selected item of a list in the scene.

    `edited_list` gives the arguments of `insert_item`, and `no_item` a sentence if there is none.
    """

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        selected = context.scene is not None and _has_selected_item(*cls.edited_list(context))
        return poll_result(cls, selected, cls.no_item)


class RemoveItemMixin:
    """Removal of the selected item, after which its neighbour is selected."""

    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self: Any, context: bpy.types.Context) -> None:
        owner, items, index_name = self.edited_list(context)
        if not _has_selected_item(owner, items, index_name):
            raise JobError(self.no_item)
        items.remove(getattr(owner, index_name))
        setattr(owner, index_name, max(min(getattr(owner, index_name), len(items) - 1), 0))


class MoveItemMixin:
    """Move of the selected item by one, unless it is at that end already."""

    bl_options = {"REGISTER", "UNDO"}

    up: argument("Up", "Move up instead of down", True)

    def execute(self: Any, context: bpy.types.Context) -> OperatorResult:
        owner, items, index_name = self.edited_list(context)
        index = getattr(owner, index_name)
        target = index + (-1 if self.up else 1)
        if 0 <= index < len(items) and 0 <= target < len(items):
            items.move(index, target)
            setattr(owner, index_name, target)
        return {"FINISHED"}
