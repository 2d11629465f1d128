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
from ...backend.kinematics.keyframes.channels import frame_numbers
from ...backend.kinematics.retarget.take_to_rig import location_axes
from ...backend.kinematics.rigs.bone_map import MappingError
from ..action.blender_versions import Animation, keep_in_file, new_animation
from ..action.cyclic import goes_round, mark_cyclic
from ..action.existing_motion import Curves, curves_by_channel
from ..action.fcurves import LAST_FRAME, OBJECT, remove_curves, write_curves
from ..action.merging import merge_curves
from ..action.metadata import describe
from ..action.nla import put_strip
from ..action.root_motion import carried_by, keep_travel, take_out_travel
from ..armature.checks import check_armature, check_drivers
from ..armature.mapping import bone_map_of
from ..armature.playback_warnings import notes_on
from ..armature.rest import Rig, rig_of
from ..errors import RigError
from .channels import Plan, plan_channels
from .object_motion import object_axes
from .options import AS_RECORDED, Manner
from .placement import Staged, staged


@dataclass(frozen=True)
class AppliedTake:
    """What was written on an armature."""

    action: bpy.types.Action
    bones: tuple[str, ...]
    """The bones that were keyed."""
    first_frame: float
    last_frame: float
    notes: tuple[str, ...]
    """Sentences on what may keep the motion from showing as it is: constraints, muted action..."""


def apply_take(
    armature: bpy.types.Object,
    take: Take,
    *,
    scene: bpy.types.Scene,
    name: str,
    start_frame: float,
    manner: Manner = AS_RECORDED,
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
    check_armature(armature, take)
    rig, bone_map = rig_of(armature), bone_map_of(armature)
    rate = scene.render.fps / scene.render.fps_base
    frames = frame_numbers(len(take), take.fps, rate, start_frame)
    if not (np.isfinite(frames).all() and np.abs(frames).max() <= LAST_FRAME):
        raise RigError(f"The motion would end after frame {LAST_FRAME:,}, Blender's last.")
    try:
        stage = staged(armature, take, manner, rig, bone_map, scene, start_frame)
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error
    before = Animation.of(armature)
    _check_action(before, manner)
    curves = curves_by_channel(before.curves if before is not None and before.plays else None)
    carrier = None if before is None else carried_by(before.action)
    plan = plan_channels(armature, rig, stage, frames, manner, curves, carrier)
    check_drivers(armature, {(channel.bone, channel.path) for channel in plan.channels})
    travel = _travel(armature, rig, stage, curves, start_frame)

    made = _write(armature, plan, manner, name, frames)
    describe(made.action, take, stage.moved, beside_others=manner.merges)
    if travel is not None:
        owner, way = travel
        keep_travel(made.action, owner, frames, way * plan.weights[:, None])
        if manner.in_place:
            take_out_travel(made.action, made.curves)
    if not manner.merges:
        mark_cyclic(made.action, goes_round(take.info), float(frames[0]), float(frames[-1]))
    if manner.asset:
        made.action.asset_mark()
    armature.update_tag(refresh={"TIME"})
    return AppliedTake(
        action=made.action,
        bones=stage.motion.bones,
        first_frame=float(frames[0]),
        last_frame=float(frames[-1]),
        notes=tuple(notes_on(armature, rig.rest, stage.motion)),
    )


def _check_action(before: Animation | None, manner: Manner) -> None:
    adds = manner.destination == "SAME_ACTION" and before is not None
    if adds and before.action.library is not None:
        raise RigError(
            f"The action “{before.action.name}” is linked from another file, so nothing can be "
            "added to it: put the motion into a new action."
        )


def _write(
    armature: bpy.types.Object, plan: Plan, manner: Manner, name: str, frames: np.ndarray
) -> Animation:
    """The action with the keys, played by the armature."""
    before = Animation.of(armature)
    if manner.destination == "SAME_ACTION" and before is not None and before.plays:
        holder = before.curves
        merge_curves(armature, holder, curves_by_channel(holder), plan.channels)
        return before
    animated_before = armature.animation_data is not None
    made: Animation | None = None
    try:
        if manner.destination == "NLA_STRIP":
            made = new_animation(name, armature, like=None)
            write_curves(made.curves, plan.channels)
            ends = float(frames[0]), float(frames[-1])
            put_strip(armature, made, name, *ends, manner.fade)
            return made
        made = new_animation(name, armature, like=before)
        holder = made.curves
        if manner.merges:
            merge_curves(armature, holder, curves_by_channel(holder), plan.channels)
        else:
            remove_curves(holder, plan.replaced)
            write_curves(holder, plan.channels)
        made.set_on(armature)
    except Exception:
        if before is not None:
            before.set_on(armature)
        elif not animated_before:
            armature.animation_data_clear()
        if made is not None:
            bpy.data.actions.remove(made.action)
        raise
    if before is not None:
        keep_in_file(before.action)
    return made


def _travel(
    armature: bpy.types.Object, rig: Rig, stage: Staged, curves: Curves, start_frame: float
) -> tuple[str, np.ndarray] | None:
    """What travels, and how far (T, 3) in the channels of its location; None if nothing does."""
    if stage.object_way is not None:
        axes = object_axes(armature, curves, start_frame)
        return OBJECT, stage.travel @ axes.T
    if not stage.motion.located:
        return None
    root = stage.motion.root
    return root, stage.travel @ location_axes(rig.rest, rig.rest.names.index(root), rig.traits)
