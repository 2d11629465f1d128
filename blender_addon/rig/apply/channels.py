"""All channels of a motion on a rig: its own bones, bones that rest, and the rig's settings."""

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
from ..action.existing_motion import (
    FCurveMap,
    channel_owner,
    read_existing_motion,
    read_existing_values,
    rotation_property,
)
from ..action.fcurves import OBJECT, POSE_PROPERTIES
from ..action.merging import check_curves_mergeable, has_key_after
from .object_motion import object_motion
from .options import ApplyOptions
from .placement import RetargetedTake


@dataclass(frozen=True)
class ChannelPlan:
    """Channels to be written."""

    channels: list[Channel]
    replaced_properties: set[tuple[str, str]]
    """All (bone, path) that the motion controls, with keys or without."""
    weights: Array
    """(T,) weight of the motion against the existing one."""


def plan_channels(
    armature: bpy.types.Object,
    retargeted: RetargetedTake,
    frames: Array,
    options: ApplyOptions,
    curves: FCurveMap,
    previous_root_target: str | None,
) -> ChannelPlan:
    """Plan the channels of a motion.

    Channels that are to be merged extend from the first frame of the motion to its last.

    Args:
        frames: (T,) scene frames, increasing.
        curves: F-curves of the existing motion.
        previous_root_target: Bone, or `OBJECT`, that carried the root motion of the existing
            motion; None if unknown.

    Raises:
        RigError: The motion cannot be merged into one of the F-curves.
    """
    merges_curves = options.merges_with_existing and options.destination != "NLA_STRIP"
    rig, motion = retargeted.rig, retargeted.motion
    settings = {
        (bone, f'["{bpy.utils.escape_identifier(key)}"]'): value
        for bone, values in rig.bone_map.settings.items()
        if options.part == "BODY" or is_in_body_part(bone, rig, options.part)
        for key, value in values.items()
        if key in armature.pose.bones[bone]
    }
    rest_bones = _rest_bones(retargeted, options)
    posed = [*motion.bones, *rest_bones]
    replaced = {(bone, path) for bone in posed for path in POSE_PROPERTIES}
    replaced |= {*settings, *((bone, "location") for bone in motion.translated_bones)}
    if options.merges_with_existing:
        motion = _with_rest_bones(motion, rest_bones)
    of_object = None
    if retargeted.object_transforms is not None:
        of_object = object_motion(armature, curves, retargeted.object_transforms, float(frames[0]))
        replaced |= {(OBJECT, path) for path in POSE_PROPERTIES}
    weights = np.ones(len(frames))
    if merges_curves and options.fade:
        weights = fade_weights(curves, replaced, frames, options.fade)
        motion = _fade_with_existing(armature, curves, motion, frames, weights)
        of_object = of_object and _fade_with_existing(armature, curves, of_object, frames, weights)
    modes = {bone: armature.pose.bones[bone].rotation_mode for bone in motion.bones}
    channels = options.keying.plan_bone_keys(armature, rig, motion, modes, frames)
    if of_object is not None:
        size = float(np.ptp(rig.rest_pose.positions, axis=0).max())
        mode = armature.rotation_mode
        channels += options.keying.plan_object_keys(of_object, mode, frames, size)
    keyed = {(channel.bone, channel.path) for channel in channels}
    ends = (frames[0], frames[-1]) if options.merges_with_existing else (frames[0],)
    animated = {(bone, path) for bone, path, _ in curves}
    for bone in posed:
        for path in ("location", rotation_property(armature.pose.bones[bone].rotation_mode)):
            rest, current = rest_channel_values(path), getattr(armature.pose.bones[bone], path)
            is_moved = (bone, path) in animated or not np.allclose(current, rest, atol=1e-6)
            if (bone, path) not in keyed and is_moved:
                channels += _constant_channels(bone, path, rest, ends)
    target = previous_root_target
    if target is not None and target != OBJECT and target not in armature.pose.bones:
        target = None  # it was renamed or removed, or belongs to another rig
    is_keyed = any(bone == target for bone, _ in keyed)
    if target is not None and not is_keyed and "pelvis" in BODY_PARTS[options.part]:
        replaced |= {(target, path) for path in POSE_PROPERTIES}
        for path, values in _reset_values(armature, curves, target, float(frames[0])):
            channels += _constant_channels(target, path, values, ends)
    # Settings are keyed, not set: they belong to this motion, and other Actions have their own.
    for (bone, path), value in settings.items():
        channels += _constant_channels(bone, path, (value,), ends)
    if merges_curves:
        merged = {(channel.bone, channel.path, channel.index) for channel in channels}
        check_curves_mergeable({key: curve for key, curve in curves.items() if key in merged})
    return ChannelPlan(channels, replaced, weights)


def fade_weights(
    curves: FCurveMap, properties: set[tuple[str, str]], frames: Array, fade: float
) -> Array:
    """Return (T,) weights of a motion that blends in and, if the existing one continues, out."""
    continues = any(
        has_key_after(curve, float(frames[-1]))
        for (bone, path, _), curve in curves.items()
        if (bone, path) in properties
    )
    return blend_weights(frames, fade, fade if continues else 0.0)


def _rest_bones(retargeted: RetargetedTake, options: ApplyOptions) -> list[str]:
    """Return bones that must be at rest: those the bone map names, or between the body's bones."""
    rest_bones = retargeted.motion.intermediate_bones
    if controls := retargeted.rig.bone_map.rest_controls:
        part = options.part
        rest_bones = [
            bone
            for bone in controls
            if part == "BODY" or is_in_body_part(bone, retargeted.rig, part)
        ]
    return [bone for bone in rest_bones if bone not in retargeted.motion.bones]


def _with_rest_bones(motion: RigMotion, rest_bones: list[str]) -> RigMotion:
    """Add bones that rest to a motion, so that they too are blended and keyed on every frame."""
    rest = np.tile([1.0, 0.0, 0.0, 0.0], (len(motion.rotations), len(rest_bones), 1))
    return replace(
        motion,
        bones=(*motion.bones, *rest_bones),
        rotations=np.concatenate([motion.rotations, rest], axis=1),
    )


def _fade_with_existing(
    armature: bpy.types.Object, curves: FCurveMap, motion: RigMotion, frames: Array, weights: Array
) -> RigMotion:
    """Blend a motion with the existing one on frames where its weight is below 1."""
    at = np.flatnonzero(weights < 1.0)
    part = replace(motion, rotations=motion.rotations[at], locations=motion.locations[at])
    existing = read_existing_motion(armature, curves, part, frames[at])
    blended = blend_motions(part, existing, weights[at])
    rotations, locations = np.array(motion.rotations), np.array(motion.locations)
    rotations[at], locations[at] = blended.rotations, blended.locations
    return replace(motion, rotations=rotations, locations=locations)


def _reset_values(
    armature: bpy.types.Object, curves: FCurveMap, owner: str, frame: float
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield path and values that put a bone to rest; the object stays where it is on `frame`."""
    for path in ("location", rotation_property(channel_owner(armature, owner).rotation_mode)):
        values = rest_channel_values(path)
        if owner == OBJECT:
            current = read_existing_values(armature, curves, OBJECT, path, np.array([frame]))
            values = tuple(current[0])
        yield path, values


def _constant_channels(
    bone: str, path: str, values: tuple[float, ...], frames: tuple[float, ...]
) -> Iterator[Channel]:
    for index, value in enumerate(values):
        pairs = [number for frame in frames for number in (frame, value)]
        yield Channel(bone, path, index, np.array(pairs, dtype=np.float32))
