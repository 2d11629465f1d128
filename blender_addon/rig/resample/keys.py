"""New keys between those of an F-curve, whose values stay to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..action.fcurves import (
    BEZIER,
    HANDLE_TYPES,
    SAME_FRAME_TOLERANCE,
    append_keys,
    extend_key_enums,
    read_key_enum,
    read_key_points,
    retime_frames,
)
from ..read.animation_source import nearest_indices

_CONSTANT = 0
"""Value of this interpolation for `foreach_set`."""
_FREE, _VECTOR, _CLAMPED = (HANDLE_TYPES.index(kind) for kind in ("FREE", "VECTOR", "AUTO_CLAMPED"))
_ITEMS: Any = bpy.types.Keyframe.bl_rna.properties["type"]
_KEY_TYPES: dict[str, int] = {item.identifier: item.value for item in _ITEMS.enum_items}
_NEW_KEY_TYPE = _KEY_TYPES.get("GENERATED", _KEY_TYPES["BREAKDOWN"])
"""Type of new keys, by which the user can tell and select them."""


@dataclass(frozen=True)
class KeyGrid:
    """Frames of the keys of an Action and new frames between them, common to all its F-curves."""

    keys: Array
    """(K,) Action frames on which any F-curve has a key, increasing."""
    frames: Array
    """(T,) Action frames between them, increasing."""
    gap_indices: np.ndarray
    """(T,) index of the gap between keys for each frame."""

    @classmethod
    def from_frames(cls, keys: Array, frames: Array) -> KeyGrid:
        """Return the grid for frames that lie between the first key and the last, and on none."""
        return cls(keys, frames, np.clip(np.searchsorted(keys, frames) - 1, 0, len(keys) - 2))

    @property
    def filled_gaps(self) -> np.ndarray:
        """(K-1,) mask of the gaps with a frame in them."""
        return np.bincount(self.gap_indices, minlength=len(self.keys) - 1) > 0


@dataclass(frozen=True)
class CurveSegments:
    """Segments of one F-curve, each from a key to the next, over the gaps of a grid."""

    gap_segments: np.ndarray
    """(K-1,) index of the segment of each gap; 0 lies before the first key of the F-curve."""
    stepped_gaps: np.ndarray
    """(K-1,) mask of the gaps with constant interpolation."""

    @classmethod
    def from_curve(cls, curve: Any, grid: KeyGrid) -> CurveSegments:
        frames = read_key_points(curve, "co")[:, 0]
        segments = np.searchsorted(frames, grid.keys[:-1] + SAME_FRAME_TOLERANCE, side="right")
        interpolation = np.append(read_key_enum(curve, "interpolation"), BEZIER)
        is_inside = (segments > 0) & (segments < len(frames))
        return cls(segments, is_inside & (interpolation[segments - 1] == _CONSTANT))

    def expand_gaps(self, gaps: np.ndarray) -> np.ndarray:
        """Return the mask `gaps` (K-1,) extended to all gaps of the same segments."""
        return np.isin(self.gap_segments, self.gap_segments[gaps])


def insert_keys(
    curve: Any,
    grid: KeyGrid,
    key_values: Array,
    values: Array,
    changed_gaps: np.ndarray,
    jump_gaps: np.ndarray,
) -> None:
    """Insert keys into an F-curve, whose segments change either as a whole or not at all.

    Its keys that are on none of the grid's keys are removed. The others keep frame and value, and
    the handle on the side of a gap that does not change.

    Args:
        key_values: (K,) values on the grid's keys.
        values: (T,) values on the grid's frames.
        changed_gaps: (K-1,) mask of the gaps that get keys, on the grid's frames and on its keys.
        jump_gaps: (K-1,) mask of the gaps at whose end the F-curve jumps.
    """
    jump_gaps = jump_gaps & changed_gaps
    frames = read_key_points(curve, "co")[:, 0]
    is_inside = (frames > grid.keys[0]) & (frames < grid.keys[-1])
    is_off_grid = _grid_indices(curve, grid) == len(grid.keys)
    _remove_keys(curve, np.flatnonzero(is_off_grid & is_inside))
    existing = _grid_indices(curve, grid)
    # Whether the gap before and after each of the grid's keys changes. One more element stands for
    # keys that are on none of them, outside of the part of the Action that plays.
    before = np.append(False, [*changed_gaps, False])
    after = np.append(changed_gaps, [False, False])
    missing = ((before | after) & ~np.isin(np.arange(len(before)), existing))[:-1]
    is_new = changed_gaps[grid.gap_indices]
    is_last_in_gap = np.diff(grid.gap_indices, append=len(changed_gaps)) != 0
    # A jump leaves from the last new key of its gap, or from the key before a gap without any.
    jumps_after = np.append(jump_gaps & ~grid.filled_gaps, [False, False])
    jumps_before = np.append(False, [*jump_gaps, False])
    left, right = (read_key_enum(curve, f"handle_{side}_type") for side in ("left", "right"))
    indices = np.arange(len(existing))
    for types, near, far, end in (
        (left, before, after, len(existing) - 1),
        (right, after, before, 0),
    ):
        # If one handle is automatic, Blender turns the other with it, even a free one.
        both_change = far[existing] | (indices == end)
        types[near[existing]] = np.where(both_change, _CLAMPED, _VECTOR)[near[existing]]
        types[~near[existing] & far[existing] & (types != _VECTOR)] = _FREE
    right[jumps_before[existing] & after[existing]] = _VECTOR
    left[jumps_after[existing] & before[existing]] = _VECTOR
    interpolation = read_key_enum(curve, "interpolation")
    interpolation[after[existing]] = BEZIER
    interpolation[jumps_after[existing]] = _CONSTANT
    starts_jump = np.concatenate(
        [jumps_after[:-1][missing], (jump_gaps[grid.gap_indices] & is_last_in_gap)[is_new]]
    )
    ends_jump = np.append(jumps_before[:-1][missing], np.zeros(np.count_nonzero(is_new), bool))
    _append(
        curve,
        np.concatenate([grid.keys[missing], grid.frames[is_new]]),
        np.concatenate([key_values[missing], values[is_new]]),
        np.append(interpolation, np.where(starts_jump, _CONSTANT, BEZIER)),
        np.append(left, np.where(starts_jump, _VECTOR, _CLAMPED)),
        np.append(right, np.where(ends_jump, _VECTOR, _CLAMPED)),
    )


def _append(curve: Any, frames: Array, values: Array, *enums: np.ndarray) -> None:
    """Add keys of the type for new keys; see `append_keys`."""
    points = np.stack([frames, values], axis=-1)
    names = ("co", "handle_left", "handle_right")
    append_keys(curve, dict.fromkeys(names, points), *enums, key_type=_NEW_KEY_TYPE)


def bake_curve(curve: Any, frames: Array, key_frames: Array, *, keep_steps: bool) -> None:
    """Replace the keys of an F-curve by samples of it.

    Args:
        frames: (T,) frames on which it is sampled, increasing.
        key_frames: (T,) frames of the new keys.
        keep_steps: Keep constant interpolation where the F-curve has it.
    """
    values = np.array([curve.evaluate(frame) for frame in frames])
    first, last = frames[0] - SAME_FRAME_TOLERANCE, frames[-1] + SAME_FRAME_TOLERANCE
    existing = read_key_points(curve, "co")[:, 0]
    segment = np.searchsorted(existing, frames + SAME_FRAME_TOLERANCE, side="right") - 1
    is_stepped = (segment >= 0) & (segment < len(existing) - 1) & keep_steps
    is_stepped &= read_key_enum(curve, "interpolation")[np.maximum(segment, 0)] == _CONSTANT
    _remove_keys(curve, np.flatnonzero((existing >= first) & (existing <= last)))
    clamped = np.full(len(frames), _CLAMPED)
    added = (np.where(is_stepped, _CONSTANT, BEZIER), clamped, clamped)
    _append(curve, key_frames, values, *extend_key_enums(curve, added))


def retime_curve(curve: Any, pivot_frame: float, time_scale: float) -> None:
    """Play an F-curve `time_scale` times as fast; `pivot_frame` and all values stay."""
    keys = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        points = read_key_points(curve, name)
        points[:, 0] = retime_frames(points[:, 0].astype(float), pivot_frame, time_scale)
        keys.foreach_set(name, points.ravel())
    curve.update()


def _grid_indices(curve: Any, grid: KeyGrid) -> np.ndarray:
    """Return (N,), for each key of an F-curve, the index of the grid's key it is on; K for none."""
    frames = read_key_points(curve, "co")[:, 0].astype(float)
    nearest = nearest_indices(grid.keys, frames)
    is_on_key = np.abs(grid.keys[nearest] - frames) <= SAME_FRAME_TOLERANCE
    return np.where(is_on_key, nearest, len(grid.keys))


def _remove_keys(curve: Any, indices: np.ndarray) -> None:
    keys = curve.keyframe_points
    if len(indices) == len(keys) and hasattr(keys, "clear"):
        keys.clear()
        return
    for n in reversed(indices):
        keys.remove(keys[int(n)], fast=True)
