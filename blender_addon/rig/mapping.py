"""Which bones of an armature play which parts of the body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import bpy

from ..backend.kinematics.bone_map import BoneMap, MappingError, recognise, recognise_to_read
from ..backend.kinematics.skeleton import SMPL
from .errors import RigError
from .rest import Rig, rig_of


@dataclass(frozen=True)
class RigSummary:
    """How much of a human body was found in an armature, for a panel."""

    preset: str
    """What kind of rig it looks like; "" if no body was found."""
    mapped: int
    """How many of the body's joints have a bone."""
    missing: tuple[str, ...]
    """The joints that have none, by their SMPL names."""
    problem: str = ""
    """Why no body was found, as a sentence."""


def rig_summary(armature: bpy.types.Object) -> RigSummary:
    """What is known of an armature's bones; never raises, and costs little when asked again."""
    try:
        bone_map = bone_map_of(armature)
    except RigError as error:
        return RigSummary("", 0, SMPL.names, str(error))
    return RigSummary(bone_map.preset, len(bone_map.bones), bone_map.missing)


def bone_map_of(armature: bpy.types.Object) -> BoneMap:
    """The bones to animate; RigError if the armature has no human body."""
    return _sentence_or_map(armature, to_read=False)


def readable_bone_map_of(armature: bpy.types.Object) -> BoneMap:
    """The bones that show the pose, which on a control rig are others; RigError as above."""
    return _sentence_or_map(armature, to_read=True)


def _sentence_or_map(armature: bpy.types.Object, *, to_read: bool) -> BoneMap:
    found = _recognised(rig_of(armature), to_read)
    if isinstance(found, str):
        raise RigError(f"“{armature.name}”: {found}")
    return found


@lru_cache(maxsize=64)
def _recognised(rig: Rig, to_read: bool) -> BoneMap | str:
    if not rig.rest.names:
        return "The armature has no bones."
    try:
        return recognise_to_read(rig.rest) if to_read else recognise(rig.rest)
    except MappingError as error:
        return str(error)
