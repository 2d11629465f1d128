"""Bone maps of armatures: which bone plays which joint."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ...backend.kinematics.retarget.take_to_rig import Rig
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
from .rest import read_rig

_PRESET_ORIGINS = {
    STRUCTURE_PRESET: "by shape, for the names are unknown",
    MANUAL_PRESET: "chosen by hand",
}


@dataclass(frozen=True)
class RigSummary:
    """Result of detecting a human body in an armature, for a panel."""

    preset: str
    """Kind of rig; "" if no body was found."""
    mapped_count: int
    """Number of joints that have a bone."""
    missing_joints: tuple[str, ...]
    """SMPL names of the joints that have none."""
    bones: Mapping[str, str]
    """SMPL joint name -> bone."""
    override_count: int = 0
    """Number of bones that the user chose."""
    confidence: float = 0.0
    """Score from 0 to 1 (`kinematics.rigs.bone_confidence`)."""
    reasons: tuple[str, ...] = ()
    """Reasons for the confidence: short sentences without a full stop."""
    error: str = ""
    """Sentence on why no body was found."""


def summarize_rig(armature: bpy.types.Object) -> RigSummary:
    """Summarize the detected bones. Never raises; results are cached."""
    override_count = len(read_bone_overrides(armature))
    try:
        bone_map = bone_map_for_posing(armature)
    except RigError as error:
        return RigSummary("", 0, SMPL.names, {}, override_count, error=str(error))
    confidence, reasons = _rate_bone_map(
        read_rig(armature), bone_map.preset, tuple(bone_map.bones.items())
    )
    return RigSummary(
        bone_map.preset,
        len(bone_map.bones),
        bone_map.missing_joints,
        bone_map.bones,
        override_count,
        confidence,
        reasons,
    )


def rig_for_posing(armature: bpy.types.Object) -> Rig:
    """Return an armature with the bones to animate; see `bone_map_for_posing`."""
    return replace(read_rig(armature), bone_map=bone_map_for_posing(armature))


def bone_map_for_posing(armature: bpy.types.Object) -> BoneMap:
    """Return the bones to animate; RigError if the armature has no human body."""
    return _detect_bones(armature, for_reading=False)


def bone_map_for_reading(armature: bpy.types.Object) -> BoneMap:
    """Return the bones that show the pose, on a control rig the deforming ones, or RigError."""
    return _detect_bones(armature, for_reading=True)


def _detect_bones(armature: bpy.types.Object, *, for_reading: bool) -> BoneMap:
    overrides = tuple(read_bone_overrides(armature).items())
    result = _bone_map_or_error(read_rig(armature), for_reading, overrides)
    if isinstance(result, str):
        raise RigError(f"“{armature.name}”: {result}")
    return result


@lru_cache(maxsize=64)
def _bone_map_or_error(
    rig: Rig, for_reading: bool, overrides: tuple[tuple[str, str], ...]
) -> BoneMap | str:
    if not rig.rest_pose.names:
        return "The armature has no bones."
    rest, detected = rig.standing_pose, None
    try:
        detected = detect_source_bone_map(rest) if for_reading else detect_bone_map(rest)
    except MappingError as error:
        if not overrides:
            return str(error)
    try:
        return override_bones(detected, dict(overrides), rest)
    except MappingError as error:
        return str(error)


@lru_cache(maxsize=64)
def _rate_bone_map(
    rig: Rig, preset: str, bones: tuple[tuple[str, str], ...]
) -> tuple[float, tuple[str, ...]]:
    confidence = bone_map_confidence(dict(bones), rig.rest_pose)
    return confidence.score, confidence.reasons(_PRESET_ORIGINS.get(preset, f"by name: {preset}"))
