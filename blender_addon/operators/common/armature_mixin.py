"""What operators that do something to an armature share."""

from typing import Any

import bpy

from .errors import poll_result
from .target import ARMATURE_DESCRIPTION, NO_ARMATURE, chosen_armature


class ArmatureMixin:
    """The armature's name. Beside, not above, `bpy.types.Operator` in a class' bases: there Blender
    does not look for properties."""

    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE", "HIDDEN"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an armature, or a name may be given."""
        operator: Any = cls
        there = bpy.app.background or chosen_armature(context) is not None
        return poll_result(operator, there, NO_ARMATURE)
