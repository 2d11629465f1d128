"""What operators that write keys share: how many of them."""

import math
from collections.abc import Mapping
from typing import Any

import bpy

from ...backend.kinematics.keyframes.sparse_keys import KeyTolerance
from ...rig.apply.keying import Keying

# What an operator asks and what the panel asks are the same four properties.
KEYING: dict[str, Any] = {
    "name": "Keys",
    "description": "How densely the motion is keyed",
    "items": (
        ("EVERY_FRAME", "Every Frame", "A key on each frame of the motion"),
        ("EVERY_NTH", "Every Nth", "A key on each so many frames of the motion"),
        ("SPARSE", "Sparse", "Few Bézier keys, by which the pose stays within a tolerance"),
    ),
    "default": "EVERY_FRAME",
}
KEY_STEP: dict[str, Any] = {
    "name": "Step",
    "description": "Frames of the motion from one key to the next, for keys on every nth",
    "default": 4,
    "soft_max": 60,
}
KEY_DISTANCE: dict[str, Any] = {
    "name": "Distance",
    "description": "How far hands, feet and head may be from the motion, for sparse keys",
    "default": KeyTolerance().distance,
    "soft_max": 0.1,
    "step": 0.1,
    "precision": 4,
    "subtype": "DISTANCE",
}
KEY_ANGLE: dict[str, Any] = {
    "name": "Angle",
    "description": "How far each bone may be turned away from the motion, for sparse keys",
    "default": KeyTolerance().angle,
    "soft_max": math.radians(10.0),
    "step": 10,
    "subtype": "ANGLE",
}


_NAMES = ("keying", "key_step", "key_distance", "key_angle")


class KeyingMixin:
    """How densely keys are written. Beside, not above, `bpy.types.Operator` in a class' bases:
    there Blender does not look for properties."""

    # No hard limits: a value out of bounds is to be refused with a sentence, not bent in silence.
    keying: bpy.props.EnumProperty(**KEYING, options={"SKIP_SAVE"})
    key_step: bpy.props.IntProperty(**KEY_STEP, soft_min=1, options={"SKIP_SAVE"})
    key_distance: bpy.props.FloatProperty(**KEY_DISTANCE, soft_min=1e-4, options={"SKIP_SAVE"})
    key_angle: bpy.props.FloatProperty(**KEY_ANGLE, soft_min=1e-3, options={"SKIP_SAVE"})

    def chosen_keying(self) -> Keying:
        """What was chosen; LimitError if it cannot be."""
        return keying_from_dict({name: getattr(self, name) for name in _NAMES})


def copy_keying_settings(operator: KeyingMixin, settings: Any) -> None:
    """Have an operator ask for what the panel says (`ui.settings.AnyframeSettings`)."""
    for name in _NAMES:
        setattr(operator, name, getattr(settings, name))


def keying_from_dict(options: Mapping[str, Any]) -> Keying:
    """What options by these names say; LimitError if it cannot be."""
    if options["keying"] == "EVERY_NTH":
        return Keying(step=options["key_step"])
    if options["keying"] == "SPARSE":
        return Keying(tolerance=KeyTolerance(options["key_distance"], options["key_angle"]))
    return Keying()


def keying_to_dict(keying: Keying) -> dict[str, Any]:
    """The options that say this, and none that do not matter: `keying_of` back."""
    if keying.tolerance is not None:
        bound = keying.tolerance
        return {"keying": "SPARSE", "key_distance": bound.distance, "key_angle": bound.angle}
    if keying.step > 1:
        return {"keying": "EVERY_NTH", "key_step": keying.step}
    return {"keying": "EVERY_FRAME"}
