"""A motion of a rig made to pass through what was keyed, and its values between those keys.

Retargeting there and back is not exact, and a rig has twists of its own. What it is off at the keys
is taken off between them, too; then values go on from each key without a jump, in the rotation mode
that the bone has, and the keys themselves need no change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..math.rotations import (
    Array,
    invert_quaternions,
    matrix_to_quaternion,
    multiply_quaternions,
    normalize,
    quaternion_to_matrix,
)
from ..math.splines import KeyGaps, PoseSpline, Tangents
from .channels import quaternions_to_rotation_values
from .sparse_keys import rotation_values_to_quaternions

_SAME = 0.02
"""By how much values of one rotation may differ and be the same: gimbals are not sharp."""
_FASTEST = np.pi
"""Radians a scene frame: keys that are further apart were not meant to be turned between."""


@dataclass(frozen=True)
class LocalPoses:
    """What bones do against their parents, at some times."""

    rotations: Array
    """(T, B, 4) unit quaternions in each bone's own axes."""
    locations: Array
    """(T, L, 3) of the bones that have one, in rig units."""


def snap_to_keys(
    key_times: Array,
    roundtrip_keys: LocalPoses,
    keyed: LocalPoses,
    times: Array,
    motion: LocalPoses,
) -> LocalPoses:
    """A motion that passes through what was keyed.

    Args:
        key_times: (K,) seconds, increasing, at least two.
        found: what the way there and back makes of the keys, (K, ...).
        keyed: what they are.
        times: (T,) seconds of the motion.
        made: the motion as the same way makes it, (T, ...).
    """
    off = quaternion_to_matrix(
        multiply_quaternions(invert_quaternions(roundtrip_keys.rotations), keyed.rotations)
    )
    moved = (keyed.locations - roundtrip_keys.locations).reshape(len(key_times), -1)
    gaps = KeyGaps.from_keys(key_times, off, moved)
    seconds = gaps.durations
    # No slope where one side has none or both differ: what is held is held, nothing overshoots.
    tangents = Tangents(
        _least(gaps.rotation_vectors / seconds[:, None, None]),
        _least(gaps.root_steps / seconds[:, None]),
    )
    turned, added = PoseSpline(key_times, off, moved, gaps, tangents).evaluate(times)
    return LocalPoses(
        multiply_quaternions(motion.rotations, matrix_to_quaternion(turned)),
        motion.locations + added.reshape(motion.locations.shape),
    )


def to_parent_space(rotations: Array, axes: Array, parent_deltas: Array) -> Array:
    """Rotations of a bone (T, 4) as they are if what lies between it and the bone that it was
    measured against is not at rest but turned.

    Args:
        rotations: unit quaternions in the bone's own axes.
        axes: (3, 3) of the bone at rest, in the rig's frame.
        turns: (T, 3, 3) of what lies between, from rest, in the rig's frame.
    """
    back = axes.T @ np.swapaxes(parent_deltas, -1, -2) @ axes
    return multiply_quaternions(matrix_to_quaternion(back), rotations)


def _least(rates: Array) -> Array:
    """(K, ...) slopes in keys from those of the gaps (K-1, ...)."""
    one, other = rates[:-1], rates[1:]
    smaller = np.where(np.abs(one) < np.abs(other), one, other)
    return np.concatenate([rates[:1], np.where(one * other > 0, smaller, 0.0), rates[-1:]])


@dataclass(frozen=True)
class InbetweenValues:
    """Values of one bone's rotation property between its keys."""

    path: str
    values: Array
    """(T, C)."""
    discontinuities: NDArray[np.bool_]
    """(K-1,) gaps at whose end the same rotation goes on in other values, because the keys do."""
    full_turns: NDArray[np.bool_]
    """(K-1,) gaps in which the keys ask for more than the way from one rotation to the next: whole
    turns, which only their own curve can tell of."""


def inbetween_rotation_values(
    rotations: Array, mode: str, keyed: Array, key_frames: Array, frames: Array
) -> InbetweenValues:
    """What to key between keys that stay as they are.

    Args:
        rotations: (T, 4) unit quaternions, in time.
        mode: the bone's rotation mode as Blender names it.
        keyed: (K, C) values of its rotation property in the keys.
        key_frames: (K,) scene frames of the keys, increasing.
        frames: (T,) those of the rotations, increasing, between the first key and the last.
    """
    gap = np.clip(np.searchsorted(key_frames, frames) - 1, 0, len(key_frames) - 2)
    lengths = np.ones(len(keyed))
    if mode == "QUATERNION":
        lengths = np.linalg.norm(keyed, axis=-1)
    keyed = _of_unit_length(keyed, mode)
    padded = np.zeros((len(keyed), 4))
    padded[:, : keyed.shape[1]] = keyed
    at_key = np.arange(len(keyed)) + np.searchsorted(gap, np.arange(len(keyed)))
    between = np.arange(len(rotations)) + gap + 1
    track = np.empty((len(keyed) + len(rotations), 4))
    track[at_key], track[between] = rotation_values_to_quaternions(padded, mode), rotations
    path, smooth = quaternions_to_rotation_values(track, mode)
    forms = _forms(smooth, mode)
    # Each key is one form of the smooth track, whole turns aside; what follows it has the same.
    turned = _whole_turns(keyed - forms[:, at_key], mode)
    off = np.abs(keyed - forms[:, at_key] - turned).sum(axis=-1)
    form = np.argmin(off, axis=0)
    keys = np.arange(len(keyed))
    shift = turned[form, keys]
    values = forms[form[gap], between] + shift[gap]
    # Quaternions may have any length; one that went up and down would bend what is between.
    values *= np.interp(frames, key_frames, lengths)[:, None]
    arriving = forms[form[:-1], at_key[1:]] + shift[:-1]
    elsewhere = _apart(arriving, keyed[1:], mode) > _SAME
    fast = _apart(keyed[:-1], keyed[1:], mode) > _FASTEST * np.diff(key_frames)
    spins = elsewhere & (form[:-1] == form[1:]) & ~fast & (mode != "QUATERNION")
    return InbetweenValues(path, values, elsewhere & ~spins, spins)


def _forms(values: Array, mode: str) -> Array:
    """(2, T, C) the two ways to say the same rotations, whole turns aside."""
    if mode in {"QUATERNION", "AXIS_ANGLE"}:
        return np.stack([values, -values])
    other = values + np.pi
    middle = "XYZ".index(mode[1])
    other[..., middle] = np.pi - values[..., middle]
    return np.stack([values, other])


def _whole_turns(apart: Array, mode: str) -> Array:
    """What of differences of values (..., K, C) is whole turns."""
    turns = 2 * np.pi * np.round(apart / (2 * np.pi))
    if mode == "QUATERNION":
        return np.zeros_like(turns)
    if mode == "AXIS_ANGLE":
        turns[..., 1:] = 0.0
    return turns


def _apart(a: Array, b: Array, mode: str) -> Array:
    """(K,) how far values (K, C) are apart."""
    apart = np.abs(a - b)
    if mode == "AXIS_ANGLE":  # without an angle any axis will do
        apart[(np.abs(np.sin([a[:, 0] / 2, b[:, 0] / 2])) < 1e-4).all(axis=0), 1:] = 0.0
    return apart.max(axis=-1)


def _of_unit_length(values: Array, mode: str) -> Array:
    """Values (K, C) with quaternions and axes as long as Blender takes them."""
    if mode == "QUATERNION":
        return normalize(values)
    if mode == "AXIS_ANGLE":
        return np.concatenate([values[:, :1], normalize(values[:, 1:])], axis=-1)
    return values
