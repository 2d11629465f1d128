"""Sparse keys: few editable keys with handles that reproduce a motion within a tolerance.

The tolerance limits the pose at every frame of the motion, on scene frames or between: the rotation
error of each bone and the position error of the limb ends. The keys of a bone are on the same
frames in all channels and show the motion's exact pose. Handles reach a third of the distance to
the next key, so a Bézier curve is a plain cubic in time.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...protocol.limits import LimitError
from ..math.curve_fitting import HermiteFit, fit_curves
from ..math.rotations import Array, normalize
from ..retarget.rig_chains import RigChains
from ..retarget.take_to_rig import RigMotion
from .channels import Channel, bones_by_rotation_mode, interleave, quaternions_to_rotation_values

_BOUND_FACTOR = 1.2
"""Fraction of the distance tolerance that one bone may use up alone. Above 1, because errors of
several bones partly cancel; where they do not, the bones with the largest contributions get more
keys."""
_BLAME_FRACTION = 0.85
"""Bones get more keys if they move an end by at least this fraction of the largest contribution."""
_MARGIN = 0.98
"""Fraction of the tolerance, for rounding to single precision."""


@dataclass(frozen=True)
class KeyTolerance:
    """Largest error of the pose."""

    distance: float = 0.002
    """Metres or rig units, of limb ends and of the root's location."""
    angle: float = math.radians(0.5)
    """Radians, of each bone."""

    def __post_init__(self) -> None:
        for what, value in (("distance", self.distance), ("angle", self.angle)):
            if not 0 < value < math.inf:
                raise LimitError(
                    f"The {what} tolerance of sparse keys must be above 0 (got {value:g})."
                )


def plan_sparse_keys(
    motion: RigMotion,
    rotation_modes: Mapping[str, str],
    frames: Array,
    chains: RigChains,
    tolerance: KeyTolerance,
) -> list[Channel]:
    """Plan keys with handles for all rotations and locations.

    Args:
        rotation_modes: Rotation mode of each bone, as for `plan_keys`.
        frames: (T,) scene frames of the motion. Keys fall on whole frames as far as possible.
        tolerance: Largest error, with its distance in rig units.
    """
    frames = np.asarray(frames, dtype=float)
    tracks = _Tracks(motion, rotation_modes)
    is_whole_frame = np.abs(frames - np.round(frames)) < 1e-4
    pose_error = _PoseError(tracks, motion, chains, tolerance)
    fit = fit_curves(tracks.samples, frames, pose_error.errors, is_whole_frame)
    return list(tracks.channels(fit, frames))


class _Tracks:
    """All values of a motion's F-curves as one array, locations last."""

    def __init__(self, motion: RigMotion, rotation_modes: Mapping[str, str]) -> None:
        bones, times = len(motion.bones), len(motion.locations)
        self.bones = bones
        self.samples = np.zeros((bones + len(motion.translated_bones), times, 4))
        self.names: list[tuple[str, str, int]] = [("", "", 0)] * bones
        """Bone, property and number of channels of each track."""
        self.in_mode = bones_by_rotation_mode(motion, rotation_modes)
        for mode, indices in self.in_mode.items():
            path, values = quaternions_to_rotation_values(motion.rotations[:, indices], mode)
            count = values.shape[-1]
            self.samples[indices, :, :count] = values.swapaxes(0, 1)
            for n in indices:
                self.names[n] = (motion.bones[n], path, count)
        self.samples[bones:, :, :3] = motion.locations.swapaxes(0, 1)
        self.names += [(bone, "location", 3) for bone in motion.translated_bones]

    def quaternions(self, values: Array) -> Array:
        """(B, T, 4) rotations that Blender evaluates for values (B + L, T, 4)."""
        out = np.empty_like(values[: self.bones])
        for mode, indices in self.in_mode.items():
            out[indices] = rotation_values_to_quaternions(values[indices], mode)
        return out

    def channels(self, fit: HermiteFit, frames: Array) -> Iterator[Channel]:
        """Fitted channels at times `frames` (T,)."""
        for track, (bone, path, count) in enumerate(self.names):
            keys = np.flatnonzero(fit.keys[track])
            key_frames = frames[keys]
            # The outer handles of the first and the last key are as long as the inner ones.
            third = np.diff(key_frames) / 3
            before, after = np.append(third[:1], third), np.append(third, third[-1:])
            if not len(third):
                before = after = np.ones(1)
            for index in range(count):
                value, slope = self.samples[track, keys, index], fit.slopes[track, keys, index]
                yield Channel(
                    bone,
                    path,
                    index,
                    interleave(key_frames, value),
                    interleave(key_frames - before, value - slope * before),
                    interleave(key_frames + after, value + slope * after),
                )


class _PoseError:
    """Error of fitted poses in units of the tolerance."""

    def __init__(
        self, tracks: _Tracks, motion: RigMotion, chains: RigChains, tolerance: KeyTolerance
    ) -> None:
        self.tracks, self.chains = tracks, chains
        self.motion_quaternions = motion.quaternions_by_bone()
        self.locations = np.asarray(motion.locations, dtype=float)
        self.ends = chains.end_positions(self.motion_quaternions, self.locations)
        self.angle, self.distance = _MARGIN * tolerance.angle, _MARGIN * tolerance.distance
        # A location moves an end by its own length: a lever of one.
        times = len(self.locations)
        moved = np.repeat(chains.location_moves_ends[..., None], times, axis=-1)
        self.levers = np.concatenate([chains.lever_arms(self.motion_quaternions), moved], axis=1)
        longest = np.maximum(self.levers.max(axis=0, initial=0.0)[: tracks.bones], 1e-12)
        self.tolerance = np.minimum(self.angle, _BOUND_FACTOR * self.distance / longest)

    def errors(self, values: Array) -> Array:
        """(B + L, T) errors of fitted values (B + L, T, 4), at most 1 within the tolerance."""
        quaternions = self.tracks.quaternions(values)
        locations = values[self.tracks.bones :, :, :3].swapaxes(0, 1)
        angles = quaternion_angle(quaternions, self.motion_quaternions)
        distances = np.linalg.norm(locations - self.locations, axis=-1).T
        location_errors = distances / (_BOUND_FACTOR * self.distance)
        errors = np.concatenate([angles / self.tolerance, location_errors])
        # Limb ends are slower: check them once each bone is within its tolerance.
        if (errors > 1.0).any() or not len(self.levers):
            return errors
        end_offsets = self.chains.end_positions(quaternions, locations) - self.ends
        end_errors = np.linalg.norm(end_offsets, axis=-1).T / self.distance
        end, time = np.nonzero(end_errors > 1.0)
        contributions = self.levers[end, :, time] * np.concatenate([angles, distances])[:, time].T
        largest = contributions.max(axis=1, keepdims=True, initial=0.0)
        row, track = np.nonzero(contributions >= _BLAME_FRACTION * largest)
        np.maximum.at(errors, (track, time[row]), end_errors[end, time][row])
        return errors


def rotation_values_to_quaternions(values: Array, mode: str) -> Array:
    """Unit quaternions (..., 4) that Blender evaluates for rotation values (..., 4).

    Args:
        mode: Rotation mode as Blender names it; Euler angles are the first three values.
    """
    if mode == "QUATERNION":
        return normalize(values)
    if mode == "AXIS_ANGLE":
        half = values[..., :1] / 2
        return np.concatenate([np.cos(half), np.sin(half) * normalize(values[..., 1:])], axis=-1)
    q = np.zeros_like(values)
    q[..., 0] = 1.0
    for axis in map("XYZ".index, mode):  # each further rotation is about a world axis
        i, j, k = 1 + axis, 1 + (axis + 1) % 3, 1 + (axis + 2) % 3
        cos, sin = np.cos(values[..., axis] / 2), np.sin(values[..., axis] / 2)
        before, q = q, np.empty_like(q)
        q[..., 0] = cos * before[..., 0] - sin * before[..., i]
        q[..., i] = cos * before[..., i] + sin * before[..., 0]
        q[..., j] = cos * before[..., j] - sin * before[..., k]
        q[..., k] = cos * before[..., k] + sin * before[..., j]
    return q


def quaternion_angle(a: Array, b: Array) -> Array:
    """Angle (...) in radians between unit quaternions (..., 4); exact also near zero."""
    distances = np.minimum(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
    return 4.0 * np.arcsin(np.minimum(distances / 2, 1.0))
