"""Keys into curves that have keys: only the frames of the motion change.

Outside of them every curve keeps its shape. It gets a key a frame before the motion and, if it goes
on, one a frame after it; the handles of those and of their neighbours are frozen where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import Channel
from ...backend.kinematics.math.rotations import Array
from .existing_motion import FCurveMap, current_value
from .fcurves import (
    BEZIER,
    HANDLE_TYPES,
    freeze_handles,
    new_fcurve,
    set_handle_types,
    write_keyframes,
)

_FRAME_TOLERANCE = 1e-3
"""Scene frames by which two keys on one frame may be apart."""


def merge_channels(
    armature: bpy.types.Object, channelbag: Any, curves: FCurveMap, channels: Sequence[Channel]
) -> None:
    """Put channels in place of what curves do on their frames.

    Args:
        armature: whose curves they are; its present values count where there is no curve yet.
        holder: of `.fcurves` and `.groups`.
        curves: those of the holder (`before.curves_by_channel`); no modifier is at work on any
            that a channel goes into (`resampling_checks.check_mergeable`).
        channels: each from the first frame of the motion to the last.
    """
    for channel in channels:
        curve = curves.get((channel.bone, channel.path, channel.index))
        if curve is None or not len(curve.keyframe_points):
            curve = curve or new_fcurve(channelbag, channel)
            still = current_value(armature, channel.bone, channel.path, channel.index)
            write_keyframes(curve, channel)
            curve.keyframe_points.insert(float(channel.co[0]) - 1.0, still)
        else:
            _clear_range(curve, float(channel.co[0]), float(channel.co[-2]))
            _append_keys(curve, channel)


def has_keys_after(curves: FCurveMap, channels: set[tuple[str, str]], last: float) -> bool:
    """Whether any curve of these (bone, path) has a key after a frame."""
    return any(
        key.co[0] > last + _FRAME_TOLERANCE
        for (bone, path, _), curve in curves.items()
        if (bone, path) in channels
        for key in curve.keyframe_points
    )


def _clear_range(curve: Any, first: float, last: float) -> None:
    """Take away the keys from one frame to another, and see that nothing else changes."""
    keys = curve.keyframe_points
    goes_on = any(key.co[0] > last + _FRAME_TOLERANCE for key in keys)
    for edge in (first - 1.0, last + 1.0) if goes_on else (first - 1.0,):
        _split_at(curve, edge)
    frames = np.array([key.co[0] for key in keys])
    begin, end = np.searchsorted(frames, (first - _FRAME_TOLERANCE, last + _FRAME_TOLERANCE))
    for n in (*range(max(begin - 2, 0), begin), *range(end, min(end + 2, len(keys)))):
        freeze_handles(keys[n])
    for n in reversed(range(begin, end)):
        keys.remove(keys[n], fast=True)


def _split_at(curve: Any, frame: float) -> None:
    """Give a curve a key on a frame without changing its shape."""
    keys = curve.keyframe_points
    frames = [key.co[0] for key in keys]
    if any(abs(frame - other) < _FRAME_TOLERANCE for other in frames):
        return
    value = curve.evaluate(frame)
    after = int(np.searchsorted(frames, frame))
    ends = None
    if 0 < after < len(keys):
        one, other = keys[after - 1], keys[after]
        if one.interpolation == "BEZIER":
            points = (one.co, one.handle_right, other.handle_left, other.co)
            ends = [np.array(point) for point in points]
    middle = keys.insert(frame, value, options={"FAST"})
    if after > 0:
        middle.interpolation = keys[after - 1].interpolation
    if ends is None:
        return
    one, other = keys[after - 1], keys[after + 1]
    for key in (one, middle, other):
        freeze_handles(key)
    left, right = _split_bezier(ends, frame)
    one.handle_right, middle.handle_left = left
    middle.handle_right, other.handle_left = right


def _split_bezier(
    points: list[Array], frame: float
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The inner control points of the two parts of a Bézier segment (de Casteljau).

    Args:
        points: the segment's four control points (2,): frame and value.
        frame: on which it is divided.
    """
    start, leaving, arriving, end = points
    # As Blender evaluates it: handles that overlap in time are shortened until they do not.
    span = end[0] - start[0]
    reach = leaving[0] - start[0] + end[0] - arriving[0]
    if reach > span:
        leaving = start + (leaving - start) * span / reach
        arriving = end + (arriving - end) * span / reach
    low, at, high = 0.0, 0.5, 1.0
    for _ in range(50):
        at = (low + high) / 2
        here = _interpolate_pairs(
            _interpolate_pairs(_interpolate_pairs([start, leaving, arriving, end], at), at), at
        )[0]
        low, high = (at, high) if here[0] < frame else (low, at)
    first = _interpolate_pairs([start, leaving, arriving, end], at)
    second = _interpolate_pairs(first, at)
    return (first[0], second[0]), (second[1], first[2])


def _interpolate_pairs(points: Sequence[Array], at: float) -> list[Array]:
    """Each point on the way to its next."""
    return [one + at * (other - one) for one, other in pairwise(points)]


def _append_keys(curve: Any, channel: Channel) -> None:
    """Add a channel's keys to those that a curve has."""
    keys = curve.keyframe_points
    old, new = len(keys), len(channel.co) // 2
    arrays = {}
    for name in ("co", "handle_left", "handle_right"):
        arrays[name] = np.empty(2 * old, dtype=np.float32)
        keys.foreach_get(name, arrays[name])
    interpolation = np.empty(old, dtype=np.int32)
    keys.foreach_get("interpolation", interpolation)
    kinds = [
        [HANDLE_TYPES.index(getattr(key, name)) for key in keys]
        for name in ("handle_left_type", "handle_right_type")
    ]
    aligned = channel.left_handles is not None
    left = channel.co if channel.left_handles is None else channel.left_handles
    right = channel.co if channel.right_handles is None else channel.right_handles
    keys.add(new)
    for name, added in (("co", channel.co), ("handle_left", left), ("handle_right", right)):
        keys.foreach_set(name, np.concatenate([arrays[name], added]))
    added = np.full(new, BEZIER, dtype=np.int32)
    keys.foreach_set("interpolation", np.concatenate([interpolation, added]))
    own = [HANDLE_TYPES.index("ALIGNED" if aligned else "AUTO_CLAMPED")] * new
    set_handle_types(keys, *(np.array(kind + own) for kind in kinds))
    for name, added in (("handle_left", left), ("handle_right", right)):
        keys.foreach_set(name, np.concatenate([arrays[name], added]))
    curve.update()
