"""Which keys a rig's motion takes: F-curves as plain arrays, in each bone's own rotation mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..math.rotations import (
    Array,
    continuous_quaternions,
    matrix_to_euler,
    quaternion_to_matrix,
    unwrap_euler,
)
from ..retarget.take_to_rig import RigMotion

ROTATION_CHANNELS: Mapping[str, int] = {
    "rotation_quaternion": 4,
    "rotation_axis_angle": 4,
    "rotation_euler": 3,
}
"""The properties of a bone that hold its rotation, and how many channels each has."""


_ROUNDING = 2e-7
"""How far, relatively, a rate in single precision may be off."""


@dataclass(frozen=True)
class Channel:
    """All keys of one F-curve of a bone."""

    bone: str
    path: str
    """What follows the bone in the data path: "location", or '["x"]' for a custom property."""
    index: int
    co: Array
    """(2 K,) float32: frame, value, frame, value..."""
    left_handles: Array | None = None
    """(2 K,) float32, the left handles likewise; None for automatic handles."""
    right_handles: Array | None = None


def scene_frames(count: int, fps: float, scene_rate: float, start: float) -> Array:
    """(count,) scene frames, whole or not, on which the frames of a take at `fps` fall.

    Scenes know their rate with 7 digits only, so a rate that is a fraction but for rounding is
    taken to be that fraction: a take at 24000/1001 fps falls on whole frames of such a scene.
    """
    step = scene_rate / fps
    fraction = Fraction(step).limit_denominator(1001)
    if abs(fraction - step) > _ROUNDING * step:
        return start + np.arange(count) * step
    return start + np.arange(count) * fraction.numerator / fraction.denominator


def plan_keys(
    motion: RigMotion, rotation_modes: Mapping[str, str], frames: Array, step: int = 1
) -> list[Channel]:
    """A key on every frame, or on some: rotations of all bones, and locations.

    Args:
        modes: rotation mode of each bone as Blender names it: "QUATERNION", "AXIS_ANGLE", or the
            order of Euler angles ("XYZ" turns about X first). Bones not in it take quaternions.
        frames: (T,) when each frame of the motion is to be, in scene frames.
        step: each how many frames of the motion there is a key; the last always has one.
    """
    channels: list[Channel] = []
    kept = np.union1d(np.arange(0, len(frames), step), len(frames) - 1)
    frames = np.asarray(frames, dtype=np.float32)[kept]
    bones_in_mode: dict[str, list[int]] = {}
    for n, bone in enumerate(motion.bones):
        bones_in_mode.setdefault(rotation_modes.get(bone, "QUATERNION"), []).append(n)
    for mode, bones in bones_in_mode.items():
        path, values = quaternions_to_rotation_values(motion.rotations[:, bones], mode)
        for place, n in enumerate(bones):
            channels += _channels(motion.bones[n], path, values[kept, place], frames)
    for n, bone in enumerate(motion.translated_bones):
        channels += _channels(bone, "location", motion.locations[kept, n], frames)
    return channels


def quaternions_to_rotation_values(quaternions: Array, mode: str) -> tuple[str, Array]:
    """The property that holds a rotation in this mode, and its values (T, ..., C) without jumps.

    Args:
        quaternions: (T, ..., 4) unit quaternions; time comes first.
    """
    smooth = continuous_quaternions(quaternions)
    if mode == "QUATERNION":
        return "rotation_quaternion", smooth
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _angle_and_axis(smooth)
    # Blender names the order of turning, the product of matrices is written the other way round.
    order = mode[::-1]
    angles = unwrap_euler(matrix_to_euler(quaternion_to_matrix(smooth), order))
    return "rotation_euler", angles[..., [order.index(axis) for axis in "XYZ"]]


def rest_channel_values(path: str) -> tuple[float, ...]:
    """The values of a transform property of a bone at rest."""
    if path == "rotation_quaternion":
        return (1.0, 0.0, 0.0, 0.0)
    if path == "rotation_axis_angle":
        return (0.0, 0.0, 1.0, 0.0)
    return (0.0, 0.0, 0.0)


def _angle_and_axis(q: Array) -> Array:
    """Continuous quaternions (T, ..., 4) to angle, x, y, z (T, ..., 4) without jumps."""
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    clear = sine > 1e-6
    axes = np.where(clear, q[..., 1:], 0.0) / np.where(clear, sine, 1.0)
    axes = _last_clear(axes, clear[..., 0])
    # Where the axis turns round, the angle goes through zero instead.
    turned = np.sum(axes[1:] * axes[:-1], axis=-1, keepdims=True) < 0
    sign = np.concatenate([np.ones_like(sine[:1]), np.cumprod(np.where(turned, -1.0, 1.0), axis=0)])
    angle = 2 * np.arctan2(sign * sine, q[..., :1])
    return np.concatenate([np.unwrap(angle, period=4 * np.pi, axis=0), sign * axes], axis=-1)


def _last_clear(axes: Array, clear: Array) -> Array:
    """Axes (T, ..., 3) with those that are not clear (T, ...) taken from the last that was."""
    if clear.all():
        return axes
    times = np.arange(len(clear)).reshape(-1, *[1] * (clear.ndim - 1))
    last = np.maximum.accumulate(np.where(clear, times, -1), axis=0)
    first = np.argmax(clear, axis=0)
    held = np.take_along_axis(axes, np.where(last >= 0, last, first)[..., None], axis=0)
    never = ~clear.any(axis=0)
    held[:, never] = [0.0, 1.0, 0.0]
    return held


def _channels(bone: str, path: str, values: Array, frames: Array) -> Iterator[Channel]:
    for index in range(values.shape[1]):
        co = np.empty(2 * len(frames), dtype=np.float32)
        co[0::2], co[1::2] = frames, values[:, index]
        yield Channel(bone, path, index, co)
