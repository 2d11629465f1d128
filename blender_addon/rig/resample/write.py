"""What was filled in between keys, as a new action that plays in place of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, Channel
from ...backend.kinematics.keyframes.keyed_motion import Local, values_between
from ...backend.kinematics.math.rotations import Array
from ..action.blender_versions import HAS_SLOTS, keep_in_file, new_animation
from ..action.existing_motion import Curves, curves_by_channel, rotation_path
from ..action.fcurves import new_curve
from ..action.root_motion import retime_travel
from ..read.animation_source import Source, values_of
from .keys import Grid, Segments, put_between, retimed, sample
from .pose import KeyedBody


@dataclass(frozen=True)
class Rewriting:
    """How the new action is made."""

    name: str
    about: float
    """Frame of the action that stays where it is,"""
    slow: float
    """if it plays so many times as fast."""
    keep_steps: bool
    """Whether stepped keys stay stepped."""


@dataclass(frozen=True)
class Filled:
    """A motion between keys."""

    now: Grid
    """When, as the action plays now."""
    then: Array
    """(T,) its frames as the new one plays."""
    made: Local
    """(T, ...) what the body's bones do on them."""


@dataclass(frozen=True)
class _Plan:
    """What one curve gets."""

    bone: str
    path: str
    index: int
    at_keys: Array
    """(K,)"""
    values: Array
    """(T,)"""
    touched: np.ndarray
    """(K-1,)"""
    jumps: np.ndarray
    """(K-1,)"""


def write_filled(
    armature: bpy.types.Object, source: Source, body: KeyedBody, filled: Filled, how: Rewriting
) -> bpy.types.Action:
    """Write keys between those of the body's curves; those and all other curves stay.

    Returns:
        The new action; the old one stays in the file.
    """
    plans = list(_plans(armature, source.curves(), body, filled, how.keep_steps))

    def write(holder: Any) -> None:
        _retime(holder.fcurves, how)
        # As Blender rounds what it is retimed to.
        keys = filled.now.keys
        if how.slow != 1.0:
            keys = (how.about + (keys - how.about) / how.slow).astype(np.float32).astype(float)
        then = Grid(keys, filled.then, filled.now.gap)
        curves = curves_by_channel(holder)
        for plan in plans:
            curve = curves.get((plan.bone, plan.path, plan.index))
            if curve is None:
                empty = np.zeros(0, dtype=np.float32)
                curve = new_curve(holder, Channel(plan.bone, plan.path, plan.index, empty))
            put_between(curve, then, plan.at_keys, plan.values, plan.touched, plan.jumps)

    return _in_new_action(armature, source, how, write)


def write_sampled(
    armature: bpy.types.Object,
    source: Source,
    body: KeyedBody,
    frames: Array,
    wanted: Array,
    how: Rewriting,
) -> bpy.types.Action:
    """Write the values of the body's curves on frames (T,) as keys on the wanted ones (T,), in
    place of their keys; otherwise as `write_filled`."""
    mine = {channel for channel in source.curves() if channel[:2] in body.channels}

    def write(holder: Any) -> None:
        curves = curves_by_channel(holder)
        looked_at = {(curves[channel].data_path, channel[2]) for channel in mine}
        others = [c for c in holder.fcurves if (c.data_path, c.array_index) not in looked_at]
        for channel in mine:
            sample(curves[channel], frames, wanted, keep_steps=how.keep_steps)
        _retime(others, how)

    return _in_new_action(armature, source, how, write)


def _plans(
    armature: Any, curves: Curves, body: KeyedBody, filled: Filled, keep_steps: bool
) -> Iterator[_Plan]:
    grid, nothing = filled.now, np.zeros(len(filled.now.keys) - 1, dtype=bool)
    for n, (bone, mode) in enumerate(body.modes.items()):
        path = rotation_path(mode)
        keyed = values_of(armature, curves, bone, path, grid.keys)
        rotations = filled.made.rotations[:, n].astype(float)
        found = values_between(rotations, mode, keyed, grid.keys, grid.frames)
        segments = _segments(curves, bone, path, grid)
        left_alone = _whole(found.spins, segments)
        for index in range(ROTATION_CHANNELS[path]):
            # Of a hinge that is keyed about one axis, the others stay as they are.
            if index in segments or path != "rotation_euler":
                touched = _touched(grid, segments.get(index), left_alone, keep_steps)
                values = found.values[:, index]
                yield _Plan(bone, path, index, keyed[:, index], values, touched, found.jumps)
    for n, bone in enumerate(body.located):
        keyed = values_of(armature, curves, bone, "location", grid.keys)
        for index, segment in _segments(curves, bone, "location", grid).items():
            touched = _touched(grid, segment, nothing, keep_steps)
            values = filled.made.locations[:, n, index]
            yield _Plan(bone, "location", index, keyed[:, index], values, touched, nothing)


def _segments(curves: Curves, bone: str, path: str, grid: Grid) -> dict[int, Segments]:
    return {
        index: Segments.of(curve, grid)
        for (owner, of_path, index), curve in curves.items()
        if (owner, of_path) == (bone, path)
    }


def _whole(gaps: np.ndarray, segments: dict[int, Segments]) -> np.ndarray:
    """Gaps (K-1,), and all that are in a segment of some curve with one of them."""
    while True:
        wider = np.any([gaps, *(segment.whole(gaps) for segment in segments.values())], axis=0)
        if (wider == gaps).all():
            return wider
        gaps = wider


def _touched(
    grid: Grid, segments: Segments | None, left_alone: np.ndarray, keep_steps: bool
) -> np.ndarray:
    """(K-1,) gaps in which a curve gets keys: whole segments, so that no part of one changes."""
    if segments is None:
        return grid.filled & ~left_alone
    may = ~left_alone & ~(segments.stepped & keep_steps)
    return may & segments.whole(may & grid.filled)


def _retime(curves: Iterable[Any], how: Rewriting) -> None:
    if how.slow != 1.0:
        for curve in curves:
            retimed(curve, how.about, how.slow)


def _in_new_action(
    armature: bpy.types.Object, source: Source, how: Rewriting, write: Any
) -> bpy.types.Action:
    """A copy of the source's action, written on and played in its place."""
    before = source.animation
    made = new_animation(how.name, armature, like=before)
    try:
        write(made.curves)
        _as_before(made.action, before.action, how)
        if source.strip is None:
            made.set_on(armature)
        else:
            source.strip.action = made.action
            if HAS_SLOTS:
                source.strip.action_slot = made.slot
    except Exception:
        _back(armature, source)
        bpy.data.actions.remove(made.action)
        raise
    keep_in_file(before.action)
    armature.update_tag(refresh={"TIME"})
    return made.action


def _back(armature: bpy.types.Object, source: Source) -> None:
    if source.strip is None:
        source.animation.set_on(armature)
        return
    source.strip.action = source.animation.action
    if HAS_SLOTS:
        source.strip.action_slot = source.animation.slot


def _as_before(action: Any, old: Any, how: Rewriting) -> None:
    """Frame range, cycle, markers and travel of the old action, as the new one plays."""

    def then(frame: float) -> float:
        return how.about + (frame - how.about) / how.slow

    if old.use_frame_range:
        action.use_frame_range = True
        action.frame_start, action.frame_end = then(old.frame_start), then(old.frame_end)
        action.use_cyclic = old.use_cyclic
    if how.slow != 1.0:
        for marker in action.pose_markers:
            marker.frame = round(then(marker.frame))
        retime_travel(action, how.about, how.slow)
