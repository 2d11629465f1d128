"""New keys between those of an F-curve, which keep their values to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..action.fcurves import BEZIER, HANDLE_TYPES, set_handle_types
from ..read.animation_source import SAME_FRAME_TOLERANCE, nearest_indices, read_key_points

_CONSTANT = 0
"""The number that foreach_set wants for this kind of interpolation."""
_FREE, _VECTOR, _CLAMPED = (HANDLE_TYPES.index(kind) for kind in ("FREE", "VECTOR", "AUTO_CLAMPED"))
_ITEMS: Any = bpy.types.Keyframe.bl_rna.properties["type"]
_KEY_TYPES: dict[str, int] = {item.identifier: item.value for item in _ITEMS.enum_items}
_NEW_KEY_TYPE = _KEY_TYPES.get("GENERATED", _KEY_TYPES["BREAKDOWN"])
"""What new keys are marked as, so that they can be told from the user's and selected by it."""
_COPIED_KEY_PROPERTIES = {
    "amplitude": np.float32,
    "back": np.float32,
    "period": np.float32,
    "select_control_point": bool,
    "select_left_handle": bool,
    "select_right_handle": bool,
}
"""What else a key has that goes with it."""


@dataclass(frozen=True)
class KeyGrid:
    """When the keys and the frames between them are, for all curves of an action alike."""

    keys: Array
    """(K,) frames of the action on which some curve has a key, increasing."""
    frames: Array
    """(T,) frames between them, increasing."""
    gap_indices: np.ndarray
    """(T,) which gap between keys each is in."""

    @classmethod
    def from_frames(cls, keys: Array, frames: Array) -> KeyGrid:
        """Of frames that lie between the first key and the last, and on none."""
        return cls(keys, frames, np.clip(np.searchsorted(keys, frames) - 1, 0, len(keys) - 2))

    @property
    def filled_gaps(self) -> np.ndarray:
        """(K-1,) gaps with a frame in them."""
        return np.bincount(self.gap_indices, minlength=len(self.keys) - 1) > 0


@dataclass(frozen=True)
class CurveSegments:
    """From each key of one curve to its next, by the gaps of a grid."""

    gap_segments: np.ndarray
    """(K-1,) segment of each gap; 0 lies before the curve's first key."""
    stepped_gaps: np.ndarray
    """(K-1,) gaps in which the curve stands still until its next key."""

    @classmethod
    def from_curve(cls, curve: Any, grid: KeyGrid) -> CurveSegments:
        """Those of an F-curve with keys."""
        frames = read_key_points(curve, "co")[:, 0]
        of_gap = np.searchsorted(frames, grid.keys[:-1] + SAME_FRAME_TOLERANCE, side="right")
        kinds = np.append(_read_enum(curve, "interpolation"), BEZIER)
        inside = (of_gap > 0) & (of_gap < len(frames))
        return cls(of_gap, inside & (kinds[of_gap - 1] == _CONSTANT))

    def expand_gaps(self, gaps: np.ndarray) -> np.ndarray:
        """Gaps (K-1,), and all others of the same segments."""
        return np.isin(self.gap_segments, self.gap_segments[gaps])


def insert_keys(
    curve: Any,
    grid: KeyGrid,
    key_values: Array,
    values: Array,
    changed_gaps: np.ndarray,
    jump_gaps: np.ndarray | None = None,
) -> None:
    """Put keys into a curve.

    Its own keys that are on none of the grid's go; the others keep frame, value, and what is on
    that side of them where nothing comes to be.

    Args:
        curve: of which every segment is touched as a whole, or not at all.
        grid: when.
        at_keys: (K,) its values on the grid's keys.
        values: (T,) its values on the grid's frames.
        touched: (K-1,) gaps that get keys, on the grid's frames and on its keys.
        jumps: (K-1,) gaps at whose end the curve jumps.
    """
    jump_gaps = (
        np.zeros(len(changed_gaps), dtype=bool) if jump_gaps is None else jump_gaps & changed_gaps
    )
    _remove_off_grid_keys(curve, grid)
    own = _grid_indices(curve, grid)
    # One more for keys that are on none of the grid's, being in no part of the action that plays.
    before, after = (
        np.append(False, [*changed_gaps, False]),
        np.append(changed_gaps, [False, False]),
    )
    lacking = ((before | after) & ~np.isin(np.arange(len(before)), own))[:-1]
    new = changed_gaps[grid.gap_indices]
    # On the grid's keys and between them: what stands before a jump, and what after it.
    last = np.zeros(len(grid.frames), dtype=bool)
    last[np.flatnonzero(np.diff(grid.gap_indices, append=len(changed_gaps)))] = True
    filled = grid.filled_gaps
    holds_key = np.append(jump_gaps & ~filled, [False, False])
    lands = np.append(False, [*jump_gaps, False])
    left, right = (_read_enum(curve, f"handle_{side}_type") for side in ("left", "right"))
    places = np.arange(len(own))
    for kinds, near, far, end in ((left, before, after, len(own) - 1), (right, after, before, 0)):
        # Where one handle is automatic, Blender turns the other along with it, even a free one.
        both = far[own] | (places == end)
        kinds[near[own]] = np.where(both, _CLAMPED, _VECTOR)[near[own]]
        kinds[~near[own] & far[own] & (kinds != _VECTOR)] = _FREE
    right[lands[own] & after[own]] = _VECTOR
    left[holds_key[own] & before[own]] = _VECTOR
    interpolation = _read_enum(curve, "interpolation")
    interpolation[after[own]] = BEZIER
    interpolation[holds_key[own]] = _CONSTANT
    ends = np.concatenate([holds_key[:-1][lacking], (jump_gaps[grid.gap_indices] & last)[new]])
    begins = np.concatenate([lands[:-1][lacking], np.zeros(np.count_nonzero(new), dtype=bool)])
    _append_keys(
        curve,
        np.concatenate([grid.keys[lacking], grid.frames[new]]),
        np.concatenate([key_values[lacking], values[new]]),
        [interpolation, np.where(ends, _CONSTANT, BEZIER)],
        [left, np.where(ends, _VECTOR, _CLAMPED)],
        [right, np.where(begins, _VECTOR, _CLAMPED)],
    )


def bake_curve(curve: Any, frames: Array, key_frames: Array, *, keep_steps: bool) -> None:
    """Put keys of a curve's own values in place of its keys.

    Args:
        curve: with keys.
        frames: (T,) on which it is looked at, increasing.
        wanted: (T,) frames on which the keys are put.
        keep_steps: whether it goes on standing still where it does.
    """
    values = np.array([curve.evaluate(frame) for frame in frames])
    first, last = frames[0] - SAME_FRAME_TOLERANCE, frames[-1] + SAME_FRAME_TOLERANCE
    own = read_key_points(curve, "co")[:, 0]
    segment = np.searchsorted(own, frames + SAME_FRAME_TOLERANCE, side="right") - 1
    stepped = (segment >= 0) & (segment < len(own) - 1) & keep_steps
    stepped &= _read_enum(curve, "interpolation")[np.maximum(segment, 0)] == _CONSTANT
    _remove_keys(curve, np.flatnonzero((own >= first) & (own <= last)))
    left, right, kinds = (
        _read_enum(curve, name)
        for name in ("handle_left_type", "handle_right_type", "interpolation")
    )
    clamped = np.full(len(frames), _CLAMPED)
    steps = np.where(stepped, _CONSTANT, BEZIER)
    _append_keys(curve, key_frames, values, [kinds, steps], [left, clamped], [right, clamped])


def retime_curve(curve: Any, pivot_frame: float, time_scale: float) -> None:
    """Play a curve `slow` times as fast, with the frame `about` where it is; values stay."""
    keys = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        numbers = read_key_points(curve, name)
        numbers[:, 0] = pivot_frame + (numbers[:, 0].astype(float) - pivot_frame) / time_scale
        keys.foreach_set(name, numbers.ravel())
    curve.update()


def _grid_indices(curve: Any, grid: KeyGrid) -> np.ndarray:
    """(N,) which of the grid's keys each of a curve's own is on, K for none."""
    frames = read_key_points(curve, "co")[:, 0].astype(float)
    places = nearest_indices(grid.keys, frames)
    return np.where(
        np.abs(grid.keys[places] - frames) <= SAME_FRAME_TOLERANCE, places, len(grid.keys)
    )


def _read_enum(curve: Any, name: str) -> np.ndarray:
    """(K,) of a property of the keys that is a choice of several."""
    keys = curve.keyframe_points
    numbers = np.zeros(len(keys), dtype=np.int32)
    keys.foreach_get(name, numbers)
    if (
        name.startswith("handle")
        and len(keys)
        and HANDLE_TYPES[numbers[0]] != getattr(keys[0], name)
    ):
        # Blender 3.4 passes over these properties in silence.
        numbers[:] = [HANDLE_TYPES.index(getattr(key, name)) for key in keys]
    return numbers


def _remove_off_grid_keys(curve: Any, grid: KeyGrid) -> None:
    frames = read_key_points(curve, "co")[:, 0]
    inside = (frames > grid.keys[0]) & (frames < grid.keys[-1])
    _remove_keys(curve, np.flatnonzero((_grid_indices(curve, grid) == len(grid.keys)) & inside))


def _remove_keys(curve: Any, indices: np.ndarray) -> None:
    keys = curve.keyframe_points
    if len(indices) == len(keys) and hasattr(keys, "clear"):
        keys.clear()
        return
    for n in reversed(indices):
        keys.remove(keys[int(n)], fast=True)


def _append_keys(
    curve: Any,
    frames: Array,
    values: Array,
    interpolation: list[np.ndarray],
    left: list[np.ndarray],
    right: list[np.ndarray],
) -> None:
    """Add keys to those that a curve has; kinds are those of all, the curve's own first."""
    keys = curve.keyframe_points
    old = len(keys)
    keys.add(len(frames))
    added = np.stack([frames, values], axis=-1).reshape(-1, 2)
    points = {name: read_key_points(curve, name) for name in ("co", "handle_left", "handle_right")}
    for numbers in points.values():
        numbers[old:] = added
    marks = _read_enum(curve, "type")
    marks[old:] = _NEW_KEY_TYPE
    # In the right order at once: Blender's own sorting takes the square of their number.
    order = np.argsort(points["co"][:, 0], kind="stable")
    for name, numbers in points.items():
        keys.foreach_set(name, numbers[order].ravel())
    for name, numbers in (
        ("type", marks),
        ("interpolation", np.concatenate(interpolation)),
        ("easing", _read_enum(curve, "easing")),
    ):
        keys.foreach_set(name, numbers[order].astype(np.int32))
    for name, kind in _COPIED_KEY_PROPERTIES.items():
        numbers = np.empty(len(keys), dtype=kind)
        keys.foreach_get(name, numbers)
        keys.foreach_set(name, numbers[order])
    set_handle_types(keys, np.concatenate(left)[order], np.concatenate(right)[order])
    curve.update()
