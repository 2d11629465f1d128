"""All channels of a motion on a rig: the bones that play it, those that keep still, switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.editing.body_parts import PARTS, blend_weights, blended, of_part
from ...backend.kinematics.keyframes.channels import Channel, rest_values
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap
from ..action.existing_motion import Curves, motion_before, owner_of, rotation_path, values_before
from ..action.fcurves import OBJECT, TRANSFORMS
from ..action.merging import goes_on_after
from ..armature.rest import Rig
from ..resample.checks import check_mergeable
from .object_motion import object_motion
from .options import Manner
from .placement import Staged


@dataclass(frozen=True)
class Plan:
    """What is to be written."""

    channels: list[Channel]
    replaced: set[tuple[str, str]]
    """All (bone, path) that the motion is the master of, keyed or not."""
    weights: Array
    """(T,) how much of what shows is the motion's."""


def plan_channels(
    armature: bpy.types.Object,
    rig: Rig,
    stage: Staged,
    frames: Array,
    manner: Manner,
    curves: Curves,
    carried_by: str | None,
) -> Plan:
    """The channels of a motion, each from its first frame to its last where it is to be merged.

    Args:
        frames: (T,) scene frames, rising.
        curves: what the armature did before.
        carried_by: what carried the motion before this one, a bone or `OBJECT`; None if nothing.

    Raises:
        RigError: the motion cannot be merged into one of the curves.
    """
    into_curves = manner.merges and manner.destination != "NLA_STRIP"
    bone_map = stage.bone_map
    settings = _settings(armature, rig, bone_map, manner)
    still = _still(rig, bone_map, stage.motion, manner)
    motion = stage.motion
    if manner.merges:
        motion = _with_still(motion, still)
    posed = [*stage.motion.bones, *still]
    replaced = {(bone, path) for bone in posed for path in TRANSFORMS}
    replaced |= {*settings, *((bone, "location") for bone in motion.located)}
    goes = None
    if stage.object_way is not None:
        goes = object_motion(armature, curves, stage.object_way, float(frames[0]))
        replaced |= {(OBJECT, path) for path in TRANSFORMS}
    weights = np.ones(len(frames))
    if into_curves and manner.fade:
        fade_out = manner.fade if goes_on_after(curves, replaced, float(frames[-1])) else 0.0
        weights = blend_weights(frames, manner.fade, fade_out)
        motion = _faded(armature, curves, motion, frames, weights)
        goes = goes and _faded(armature, curves, goes, frames, weights)
    modes = {bone: armature.pose.bones[bone].rotation_mode for bone in motion.bones}
    channels = manner.keying.plan(armature, rig, bone_map, motion, modes, frames)
    if goes is not None:
        reach = float(np.ptp(rig.rest.positions, axis=0).max())
        channels += manner.keying.plan_object(goes, armature.rotation_mode, frames, reach)
    keyed = {(channel.bone, channel.path) for channel in channels}
    ends = (frames[0], frames[-1]) if manner.merges else (frames[0],)
    had = {(bone, path) for bone, path, _ in curves}
    for bone in posed:
        for path in ("location", rotation_path(armature.pose.bones[bone].rotation_mode)):
            if (bone, path) not in keyed and _strays(armature, (bone, path), had):
                channels += _constant(bone, path, rest_values(path), ends)
    stays = _still_there(armature, carried_by) if "pelvis" in PARTS[manner.part] else None
    if stays is not None and not any(bone == stays for bone, _ in keyed):
        replaced |= {(stays, path) for path in TRANSFORMS}
        for path, values in _stays(armature, curves, stays, float(frames[0])):
            channels += _constant(stays, path, values, ends)
    # Switches are keyed, not set: they are this motion's, and other actions have their own.
    for (bone, path), value in settings.items():
        channels += _constant(bone, path, (value,), ends)
    if into_curves:
        merged = {(channel.bone, channel.path, channel.index) for channel in channels}
        check_mergeable({key: curve for key, curve in curves.items() if key in merged})
    return Plan(channels, replaced, weights)


def _settings(
    armature: bpy.types.Object, rig: Rig, bone_map: BoneMap, manner: Manner
) -> dict[tuple[str, str], float]:
    """(bone, path of a custom property) -> how a control rig has to be set."""
    bones = armature.pose.bones
    return {
        (bone, f'["{bpy.utils.escape_identifier(key)}"]'): value
        for bone, values in bone_map.settings.items()
        if manner.part == "BODY" or of_part(bone, rig.rest, bone_map, manner.part)
        for key, value in values.items()
        if key in bones[bone]
    }


def _still(rig: Rig, bone_map: BoneMap, motion: RigMotion, manner: Manner) -> list[str]:
    """Bones that must be at rest for the motion to show."""
    # A control rig names them; elsewhere they are what the body's own bones pass.
    still = motion.between
    if bone_map.still:
        still = [
            bone
            for bone in bone_map.still
            if manner.part == "BODY" or of_part(bone, rig.rest, bone_map, manner.part)
        ]
    return [bone for bone in still if bone not in motion.bones]


def _with_still(motion: RigMotion, still: list[str]) -> RigMotion:
    """The motion with bones that rest, so that these too are blended and keyed all along."""
    rest = np.tile([1.0, 0.0, 0.0, 0.0], (len(motion.rotations), len(still), 1))
    return replace(
        motion,
        bones=(*motion.bones, *still),
        rotations=np.concatenate([motion.rotations, rest], axis=1),
    )


def _faded(
    armature: bpy.types.Object, curves: Curves, motion: RigMotion, frames: Array, weights: Array
) -> RigMotion:
    """The motion with what was there before in as far as it does not weigh."""
    at = np.flatnonzero(weights < 1.0)
    part = replace(motion, rotations=motion.rotations[at], locations=motion.locations[at])
    mixed = blended(part, motion_before(armature, curves, part, frames[at]), weights[at])
    rotations, locations = np.array(motion.rotations), np.array(motion.locations)
    rotations[at], locations[at] = mixed.rotations, mixed.locations
    return replace(motion, rotations=rotations, locations=locations)


def _still_there(armature: bpy.types.Object, carrier: str | None) -> str | None:
    """What carried a motion; None if that was a bone which is renamed, gone or another rig's."""
    if carrier is None or carrier == OBJECT or carrier in armature.pose.bones:
        return carrier
    return None


def _stays(
    armature: bpy.types.Object, curves: Curves, owner: str, frame: float
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Path and values of what carried a motion and carries this one no more: a bone is at rest, the
    object stays where it is as this one begins."""
    for path in ("location", rotation_path(owner_of(armature, owner).rotation_mode)):
        values = rest_values(path)
        if owner == OBJECT:
            values = tuple(values_before(armature, curves, OBJECT, path, np.array([frame]))[0])
        yield path, values


def _strays(armature: bpy.types.Object, key: tuple[str, str], had: set[tuple[str, str]]) -> bool:
    """Whether a bone's channel would not be at rest by itself: it is posed, or was animated."""
    bone, path = key
    now = getattr(armature.pose.bones[bone], path)
    return key in had or not np.allclose(now, rest_values(path), atol=1e-6)


def _constant(
    bone: str, path: str, values: tuple[float, ...], frames: tuple[float, ...]
) -> Iterator[Channel]:
    for index, value in enumerate(values):
        pairs = [number for frame in frames for number in (frame, value)]
        yield Channel(bone, path, index, np.array(pairs, dtype=np.float32))
