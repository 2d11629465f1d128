"""Fit a retargeted motion to the keys of a rig, and compute its values between those keys.

Retargeting back and forth is not exact, and a rig has twists of its own. The error at the keys is
interpolated and subtracted from the motion between them. The values continue from each key in the
bone's rotation mode, and the keys themselves stay unchanged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..math.rotations import (
    Array,
    invert_quaternions,
    invert_rotations,
    matrix_to_quaternion,
    multiply_quaternions,
    normalize,
    quaternion_to_matrix,
)
from ..math.splines import KeyGaps, PoseSpline, Tangents
from .channels import quaternions_to_rotation_values
from .sparse_keys import rotation_values_to_quaternions

_VALUE_TOLERANCE = 0.02
"""Difference of values of the same rotation; large because gimbal lock is imprecise."""
_MAX_ROTATION_PER_FRAME = np.pi
"""Radians per scene frame; larger differences between keys are no rotation to interpolate."""


@dataclass(frozen=True)
class LocalPoses:
    """Poses of bones relative to their parents at T times."""

    rotations: Array
    """(T, B, 4) unit quaternions in the axes of each bone."""
    locations: Array
    """(T, L, 3) in rig units of the bones that have a location."""


def snap_to_keys(
    key_times: Array,
    roundtrip_keys: LocalPoses,
    keyed: LocalPoses,
    times: Array,
    motion: LocalPoses,
) -> LocalPoses:
    """Correct a retargeted motion (T, ...) such that it passes through keys.

    Args:
        key_times: (K,) seconds, increasing, at least two.
        roundtrip_keys: (K, ...) keys after retargeting back and forth.
        keyed: (K, ...) keys of the rig.
    """
    inverse = invert_quaternions(roundtrip_keys.rotations)
    corrections = quaternion_to_matrix(multiply_quaternions(inverse, keyed.rotations))
    location_corrections = (keyed.locations - roundtrip_keys.locations).reshape(len(key_times), -1)
    gaps = KeyGaps.from_keys(key_times, corrections, location_corrections)
    tangents = Tangents(*map(_limited_slopes, gaps.mean_velocities()))
    spline = PoseSpline(key_times, corrections, location_corrections, gaps, tangents)
    rotations, locations = spline.evaluate(times)
    return LocalPoses(
        multiply_quaternions(motion.rotations, matrix_to_quaternion(rotations)),
        motion.locations + locations.reshape(motion.locations.shape),
    )


def to_parent_space(rotations: Array, axes: Array, parent_deltas: Array) -> Array:
    """Rotations (T, 4) of a bone relative to its parent, from those relative to an ancestor.

    Args:
        rotations: Unit quaternions in the axes of the bone.
        axes: (3, 3) of the bone at rest, in the rig's frame.
        parent_deltas: (T, 3, 3) rotations from rest of the bones between, in the rig's frame.
    """
    inverse = axes.T @ invert_rotations(parent_deltas) @ axes
    return multiply_quaternions(matrix_to_quaternion(inverse), rotations)


def _limited_slopes(rates: Array) -> Array:
    """Slopes (K, ...) at keys from those of the gaps (K-1, ...), without overshoot."""
    before, after = rates[:-1], rates[1:]
    smaller = np.where(np.abs(before) < np.abs(after), before, after)
    return np.concatenate([rates[:1], np.where(before * after > 0, smaller, 0.0), rates[-1:]])


@dataclass(frozen=True)
class InbetweenValues:
    """Values of a rotation property of one bone between its keys."""

    path: str
    values: Array
    """(T, C)."""
    discontinuities: NDArray[np.bool_]
    """(K-1,) gaps at whose end the same rotation continues in other values, as keyed."""
    full_turns: NDArray[np.bool_]
    """(K-1,) gaps whose keys contain full turns, which only their own curve can show."""


def inbetween_rotation_values(
    rotations: Array, mode: str, keyed: Array, key_frames: Array, frames: Array
) -> InbetweenValues:
    """Values of a rotation property between keys.

    Args:
        rotations: (T, 4) unit quaternions of the motion.
        mode: Rotation mode of the bone as Blender names it.
        keyed: (K, C) values of the rotation property at the keys.
        key_frames: (K,) scene frames of the keys, increasing.
        frames: (T,) scene frames of the rotations, increasing, between the first and the last key.
    """
    gap = np.clip(np.searchsorted(key_frames, frames) - 1, 0, len(key_frames) - 2)
    keys, lengths = np.arange(len(keyed)), np.ones(len(keyed))
    # Quaternions and axes of unit length, as Blender evaluates them.
    if mode == "QUATERNION":
        keyed, lengths = normalize(keyed), np.linalg.norm(keyed, axis=-1)
    elif mode == "AXIS_ANGLE":
        keyed = np.concatenate([keyed[:, :1], normalize(keyed[:, 1:])], axis=-1)
    padded = np.pad(keyed, [(0, 0), (0, 4 - keyed.shape[1])])
    at_key = keys + np.searchsorted(gap, keys)
    inbetween = np.arange(len(rotations)) + gap + 1
    track = np.empty((len(keyed) + len(rotations), 4))
    track[at_key], track[inbetween] = rotation_values_to_quaternions(padded, mode), rotations
    path, smooth = quaternions_to_rotation_values(track, mode)
    alternatives = _equivalent_values(smooth, mode)
    # Each key equals one alternative of the smooth track up to full turns; so do values after it.
    turns = _whole_turns(keyed - alternatives[:, at_key], mode)
    errors = np.abs(keyed - alternatives[:, at_key] - turns).sum(axis=-1)
    choice = np.argmin(errors, axis=0)
    turn_offsets = turns[choice, keys]
    values = alternatives[choice[gap], inbetween] + turn_offsets[gap]
    # Keyed quaternions may have any length; interpolate it.
    values *= np.interp(frames, key_frames, lengths)[:, None]
    arriving = alternatives[choice[:-1], at_key[1:]] + turn_offsets[:-1]
    differs = _value_distances(arriving, keyed[1:], mode) > _VALUE_TOLERANCE
    limits = _MAX_ROTATION_PER_FRAME * np.diff(key_frames)
    fast = _value_distances(keyed[:-1], keyed[1:], mode) > limits
    spins = differs & (choice[:-1] == choice[1:]) & ~fast & (mode != "QUATERNION")
    return InbetweenValues(path, values, differs & ~spins, spins)


def _equivalent_values(values: Array, mode: str) -> Array:
    """(2, T, C) the two alternatives for the same rotations, up to full turns."""
    if mode in {"QUATERNION", "AXIS_ANGLE"}:
        return np.stack([values, -values])
    alternatives, middle = np.stack([values, values + np.pi]), "XYZ".index(mode[1])
    alternatives[1, :, middle] = np.pi - values[:, middle]
    return alternatives


def _whole_turns(differences: Array, mode: str) -> Array:
    """Full turns in differences of values (..., K, C)."""
    turns = 2 * np.pi * np.round(differences / (2 * np.pi))
    if mode == "QUATERNION":
        return np.zeros_like(turns)
    if mode == "AXIS_ANGLE":
        turns[..., 1:] = 0.0
    return turns


def _value_distances(a: Array, b: Array, mode: str) -> Array:
    """(K,) largest difference of values (K, C)."""
    differences = np.abs(a - b)
    if mode == "AXIS_ANGLE":  # without an angle any axis will do
        differences[(np.abs(np.sin([a[:, 0] / 2, b[:, 0] / 2])) < 1e-4).all(axis=0), 1:] = 0.0
    return differences.max(axis=-1)
