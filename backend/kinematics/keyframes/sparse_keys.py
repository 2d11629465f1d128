"""Few keys that can be edited: F-curves with handles, as near to a motion as an animator asks.

What is bounded is the pose that shows, at every frame of the motion, on scene frames or between:
how far each bone is turned off, and how far the ends of the limbs are out of place. The keys of a
bone are on the same frames in all its channels, and each shows the motion's own pose. Handles reach
a third of the way to the next key, which makes a Bézier curve a plain cubic in time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...protocol.limits import LimitError
from ..math.curve_fitting import HermiteFit, fit_curves
from ..math.rotations import Array, normalize
from ..retarget.rig_chains import RigChains
from ..retarget.take_to_rig import RigMotion
from .channels import Channel, quaternions_to_rotation_values

_SHARE = 1.2
"""How much of the bound on ends one bone may use up alone. Above one, for what it does there is
partly undone by others; where it is not, the bone to blame is mended."""
_BLAME = 0.85
"""Bones are mended that move an end by at least this much of what the worst one does."""
_MARGIN = 0.98
"""Of the bounds, for what rounding to single precision adds."""


@dataclass(frozen=True)
class KeyTolerance:
    """How far the pose may be from the motion."""

    distance: float = 0.002
    """Of the ends of limbs, and of the root's location: metres where a user sets it, rig units
    where keys are planned."""
    angle: float = math.radians(0.5)
    """Radians, of each bone."""

    def __post_init__(self) -> None:
        """Raise LimitError if it is nothing that can be kept."""
        for what, value in (("distance", self.distance), ("angle", self.angle)):
            if not 0 < value < math.inf:  # NaN is outside of every range
                raise LimitError(
                    f"The {what} that sparse keys may be off is {value:g}; it must be above 0."
                )


def plan_sparse_keys(
    motion: RigMotion,
    rotation_modes: Mapping[str, str],
    frames: Array,
    chains: RigChains,
    tolerance: KeyTolerance,
) -> list[Channel]:
    """Keys with handles for all bones' rotations and the locations.

    Args:
        modes: as for `plan_keys`.
        frames: (T,) when each frame of the motion is to be, in scene frames. Keys fall on whole
            scene frames as far as the bound allows.
        bound: its distance is in rig units.
    """
    tracks = _Tracks(motion, rotation_modes)
    whole = np.abs(frames - np.round(frames)) < 1e-4
    judge = _PoseJudge(tracks, motion, chains, tolerance)
    fit = fit_curves(tracks.samples, np.asarray(frames, dtype=float), judge.off, whole)
    channels: list[Channel] = []
    for track, (bone, path, count) in enumerate(tracks.names):
        channels += _channels(bone, path, count, fit, track, frames, tracks.samples)
    return channels


class _Tracks:
    """All values of a motion's F-curves as one array; locations come last."""

    def __init__(self, motion: RigMotion, modes: Mapping[str, str]) -> None:
        bones, times = len(motion.bones), len(motion.locations)
        self.bones = bones
        self.samples = np.zeros((bones + len(motion.translated_bones), times, 4))
        self.names: list[tuple[str, str, int]] = [("", "", 0)] * bones
        self.in_mode: dict[str, list[int]] = {}
        for n, bone in enumerate(motion.bones):
            self.in_mode.setdefault(modes.get(bone, "QUATERNION"), []).append(n)
        for mode, members in self.in_mode.items():
            path, values = quaternions_to_rotation_values(motion.rotations[:, members], mode)
            count = values.shape[-1]
            self.samples[members, :, :count] = values.swapaxes(0, 1)
            for n in members:
                self.names[n] = (motion.bones[n], path, count)
        self.samples[bones:, :, :3] = motion.locations.swapaxes(0, 1)
        self.names += [(bone, "location", 3) for bone in motion.translated_bones]

    def quaternions(self, values: Array) -> Array:
        """(B, T, 4) the rotations that Blender shows for values (B + L, T, 4)."""
        shown = np.empty_like(values[: self.bones])
        for mode, members in self.in_mode.items():
            shown[members] = rotation_values_to_quaternions(values[members], mode)
        return shown


class _PoseJudge:
    """How far a pose is from the motion, counted in tolerances."""

    def __init__(
        self, tracks: _Tracks, motion: RigMotion, chains: RigChains, bound: KeyTolerance
    ) -> None:
        self.tracks, self.chains = tracks, chains
        self.right = np.asarray(motion.rotations, dtype=float).swapaxes(0, 1)
        self.locations = np.asarray(motion.locations, dtype=float)
        self.ends = chains.end_positions(self.right, self.locations)
        self.angle, self.distance = _MARGIN * bound.angle, _MARGIN * bound.distance
        # A location moves an end as far as itself: a lever of one.
        times = len(self.locations)
        moved = np.repeat(chains.location_moves_ends[..., None], times, axis=-1)
        self.levers = np.concatenate([chains.lever_arms(self.right), moved], axis=1)
        longest = np.maximum(self.levers.max(axis=0, initial=0.0)[: tracks.bones], 1e-12)
        self.tolerance = np.minimum(self.angle, _SHARE * self.distance / longest)

    def off(self, values: Array) -> Array:
        """(B + L, T) of fitted values (B + L, T, 4), at most 1 where the bound is kept."""
        quaternions = self.tracks.quaternions(values)
        locations = values[self.tracks.bones :, :, :3].swapaxes(0, 1)
        angles = quaternion_angle(quaternions, self.right)
        apart = np.linalg.norm(locations - self.locations, axis=-1).T
        off = np.concatenate([angles / self.tolerance, apart / (_SHARE * self.distance)])
        # Ends are looked at once each bone by itself is good enough: most of the way this is quick.
        if (off > 1.0).any() or not len(self.levers):
            return off
        misplaced = np.linalg.norm(
            self.chains.end_positions(quaternions, locations) - self.ends, axis=-1
        )
        wrong = misplaced.T / self.distance
        end, time = np.nonzero(wrong > 1.0)
        part = self.levers[end, :, time] * np.concatenate([angles, apart])[:, time].T
        guilty = part >= _BLAME * part.max(axis=1, keepdims=True, initial=0.0)
        which, track = np.nonzero(guilty)
        np.maximum.at(off, (track, time[which]), wrong[end, time][which])
        return off


def rotation_values_to_quaternions(values: Array, mode: str) -> Array:
    """Unit quaternions (..., 4) that Blender shows for a rotation property's values (..., 4).

    Args:
        mode: Blender's name of it; of Euler angles the first three values count.
    """
    if mode == "QUATERNION":
        return normalize(values)
    if mode == "AXIS_ANGLE":
        half = values[..., :1] / 2
        return np.concatenate([np.cos(half), np.sin(half) * normalize(values[..., 1:])], axis=-1)
    shown = np.zeros_like(values)
    shown[..., 0] = 1.0
    for axis in mode:  # each further turn is about the axes of the world
        number = "XYZ".index(axis)
        half = values[..., number] / 2
        shown = _turned_about(shown, number, np.cos(half), np.sin(half))
    return shown


def quaternion_angle(a: Array, b: Array) -> Array:
    """Radians (...) between rotations as unit quaternions (..., 4); exact also near zero."""
    apart = np.minimum(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
    return 4.0 * np.arcsin(np.minimum(apart / 2, 1.0))


def _turned_about(q: Array, axis: int, cos: Array, sin: Array) -> Array:
    """Quaternions (..., 4), then turned about a world axis, given its half angle (...)."""
    i, j, k = 1 + axis, 1 + (axis + 1) % 3, 1 + (axis + 2) % 3
    turned = np.empty_like(q)
    turned[..., 0] = cos * q[..., 0] - sin * q[..., i]
    turned[..., i] = cos * q[..., i] + sin * q[..., 0]
    turned[..., j] = cos * q[..., j] - sin * q[..., k]
    turned[..., k] = cos * q[..., k] + sin * q[..., j]
    return turned


def _channels(
    bone: str, path: str, count: int, fit: HermiteFit, track: int, frames: Array, samples: Array
) -> Iterator[Channel]:
    at = np.flatnonzero(fit.keys[track])
    when = np.asarray(frames, dtype=float)[at]
    third = np.diff(when) / 3
    # Outside of the first and the last key nothing is there to reach for: as far as on the inside.
    before, after = (np.concatenate(p) for p in ((third[:1], third), (third, third[-1:])))
    if not len(third):
        before = after = np.ones(1)
    for index in range(count):
        value, slope = samples[track, at, index], fit.slopes[track, at, index]
        yield Channel(
            bone,
            path,
            index,
            _interleaved(when, value),
            _interleaved(when - before, value - slope * before),
            _interleaved(when + after, value + slope * after),
        )


def _interleaved(frames: Array, values: Array) -> Array:
    return np.stack([frames, values], axis=1).astype(np.float32).ravel()
