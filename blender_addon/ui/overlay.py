"""The motions under review, drawn in the viewport: figures that move as the scene plays, their
paths over the ground with a tick each second, and a few poses along them.

Drawing computes only the figures of the current frame, once.
"""

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
from ..link import session
from ..link.errors import JobError
from ..operators.jobs.hidden_meshes import sync_with_overlays
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
from .text import ui_scale

_POSES = 8
"""Largest number of poses shown along the path."""
_PATH_POINTS = 240
_PATH_WIDTH, _TICK_WIDTH = 2.0, 1.5
_TICK = 0.07
"""Half the length of a tick, in metres on a body of SMPL's size, as the lengths below."""
_HEAD_HEIGHT = 0.1
"""Distance from the end of the head's capsule to its top."""
_LABEL_OFFSET = 10.0
"""Distance of a number above the head, in pixels at a UI scale of 1."""
_ABOVE_GROUND = 0.008
"""Height of the path, so that a floor mesh does not hide it."""
_BEFORE: Colour = (0.949, 0.18, 0.137, 1.0)
_AFTER: Colour = (0.471, 0.949, 0.267, 1.0)
"""Blender's default colours before and after the playhead, for themes that have none."""
_FADE_SECONDS = 1.5
"""Time from the playhead after which a pose has a third of its opacity."""

_handles: list[Any] = []
_batches: dict[tuple[Any, ...], Any] = {}
"""Batches by their content; cleared when the review changes."""


@dataclass(frozen=True)
class _VisibleMotion:
    """A motion to draw in its space of figures."""

    variation: Variation
    index: int
    to_world: Array
    """(4, 4) transform from the space of figures to the world."""
    is_chosen: bool


def register() -> None:
    review_state.on_change.append(_update_handlers)


def unregister() -> None:
    review_state.on_change.remove(_update_handlers)
    _stop()


def _update_handlers() -> None:
    """Add or remove the draw handlers, as the review needs them."""
    _batches.clear()
    is_needed = review_state.variations and not review_state.draw_error
    if is_needed and not _handles and not bpy.app.background:
        space: Any = bpy.types.SpaceView3D
        for draw, moment in ((draw_figures, "POST_VIEW"), (draw_labels, "POST_PIXEL")):
            _handles.append(space.draw_handler_add(_stop_on_error(draw), (), "WINDOW", moment))
    elif not review_state.variations:
        _stop()
    session.redraw()


def _stop() -> None:
    space: Any = bpy.types.SpaceView3D
    for handle in _handles:
        space.draw_handler_remove(handle, "WINDOW")
    _handles.clear()
    _batches.clear()


def _stop_on_error(draw: Callable[[], None]) -> Callable[[], None]:
    """Wrap a draw function: after an exception it is never called again."""
    errors: list[str] = []

    def stop() -> None:
        if _handles:
            _stop()
            review_state.update(
                draw_error=f"The motions cannot be drawn because of a bug in Anyframe ({errors[0]})"
                ". Accept and Discard still work; the system console has the details."
            )

    def guarded() -> None:
        if errors:
            return
        try:
            draw()
        except Exception as error:  # a bug must not raise on every redraw
            traceback.print_exc(file=sys.stderr)
            errors.append(repr(error))
            # A handler cannot be removed while it runs.
            bpy.app.timers.register(stop, first_interval=0.0, persistent=True)

    return guarded


def visible_motions(context: bpy.types.Context) -> list[_VisibleMotion]:
    """The motions under review that a 3D view shows."""
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
    visible = []
    for variation, move in zip(variations, moves, strict=True):
        to_world = variation.ghost.world_matrix(armature)
        to_world[:3, 3] += to_world[:3, :3] @ move
        place = review_state.variations.index(variation)
        visible.append(_VisibleMotion(variation, place, to_world, variation is current))
    return visible


def draw_figures() -> None:
    """Draw figures on the current frame with their paths; along a single path also poses."""
    context = bpy.context
    sync_with_overlays()
    shown = visible_motions(context)
    if not shown:
        return
    frame = context.scene.frame_current_final
    matrix: Any = gpu.matrix
    with alpha_blending():
        # Paths first: a figure would hide the part of its path behind it.
        for draw in (_draw_path, _draw_figure, *((_draw_poses,) if len(shown) == 1 else ())):
            for motion in shown:
                with matrix.push_pop():
                    matrix.multiply_matrix(Matrix(motion.to_world.tolist()))
                    draw(motion, frame)


def draw_labels() -> None:
    """Draw the motions' numbers above their figures; beside a single path its seconds."""
    context = bpy.context
    shown = visible_motions(context)
    frame = context.scene.frame_current_final
    bright = _theme("space", "text_hi", (1.0, 1.0, 1.0, 1.0))
    for motion in shown:
        ghost = motion.variation.ghost
        figure = ghost.figure
        if len(review_state.variations) > 1:
            points = ghost.limb_points_at(frame)
            top = points[np.argmax(points @ figure.up)] + _HEAD_HEIGHT * figure.scale * figure.up
            colour = _chosen_colour() if motion.is_chosen else (*bright[:3], 0.7)
            _draw_text_at(
                context, str(motion.index + 1), motion.to_world, top, colour, _LABEL_OFFSET
            )
        if len(shown) == 1:
            for second, at in enumerate(ghost.whole_second_frames(), start=1):
                beside = ghost.path_point_at(at) + 3 * _TICK * figure.scale * _across_path(
                    motion, at
                )
                _draw_text_at(context, f"{second} s", motion.to_world, beside, (*bright[:3], 0.7))


def _draw_text_at(
    context: Any, text: str, to_world: Array, point: Array, colour: Colour, raised: float = 0.0
) -> None:
    world = Vector((to_world[:3, :3] @ point + to_world[:3, 3]).tolist())
    place = location_3d_to_region_2d(context.region, context.region_data, world)
    if place is not None:
        draw_text(text, place.x, place.y + raised * ui_scale(), colour)


def _draw_figure(motion: _VisibleMotion, frame: float) -> None:
    colour = _chosen_colour() if motion.is_chosen else _other_colour()

    def build() -> Any:
        figure = motion.variation.ghost.figure
        points = motion.variation.ghost.limb_points_at(frame)
        positions, normals = capsule_vertices(points, figure.limbs, figure.radii)
        # Light from above and a little from the front tells limbs from each other.
        ahead = np.cross(figure.left_directions[0], figure.up)
        light = normalize(figure.up + 0.35 * ahead + 0.2 * figure.left_directions[0])
        bright = 0.62 + 0.38 * (normals @ light)
        shades = np.empty((len(positions), 4), dtype=np.float32)
        shades[:, :3] = bright[:, None] * np.array(colour[:3])
        shades[:, 3] = colour[3]
        return solid_batch(positions, shades, capsule_triangles(len(figure.limbs)))

    draw_solid(_latest_batch(("figure", motion.variation), (frame, colour), build), None, colour)


def _draw_poses(motion: _VisibleMotion, frame: float) -> None:
    """Draw poses along the path, fainter with the distance from the playhead."""
    ghost = motion.variation.ghost
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
    poses = _cached_batch(("poses", motion.variation), build)
    for at, batch in sorted(poses, key=lambda pose: abs(pose[0] - frame)):
        seconds = abs(at - frame) / ghost.scene_fps
        if seconds * ghost.scene_fps >= 1.0:  # otherwise the figure is there
            opacity = 0.26 * (1 / 3) ** (seconds / _FADE_SECONDS)
            draw_solid(batch, (red, green, blue, opacity), (red, green, blue, 0.0))


def _draw_path(motion: _VisibleMotion, frame: float) -> None:
    ghost = motion.variation.ghost
    strength = 0.9 if motion.is_chosen else 0.45
    before = _theme("before_current_frame", "", _BEFORE)
    after = _theme("after_current_frame", "", _AFTER)

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
                + side * _TICK * ghost.figure.scale * _across_path(motion, at)
                for at in seconds
                for side in (-1.0, 1.0)
            ]
        ).reshape(-1, 3)
        shades = np.repeat(np.where((seconds < frame)[:, None], before, after), 2, axis=0)
        shades[:, 3] = strength
        marks = line_batch(ticks, shades, strip=False) if len(ticks) else None
        return line_batch(points, colours), marks

    path, ticks = _latest_batch(("path", motion.variation), (frame, before, after, strength), build)
    hidden = (*_other_colour()[:3], strength)
    draw_line(path, _PATH_WIDTH, hidden)
    if ticks is not None:
        draw_line(ticks, _TICK_WIDTH, hidden)


def _across_path(motion: _VisibleMotion, at: float) -> Array:
    """Unit vector (3,) on the ground, across the path at a frame; across the body if it stands."""
    ghost = motion.variation.ghost
    direction = ghost.path_point_at(at + 1.0) - ghost.path_point_at(at - 1.0)
    if np.linalg.norm(direction) < 1e-3 * ghost.figure.scale:
        nearest = np.argmin(np.abs(ghost.frames - at))
        return ghost.figure.left_directions[nearest]
    return np.cross(ghost.figure.up, normalize(direction))


def _chosen_colour() -> Colour:
    return (*_theme("bone_pose", "", (0.314, 0.784, 1.0, 1.0))[:3], 0.85)


def _other_colour() -> Colour:
    return (*_theme("bone_solid", "", (0.7, 0.7, 0.7, 1.0))[:3], 0.7)


def _theme(name: str, part: str, default: Colour) -> Colour:
    """A colour of the 3D view's theme, or the default for versions without it."""
    colour: Any = getattr(bpy.context.preferences.themes[0].view_3d, name, None)
    if part and colour is not None:
        colour = getattr(colour, part, None)
    return default if colour is None else (*colour[:3], 1.0)


def _cached_batch(key: tuple[Any, ...], build: Callable[[], Any]) -> Any:
    """The cached batch for a key; built if there is none."""
    if key not in _batches:
        _batches[key] = build()
    return _batches[key]


def _latest_batch(key: tuple[Any, ...], state: tuple[Any, ...], build: Callable[[], Any]) -> Any:
    """As `_cached_batch`, for a batch that depends on a state: only the last one is cached."""
    cached = _batches.get(key)
    if cached is None or cached[0] != state:
        cached = _batches[key] = (state, build())
    return cached[1]
