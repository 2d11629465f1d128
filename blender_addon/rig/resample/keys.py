"""New keys between those of an F-curve, which keep their values to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..action.fcurves import BEZIER, HANDLES, set_handle_types
from ..read.animation_source import CLOSE, key_numbers, nearest

_CONSTANT = 0
"""The number that foreach_set wants for this kind of interpolation."""
_FREE, _VECTOR, _CLAMPED = (HANDLES.index(kind) for kind in ("FREE", "VECTOR", "AUTO_CLAMPED"))
_ITEMS: Any = bpy.types.Keyframe.bl_rna.properties["type"]
_KINDS: dict[str, int] = {item.identifier: item.value for item in _ITEMS.enum_items}
_MADE = _KINDS.get("GENERATED", _KINDS["BREAKDOWN"])
"""What new keys are marked as, so that they can be told from the user's and selected by it."""
_OWN = {
    "amplitude": np.float32,
    "back": np.float32,
    "period": np.float32,
    "select_control_point": bool,
    "select_left_handle": bool,
    "select_right_handle": bool,
}
"""What else a key has that goes with it."""


@dataclass(frozen=True)
class Grid:
    """When the keys and the frames between them are, for all curves of an action alike."""

    keys: Array
    """(K,) frames of the action on which some curve has a key, increasing."""
    frames: Array
    """(T,) frames between them, increasing."""
    gap: np.ndarray
    """(T,) which gap between keys each is in."""

    @classmethod
    def of(cls, keys: Array, frames: Array) -> Grid:
        """Of frames that lie between the first key and the last, and on none."""
        return cls(keys, frames, np.clip(np.searchsorted(keys, frames) - 1, 0, len(keys) - 2))

    @property
    def filled(self) -> np.ndarray:
        """(K-1,) gaps with a frame in them."""
        return np.bincount(self.gap, minlength=len(self.keys) - 1) > 0


@dataclass(frozen=True)
class Segments:
    """From each key of one curve to its next, by the gaps of a grid."""

    of_gap: np.ndarray
    """(K-1,) segment of each gap; 0 lies before the curve's first key."""
    stepped: np.ndarray
    """(K-1,) gaps in which the curve stands still until its next key."""

    @classmethod
    def of(cls, curve: Any, grid: Grid) -> Segments:
        """Those of an F-curve with keys."""
        frames = key_numbers(curve, "co")[:, 0]
        of_gap = np.searchsorted(frames, grid.keys[:-1] + CLOSE, side="right")
        kinds = np.append(_numbers(curve, "interpolation"), BEZIER)
        inside = (of_gap > 0) & (of_gap < len(frames))
        return cls(of_gap, inside & (kinds[of_gap - 1] == _CONSTANT))

    def whole(self, gaps: np.ndarray) -> np.ndarray:
        """Gaps (K-1,), and all others of the same segments."""
        return np.isin(self.of_gap, self.of_gap[gaps])


def put_between(
    curve: Any,
    grid: Grid,
    at_keys: Array,
    values: Array,
    touched: np.ndarray,
    jumps: np.ndarray | None = None,
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
    jumps = np.zeros(len(touched), dtype=bool) if jumps is None else jumps & touched
    _remove_others(curve, grid)
    own = _places(curve, grid)
    # One more for keys that are on none of the grid's, being in no part of the action that plays.
    before, after = np.append(False, [*touched, False]), np.append(touched, [False, False])
    lacking = ((before | after) & ~np.isin(np.arange(len(before)), own))[:-1]
    new = touched[grid.gap]
    # On the grid's keys and between them: what stands before a jump, and what after it.
    last = np.zeros(len(grid.frames), dtype=bool)
    last[np.flatnonzero(np.diff(grid.gap, append=len(touched)))] = True
    filled = grid.filled
    holds_key = np.append(jumps & ~filled, [False, False])
    lands = np.append(False, [*jumps, False])
    left, right = (_numbers(curve, f"handle_{side}_type") for side in ("left", "right"))
    places = np.arange(len(own))
    for kinds, near, far, end in ((left, before, after, len(own) - 1), (right, after, before, 0)):
        # Where one handle is automatic, Blender turns the other along with it, even a free one.
        both = far[own] | (places == end)
        kinds[near[own]] = np.where(both, _CLAMPED, _VECTOR)[near[own]]
        kinds[~near[own] & far[own] & (kinds != _VECTOR)] = _FREE
    right[lands[own] & after[own]] = _VECTOR
    left[holds_key[own] & before[own]] = _VECTOR
    interpolation = _numbers(curve, "interpolation")
    interpolation[after[own]] = BEZIER
    interpolation[holds_key[own]] = _CONSTANT
    ends = np.concatenate([holds_key[:-1][lacking], (jumps[grid.gap] & last)[new]])
    begins = np.concatenate([lands[:-1][lacking], np.zeros(np.count_nonzero(new), dtype=bool)])
    _add(
        curve,
        np.concatenate([grid.keys[lacking], grid.frames[new]]),
        np.concatenate([at_keys[lacking], values[new]]),
        [interpolation, np.where(ends, _CONSTANT, BEZIER)],
        [left, np.where(ends, _VECTOR, _CLAMPED)],
        [right, np.where(begins, _VECTOR, _CLAMPED)],
    )


def sample(curve: Any, frames: Array, wanted: Array, *, keep_steps: bool) -> None:
    """Put keys of a curve's own values in place of its keys.

    Args:
        curve: with keys.
        frames: (T,) on which it is looked at, increasing.
        wanted: (T,) frames on which the keys are put.
        keep_steps: whether it goes on standing still where it does.
    """
    values = np.array([curve.evaluate(frame) for frame in frames])
    first, last = frames[0] - CLOSE, frames[-1] + CLOSE
    own = key_numbers(curve, "co")[:, 0]
    segment = np.searchsorted(own, frames + CLOSE, side="right") - 1
    stepped = (segment >= 0) & (segment < len(own) - 1) & keep_steps
    stepped &= _numbers(curve, "interpolation")[np.maximum(segment, 0)] == _CONSTANT
    _remove(curve, np.flatnonzero((own >= first) & (own <= last)))
    left, right, kinds = (
        _numbers(curve, name) for name in ("handle_left_type", "handle_right_type", "interpolation")
    )
    clamped = np.full(len(frames), _CLAMPED)
    steps = np.where(stepped, _CONSTANT, BEZIER)
    _add(curve, wanted, values, [kinds, steps], [left, clamped], [right, clamped])


def retimed(curve: Any, about: float, slow: float) -> None:
    """Play a curve `slow` times as fast, with the frame `about` where it is; values stay."""
    keys = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        numbers = key_numbers(curve, name)
        numbers[:, 0] = about + (numbers[:, 0].astype(float) - about) / slow
        keys.foreach_set(name, numbers.ravel())
    curve.update()


def _places(curve: Any, grid: Grid) -> np.ndarray:
    """(N,) which of the grid's keys each of a curve's own is on, K for none."""
    frames = key_numbers(curve, "co")[:, 0].astype(float)
    places = nearest(grid.keys, frames)
    return np.where(np.abs(grid.keys[places] - frames) <= CLOSE, places, len(grid.keys))


def _numbers(curve: Any, name: str) -> np.ndarray:
    """(K,) of a property of the keys that is a choice of several."""
    keys = curve.keyframe_points
    numbers = np.zeros(len(keys), dtype=np.int32)
    keys.foreach_get(name, numbers)
    if name.startswith("handle") and len(keys) and HANDLES[numbers[0]] != getattr(keys[0], name):
        # Blender 3.4 passes over these properties in silence.
        numbers[:] = [HANDLES.index(getattr(key, name)) for key in keys]
    return numbers


def _remove_others(curve: Any, grid: Grid) -> None:
    frames = key_numbers(curve, "co")[:, 0]
    inside = (frames > grid.keys[0]) & (frames < grid.keys[-1])
    _remove(curve, np.flatnonzero((_places(curve, grid) == len(grid.keys)) & inside))


def _remove(curve: Any, which: np.ndarray) -> None:
    keys = curve.keyframe_points
    if len(which) == len(keys) and hasattr(keys, "clear"):
        keys.clear()
        return
    for n in reversed(which):
        keys.remove(keys[int(n)], fast=True)


def _add(
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
    points = {name: key_numbers(curve, name) for name in ("co", "handle_left", "handle_right")}
    for numbers in points.values():
        numbers[old:] = added
    marks = _numbers(curve, "type")
    marks[old:] = _MADE
    # In the right order at once: Blender's own sorting takes the square of their number.
    order = np.argsort(points["co"][:, 0], kind="stable")
    for name, numbers in points.items():
        keys.foreach_set(name, numbers[order].ravel())
    for name, numbers in (
        ("type", marks),
        ("interpolation", np.concatenate(interpolation)),
        ("easing", _numbers(curve, "easing")),
    ):
        keys.foreach_set(name, numbers[order].astype(np.int32))
    for name, kind in _OWN.items():
        numbers = np.empty(len(keys), dtype=kind)
        keys.foreach_get(name, numbers)
        keys.foreach_set(name, numbers[order])
    set_handle_types(keys, np.concatenate(left)[order], np.concatenate(right)[order])
    curve.update()
