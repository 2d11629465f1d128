"""The motions under review, drawn in the viewport: figures that move as the scene plays, the way
over the ground with a tick each second, and a few poses along it.

Nothing is worked out while drawing but the figures of the frame that shows, and those once.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Matrix, Vector

from ..backend.kinematics.math.rotations import Array, normalize
from ..backend.kinematics.preview.capsules import capsule_triangles, capsule_vertices
from ..link.errors import JobError
from ..operators.armature.custom_meshes import sync_with_overlays
from ..operators.jobs.review_state import Variation, review_state
from ..rig.preview.ghosts import row_offsets
from .gpu_shapes import (
    Colour,
    alpha_blending,
    draw_line,
    draw_solid,
    draw_text,
    line_batch,
    solid_batch,
)
from .text_wrap import ui_scale

_POSES = 8
"""How many poses along the way are shown at most."""
_PATH_POINTS = 240
_PATH_WIDTH, _TICK_WIDTH = 2.0, 1.5
_TICK = 0.07
"""Half the length of a tick; metres, as what follows, on a body like the project's own skeleton."""
_HEAD_HEIGHT = 0.1
"""From the end of the line that a head is drawn about to the top of it."""
_LABEL_OFFSET = 10.0
"""Pixels, on a screen of usual size, that a number is above its head."""
_ABOVE_GROUND = 0.008
"""So that a floor at the same height does not hide the path."""
_BEFORE: Colour = (0.949, 0.18, 0.137, 1.0)
_AFTER: Colour = (0.471, 0.949, 0.267, 1.0)
"""Blender's own colours of what is before and after the playhead, for themes that have none yet."""
_FADE_SECONDS = 1.5
"""Over which time from the playhead poses fade to a third."""

_handles: list[Any] = []
_batches: dict[tuple[Any, ...], Any] = {}
"""Batches by what they show. They are made anew when the review changes."""


@dataclass(frozen=True)
class _VisibleMotion:
    """A motion that is to be drawn now, in the space that figures are in."""

    variation: Variation
    index: int
    to_world: Array
    """(4, 4)"""
    chosen: bool

    @property
    def key(self) -> int:
        return id(self.variation)


def register() -> None:
    """Draw from now on whenever something is under review."""
    review_state.on_change.append(_update_handlers)


def unregister() -> None:
    """Never draw again."""
    review_state.on_change.remove(_update_handlers)
    _stop()


def is_drawing() -> bool:
    """Whether anything is hooked into Blender's drawing."""
    return bool(_handles)


def _update_handlers() -> None:
    """Draw what is under review now, or nothing."""
    _batches.clear()
    wanted = review_state.variations and not review_state.draw_error
    if wanted and not _handles and not bpy.app.background:
        space: Any = bpy.types.SpaceView3D
        for draw, moment in ((draw_figures, "POST_VIEW"), (draw_labels, "POST_PIXEL")):
            _handles.append(space.draw_handler_add(_stop_on_error(draw), (), "WINDOW", moment))
    elif not review_state.variations:
        _stop()
    _redraw()


def _stop() -> None:
    space: Any = bpy.types.SpaceView3D
    for handle in _handles:
        space.draw_handler_remove(handle, "WINDOW")
    _handles.clear()
    _batches.clear()


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _stop_on_error(draw: Callable[[], None]) -> Callable[[], None]:
    """The draw function, which on a fault is never called again."""

    faults: list[str] = []

    def give_up() -> None:
        if _handles:
            _stop()
            review_state.set_draw_error(
                f"The motions cannot be drawn because of a fault of Anyframe's own ({faults[0]}). "
                "Accept and Discard work all the same; the system console has the details."
            )

    def guarded() -> None:
        if faults:
            return
        try:
            draw()
        except Exception as error:  # a bug here must not be met on every redraw
            traceback.print_exc(file=sys.stderr)
            faults.append(repr(error))
            # A handler cannot be removed while it runs.
            bpy.app.timers.register(give_up, first_interval=0.0, persistent=True)

    return guarded


def visible_motions(context: bpy.types.Context) -> list[_VisibleMotion]:
    """What a 3D view shows of what is under review."""
    space: Any = context.space_data
    current = review_state.chosen_variation
    if current is None or not space.overlay.show_overlays:
        return []
    try:
        armature, scene = current.target.resolve()
    except JobError:
        return []
    if scene != context.scene or (space.local_view and not armature.local_view_get(space)):
        return []
    variations = review_state.alternatives(current) if review_state.side_by_side else (current,)
    moves = _cached_batch(("moves",), lambda: row_offsets([v.ghost for v in variations]))
    found = []
    for variation, move in zip(variations, moves, strict=True):
        to_world = variation.ghost.world_matrix(armature)
        to_world[:3, 3] += to_world[:3, :3] @ move
        place = review_state.variations.index(variation)
        found.append(_VisibleMotion(variation, place, to_world, variation is current))
    return found


def draw_figures() -> None:
    """Draw the figures on the scene's frame, their ways and, of one alone, poses along the way."""
    context = bpy.context
    sync_with_overlays()
    shown = visible_motions(context)
    if not shown:
        return
    frame = context.scene.frame_current_final
    matrix: Any = gpu.matrix
    with alpha_blending():
        # Ways first: a figure would hide what of its own way is behind it.
        for draw in (_draw_path, _draw_figure, *((_draw_poses,) if len(shown) == 1 else ())):
            for one in shown:
                with matrix.push_pop():
                    matrix.multiply_matrix(Matrix(one.to_world.tolist()))
                    draw(one, frame)


def draw_labels() -> None:
    """Write each motion's number above its figure, and the seconds beside the way of one alone."""
    context = bpy.context
    shown = visible_motions(context)
    frame = context.scene.frame_current_final
    bright = _theme("space", "text_hi", (1.0, 1.0, 1.0, 1.0))
    for one in shown:
        ghost = one.variation.ghost
        figure = ghost.figure
        if len(review_state.variations) > 1:
            points = ghost.limb_points_at(frame)
            top = points[np.argmax(points @ figure.up)] + _HEAD_HEIGHT * figure.scale * figure.up
            colour = _chosen_colour() if one.chosen else (*bright[:3], 0.7)
            _draw_text_at(context, str(one.index + 1), one.to_world, top, colour, _LABEL_OFFSET)
        if len(shown) == 1:
            for second, at in enumerate(ghost.whole_second_frames(), start=1):
                beside = ghost.path_point_at(at) + 3 * _TICK * figure.scale * _across_path(one, at)
                _draw_text_at(context, f"{second} s", one.to_world, beside, (*bright[:3], 0.7))


def _draw_text_at(
    context: Any, text: str, to_world: Array, point: Array, colour: Colour, raised: float = 0.0
) -> None:
    world = Vector((to_world[:3, :3] @ point + to_world[:3, 3]).tolist())
    place = location_3d_to_region_2d(context.region, context.region_data, world)
    if place is not None:
        draw_text(text, place.x, place.y + raised * ui_scale(), colour)


def _draw_figure(one: _VisibleMotion, frame: float) -> None:
    colour = _chosen_colour() if one.chosen else _other_colour()

    def build() -> Any:
        figure = one.variation.ghost.figure
        points = one.variation.ghost.limb_points_at(frame)
        positions, normals = capsule_vertices(points, figure.limbs, figure.radii)
        # Light from above and a little from the front tells limbs from each other.
        ahead = np.cross(figure.left_directions[0], figure.up)
        light = normalize(figure.up + 0.35 * ahead + 0.2 * figure.left_directions[0])
        bright = 0.62 + 0.38 * (normals @ light)
        shades = np.empty((len(positions), 4), dtype=np.float32)
        shades[:, :3] = bright[:, None] * np.array(colour[:3])
        shades[:, 3] = colour[3]
        return solid_batch(positions, shades, capsule_triangles(len(figure.limbs)))

    draw_solid(_latest_batch(("figure", one.key), (frame, colour), build), None, colour)


def _draw_poses(one: _VisibleMotion, frame: float) -> None:
    """Poses along the way, the fainter the further they are from the playhead."""
    ghost = one.variation.ghost
    figure = ghost.figure

    def build() -> list[tuple[float, Any]]:
        blank = np.ones((1, 4), dtype=np.float32)
        batches = []
        for at in ghost.pose_frames(_POSES):
            positions, _ = capsule_vertices(ghost.limb_points_at(at), figure.limbs, figure.radii)
            shades = np.repeat(blank, len(positions), axis=0)
            batches.append(
                (float(at), solid_batch(positions, shades, capsule_triangles(len(figure.limbs))))
            )
        return batches

    red, green, blue, _ = _chosen_colour()
    poses = _cached_batch(("poses", one.key), build)
    for at, batch in sorted(poses, key=lambda pose: abs(pose[0] - frame)):
        away = abs(at - frame) / ghost.scene_fps
        if away * ghost.scene_fps >= 1.0:  # else the figure itself is there
            opacity = 0.26 * (1 / 3) ** (away / _FADE_SECONDS)
            draw_solid(batch, (red, green, blue, opacity), (red, green, blue, 0.0))


def _draw_path(one: _VisibleMotion, frame: float) -> None:
    ghost = one.variation.ghost
    strength = 0.9 if one.chosen else 0.45
    before, after = _playhead_colours()

    def build() -> tuple[Any, Any]:
        lift = _ABOVE_GROUND * ghost.figure.scale * ghost.figure.up
        step = max(1, len(ghost.frames) // _PATH_POINTS)
        frames = np.union1d(ghost.frames[::step], ghost.frames[-1:])
        if ghost.frames[0] < frame < ghost.frames[-1]:
            frames = np.sort(np.concatenate([frames, [frame, frame]]))  # where the colour changes
        points = np.array([ghost.path_point_at(at) for at in frames]) + lift
        past = frames < frame
        past[np.flatnonzero(frames == frame)[:1]] = True
        colours = np.where(past[:, None], before, after)
        colours[:, 3] = strength
        seconds = ghost.whole_second_frames()
        ticks = np.array(
            [
                ghost.path_point_at(at)
                + lift
                + side * _TICK * ghost.figure.scale * _across_path(one, at)
                for at in seconds
                for side in (-1.0, 1.0)
            ]
        ).reshape(-1, 3)
        shades = np.repeat(np.where((seconds < frame)[:, None], before, after), 2, axis=0)
        shades[:, 3] = strength
        marks = line_batch(ticks, shades, strip=False) if len(ticks) else None
        return line_batch(points, colours), marks

    path, ticks = _latest_batch(("path", one.key), (frame, before, after, strength), build)
    hidden = (*_other_colour()[:3], strength)
    draw_line(path, _PATH_WIDTH, hidden)
    if ticks is not None:
        draw_line(ticks, _TICK_WIDTH, hidden)


def _across_path(one: _VisibleMotion, at: float) -> Array:
    """(3,) along the ground, across the way on a scene frame; across the body if it stands."""
    ghost = one.variation.ghost
    way = ghost.path_point_at(at + 1.0) - ghost.path_point_at(at - 1.0)
    if np.linalg.norm(way) < 1e-3 * ghost.figure.scale:
        nearest = np.argmin(np.abs(ghost.frames - at))
        return ghost.figure.left_directions[nearest]
    return np.cross(ghost.figure.up, normalize(way))


def _chosen_colour() -> Colour:
    return (*_theme("bone_pose", "", (0.314, 0.784, 1.0, 1.0))[:3], 0.85)


def _other_colour() -> Colour:
    return (*_theme("bone_solid", "", (0.7, 0.7, 0.7, 1.0))[:3], 0.7)


def _playhead_colours() -> tuple[Colour, Colour]:
    """What is before the playhead and what is after it."""
    return _theme("before_current_frame", "", _BEFORE), _theme("after_current_frame", "", _AFTER)


def _theme(name: str, part: str, default: Colour) -> Colour:
    """A colour of the 3D view's theme, or one for versions that have none of this name."""
    owner: Any = bpy.context.preferences.themes[0].view_3d
    found = getattr(owner, name, None)
    if part and found is not None:
        found = getattr(found, part, None)
    if found is None:
        return default
    red, green, blue = found[:3]
    return red, green, blue, 1.0


def _cached_batch(key: tuple[Any, ...], build: Callable[[], Any]) -> Any:
    """What was built for a key before, or what is built now."""
    if key not in _batches:
        _batches[key] = build()
    return _batches[key]


def _latest_batch(key: tuple[Any, ...], state: tuple[Any, ...], build: Callable[[], Any]) -> Any:
    """As `_keep`, of what changes with a state: only its last one is kept."""
    kept = _batches.get(key)
    if kept is None or kept[0] != state:
        kept = _batches[key] = (state, build())
    return kept[1]
