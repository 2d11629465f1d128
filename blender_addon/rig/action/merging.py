"""Merging of keys into F-curves that have keys: only the frames of the motion change.

Outside of them every F-curve keeps its shape: it gets a key one frame before the motion and, if it
continues, one a frame after it. The handles of these keys and of their neighbours are frozen.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import Channel
from ...backend.kinematics.math.rotations import Array
from ..errors import RigError
from .existing_motion import FCurveMap, current_value, fcurves_by_channel
from .fcurves import (
    BEZIER,
    HANDLE_TYPES,
    OBJECT,
    SAME_FRAME_TOLERANCE,
    append_keys,
    extend_key_enums,
    new_fcurve,
    write_keyframes,
)

BAKE_HINT = "Bake the F-curve, or mute its modifier, in the Graph Editor."


def active_modifiers(curves: FCurveMap) -> Iterator[tuple[Any, Any, str]]:
    """Yield each F-curve with each unmuted modifier of it, and the start of a sentence on them."""
    for (bone, path, _), curve in curves.items():
        owner = f"the bone “{bone}”" if bone != OBJECT else "the armature object"
        for modifier in curve.modifiers:
            if not modifier.mute:
                kind = modifier.type.replace("FNGENERATOR", "BUILT-IN FUNCTION").title()
                name = path.replace("_", " ")
                yield curve, modifier, f"A modifier ({kind}) changes the {name} of {owner}"


def check_curves_mergeable(curves: FCurveMap) -> None:
    """Raise RigError if keys added to an F-curve would change it on other frames as well."""
    for _, _, sentence in active_modifiers(curves):
        raise RigError(
            f"{sentence}, so keys added to its F-curve would change other frames too. {BAKE_HINT}"
        )


def merge_channels(
    armature: bpy.types.Object, channelbag: Any, channels: Sequence[Channel]
) -> None:
    """Replace the frames of some channels in F-curves that pass `check_curves_mergeable`.

    Args:
        armature: The animated armature. Its current values hold before new F-curves.
        channels: Keys, each channel from the first frame of the motion to the last.
    """
    curves = fcurves_by_channel(channelbag)
    for channel in channels:
        curve = curves.get((channel.bone, channel.path, channel.index))
        if curve is None or not len(curve.keyframe_points):
            curve = curve or new_fcurve(channelbag, channel)
            value = current_value(armature, channel.bone, channel.path, channel.index)
            write_keyframes(curve, channel)
            curve.keyframe_points.insert(float(channel.co[0]) - 1.0, value)
        else:
            _clear_range(curve, float(channel.co[0]), float(channel.co[-2]))
            _append_channel(curve, channel)


def has_key_after(curve: Any, frame: float) -> bool:
    return any(key.co[0] > frame + SAME_FRAME_TOLERANCE for key in curve.keyframe_points)


def _clear_range(curve: Any, first: float, last: float) -> None:
    """Remove the keys from one frame to another, and keep the shape outside of them."""
    keys = curve.keyframe_points
    for edge in (first - 1.0, last + 1.0) if has_key_after(curve, last) else (first - 1.0,):
        _split_at(curve, edge)
    frames = np.array([key.co[0] for key in keys])
    begin, end = np.searchsorted(
        frames, (first - SAME_FRAME_TOLERANCE, last + SAME_FRAME_TOLERANCE)
    )
    for n in (*range(max(begin - 2, 0), begin), *range(end, min(end + 2, len(keys)))):
        keys[n].handle_left_type = keys[n].handle_right_type = "FREE"
    for n in reversed(range(begin, end)):
        keys.remove(keys[n], fast=True)


def _split_at(curve: Any, frame: float) -> None:
    """Add a key on a frame without changing the shape of an F-curve."""
    keys = curve.keyframe_points
    frames = [key.co[0] for key in keys]
    if any(abs(frame - existing) < SAME_FRAME_TOLERANCE for existing in frames):
        return
    value = curve.evaluate(frame)
    index = int(np.searchsorted(frames, frame))
    points = None
    if 0 < index < len(keys) and keys[index - 1].interpolation == "BEZIER":
        left, right = keys[index - 1], keys[index]
        corners = (left.co, left.handle_right, right.handle_left, right.co)
        points = [np.array(corner) for corner in corners]
    middle = keys.insert(frame, value, options={"FAST"})
    if index > 0:
        middle.interpolation = keys[index - 1].interpolation
    if points is None:
        return
    left, right = keys[index - 1], keys[index + 1]
    for key in (left, middle, right):
        key.handle_left_type = key.handle_right_type = "FREE"
    inner = _split_bezier(points, frame)
    left.handle_right, middle.handle_left, middle.handle_right, right.handle_left = inner


def _split_bezier(points: list[Array], frame: float) -> tuple[Array, Array, Array, Array]:
    """Return the inner control points of both parts of a Bézier segment, split at a frame.

    `points` are its four control points (2,): frame and value. By de Casteljau's algorithm.
    """
    start, leaving, arriving, end = points
    # As Blender evaluates it: handles that overlap in time are shortened until they do not.
    span = end[0] - start[0]
    reach = leaving[0] - start[0] + end[0] - arriving[0]
    if reach > span:
        leaving = start + (leaving - start) * span / reach
        arriving = end + (arriving - end) * span / reach
    corners = [start, leaving, arriving, end]
    low, t, high = 0.0, 0.5, 1.0
    for _ in range(50):  # bisection to the last bit
        t = (low + high) / 2
        split = _interpolate_pairs(_interpolate_pairs(_interpolate_pairs(corners, t), t), t)[0]
        low, high = (t, high) if split[0] < frame else (low, t)
    outer = _interpolate_pairs(corners, t)
    inner = _interpolate_pairs(outer, t)
    return outer[0], inner[0], inner[1], outer[2]


def _interpolate_pairs(points: Sequence[Array], t: float) -> list[Array]:
    return [left + t * (right - left) for left, right in pairwise(points)]


def _append_channel(curve: Any, channel: Channel) -> None:
    """Add the keys of a channel to an F-curve that has keys, but none on their frames."""
    has_handles = channel.left_handles is not None and channel.right_handles is not None
    left = channel.left_handles if has_handles else channel.co
    right = channel.right_handles if has_handles else channel.co
    points = {"co": channel.co, "handle_left": left, "handle_right": right}
    handle_type = HANDLE_TYPES.index("ALIGNED" if has_handles else "AUTO_CLAMPED")
    added = (BEZIER, handle_type, handle_type)
    append_keys(
        curve,
        {name: numbers.reshape(-1, 2) for name, numbers in points.items()},
        *extend_key_enums(curve, [np.full(len(channel.co) // 2, kind) for kind in added]),
    )
