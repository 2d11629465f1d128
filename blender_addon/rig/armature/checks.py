"""What an armature must be for a take to be put on it; all of it is looked at before any change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ..action.fcurves import OBJECT, split_data_path
from ..errors import RigError

_SCALE_TOLERANCE = 0.01
"""Share by which the scales along an object's axes may differ."""


def check_take_for_armature(armature: bpy.types.Object, take: Take) -> None:
    """Raise RigError if no take, or not this one, can be put on the object."""
    check_armature_keyable(armature)
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise RigError("The motion holds values that are not finite numbers (NaN).")


def check_armature_keyable(armature: bpy.types.Object) -> None:
    """Raise RigError if no motion can be put on the object."""
    if armature.type != "ARMATURE":
        raise RigError(f"“{armature.name}” is not an armature.")
    if armature.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file, so it cannot be animated here. Make a "
            "library override of it first (Object > Library Override > Make)."
        )
    override = armature.override_library
    if override is not None and getattr(override, "is_system_override", False):
        raise RigError(
            f"“{armature.name}” is a library override that is not editable. Make it editable in "
            "the Outliner (Library Override > Make), then try again."
        )
    if armature.mode == "EDIT":
        raise RigError(f"“{armature.name}” is in Edit Mode: leave it, then try again.")
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise RigError(
            f"A strip of “{armature.name}” is being tweaked in the NLA editor: leave tweak mode "
            "(Tab there), then try again."
        )
    scales = np.linalg.norm(np.array(armature.matrix_world)[:3, :3], axis=0)
    if scales.max() - scales.min() > _SCALE_TOLERANCE * scales.max():
        shown = ", ".join(f"{scale:.3g}" for scale in scales)
        raise RigError(
            f"“{armature.name}” is scaled unevenly ({shown}), so its limbs would shear as they "
            "turn. Apply its scale and that of its parents (Ctrl A > Scale), then try again."
        )


def check_no_drivers(armature: bpy.types.Object, keyed: Iterable[tuple[str, str]]) -> None:
    """Raise RigError if a driver moves one of the (bone, path) that are to be keyed."""
    data: Any = armature.animation_data
    driven = {split_data_path(driver.data_path) for driver in data.drivers} if data else set()
    for bone, path in keyed:
        if (bone, path) in driven:
            whose = f"the bone “{bone}”" if bone != OBJECT else f"“{armature.name}”"
            raise RigError(
                f"A driver moves the {path.replace('_', ' ')} of {whose}, so keys there would do "
                "nothing. Remove the driver, or choose another bone in the panel Bones."
            )
