"""Checks of an armature before it is changed."""

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ..action.fcurves import LAST_FRAME, OBJECT, split_data_path
from ..errors import RigError

_SCALE_TOLERANCE = 0.01
"""Relative difference allowed between the scales along an object's axes: limbs then shear by less
than 1 %."""


def check_take_for_armature(armature: bpy.types.Object, take: Take) -> None:
    """Raise RigError if this take cannot be applied to the object."""
    check_armature_keyable(armature)
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise RigError("The motion must consist of finite numbers (it contains NaN or infinity).")


def check_armature_keyable(armature: bpy.types.Object) -> None:
    """Raise RigError if no motion can be applied to the object."""
    check_armature_readable(armature)
    check_action_assignable(armature)
    override = armature.override_library
    if override is not None and getattr(override, "is_system_override", False):
        raise RigError(
            f"“{armature.name}” is a library override that is not editable. Make it editable in "
            "the Outliner (Library Override > Make), then try again."
        )
    scales = np.linalg.norm(np.array(armature.matrix_world)[:3, :3], axis=0)
    if scales.max() - scales.min() > _SCALE_TOLERANCE * scales.max():
        values = ", ".join(f"{scale:.3g}" for scale in scales)
        raise RigError(
            f"“{armature.name}” is scaled unevenly ({values}), so its limbs would shear as they "
            "turn. Apply its scale and that of its parents (Ctrl A > Scale), then try again."
        )


def check_armature_readable(armature: bpy.types.Object) -> None:
    """Raise RigError if the object has no pose."""
    if armature.type != "ARMATURE":
        raise RigError(f"“{armature.name}” is not an armature.")
    if armature.mode == "EDIT":
        raise RigError(f"“{armature.name}” is in Edit Mode. Leave it, then try again.")


def check_action_assignable(armature: bpy.types.Object) -> None:
    """Raise RigError if the object cannot play another Action."""
    if armature.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file, so it cannot be animated here. Make a "
            "library override of it first (Object > Library Override > Make)."
        )
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise RigError(
            f"A strip of “{armature.name}” is in Tweak Mode. Leave it (Tab in the NLA editor), "
            "then try again."
        )


def editable_armature_data(armature: bpy.types.Object) -> Any:
    """Return the armature data; raise RigError if they are linked from another file."""
    if armature.data is None or armature.data.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file. Change it there, or make its armature "
            "data local."
        )
    return armature.data


def check_last_frame(frames: np.ndarray) -> None:
    """Raise RigError if a frame is beyond Blender's last, or not finite."""
    if not (np.isfinite(frames).all() and np.abs(frames).max() <= LAST_FRAME):
        raise RigError(f"The motion would end after frame {LAST_FRAME:,}, Blender's last.")


def check_no_drivers(armature: bpy.types.Object, properties: Iterable[tuple[str, str]]) -> None:
    """Raise RigError if a driver moves one of these (bone, path)."""
    data: Any = armature.animation_data
    driven = {split_data_path(driver.data_path) for driver in data.drivers} if data else set()
    for bone, path in properties:
        if (bone, path) in driven:
            owner = f"the bone “{bone}”" if bone != OBJECT else f"“{armature.name}”"
            raise RigError(
                f"A driver moves the {path.replace('_', ' ')} of {owner}, so keys there would have "
                "no effect. Remove the driver, or choose another bone in the panel Bones."
            )
