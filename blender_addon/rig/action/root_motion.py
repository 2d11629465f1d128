"""What of a motion is travel over the ground: kept on its action, taken out or put back.

So *in place* is no other motion but the same one with its way taken out, and can be undone however
long ago it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..errors import RigError
from .blender_versions import Animation
from .existing_motion import fcurves_by_channel
from .fcurves import OBJECT

_OWNER_PROPERTY, _FRAMES_PROPERTY, _OFFSETS_PROPERTY = (
    "anyframe_travel_of",
    "anyframe_travel_frames",
    "anyframe_travel",
)
IN_PLACE_PROPERTY = "anyframe_in_place"
"""The property of an action that says that its travel was taken out."""
ROOT_MOTION_PROPERTIES = (_OWNER_PROPERTY, _FRAMES_PROPERTY, _OFFSETS_PROPERTY, IN_PLACE_PROPERTY)
"""All that an action keeps of its travel."""


def store_root_motion(action: Any, owner: str, frames: Array, offsets: Array) -> None:
    """Remember the travel of a motion.

    Args:
        action: that holds it.
        owner: the bone whose location travels, or `curves.OBJECT`.
        frames: (T,) scene frames, rising.
        way: (T, 3) what of the location's channels is travel.
    """
    action[_OWNER_PROPERTY], action[IN_PLACE_PROPERTY] = owner, False
    action[_FRAMES_PROPERTY], action[_OFFSETS_PROPERTY] = frames.tolist(), offsets.ravel().tolist()


def has_root_motion(action: Any) -> bool:
    """Whether an action knows its travel; quick enough to be asked by a draw function."""
    return action is not None and _OFFSETS_PROPERTY in action


def read_root_target(action: Any) -> str | None:
    """What carries the motion of an action: a bone, or `curves.OBJECT`; None if that is unknown."""
    owner = action.get(_OWNER_PROPERTY)
    return owner if isinstance(owner, str) else None


def set_in_place(armature: bpy.types.Object, in_place: bool, strip: Any = None) -> None:
    """Take the travel out of what an armature plays, or put it back; nothing if it is so already.

    Args:
        strip: the NLA strip that plays it; None for the armature's own action.

    Raises:
        RigError: if it plays no motion whose travel is known, or nothing moves any more what
            carried it.
    """
    playing = Animation.from_data_block(armature) if strip is None else Animation.from_strip(strip)
    if playing is None or not playing.is_playing or not has_root_motion(playing.action):
        raise RigError(
            f"“{armature.name}” plays no motion whose travel is known. Generate or import one "
            "first."
        )
    if bool(playing.action.get(IN_PLACE_PROPERTY)) != in_place:
        _add_or_remove(playing.action, playing.channelbag, in_place)


def remove_root_motion(action: Any, channelbag: Any) -> None:
    """Take the travel out of an action that is not in place yet.

    Args:
        action: with a travel (`keep_travel`).
        holder: of its F-curves.
    """
    _add_or_remove(action, channelbag, True)


def retime_root_motion(action: Any, pivot_frame: float, time_scale: float) -> None:
    """Have an action whose keys now play `slow` times as fast know its travel, if it did; the frame
    `about` has stayed."""
    if has_root_motion(action):
        frames = np.array(action[_FRAMES_PROPERTY], dtype=float)
        action[_FRAMES_PROPERTY] = (pivot_frame + (frames - pivot_frame) / time_scale).tolist()


def _add_or_remove(action: Any, channelbag: Any, in_place: bool) -> None:
    frames = np.array(action[_FRAMES_PROPERTY], dtype=float)
    way = np.array(action[_OFFSETS_PROPERTY], dtype=float).reshape(len(frames), 3)
    curves, owner = fcurves_by_channel(channelbag), action[_OWNER_PROPERTY]
    mine = {n: curves[owner, "location", n] for n in range(3) if (owner, "location", n) in curves}
    if not mine:
        whose = "the object" if owner == OBJECT else f"the bone “{owner}”"
        raise RigError(
            f"The travel of “{action.name}” was on the location of {whose}, which it does not "
            "move any more. Generate or import the motion again."
        )
    sign = -1.0 if in_place else 1.0
    for index, curve in mine.items():
        _add_to_curve(curve, frames, sign * way[:, index])
    action[IN_PLACE_PROPERTY] = in_place


def _add_to_curve(curve: Any, frames: Array, values: Array) -> None:
    """Add a smooth function, known at frames (T,), to a curve: to its keys and their handles."""
    keys = curve.keyframe_points
    co, left, right = (_read_points(keys, name) for name in ("co", "handle_left", "handle_right"))
    mine = (co[:, 0] > frames[0] - 0.5) & (co[:, 0] < frames[-1] + 0.5)
    slopes = np.gradient(values, frames) if len(frames) > 1 else np.zeros_like(values)
    added = np.interp(co[:, 0], frames, values)
    slope = np.interp(co[:, 0], frames, slopes)
    for handle in (left, right):
        handle[mine, 1] += (added + slope * (handle[:, 0] - co[:, 0]))[mine]
    co[mine, 1] += added[mine]
    for name, array in (("co", co), ("handle_left", left), ("handle_right", right)):
        keys.foreach_set(name, array.ravel())
    curve.update()


def _read_points(keys: Sequence[Any], name: str) -> Array:
    """(K, 2) frames and values."""
    array = np.empty(2 * len(keys), dtype=np.float32)
    keys.foreach_get(name, array)  # pyright: ignore[reportAttributeAccessIssue]
    return array.reshape(-1, 2)
