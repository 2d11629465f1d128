"""A take onto an armature, as keys on the bones that play the body.

Nothing else of the scene is touched. In a new action, what the previous one did with other channels
goes on, and the previous one stays in the file; in the action that plays, only the frames of the
motion change; a strip leaves both as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.keyframes.channels import scene_frames
from ...backend.kinematics.retarget.take_to_rig import location_axes
from ...backend.kinematics.rigs.bone_map import MappingError
from ..action.blender_versions import Animation, new_animation, preserve_unused_action
from ..action.cyclic import is_whole_loop, set_cyclic
from ..action.existing_motion import FCurveMap, fcurves_by_channel
from ..action.fcurves import LAST_FRAME, OBJECT, remove_fcurves, write_fcurves
from ..action.merging import merge_channels
from ..action.metadata import write_metadata
from ..action.nla import add_strip
from ..action.root_motion import read_root_target, remove_root_motion, store_root_motion
from ..armature.checks import check_no_drivers, check_take_for_armature
from ..armature.mapping import bone_map_for_posing
from ..armature.playback_warnings import playback_warnings
from ..armature.rest import Rig, read_rig
from ..errors import RigError
from .channels import ChannelPlan, plan_channels
from .object_motion import object_location_axes
from .options import DEFAULT_APPLY_OPTIONS, ApplyOptions
from .placement import RetargetedTake, retarget_take


@dataclass(frozen=True)
class AppliedTake:
    """What was written on an armature."""

    action: bpy.types.Action
    bones: tuple[str, ...]
    """The bones that were keyed."""
    first_frame: float
    last_frame: float
    warnings: tuple[str, ...]
    """Sentences on what may keep the motion from showing as it is: constraints, muted action..."""


def apply_take(
    armature: bpy.types.Object,
    take: Take,
    *,
    scene: bpy.types.Scene,
    name: str,
    start_frame: float,
    options: ApplyOptions = DEFAULT_APPLY_OPTIONS,
) -> AppliedTake:
    """Write a take as keys of an armature and make the armature play it.

    The motion is made in the armature's own space: it starts where the rig stands and goes where
    it faces, however the object is moved, turned or scaled. Frame n of the take falls on
    `start_frame` + n * scene rate / take.fps. Pushes no undo step.

    Args:
        armature: with the bones.
        take: the motion.
        scene: whose rate counts.
        name: of the new action, and of a strip.
        start_frame: on which the take's first frame falls.
        manner: how densely it is keyed, where to, and how it fits what is there.

    Raises:
        RigError: with a sentence; nothing has been changed then.
    """
    check_take_for_armature(armature, take)
    rig, bone_map = read_rig(armature), bone_map_for_posing(armature)
    rate = scene.render.fps / scene.render.fps_base
    frames = scene_frames(len(take), take.fps, rate, start_frame)
    if not (np.isfinite(frames).all() and np.abs(frames).max() <= LAST_FRAME):
        raise RigError(f"The motion would end after frame {LAST_FRAME:,}, Blender's last.")
    try:
        stage = retarget_take(armature, take, options, rig, bone_map, scene, start_frame)
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error
    before = Animation.from_data_block(armature)
    _check_action(before, options)
    curves = fcurves_by_channel(
        before.channelbag if before is not None and before.is_playing else None
    )
    carrier = None if before is None else read_root_target(before.action)
    plan = plan_channels(armature, rig, stage, frames, options, curves, carrier)
    check_no_drivers(armature, {(channel.bone, channel.path) for channel in plan.channels})
    travel = _root_motion(armature, rig, stage, curves, start_frame)

    made = _write(armature, plan, options, name, frames)
    write_metadata(made.action, take, stage.placement, keep_earlier=options.merges_with_existing)
    if travel is not None:
        owner, way = travel
        store_root_motion(made.action, owner, frames, way * plan.weights[:, None])
        if options.in_place:
            remove_root_motion(made.action, made.channelbag)
    if not options.merges_with_existing:
        set_cyclic(made.action, is_whole_loop(take.metadata), float(frames[0]), float(frames[-1]))
    if options.asset:
        made.action.asset_mark()
    armature.update_tag(refresh={"TIME"})
    return AppliedTake(
        action=made.action,
        bones=stage.motion.bones,
        first_frame=float(frames[0]),
        last_frame=float(frames[-1]),
        warnings=tuple(playback_warnings(armature, rig.rest_pose, stage.motion)),
    )


def _check_action(existing: Animation | None, options: ApplyOptions) -> None:
    adds = options.destination == "SAME_ACTION" and existing is not None
    if adds and existing.action.library is not None:
        raise RigError(
            f"The action “{existing.action.name}” is linked from another file, so nothing can be "
            "added to it: put the motion into a new action."
        )


def _write(
    armature: bpy.types.Object,
    plan: ChannelPlan,
    options: ApplyOptions,
    name: str,
    frames: np.ndarray,
) -> Animation:
    """The action with the keys, played by the armature."""
    before = Animation.from_data_block(armature)
    if options.destination == "SAME_ACTION" and before is not None and before.is_playing:
        holder = before.channelbag
        merge_channels(armature, holder, fcurves_by_channel(holder), plan.channels)
        return before
    animated_before = armature.animation_data is not None
    made: Animation | None = None
    try:
        if options.destination == "NLA_STRIP":
            made = new_animation(name, armature, copy_of=None)
            write_fcurves(made.channelbag, plan.channels)
            ends = float(frames[0]), float(frames[-1])
            add_strip(armature, made, name, *ends, options.fade)
            return made
        made = new_animation(name, armature, copy_of=before)
        holder = made.channelbag
        if options.merges_with_existing:
            merge_channels(armature, holder, fcurves_by_channel(holder), plan.channels)
        else:
            remove_fcurves(holder, plan.replaced_properties)
            write_fcurves(holder, plan.channels)
        made.assign_to(armature)
    except Exception:
        if before is not None:
            before.assign_to(armature)
        elif not animated_before:
            armature.animation_data_clear()
        if made is not None:
            bpy.data.actions.remove(made.action)
        raise
    if before is not None:
        preserve_unused_action(before.action)
    return made


def _root_motion(
    armature: bpy.types.Object,
    rig: Rig,
    stage: RetargetedTake,
    curves: FCurveMap,
    start_frame: float,
) -> tuple[str, np.ndarray] | None:
    """What travels, and how far (T, 3) in the channels of its location; None if nothing does."""
    if stage.object_transforms is not None:
        axes = object_location_axes(armature, curves, start_frame)
        return OBJECT, stage.root_offsets @ axes.T
    if not stage.motion.translated_bones:
        return None
    root = stage.motion.root_bone
    return root, stage.root_offsets @ location_axes(
        rig.rest_pose, rig.rest_pose.names.index(root), rig.traits
    )
