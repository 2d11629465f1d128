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
from .existing_motion import curves_by_channel
from .fcurves import OBJECT

_OWNER, _FRAMES, _WAY = "anyframe_travel_of", "anyframe_travel_frames", "anyframe_travel"
IN_PLACE = "anyframe_in_place"
"""The property of an action that says that its travel was taken out."""
TRAVEL_PROPERTIES = (_OWNER, _FRAMES, _WAY, IN_PLACE)
"""All that an action keeps of its travel."""


def keep_travel(action: Any, owner: str, frames: Array, way: Array) -> None:
    """Remember the travel of a motion.

    Args:
        action: that holds it.
        owner: the bone whose location travels, or `curves.OBJECT`.
        frames: (T,) scene frames, rising.
        way: (T, 3) what of the location's channels is travel.
    """
    action[_OWNER], action[IN_PLACE] = owner, False
    action[_FRAMES], action[_WAY] = frames.tolist(), way.ravel().tolist()


def has_travel(action: Any) -> bool:
    """Whether an action knows its travel; quick enough to be asked by a draw function."""
    return action is not None and _WAY in action


def carried_by(action: Any) -> str | None:
    """What carries the motion of an action: a bone, or `curves.OBJECT`; None if that is unknown."""
    owner = action.get(_OWNER)
    return owner if isinstance(owner, str) else None


def set_in_place(armature: bpy.types.Object, in_place: bool, strip: Any = None) -> None:
    """Take the travel out of what an armature plays, or put it back; nothing if it is so already.

    Args:
        strip: the NLA strip that plays it; None for the armature's own action.

    Raises:
        RigError: if it plays no motion whose travel is known, or nothing moves any more what
            carried it.
    """
    playing = Animation.of(armature) if strip is None else Animation.of_strip(strip)
    if playing is None or not playing.plays or not has_travel(playing.action):
        raise RigError(
            f"“{armature.name}” plays no motion whose travel is known. Generate or import one "
            "first."
        )
    if bool(playing.action.get(IN_PLACE)) != in_place:
        _change(playing.action, playing.curves, in_place)


def take_out_travel(action: Any, holder: Any) -> None:
    """Take the travel out of an action that is not in place yet.

    Args:
        action: with a travel (`keep_travel`).
        holder: of its F-curves.
    """
    _change(action, holder, True)


def retime_travel(action: Any, about: float, slow: float) -> None:
    """Have an action whose keys now play `slow` times as fast know its travel, if it did; the frame
    `about` has stayed."""
    if has_travel(action):
        frames = np.array(action[_FRAMES], dtype=float)
        action[_FRAMES] = (about + (frames - about) / slow).tolist()


def _change(action: Any, holder: Any, in_place: bool) -> None:
    frames = np.array(action[_FRAMES], dtype=float)
    way = np.array(action[_WAY], dtype=float).reshape(len(frames), 3)
    curves, owner = curves_by_channel(holder), action[_OWNER]
    mine = {n: curves[owner, "location", n] for n in range(3) if (owner, "location", n) in curves}
    if not mine:
        whose = "the object" if owner == OBJECT else f"the bone “{owner}”"
        raise RigError(
            f"The travel of “{action.name}” was on the location of {whose}, which it does not "
            "move any more. Generate or import the motion again."
        )
    sign = -1.0 if in_place else 1.0
    for index, curve in mine.items():
        _add(curve, frames, sign * way[:, index])
    action[IN_PLACE] = in_place


def _add(curve: Any, frames: Array, values: Array) -> None:
    """Add a smooth function, known at frames (T,), to a curve: to its keys and their handles."""
    keys = curve.keyframe_points
    co, left, right = (_read(keys, name) for name in ("co", "handle_left", "handle_right"))
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


def _read(keys: Sequence[Any], name: str) -> Array:
    """(K, 2) frames and values."""
    array = np.empty(2 * len(keys), dtype=np.float32)
    keys.foreach_get(name, array)  # pyright: ignore[reportAttributeAccessIssue]
    return array.reshape(-1, 2)
