"""Which bones of an armature play which parts of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ...backend.kinematics.rigs.bone_confidence import confidence
from ...backend.kinematics.rigs.bone_map import (
    BY_HAND,
    STRUCTURE,
    BoneMap,
    MappingError,
    corrected,
    recognise,
    recognise_to_read,
)
from ..errors import RigError
from .bone_overrides import corrections_of
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
    bones: Mapping[str, str]
    """SMPL joint name -> bone."""
    corrected: int = 0
    """How many of them were chosen by hand."""
    confidence: float = 0.0
    """From 0 to 1, as `kinematics.bone_confidence` counts it."""
    reasons: tuple[str, ...] = ()
    """What the confidence comes from: short sentences without a full stop."""
    problem: str = ""
    """Why no body was found, as a sentence."""


def rig_summary(armature: bpy.types.Object) -> RigSummary:
    """What is known of an armature's bones; never raises, and costs little when asked again."""
    chosen = len(corrections_of(armature))
    try:
        found = bone_map_of(armature)
    except RigError as error:
        return RigSummary("", 0, SMPL.names, {}, chosen, problem=str(error))
    share, reasons = _judged(rig_of(armature), found.preset, tuple(found.bones.items()))
    return RigSummary(
        found.preset, len(found.bones), found.missing, found.bones, chosen, share, reasons
    )


def bone_map_of(armature: bpy.types.Object) -> BoneMap:
    """The bones to animate; RigError if the armature has no human body."""
    return _sentence_or_map(armature, to_read=False)


def readable_bone_map_of(armature: bpy.types.Object) -> BoneMap:
    """The bones that show the pose, which on a control rig are others; RigError as above."""
    return _sentence_or_map(armature, to_read=True)


def _sentence_or_map(armature: bpy.types.Object, *, to_read: bool) -> BoneMap:
    corrections = tuple(corrections_of(armature).items())
    found = _recognised(rig_of(armature), to_read, corrections)
    if isinstance(found, str):
        raise RigError(f"“{armature.name}”: {found}")
    return found


@lru_cache(maxsize=64)
def _recognised(rig: Rig, to_read: bool, corrections: tuple[tuple[str, str], ...]) -> BoneMap | str:
    if not rig.rest.names:
        return "The armature has no bones."
    rest, found = rig.standing or rig.rest, None
    try:
        found = recognise_to_read(rest) if to_read else recognise(rest)
    except MappingError as error:
        if not corrections:
            return str(error)
    try:
        return corrected(found, dict(corrections), rest)
    except MappingError as error:
        return str(error)


_ORIGINS = {STRUCTURE: "by shape, for the names are unknown", BY_HAND: "chosen by hand"}


@lru_cache(maxsize=64)
def _judged(
    rig: Rig, preset: str, bones: tuple[tuple[str, str], ...]
) -> tuple[float, tuple[str, ...]]:
    """Confidence in a map of bones, and the reasons for it."""
    found = confidence(dict(bones), rig.rest)
    return found.share, found.reasons(_ORIGINS.get(preset, f"by name: {preset}"))
