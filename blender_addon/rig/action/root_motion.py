"""Root motion of an Action: stored as custom properties, removed (*In Place*) and restored.

*In Place* subtracts the stored offsets from the keys, so it can be undone at any later time.
"""

from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..errors import RigError
from .blender_versions import Animation
from .existing_motion import fcurves_by_channel
from .fcurves import OBJECT, read_key_points, retime_frames

_OWNER_PROPERTY = "anyframe_travel_of"
_FRAMES_PROPERTY = "anyframe_travel_frames"
_OFFSETS_PROPERTY = "anyframe_travel"
IN_PLACE_PROPERTY = "anyframe_in_place"
"""Property of an Action that is true if its root motion was removed."""
ROOT_MOTION_PROPERTIES = (_OWNER_PROPERTY, _FRAMES_PROPERTY, _OFFSETS_PROPERTY, IN_PLACE_PROPERTY)


def store_root_motion(action: Any, owner: str, frames: Array, offsets: Array) -> None:
    """Store the root motion of a motion on its Action.

    Args:
        owner: Bone whose location carries the root motion, or `fcurves.OBJECT`.
        frames: (T,) scene frames, increasing.
        offsets: (T, 3) root motion in the channels of the location.
    """
    action[_OWNER_PROPERTY], action[IN_PLACE_PROPERTY] = owner, False
    action[_FRAMES_PROPERTY], action[_OFFSETS_PROPERTY] = frames.tolist(), offsets.ravel().tolist()


def has_root_motion(action: Any) -> bool:
    """Check quickly, for draw functions, whether an Action has stored root motion."""
    return action is not None and _OFFSETS_PROPERTY in action


def read_root_target(action: Any) -> str | None:
    """Return the bone that carries the root motion, or `OBJECT`; None if unknown."""
    owner = action.get(_OWNER_PROPERTY)
    return owner if isinstance(owner, str) else None


def set_in_place(armature: bpy.types.Object, in_place: bool, strip: Any = None) -> None:
    """Remove the root motion of what an armature plays, or restore it.

    Args:
        strip: NLA strip that plays the motion; None for the Action of the armature.

    Raises:
        RigError: The Action has no stored root motion, or no F-curve that carries it.
    """
    playing = Animation.from_data_block(armature) if strip is None else Animation.from_strip(strip)
    if playing is None or not playing.is_playing or not has_root_motion(playing.action):
        raise RigError(
            f"“{armature.name}” must play a motion with known root motion. Generate or import one "
            "first."
        )
    if bool(playing.action.get(IN_PLACE_PROPERTY)) != in_place:
        _add_root_motion(playing.action, playing.channelbag, -1.0 if in_place else 1.0)
        playing.action[IN_PLACE_PROPERTY] = in_place


def remove_root_motion(action: Any, channelbag: Any) -> None:
    _add_root_motion(action, channelbag, -1.0)
    action[IN_PLACE_PROPERTY] = True


def retime_root_motion(action: Any, pivot_frame: float, time_scale: float) -> None:
    """Retime the stored root motion of an Action, if any, like keys by `keys.retime_curve`."""
    if has_root_motion(action):
        frames = np.array(action[_FRAMES_PROPERTY], dtype=float)
        action[_FRAMES_PROPERTY] = retime_frames(frames, pivot_frame, time_scale).tolist()


def _add_root_motion(action: Any, channelbag: Any, factor: float) -> None:
    frames = np.array(action[_FRAMES_PROPERTY], dtype=float)
    offsets = np.array(action[_OFFSETS_PROPERTY], dtype=float).reshape(len(frames), 3)
    curves, owner = fcurves_by_channel(channelbag), action[_OWNER_PROPERTY]
    moved = {n: curves[owner, "location", n] for n in range(3) if (owner, "location", n) in curves}
    if not moved:
        target = "the object" if owner == OBJECT else f"the bone “{owner}”"
        raise RigError(
            f"“{action.name}” must have keys on the location of {target}, which carried its root "
            "motion. Generate or import the motion again."
        )
    for index, curve in moved.items():
        _add_to_curve(curve, frames, factor * offsets[:, index])


def _add_to_curve(curve: Any, frames: Array, values: Array) -> None:
    """Add a smooth function, known at frames (T,), to the keys of a curve and their handles."""
    points = {name: read_key_points(curve, name) for name in ("co", "handle_left", "handle_right")}
    co = points["co"]
    inside = (co[:, 0] > frames[0] - 0.5) & (co[:, 0] < frames[-1] + 0.5)
    slopes = np.gradient(values, frames) if len(frames) > 1 else np.zeros_like(values)
    added = np.interp(co[:, 0], frames, values)
    slope = np.interp(co[:, 0], frames, slopes)
    offsets = [slope * (numbers[:, 0] - co[:, 0]) for numbers in points.values()]
    for (name, numbers), offset in zip(points.items(), offsets, strict=True):
        numbers[inside, 1] += (added + offset)[inside]
        curve.keyframe_points.foreach_set(name, numbers.ravel())
    curve.update()
