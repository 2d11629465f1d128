"""Apply a take to an armature, as keys on the bones that play the body.

Nothing else of the scene changes. A new Action is a copy of the previous one with its other
channels, and the previous one stays in the file. In the Action that plays, only the frames of the
motion change. A strip leaves both as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.keyframes.channels import scene_frames
from ...backend.kinematics.retarget.take_to_rig import location_axes
from ..action.blender_versions import Animation, new_animation, preserve_unused_action
from ..action.existing_motion import FCurveMap, playing_fcurves
from ..action.fcurves import OBJECT, remove_fcurves, scene_fps, write_fcurves
from ..action.merging import merge_channels
from ..action.metadata import write_metadata
from ..action.nla import add_strip
from ..action.root_motion import read_root_target, remove_root_motion, store_root_motion
from ..armature.checks import check_last_frame, check_no_drivers, check_take_for_armature
from ..armature.mapping import rig_for_posing
from ..armature.playback_warnings import playback_warnings
from ..errors import RigError
from .channels import ChannelPlan, plan_channels
from .object_motion import object_location_axes
from .options import DEFAULT_APPLY_OPTIONS, ApplyOptions
from .placement import RetargetedTake, retarget_take


@dataclass(frozen=True)
class AppliedTake:
    """A motion that was written to an armature."""

    action: bpy.types.Action
    bones: tuple[str, ...]
    """Bones with keys."""
    first_frame: float
    last_frame: float
    warnings: tuple[str, ...]
    """Sentences on settings that keep the motion from showing as it is (`playback_warnings`)."""


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

    The motion is in armature space: it starts where the rig stands and goes where it faces, however
    the object is moved, turned or scaled. Frame n of the take falls on scene frame
    `start_frame` + n * scene rate / take.fps. Pushes no undo step.

    Args:
        scene: Scene whose frame rate counts.
        name: Name of the new Action, and of the strip.
        start_frame: Scene frame of the take's first frame.

    Raises:
        RigError: The take cannot be applied; nothing has changed.
    """
    check_take_for_armature(armature, take)
    rig = rig_for_posing(armature)
    frames = scene_frames(len(take), take.fps, scene_fps(scene), start_frame)
    check_last_frame(frames)
    retargeted = retarget_take(armature, take, options, rig, scene, start_frame)
    existing = Animation.from_data_block(armature)
    is_changed = options.destination == "SAME_ACTION" and existing is not None
    if is_changed and existing.action.library is not None:
        raise RigError(
            f"The Action “{existing.action.name}” is linked from another file and cannot be "
            "changed. Put the motion into a new Action."
        )
    curves = playing_fcurves(armature)
    root_target = None if existing is None else read_root_target(existing.action)
    plan = plan_channels(armature, retargeted, frames, options, curves, root_target)
    check_no_drivers(armature, {(channel.bone, channel.path) for channel in plan.channels})
    root_motion = _root_motion(armature, retargeted, curves, start_frame)

    ends = float(frames[0]), float(frames[-1])
    written = _write(armature, existing, plan, options, name, ends)
    action = written.action
    write_metadata(action, take, retargeted.placement, keep_earlier=options.merges_with_existing)
    if root_motion is not None:
        owner, offsets = root_motion
        store_root_motion(action, owner, frames, offsets * plan.weights[:, None])
        if options.in_place:
            remove_root_motion(action, written.channelbag)
    if not options.merges_with_existing:
        _set_cyclic(action, _is_whole_loop(take.metadata), *ends)
    if options.asset:
        action.asset_mark()
    armature.update_tag(refresh={"TIME"})
    return AppliedTake(
        action,
        retargeted.motion.bones,
        *ends,
        warnings=tuple(playback_warnings(armature, rig.rest_pose, retargeted.motion)),
    )


def _write(
    armature: bpy.types.Object,
    existing: Animation | None,
    plan: ChannelPlan,
    options: ApplyOptions,
    name: str,
    ends: tuple[float, float],
) -> Animation:
    """Write the keys to an Action and make the armature play it; undo everything on an error."""
    if options.destination == "SAME_ACTION" and existing is not None and existing.is_playing:
        merge_channels(armature, existing.channelbag, plan.channels)
        return existing
    had_animation_data = armature.animation_data is not None
    created: Animation | None = None
    try:
        if options.destination == "NLA_STRIP":
            created = new_animation(name, armature, copy_of=None)
            write_fcurves(created.channelbag, plan.channels)
            add_strip(armature, created, name, *ends, options.fade)
            return created
        created = new_animation(name, armature, copy_of=existing)
        channelbag = created.channelbag
        if options.merges_with_existing:
            merge_channels(armature, channelbag, plan.channels)
        else:
            remove_fcurves(channelbag, plan.replaced_properties)
            write_fcurves(channelbag, plan.channels)
        created.assign_to(armature)
    except Exception:
        if existing is not None:
            existing.assign_to(armature)
        elif not had_animation_data:
            armature.animation_data_clear()
        if created is not None:
            bpy.data.actions.remove(created.action)
        raise
    if existing is not None:
        preserve_unused_action(existing.action)
    return created


def _root_motion(
    armature: bpy.types.Object,
    retargeted: RetargetedTake,
    curves: FCurveMap,
    start_frame: float,
) -> tuple[str, np.ndarray] | None:
    """Return the owner of the root motion, or None, and its offsets (T, 3) in its location."""
    if retargeted.object_transforms is not None:
        axes = object_location_axes(armature, curves, start_frame)
        return OBJECT, retargeted.root_offsets @ axes.T
    if not retargeted.motion.translated_bones:
        return None
    root, rest = retargeted.motion.root_bone, retargeted.rig.rest_pose
    axes = location_axes(rest, rest.names.index(root), retargeted.rig.traits)
    return root, retargeted.root_offsets @ axes


def _is_whole_loop(metadata: Mapping[str, Any]) -> bool:
    """Check whether a take ends as it begins: it loops, and none of it was cut off."""
    seconds = metadata.get("seconds")
    is_whole = metadata.get("start", 0.0) == 0.0 and metadata.get("end", seconds) == seconds
    return bool(metadata.get("loop")) and is_whole


def _set_cyclic(action: bpy.types.Action, is_cyclic: bool, first: float, last: float) -> None:
    if is_cyclic:
        action.use_frame_range = True
        action.frame_start, action.frame_end = first, last
    elif action.use_cyclic:  # a copy of a cyclic Action
        action.use_frame_range = False
    action.use_cyclic = is_cyclic
