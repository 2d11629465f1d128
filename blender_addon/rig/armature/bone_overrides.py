"""Bone overrides: bones that the user chose for joints, stored with the armature data."""

from collections.abc import Mapping
from typing import Any

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from .checks import editable_armature_data

ASSIGNABLE_JOINTS: tuple[str, ...] = SMPL.names[:22]
"""Joints for which a bone can be chosen; nothing beyond the wrists is animated."""


def _bone_names(group: Any, context: bpy.types.Context, text: str) -> list[str]:  # noqa: ARG001
    names = [bone.name for bone in group.id_data.bones]
    return [name for name in names if text.lower() in name.lower()]


class AnyframeBones(bpy.types.PropertyGroup):
    """Name of a bone for each joint; "" if the detected bone is right."""


AnyframeBones.__annotations__ = {
    joint: bpy.props.StringProperty(
        name=joint.replace("_", " ").title(),
        description="Bone that plays this part of the body. Leave empty to use the detected bone",
        search=_bone_names,
    )
    for joint in ASSIGNABLE_JOINTS
}


def register_bone_overrides() -> None:
    armature: Any = bpy.types.Armature
    armature.anyframe_bones = bpy.props.PointerProperty(type=AnyframeBones)


def unregister_bone_overrides() -> None:
    """Remove the property from armatures; its values stay in the file."""
    armature: Any = bpy.types.Armature
    del armature.anyframe_bones


def read_bone_overrides(armature: bpy.types.Object) -> dict[str, str]:
    """Return the overrides of an armature object: joint -> bone."""
    overrides: Any = getattr(armature.data, "anyframe_bones", None)
    if overrides is None:
        return {}
    return {joint: bone for joint in ASSIGNABLE_JOINTS if (bone := getattr(overrides, joint))}


def set_bone_overrides(armature: bpy.types.Object, overrides: Mapping[str, str]) -> None:
    """Choose bones for joints ("" for none); raise RigError if the armature data are linked."""
    data = editable_armature_data(armature)
    for joint, bone in overrides.items():
        if joint in ASSIGNABLE_JOINTS:
            setattr(data.anyframe_bones, joint, bone)
