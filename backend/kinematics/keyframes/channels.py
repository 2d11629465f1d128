"""Channels: the keys of a rig's motion as F-curves in each bone's rotation mode."""

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
"""Properties of a bone that hold its rotation -> number of channels."""

_RATE_TOLERANCE = 2e-7
"""Relative rounding error of a rate in single precision."""


@dataclass(frozen=True)
class Channel:
    """All keys of one F-curve of a bone."""

    bone: str
    path: str
    """Part of the data path after the bone: "location", or '["x"]' for a custom property."""
    index: int
    co: Array
    """(2 K,) float32: frame, value, frame, value, …"""
    left_handles: Array | None = None
    """(2 K,) float32 like `co`; None for automatic handles."""
    right_handles: Array | None = None


def scene_frames(count: int, fps: float, scene_rate: float, start: float) -> Array:
    """Scene frames (count,), whole or not, of the frames of a take at `fps`.

    Scenes store their rate with 7 digits, so a ratio that is a fraction up to rounding is taken as
    that fraction: a take at 24000/1001 fps falls on whole frames of such a scene.
    """
    step = scene_rate / fps
    fraction = Fraction(step).limit_denominator(1001)
    if abs(fraction - step) > _RATE_TOLERANCE * step:
        return start + np.arange(count) * step
    return start + np.arange(count) * fraction.numerator / fraction.denominator


def plan_keys(
    motion: RigMotion, rotation_modes: Mapping[str, str], frames: Array, step: int = 1
) -> list[Channel]:
    """Key all rotations and locations on every frame, or on every `step`-th and the last frame.

    Args:
        rotation_modes: Rotation mode of each bone as Blender names it: "QUATERNION", "AXIS_ANGLE",
            or an order of Euler angles ("XYZ" rotates about X first). Other bones use quaternions.
        frames: (T,) scene frames of the motion.
    """
    channels: list[Channel] = []
    keyed = np.union1d(np.arange(0, len(frames), step), len(frames) - 1)
    frames = np.asarray(frames, dtype=np.float32)[keyed]
    for mode, bones in bones_by_rotation_mode(motion, rotation_modes).items():
        path, values = quaternions_to_rotation_values(motion.rotations[:, bones], mode)
        for column, n in enumerate(bones):
            channels += _channels_of_values(motion.bones[n], path, values[keyed, column], frames)
    for n, bone in enumerate(motion.translated_bones):
        channels += _channels_of_values(bone, "location", motion.locations[keyed, n], frames)
    return channels


def bones_by_rotation_mode(
    motion: RigMotion, rotation_modes: Mapping[str, str]
) -> dict[str, list[int]]:
    """Rotation mode -> indices in `motion.bones` of the bones that use it."""
    bones: dict[str, list[int]] = {}
    for n, bone in enumerate(motion.bones):
        bones.setdefault(rotation_modes.get(bone, "QUATERNION"), []).append(n)
    return bones


def quaternions_to_rotation_values(quaternions: Array, mode: str) -> tuple[str, Array]:
    """Property that holds a rotation in this mode, and its continuous values (T, ..., C) for unit
    quaternions (T, ..., 4)."""
    smooth = continuous_quaternions(quaternions)
    if mode == "QUATERNION":
        return "rotation_quaternion", smooth
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _axis_angle_values(smooth)
    # Blender names the order of rotations; the matrix product is in reverse order.
    order = mode[::-1]
    angles = unwrap_euler(matrix_to_euler(quaternion_to_matrix(smooth), order))
    return "rotation_euler", angles[..., [order.index(axis) for axis in "XYZ"]]


def rest_channel_values(path: str) -> tuple[float, ...]:
    rotations = {
        "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
        "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    }
    return rotations.get(path, (0.0, 0.0, 0.0))


def _axis_angle_values(q: Array) -> Array:
    """Continuous quaternions (T, ..., 4) to continuous angle, x, y, z (T, ..., 4)."""
    sin = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    is_defined = sin > 1e-6
    axes = np.where(is_defined, q[..., 1:], 0.0) / np.where(is_defined, sin, 1.0)
    if not is_defined.all():
        axes = _fill_axes(axes, is_defined)
    # Where the axis would flip, the angle changes its sign instead.
    flips = np.sum(axes[1:] * axes[:-1], axis=-1, keepdims=True) < 0
    sign = np.concatenate([np.ones_like(sin[:1]), np.cumprod(np.where(flips, -1.0, 1.0), axis=0)])
    angle = 2 * np.arctan2(sign * sin, q[..., :1])
    return np.concatenate([np.unwrap(angle, period=4 * np.pi, axis=0), sign * axes], axis=-1)


def _fill_axes(axes: Array, is_defined: Array) -> Array:
    """Replace axes (T, ..., 3) that are not defined (T, ..., 1) by the last defined one."""
    times = np.arange(len(is_defined)).reshape(-1, *[1] * (is_defined.ndim - 1))
    last = np.maximum.accumulate(np.where(is_defined, times, -1), axis=0)
    nearest = np.where(last >= 0, last, np.argmax(is_defined, axis=0))
    filled = np.take_along_axis(axes, nearest, axis=0)
    return np.where(is_defined.any(axis=0), filled, [0.0, 1.0, 0.0])


def _channels_of_values(bone: str, path: str, values: Array, frames: Array) -> Iterator[Channel]:
    for index in range(values.shape[1]):
        yield Channel(bone, path, index, interleave(frames, values[:, index]))


def interleave(frames: Array, values: Array) -> Array:
    """Coordinates of F-curve points: (2 K,) float32 frame, value, frame, value, …"""
    return np.stack([frames, values], axis=1).astype(np.float32).ravel()
