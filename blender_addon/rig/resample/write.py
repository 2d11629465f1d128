"""Writing of resampled animation to a new Action that plays in place of the old one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, Channel
from ...backend.kinematics.keyframes.keyed_motion import LocalPoses, inbetween_rotation_values
from ...backend.kinematics.math.rotations import Array
from ..action.blender_versions import new_animation, preserve_unused_action
from ..action.existing_motion import FCurveMap, fcurves_by_channel, rotation_property
from ..action.fcurves import new_fcurve, retime_frames
from ..action.root_motion import retime_root_motion
from ..read.animation_source import AnimationSource, read_keyed_values
from .keys import CurveSegments, KeyGrid, bake_curve, insert_keys, retime_curve
from .pose import KeyedBody


@dataclass(frozen=True)
class RewriteOptions:
    """Name and timing of the new Action."""

    name: str
    pivot_frame: float
    """Action frame that does not move when the motion is retimed."""
    time_scale: float
    """Speed of the new motion relative to the old one."""
    keep_steps: bool
    """Keep stepped keys (constant interpolation)."""

    def retime(self, frames: Any) -> Any:
        return retime_frames(frames, self.pivot_frame, self.time_scale)


@dataclass(frozen=True)
class FilledMotion:
    """A motion between keys."""

    grid: KeyGrid
    """Frames of the old Action."""
    new_frames: Array
    """(T,) the grid's frames in the new Action."""
    motion: LocalPoses
    """(T, ...) values of the keyed bones on the grid's frames."""


def write_filled_action(
    armature: bpy.types.Object,
    source: AnimationSource,
    body: KeyedBody,
    filled: FilledMotion,
    options: RewriteOptions,
) -> bpy.types.Action:
    """Write keys between those of the body's F-curves to a new Action; all other keys stay."""
    all_keys = list(_plan_keys(armature, source.keyed_curves(), body, filled, options.keep_steps))

    def write(channelbag: Any) -> None:
        key_frames = filled.grid.keys
        if options.time_scale != 1.0:
            for curve in channelbag.fcurves:
                retime_curve(curve, options.pivot_frame, options.time_scale)
            # Rounded as Blender stores the keys that were retimed.
            key_frames = options.retime(key_frames).astype(np.float32).astype(float)
        grid = KeyGrid(key_frames, filled.new_frames, filled.grid.gap_indices)
        curves = fcurves_by_channel(channelbag)
        for channel, keys in all_keys:
            curve = curves.get(channel)
            if curve is None:
                curve = new_fcurve(channelbag, Channel(*channel, np.zeros(0, dtype=np.float32)))
            insert_keys(curve, grid, *keys)

    return _write_new_action(armature, source, options, write)


def write_baked_action(
    armature: bpy.types.Object,
    source: AnimationSource,
    body: KeyedBody,
    frames: Array,
    key_frames: Array,
    options: RewriteOptions,
) -> bpy.types.Action:
    """Write samples of the body's F-curves to a new Action; other F-curves stay.

    Args:
        frames: (T,) Action frames on which the F-curves are sampled.
        key_frames: (T,) frames of the keys in the new Action.
    """
    channels = set(body.curves_in(source.keyed_curves()))

    def write(channelbag: Any) -> None:
        curves = fcurves_by_channel(channelbag)
        for channel in channels:
            bake_curve(curves[channel], frames, key_frames, keep_steps=options.keep_steps)
        baked = {(curves[channel].data_path, channel[2]) for channel in channels}
        for curve in channelbag.fcurves:
            if options.time_scale != 1.0 and (curve.data_path, curve.array_index) not in baked:
                retime_curve(curve, options.pivot_frame, options.time_scale)

    return _write_new_action(armature, source, options, write)


def _plan_keys(
    armature: Any, curves: FCurveMap, body: KeyedBody, filled: FilledMotion, keep_steps: bool
) -> Iterator[tuple[tuple[str, str, int], tuple[Array, Array, np.ndarray, np.ndarray]]]:
    """Yield (bone, path, index) of each F-curve and the arrays that `insert_keys` takes."""
    grid, no_gaps = filled.grid, np.zeros(len(filled.grid.keys) - 1, dtype=bool)
    for n, (bone, mode) in enumerate(body.rotation_modes.items()):
        path = rotation_property(mode)
        keyed = read_keyed_values(armature, curves, bone, path, grid.keys)
        rotations = filled.motion.rotations[:, n].astype(float)
        between = inbetween_rotation_values(rotations, mode, keyed, grid.keys, grid.frames)
        segments = _segments(curves, bone, path, grid)
        excluded = _expand_to_segments(between.full_turns, segments)
        for index in range(ROTATION_CHANNELS[path]):
            # Euler channels without keys stay without: a hinge may be keyed about one axis only.
            if index in segments or path != "rotation_euler":
                changed = _changed_gaps(grid, segments.get(index), excluded, keep_steps)
                values = keyed[:, index], between.values[:, index]
                yield (bone, path, index), (*values, changed, between.discontinuities)
    for n, bone in enumerate(body.translated_bones):
        keyed = read_keyed_values(armature, curves, bone, "location", grid.keys)
        for index, segments in _segments(curves, bone, "location", grid).items():
            changed = _changed_gaps(grid, segments, no_gaps, keep_steps)
            values = keyed[:, index], filled.motion.locations[:, n, index]
            yield (bone, "location", index), (*values, changed, no_gaps)


def _segments(curves: FCurveMap, bone: str, path: str, grid: KeyGrid) -> dict[int, CurveSegments]:
    return {
        channel[2]: CurveSegments.from_curve(curve, grid)
        for channel, curve in curves.items()
        if channel[:2] == (bone, path)
    }


def _expand_to_segments(gaps: np.ndarray, segments: dict[int, CurveSegments]) -> np.ndarray:
    """Return the mask `gaps` (K-1,) extended until it covers segments of all F-curves as wholes."""
    while True:
        wider = np.any([gaps, *(curve.expand_gaps(gaps) for curve in segments.values())], axis=0)
        if (wider == gaps).all():
            return wider
        gaps = wider


def _changed_gaps(
    grid: KeyGrid, segments: CurveSegments | None, excluded: np.ndarray, keep_steps: bool
) -> np.ndarray:
    """Return the mask (K-1,) of the gaps in which an F-curve gets keys: whole segments only."""
    if segments is None:
        return grid.filled_gaps & ~excluded
    allowed = ~excluded & ~(segments.stepped_gaps & keep_steps)
    return allowed & segments.expand_gaps(allowed & grid.filled_gaps)


def _write_new_action(
    armature: bpy.types.Object,
    source: AnimationSource,
    options: RewriteOptions,
    write: Callable[[Any], None],
) -> bpy.types.Action:
    """Copy the Action of a source, write to the copy and play it instead; undo all on an error."""
    old, player = source.animation, source.strip or armature
    new = new_animation(options.name, armature, copy_of=old)
    try:
        write(new.channelbag)
        _copy_action_settings(new.action, old.action, options)
        new.assign_to(player)
    except Exception:
        old.assign_to(player)
        bpy.data.actions.remove(new.action)
        raise
    preserve_unused_action(old.action)
    armature.update_tag(refresh={"TIME"})
    return new.action


def _copy_action_settings(action: Any, old: Any, options: RewriteOptions) -> None:
    if old.use_frame_range:
        action.use_frame_range = True
        action.frame_start = options.retime(old.frame_start)
        action.frame_end = options.retime(old.frame_end)
        action.use_cyclic = old.use_cyclic
    if options.time_scale != 1.0:
        for marker in action.pose_markers:
            marker.frame = round(options.retime(marker.frame))
        retime_root_motion(action, options.pivot_frame, options.time_scale)
