"""A take onto an armature: one new action with keys on the bones that play the body.

Nothing else of the scene is touched. What the previous action did with other channels goes on in
the new one, and the previous action stays in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..backend.kinematics.bone_map import BoneMap, MappingError
from ..backend.kinematics.keys import Channel, frame_numbers, rest_values
from ..backend.kinematics.pose_rig import RigMotion, pose_rig
from ..backend.kinematics.take import Take
from .curves import TRANSFORMS, remove_curves, write_curves
from .errors import RigError
from .keying import EVERY_FRAME, Keying
from .mapping import bone_map_of
from .notes import notes_on
from .provenance import describe
from .rest import Rig, rig_of
from .versions import Animation, new_animation

LAST_FRAME = 1_048_574
"""Blender's frames end here."""


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
    keying: Keying = EVERY_FRAME,
) -> AppliedTake:
    """Write a take as a new action of an armature and make the armature play it.

    The motion is made in the armature's own space: it starts where the rig stands and goes where
    it faces, however the object is moved, turned or scaled. Frame n of the take falls on
    `start_frame` + n * scene rate / take.fps. Pushes no undo step.

    Args:
        name: of the new action.
        keying: how densely it is keyed.

    Raises:
        RigError: with a sentence; nothing has been changed then.
    """
    _check(armature, take)
    rig, bone_map = rig_of(armature), bone_map_of(armature)
    try:
        motion = pose_rig(take, rig.rest, bone_map, rig.traits)
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error
    rate = scene.render.fps / scene.render.fps_base
    frames = frame_numbers(len(take), take.fps, rate, start_frame)
    if not (np.isfinite(frames).all() and np.abs(frames).max() <= LAST_FRAME):
        raise RigError(f"The motion would end after frame {LAST_FRAME:,}, Blender's last.")

    before = Animation.of(armature)
    animated_before = armature.animation_data is not None
    made: Animation | None = None
    try:
        made = new_animation(name, armature, like=before)
        _write(made, armature, rig, motion, bone_map, frames, keying)
        describe(made.action, take)
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
        _keep(before.action)
    armature.update_tag(refresh={"TIME"})
    return AppliedTake(
        action=made.action,
        bones=motion.bones,
        first_frame=float(frames[0]),
        last_frame=float(frames[-1]),
        notes=tuple(notes_on(armature, rig.rest, motion)),
    )


def _check(armature: bpy.types.Object, take: Take) -> None:
    if armature.type != "ARMATURE":
        raise RigError(f"“{armature.name}” is not an armature.")
    if armature.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file, so it cannot be animated here. Make a "
            "library override of it first (Object > Library Override > Make)."
        )
    override = armature.override_library
    if override is not None and getattr(override, "is_system_override", False):
        raise RigError(
            f"“{armature.name}” is a library override that is not editable. Make it editable in "
            "the Outliner (Library Override > Make), then try again."
        )
    if armature.mode == "EDIT":
        raise RigError(f"“{armature.name}” is in Edit Mode: leave it, then try again.")
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise RigError(
            f"A strip of “{armature.name}” is being tweaked in the NLA editor: leave tweak mode "
            "(Tab there), then try again."
        )
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise RigError("The motion holds values that are not finite numbers (NaN).")


def _write(
    made: Animation,
    armature: Any,
    rig: Rig,
    motion: RigMotion,
    bone_map: BoneMap,
    frames: np.ndarray,
    keying: Keying,
) -> None:
    bones = armature.pose.bones
    # A control rig names what has to be still; elsewhere it is what the body's own bones pass.
    still = [bone for bone in bone_map.still or motion.between if bone not in motion.bones]
    settings = {
        (bone, f'["{bpy.utils.escape_identifier(key)}"]'): value
        for bone, values in bone_map.settings.items()
        for key, value in values.items()
        if key in bones[bone]
    }
    posed = [*motion.bones, *still]
    curves = made.curves
    replaced = {(bone, path) for bone in posed for path in TRANSFORMS}
    had = remove_curves(curves, {*replaced, *settings, (motion.root, "location")})
    modes = {bone: bones[bone].rotation_mode for bone in posed}
    channels = keying.plan(armature, rig, bone_map, motion, modes, frames)
    keyed = {(channel.bone, channel.path) for channel in channels}
    for bone in posed:
        for path in ("location", _rotation_path(modes[bone])):
            if (bone, path) not in keyed and _strays((bone, path), bones[bone], had):
                channels += _one_key(bone, path, rest_values(path), frames[0])
    # Switches are keyed, not set: they are this motion's, and other actions have their own.
    for (bone, path), value in settings.items():
        channels += _one_key(bone, path, (value,), frames[0])
    write_curves(curves, channels)


def _rotation_path(mode: str) -> str:
    special = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return special.get(mode, "rotation_euler")


def _strays(key: tuple[str, str], bone: bpy.types.PoseBone, had: set[tuple[str, str]]) -> bool:
    """Whether a bone's channel would not be at rest by itself: it is posed, or was animated."""
    return key in had or not np.allclose(getattr(bone, key[1]), rest_values(key[1]), atol=1e-6)


def _one_key(bone: str, path: str, values: tuple[float, ...], frame: float) -> Iterator[Channel]:
    for index, value in enumerate(values):
        yield Channel(bone, path, index, np.array([frame, value], dtype=np.float32))


def _keep(action: bpy.types.Action) -> None:
    """See that an action which nothing plays any more is still saved with the file."""
    if action.library is None and action.users == 0:
        action.use_fake_user = True
