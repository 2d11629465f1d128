"""Which bones of an armature play which parts of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ...backend.kinematics.rigs.bone_confidence import bone_map_confidence
from ...backend.kinematics.rigs.bone_map import (
    MANUAL_PRESET,
    STRUCTURE_PRESET,
    BoneMap,
    MappingError,
    detect_bone_map,
    detect_source_bone_map,
    override_bones,
)
from ..errors import RigError
from .bone_overrides import read_bone_overrides
from .rest import Rig, read_rig


@dataclass(frozen=True)
class RigSummary:
    """How much of a human body was found in an armature, for a panel."""

    preset: str
    """What kind of rig it looks like; "" if no body was found."""
    mapped_count: int
    """How many of the body's joints have a bone."""
    missing_joints: tuple[str, ...]
    """The joints that have none, by their SMPL names."""
    bones: Mapping[str, str]
    """SMPL joint name -> bone."""
    override_count: int = 0
    """How many of them were chosen by hand."""
    confidence: float = 0.0
    """From 0 to 1, as `kinematics.bone_confidence` counts it."""
    reasons: tuple[str, ...] = ()
    """What the confidence comes from: short sentences without a full stop."""
    error: str = ""
    """Why no body was found, as a sentence."""


def summarize_rig(armature: bpy.types.Object) -> RigSummary:
    """What is known of an armature's bones; never raises, and costs little when asked again."""
    chosen = len(read_bone_overrides(armature))
    try:
        found = bone_map_for_posing(armature)
    except RigError as error:
        return RigSummary("", 0, SMPL.names, {}, chosen, error=str(error))
    share, reasons = _rate_bone_map(read_rig(armature), found.preset, tuple(found.bones.items()))
    return RigSummary(
        found.preset, len(found.bones), found.missing_joints, found.bones, chosen, share, reasons
    )


def bone_map_for_posing(armature: bpy.types.Object) -> BoneMap:
    """The bones to animate; RigError if the armature has no human body."""
    return _bone_map(armature, to_read=False)


def bone_map_for_reading(armature: bpy.types.Object) -> BoneMap:
    """The bones that show the pose, which on a control rig are others; RigError as above."""
    return _bone_map(armature, to_read=True)


def _bone_map(armature: bpy.types.Object, *, to_read: bool) -> BoneMap:
    corrections = tuple(read_bone_overrides(armature).items())
    found = _recognize_bones(read_rig(armature), to_read, corrections)
    if isinstance(found, str):
        raise RigError(f"“{armature.name}”: {found}")
    return found


@lru_cache(maxsize=64)
def _recognize_bones(
    rig: Rig, to_read: bool, corrections: tuple[tuple[str, str], ...]
) -> BoneMap | str:
    if not rig.rest_pose.names:
        return "The armature has no bones."
    rest, found = rig.custom_rest_pose or rig.rest_pose, None
    try:
        found = detect_source_bone_map(rest) if to_read else detect_bone_map(rest)
    except MappingError as error:
        if not corrections:
            return str(error)
    try:
        return override_bones(found, dict(corrections), rest)
    except MappingError as error:
        return str(error)


_PRESET_ORIGINS = {
    STRUCTURE_PRESET: "by shape, for the names are unknown",
    MANUAL_PRESET: "chosen by hand",
}


@lru_cache(maxsize=64)
def _rate_bone_map(
    rig: Rig, preset: str, bones: tuple[tuple[str, str], ...]
) -> tuple[float, tuple[str, ...]]:
    """Confidence in a map of bones, and the reasons for it."""
    found = bone_map_confidence(dict(bones), rig.rest_pose)
    return found.score, found.reasons(_PRESET_ORIGINS.get(preset, f"by name: {preset}"))
