"""What was filled in between keys, as a new action that plays in place of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, Channel
from ...backend.kinematics.keyframes.keyed_motion import LocalPoses, inbetween_rotation_values
from ...backend.kinematics.math.rotations import Array
from ..action.blender_versions import HAS_SLOTS, new_animation, preserve_unused_action
from ..action.existing_motion import FCurveMap, fcurves_by_channel, rotation_property
from ..action.fcurves import new_fcurve
from ..action.root_motion import retime_root_motion
from ..read.animation_source import AnimationSource, read_keyed_values
from .keys import CurveSegments, KeyGrid, bake_curve, insert_keys, retime_curve
from .pose import KeyedBody


@dataclass(frozen=True)
class RewriteOptions:
    """How the new action is made."""

    name: str
    pivot_frame: float
    """Frame of the action that stays where it is,"""
    time_scale: float
    """if it plays so many times as fast."""
    keep_steps: bool
    """Whether stepped keys stay stepped."""


@dataclass(frozen=True)
class FilledMotion:
    """A motion between keys."""

    grid: KeyGrid
    """When, as the action plays now."""
    new_frames: Array
    """(T,) its frames as the new one plays."""
    motion: LocalPoses
    """(T, ...) what the body's bones do on them."""


@dataclass(frozen=True)
class _CurveKeys:
    """What one curve gets."""

    bone: str
    path: str
    index: int
    key_values: Array
    """(K,)"""
    values: Array
    """(T,)"""
    changed_gaps: np.ndarray
    """(K-1,)"""
    jump_gaps: np.ndarray
    """(K-1,)"""


def write_filled_action(
    armature: bpy.types.Object,
    source: AnimationSource,
    body: KeyedBody,
    filled: FilledMotion,
    options: RewriteOptions,
) -> bpy.types.Action:
    """Write keys between those of the body's curves; those and all other curves stay.

    Returns:
        The new action; the old one stays in the file.
    """
    plans = list(_curve_keys(armature, source.keyed_curves(), body, filled, options.keep_steps))

    def write(holder: Any) -> None:
        _retime_curves(holder.fcurves, options)
        # As Blender rounds what it is retimed to.
        keys = filled.grid.keys
        if options.time_scale != 1.0:
            keys = (
                (options.pivot_frame + (keys - options.pivot_frame) / options.time_scale)
                .astype(np.float32)
                .astype(float)
            )
        then = KeyGrid(keys, filled.new_frames, filled.grid.gap_indices)
        curves = fcurves_by_channel(holder)
        for plan in plans:
            curve = curves.get((plan.bone, plan.path, plan.index))
            if curve is None:
                empty = np.zeros(0, dtype=np.float32)
                curve = new_fcurve(holder, Channel(plan.bone, plan.path, plan.index, empty))
            insert_keys(
                curve, then, plan.key_values, plan.values, plan.changed_gaps, plan.jump_gaps
            )

    return _write_new_action(armature, source, options, write)


def write_baked_action(
    armature: bpy.types.Object,
    source: AnimationSource,
    body: KeyedBody,
    frames: Array,
    key_frames: Array,
    options: RewriteOptions,
) -> bpy.types.Action:
    """Write the values of the body's curves on frames (T,) as keys on the wanted ones (T,), in
    place of their keys; otherwise as `write_filled`."""
    mine = {channel for channel in source.keyed_curves() if channel[:2] in body.keyed_properties}

    def write(holder: Any) -> None:
        curves = fcurves_by_channel(holder)
        looked_at = {(curves[channel].data_path, channel[2]) for channel in mine}
        others = [c for c in holder.fcurves if (c.data_path, c.array_index) not in looked_at]
        for channel in mine:
            bake_curve(curves[channel], frames, key_frames, keep_steps=options.keep_steps)
        _retime_curves(others, options)

    return _write_new_action(armature, source, options, write)


def _curve_keys(
    armature: Any, curves: FCurveMap, body: KeyedBody, filled: FilledMotion, keep_steps: bool
) -> Iterator[_CurveKeys]:
    grid, nothing = filled.grid, np.zeros(len(filled.grid.keys) - 1, dtype=bool)
    for n, (bone, mode) in enumerate(body.rotation_modes.items()):
        path = rotation_property(mode)
        keyed = read_keyed_values(armature, curves, bone, path, grid.keys)
        rotations = filled.motion.rotations[:, n].astype(float)
        found = inbetween_rotation_values(rotations, mode, keyed, grid.keys, grid.frames)
        segments = _segments(curves, bone, path, grid)
        left_alone = _expand_to_segments(found.full_turns, segments)
        for index in range(ROTATION_CHANNELS[path]):
            # Of a hinge that is keyed about one axis, the others stay as they are.
            if index in segments or path != "rotation_euler":
                touched = _changed_gaps(grid, segments.get(index), left_alone, keep_steps)
                values = found.values[:, index]
                yield _CurveKeys(
                    bone, path, index, keyed[:, index], values, touched, found.discontinuities
                )
    for n, bone in enumerate(body.translated_bones):
        keyed = read_keyed_values(armature, curves, bone, "location", grid.keys)
        for index, segment in _segments(curves, bone, "location", grid).items():
            touched = _changed_gaps(grid, segment, nothing, keep_steps)
            values = filled.motion.locations[:, n, index]
            yield _CurveKeys(bone, "location", index, keyed[:, index], values, touched, nothing)


def _segments(curves: FCurveMap, bone: str, path: str, grid: KeyGrid) -> dict[int, CurveSegments]:
    return {
        index: CurveSegments.from_curve(curve, grid)
        for (owner, of_path, index), curve in curves.items()
        if (owner, of_path) == (bone, path)
    }


def _expand_to_segments(gaps: np.ndarray, segments: dict[int, CurveSegments]) -> np.ndarray:
    """Gaps (K-1,), and all that are in a segment of some curve with one of them."""
    while True:
        wider = np.any(
            [gaps, *(segment.expand_gaps(gaps) for segment in segments.values())], axis=0
        )
        if (wider == gaps).all():
            return wider
        gaps = wider


def _changed_gaps(
    grid: KeyGrid, segments: CurveSegments | None, excluded: np.ndarray, keep_steps: bool
) -> np.ndarray:
    """(K-1,) gaps in which a curve gets keys: whole segments, so that no part of one changes."""
    if segments is None:
        return grid.filled_gaps & ~excluded
    may = ~excluded & ~(segments.stepped_gaps & keep_steps)
    return may & segments.expand_gaps(may & grid.filled_gaps)


def _retime_curves(curves: Iterable[Any], options: RewriteOptions) -> None:
    if options.time_scale != 1.0:
        for curve in curves:
            retime_curve(curve, options.pivot_frame, options.time_scale)


def _write_new_action(
    armature: bpy.types.Object, source: AnimationSource, options: RewriteOptions, write: Any
) -> bpy.types.Action:
    """A copy of the source's action, written on and played in its place."""
    before = source.animation
    made = new_animation(options.name, armature, copy_of=before)
    try:
        write(made.channelbag)
        _copy_action_settings(made.action, before.action, options)
        if source.strip is None:
            made.assign_to(armature)
        else:
            source.strip.action = made.action
            if HAS_SLOTS:
                source.strip.action_slot = made.slot
    except Exception:
        _restore_source(armature, source)
        bpy.data.actions.remove(made.action)
        raise
    preserve_unused_action(before.action)
    armature.update_tag(refresh={"TIME"})
    return made.action


def _restore_source(armature: bpy.types.Object, source: AnimationSource) -> None:
    if source.strip is None:
        source.animation.assign_to(armature)
        return
    source.strip.action = source.animation.action
    if HAS_SLOTS:
        source.strip.action_slot = source.animation.slot


def _copy_action_settings(action: Any, old: Any, options: RewriteOptions) -> None:
    """Frame range, cycle, markers and travel of the old action, as the new one plays."""

    def then(frame: float) -> float:
        return options.pivot_frame + (frame - options.pivot_frame) / options.time_scale

    if old.use_frame_range:
        action.use_frame_range = True
        action.frame_start, action.frame_end = then(old.frame_start), then(old.frame_end)
        action.use_cyclic = old.use_cyclic
    if options.time_scale != 1.0:
        for marker in action.pose_markers:
            marker.frame = round(then(marker.frame))
        retime_root_motion(action, options.pivot_frame, options.time_scale)
