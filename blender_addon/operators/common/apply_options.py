"""What operators that put a motion on an armature share: how it is put there."""

from collections.abc import Mapping
from typing import Any

import bpy

from ...rig.apply.options import ApplyOptions
from .keying_options import KeyingMixin, copy_keying_settings, keying_from_dict, keying_to_dict

# What an operator asks and what the panel asks are the same properties.
DESTINATION: dict[str, Any] = {
    "name": "Into",
    "description": "Where the keys go",
    "items": (
        ("NEW_ACTION", "New Action", "A new action, which also does what the old one did besides"),
        ("SAME_ACTION", "Same Action", "The action that plays: only the motion's frames change"),
        ("NLA_STRIP", "NLA Strip", "A strip of its own, above what plays"),
    ),
    "default": "NEW_ACTION",
}
BODY_PART: dict[str, Any] = {
    "name": "Body Part",
    "description": "What of the body is animated; the rest is left as it is",
    "items": (
        ("BODY", "Whole Body", ""),
        ("UPPER_BODY", "Upper Body", "Spine, head and arms"),
        ("LOWER_BODY", "Lower Body", "Hips and legs, and the way through space"),
        ("ARMS", "Both Arms", ""),
        ("LEFT_ARM", "Left Arm", ""),
        ("RIGHT_ARM", "Right Arm", ""),
        ("HEAD", "Head", "Neck and head"),
    ),
    "default": "BODY",
}
BLEND_FRAMES: dict[str, Any] = {
    "name": "Blend",
    "description": "Frames over which the motion takes over from what was there, and gives back",
    "default": 0,
    "soft_max": 60,
}
ROOT_MOTION: dict[str, Any] = {
    "name": "Travel On",
    "description": "What goes along with the body",
    "items": (
        ("HIPS", "Hips", "The bone that carries the body"),
        ("ROOT", "Root Bone", "The topmost bone, on the ground under the hips; for game engines"),
        ("OBJECT", "Object", "The armature object, from where it is"),
    ),
    "default": "HIPS",
}
LIMBS: dict[str, Any] = {
    "name": "Limbs",
    "description": "How arms and legs of a control rig such as Rigify's are posed",
    "items": (
        ("FK", "FK", "Bone by bone"),
        ("IK_LEGS", "IK Legs", "Legs by the controls of feet and knees"),
        ("IK", "IK", "Legs and arms by the controls of feet, knees, hands and elbows"),
    ),
    "default": "FK",
}
IN_PLACE: dict[str, Any] = {
    "name": "In Place",
    "description": "Without the way over the ground; hips sway and turn as before. Travel of the "
    "generated motion can be put back later",
    "default": False,
}
MATCH_FOOT_CONTACTS: dict[str, Any] = {
    "name": "Fit Feet",
    "description": "Bend the legs until ankles are where the motion has them, so that planted feet "
    "do not slide on legs of other proportions",
    "default": True,
}
GROUND: dict[str, Any] = {
    "name": "Ground",
    "description": "Height of what is stood on, above what the armature stands on at rest",
    "default": 0.0,
    "subtype": "DISTANCE",
}
CONTINUE_FROM_POSE: dict[str, Any] = {
    "name": "Continue",
    "description": "Begin where the character stands and faces on the first frame; else where the "
    "armature stands at rest",
    "default": True,
}
MARK_AS_ASSET: dict[str, Any] = {
    "name": "Mark as Asset",
    "description": "Show the action in the asset browser",
    "default": False,
}

_NAMES = (
    "destination",
    "part",
    "fade",
    "carrier",
    "limbs",
    "in_place",
    "plant_feet",
    "ground",
    "where_it_stands",
    "asset",
)


class ApplyOptionsMixin(KeyingMixin):
    """How a motion is put on an armature. Beside, not above, `bpy.types.Operator` in a class'
    bases: there Blender does not look for properties."""

    destination: bpy.props.EnumProperty(**DESTINATION, options={"SKIP_SAVE"})
    part: bpy.props.EnumProperty(**BODY_PART, options={"SKIP_SAVE"})
    fade: bpy.props.IntProperty(**BLEND_FRAMES, soft_min=0, options={"SKIP_SAVE"})
    carrier: bpy.props.EnumProperty(**ROOT_MOTION, options={"SKIP_SAVE"})
    limbs: bpy.props.EnumProperty(**LIMBS, options={"SKIP_SAVE"})
    in_place: bpy.props.BoolProperty(**IN_PLACE, options={"SKIP_SAVE"})
    plant_feet: bpy.props.BoolProperty(**MATCH_FOOT_CONTACTS, options={"SKIP_SAVE"})
    ground: bpy.props.FloatProperty(**GROUND, options={"SKIP_SAVE"})
    where_it_stands: bpy.props.BoolProperty(**CONTINUE_FROM_POSE, options={"SKIP_SAVE"})
    asset: bpy.props.BoolProperty(**MARK_AS_ASSET, options={"SKIP_SAVE"})

    def chosen_apply_options(self, **overrides: Any) -> ApplyOptions:
        """What was chosen, but for what is `known` already; LimitError if it cannot be."""
        chosen: dict[str, Any] = {name: getattr(self, name) for name in _NAMES}
        return ApplyOptions(keying=self.chosen_keying(), **{**chosen, **overrides})


def copy_apply_settings(operator: ApplyOptionsMixin, settings: Any) -> None:
    """Have an operator ask for what the panel says (`ui.settings.AnyframeSettings`)."""
    copy_keying_settings(operator, settings)
    for name in _NAMES:
        setattr(operator, name, getattr(settings, name))


def apply_options_to_dict(apply_options: ApplyOptions) -> dict[str, Any]:
    """What of `MannerOptions` says this; where the motion is moved from and to is no option."""
    return {
        **keying_to_dict(apply_options.keying),
        **{name: getattr(apply_options, name) for name in _NAMES},
    }


def apply_options_from_dict(options: Mapping[str, Any], **overrides: Any) -> ApplyOptions:
    """`manner_options` back, with what is `known` besides; LimitError if it cannot be."""
    chosen = {name: options[name] for name in _NAMES if name in options}
    return ApplyOptions(keying=keying_from_dict(options), **{**chosen, **overrides})
