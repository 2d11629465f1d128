"""Bones that someone chose for joints by hand: kept with the armature, in the .blend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ..errors import RigError

ASSIGNABLE_JOINTS: tuple[str, ...] = SMPL.names[:22]
"""Joints that a bone can be chosen for; what lies beyond the wrists is not moved."""


def _bone_names(group: Any, context: bpy.types.Context, text: str) -> list[str]:  # noqa: ARG001
    """What the field proposes while one types."""
    names = [bone.name for bone in group.id_data.bones]
    return [name for name in names if text.lower() in name.lower()]


class AnyframeBones(bpy.types.PropertyGroup):
    """A bone's name for each joint, "" where what is recognised is right."""


AnyframeBones.__annotations__ = {
    joint: bpy.props.StringProperty(
        name=joint.replace("_", " ").title(),
        description="Bone that plays this part of the body; empty for the recognised one",
        search=_bone_names,
    )
    for joint in ASSIGNABLE_JOINTS
}


def register_bone_overrides() -> None:
    """Give armatures the property."""
    armature: Any = bpy.types.Armature
    armature.anyframe_bones = bpy.props.PointerProperty(type=AnyframeBones)


def unregister_bone_overrides() -> None:
    """Take it back; what was chosen stays in the file."""
    armature: Any = bpy.types.Armature
    del armature.anyframe_bones


def read_bone_overrides(armature: bpy.types.Object) -> dict[str, str]:
    """Joint -> bone that was chosen for it, of an armature object."""
    chosen: Any = getattr(armature.data, "anyframe_bones", None)
    if chosen is None:
        return {}
    return {joint: bone for joint in ASSIGNABLE_JOINTS if (bone := getattr(chosen, joint))}


def set_bone_overrides(armature: bpy.types.Object, overrides: Mapping[str, str]) -> None:
    """Choose bones for joints; "" takes a choice back.

    Raises:
        RigError: if the armature is linked from another file.
    """
    if armature.data is None or armature.data.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file: choose its bones there, or make the "
            "armature's data local."
        )
    data: Any = armature.data
    for joint, bone in overrides.items():
        if joint in ASSIGNABLE_JOINTS:
            setattr(data.anyframe_bones, joint, bone)
