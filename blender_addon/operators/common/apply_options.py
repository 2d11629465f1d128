"""What operators that put a motion on an armature share: how it is put there."""

from collections.abc import Mapping
from typing import Any

import bpy

from ...rig.apply.options import Manner
from .keying_options import KeyOptions, key_options, keying_of, take_key_settings

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
PART: dict[str, Any] = {
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
FADE: dict[str, Any] = {
    "name": "Blend",
    "description": "Frames over which the motion takes over from what was there, and gives back",
    "default": 0,
    "soft_max": 60,
}
CARRIER: dict[str, Any] = {
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
PLANT_FEET: dict[str, Any] = {
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
WHERE_IT_STANDS: dict[str, Any] = {
    "name": "Continue",
    "description": "Begin where the character stands and faces on the first frame; else where the "
    "armature stands at rest",
    "default": True,
}
ASSET: dict[str, Any] = {
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


class MannerOptions(KeyOptions):
    """How a motion is put on an armature. Beside, not above, `bpy.types.Operator` in a class'
    bases: there Blender does not look for properties."""

    destination: bpy.props.EnumProperty(**DESTINATION, options={"SKIP_SAVE"})
    part: bpy.props.EnumProperty(**PART, options={"SKIP_SAVE"})
    fade: bpy.props.IntProperty(**FADE, soft_min=0, options={"SKIP_SAVE"})
    carrier: bpy.props.EnumProperty(**CARRIER, options={"SKIP_SAVE"})
    limbs: bpy.props.EnumProperty(**LIMBS, options={"SKIP_SAVE"})
    in_place: bpy.props.BoolProperty(**IN_PLACE, options={"SKIP_SAVE"})
    plant_feet: bpy.props.BoolProperty(**PLANT_FEET, options={"SKIP_SAVE"})
    ground: bpy.props.FloatProperty(**GROUND, options={"SKIP_SAVE"})
    where_it_stands: bpy.props.BoolProperty(**WHERE_IT_STANDS, options={"SKIP_SAVE"})
    asset: bpy.props.BoolProperty(**ASSET, options={"SKIP_SAVE"})

    def asked_manner(self, **known: Any) -> Manner:
        """What was chosen, but for what is `known` already; LimitError if it cannot be."""
        chosen: dict[str, Any] = {name: getattr(self, name) for name in _NAMES}
        return Manner(keying=self.asked_keying(), **{**chosen, **known})


def take_manner_settings(operator: MannerOptions, settings: Any) -> None:
    """Have an operator ask for what the panel says (`ui.settings.AnyframeSettings`)."""
    take_key_settings(operator, settings)
    for name in _NAMES:
        setattr(operator, name, getattr(settings, name))


def manner_options(manner: Manner) -> dict[str, Any]:
    """What of `MannerOptions` says this; where the motion is moved from and to is no option."""
    return {**key_options(manner.keying), **{name: getattr(manner, name) for name in _NAMES}}


def manner_of(options: Mapping[str, Any], **known: Any) -> Manner:
    """`manner_options` back, with what is `known` besides; LimitError if it cannot be."""
    chosen = {name: options[name] for name in _NAMES if name in options}
    return Manner(keying=keying_of(options), **{**chosen, **known})
