"""All channels of a motion on a rig: the bones that play it, those that keep still, switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.editing.body_parts import (
    BODY_PARTS,
    blend_motions,
    blend_weights,
    is_in_body_part,
)
from ...backend.kinematics.keyframes.channels import Channel, rest_channel_values
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap
from ..action.existing_motion import (
    FCurveMap,
    channel_owner,
    read_existing_motion,
    read_existing_values,
    rotation_property,
)
from ..action.fcurves import OBJECT, POSE_PROPERTIES
from ..action.merging import has_keys_after
from ..armature.rest import Rig
from ..resample.checks import check_curves_mergeable
from .object_motion import object_motion
from .options import ApplyOptions
from .placement import RetargetedTake


@dataclass(frozen=True)
class ChannelPlan:
    """What is to be written."""

    channels: list[Channel]
    replaced_properties: set[tuple[str, str]]
    """All (bone, path) that the motion is the master of, keyed or not."""
    weights: Array
    """(T,) how much of what shows is the motion's."""


def plan_channels(
    armature: bpy.types.Object,
    rig: Rig,
    retargeted: RetargetedTake,
    frames: Array,
    options: ApplyOptions,
    curves: FCurveMap,
    previous_root_target: str | None,
) -> ChannelPlan:
    """The channels of a motion, each from its first frame to its last where it is to be merged.

    Args:
        frames: (T,) scene frames, rising.
        curves: what the armature did before.
        carried_by: what carried the motion before this one, a bone or `OBJECT`; None if nothing.

    Raises:
        RigError: the motion cannot be merged into one of the curves.
    """
    into_curves = options.merges_with_existing and options.destination != "NLA_STRIP"
    bone_map = retargeted.bone_map
    settings = _rig_settings(armature, rig, bone_map, options)
    still = _rest_bones(rig, bone_map, retargeted.motion, options)
    motion = retargeted.motion
    if options.merges_with_existing:
        motion = _with_rest_bones(motion, still)
    posed = [*retargeted.motion.bones, *still]
    replaced = {(bone, path) for bone in posed for path in POSE_PROPERTIES}
    replaced |= {*settings, *((bone, "location") for bone in motion.translated_bones)}
    goes = None
    if retargeted.object_transforms is not None:
        goes = object_motion(armature, curves, retargeted.object_transforms, float(frames[0]))
        replaced |= {(OBJECT, path) for path in POSE_PROPERTIES}
    weights = np.ones(len(frames))
    if into_curves and options.fade:
        fade_out = options.fade if has_keys_after(curves, replaced, float(frames[-1])) else 0.0
        weights = blend_weights(frames, options.fade, fade_out)
        motion = _fade_with_existing(armature, curves, motion, frames, weights)
        goes = goes and _fade_with_existing(armature, curves, goes, frames, weights)
    modes = {bone: armature.pose.bones[bone].rotation_mode for bone in motion.bones}
    channels = options.keying.plan_bone_keys(armature, rig, bone_map, motion, modes, frames)
    if goes is not None:
        reach = float(np.ptp(rig.rest_pose.positions, axis=0).max())
        channels += options.keying.plan_object_keys(goes, armature.rotation_mode, frames, reach)
    keyed = {(channel.bone, channel.path) for channel in channels}
    ends = (frames[0], frames[-1]) if options.merges_with_existing else (frames[0],)
    had = {(bone, path) for bone, path, _ in curves}
    for bone in posed:
        for path in ("location", rotation_property(armature.pose.bones[bone].rotation_mode)):
            if (bone, path) not in keyed and _leaves_rest(armature, (bone, path), had):
                channels += _constant_channels(bone, path, rest_channel_values(path), ends)
    stays = (
        _present_root_target(armature, previous_root_target)
        if "pelvis" in BODY_PARTS[options.part]
        else None
    )
    if stays is not None and not any(bone == stays for bone, _ in keyed):
        replaced |= {(stays, path) for path in POSE_PROPERTIES}
        for path, values in _reset_values(armature, curves, stays, float(frames[0])):
            channels += _constant_channels(stays, path, values, ends)
    # Switches are keyed, not set: they are this motion's, and other actions have their own.
    for (bone, path), value in settings.items():
        channels += _constant_channels(bone, path, (value,), ends)
    if into_curves:
        merged = {(channel.bone, channel.path, channel.index) for channel in channels}
        check_curves_mergeable({key: curve for key, curve in curves.items() if key in merged})
    return ChannelPlan(channels, replaced, weights)


def _rig_settings(
    armature: bpy.types.Object, rig: Rig, bone_map: BoneMap, options: ApplyOptions
) -> dict[tuple[str, str], float]:
    """(bone, path of a custom property) -> how a control rig has to be set."""
    bones = armature.pose.bones
    return {
        (bone, f'["{bpy.utils.escape_identifier(key)}"]'): value
        for bone, values in bone_map.settings.items()
        if options.part == "BODY" or is_in_body_part(bone, rig.rest_pose, bone_map, options.part)
        for key, value in values.items()
        if key in bones[bone]
    }


def _rest_bones(rig: Rig, bone_map: BoneMap, motion: RigMotion, options: ApplyOptions) -> list[str]:
    """Bones that must be at rest for the motion to show."""
    # A control rig names them; elsewhere they are what the body's own bones pass.
    still = motion.intermediate_bones
    if bone_map.rest_controls:
        still = [
            bone
            for bone in bone_map.rest_controls
            if options.part == "BODY"
            or is_in_body_part(bone, rig.rest_pose, bone_map, options.part)
        ]
    return [bone for bone in still if bone not in motion.bones]


def _with_rest_bones(motion: RigMotion, still: list[str]) -> RigMotion:
    """The motion with bones that rest, so that these too are blended and keyed all along."""
    rest = np.tile([1.0, 0.0, 0.0, 0.0], (len(motion.rotations), len(still), 1))
    return replace(
        motion,
        bones=(*motion.bones, *still),
        rotations=np.concatenate([motion.rotations, rest], axis=1),
    )


def _fade_with_existing(
    armature: bpy.types.Object, curves: FCurveMap, motion: RigMotion, frames: Array, weights: Array
) -> RigMotion:
    """The motion with what was there before in as far as it does not weigh."""
    at = np.flatnonzero(weights < 1.0)
    part = replace(motion, rotations=motion.rotations[at], locations=motion.locations[at])
    mixed = blend_motions(
        part, read_existing_motion(armature, curves, part, frames[at]), weights[at]
    )
    rotations, locations = np.array(motion.rotations), np.array(motion.locations)
    rotations[at], locations[at] = mixed.rotations, mixed.locations
    return replace(motion, rotations=rotations, locations=locations)


def _present_root_target(armature: bpy.types.Object, carrier: str | None) -> str | None:
    """What carried a motion; None if that was a bone which is renamed, gone or another rig's."""
    if carrier is None or carrier == OBJECT or carrier in armature.pose.bones:
        return carrier
    return None


def _reset_values(
    armature: bpy.types.Object, curves: FCurveMap, owner: str, frame: float
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Path and values of what carried a motion and carries this one no more: a bone is at rest, the
    object stays where it is as this one begins."""
    for path in ("location", rotation_property(channel_owner(armature, owner).rotation_mode)):
        values = rest_channel_values(path)
        if owner == OBJECT:
            values = tuple(
                read_existing_values(armature, curves, OBJECT, path, np.array([frame]))[0]
            )
        yield path, values


def _leaves_rest(
    armature: bpy.types.Object, key: tuple[str, str], had: set[tuple[str, str]]
) -> bool:
    """Whether a bone's channel would not be at rest by itself: it is posed, or was animated."""
    bone, path = key
    now = getattr(armature.pose.bones[bone], path)
    return key in had or not np.allclose(now, rest_channel_values(path), atol=1e-6)


def _constant_channels(
    bone: str, path: str, values: tuple[float, ...], frames: tuple[float, ...]
) -> Iterator[Channel]:
    for index, value in enumerate(values):
        pairs = [number for frame in frames for number in (frame, value)]
        yield Channel(bone, path, index, np.array(pairs, dtype=np.float32))
