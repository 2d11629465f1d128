"""Shapes in the viewport by Blender's built-in shaders, on every version.

All functions need the graphics context of a window: call them from draw functions only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ..backend.kinematics.math.rotations import Array
from .text import ui_scale

Colour = tuple[float, float, float, float]
"""Red, green, blue and opacity, 0..1."""

_OCCLUDED_OPACITY = 0.14
"""Opacity of the occluded part of a shape, relative to the rest."""
_TEXT_SIZE = 12.0
_state: Any = gpu.state


@cache
def _shader(name: str) -> Any:
    # Before 4.0 the 3D shaders were named 3D_…, except those of wide lines.
    old = bpy.app.version < (4, 0, 0) and not name.startswith("POLYLINE")
    return gpu.shader.from_builtin(f"3D_{name}" if old else name)


def solid_batch(positions: Array, shades: Array, triangles: np.ndarray) -> Any:
    """A batch of triangles (N, 3) int32, with positions (V, 3) and colours (V, 4), float32."""
    content: Any = {"pos": positions, "color": shades}
    return batch_for_shader(_shader("SMOOTH_COLOR"), "TRIS", content, indices=triangles)


def line_batch(positions: Array, colours: Array, *, strip: bool = True) -> Any:
    """A batch of a line through all positions (V, 3), with the colours (V, 4) of its vertices.

    Without `strip`, each two positions are a line of their own.
    """
    content: Any = {"pos": np.float32(positions), "color": np.float32(colours)}
    kind = "LINE_STRIP" if strip else "LINES"
    return batch_for_shader(_shader("POLYLINE_SMOOTH_COLOR"), kind, content)


def draw_solid(batch: Any, colour: Colour | None, hidden: Colour) -> None:
    """Draw a batch of `solid_batch`, of whose parts only the nearest are visible.

    The colour None stands for those of the vertices; `hidden` is that of occluded parts.
    """
    flat = _shader("UNIFORM_COLOR")
    _state.depth_test_set("GREATER")
    _state.depth_mask_set(False)
    flat.uniform_float("color", (*hidden[:3], hidden[3] * _OCCLUDED_OPACITY))
    batch.draw(flat)
    _state.depth_test_set("LESS_EQUAL")
    _state.depth_mask_set(True)
    _state.color_mask_set(False, False, False, False)
    batch.draw(flat)
    _state.color_mask_set(True, True, True, True)
    _state.depth_mask_set(False)
    if colour is None:
        batch.draw(_shader("SMOOTH_COLOR"))
    else:
        flat.uniform_float("color", colour)
        batch.draw(flat)


def draw_line(batch: Any, width: float, hidden: Colour) -> None:
    """Draw a batch of `line_batch`, `width` pixels wide at a UI scale of 1."""
    _state.depth_mask_set(False)
    for name, test in (
        ("POLYLINE_UNIFORM_COLOR", "GREATER"),
        ("POLYLINE_SMOOTH_COLOR", "LESS_EQUAL"),
    ):
        shader = _shader(name)
        _state.depth_test_set(test)
        shader.uniform_float("viewportSize", _state.viewport_get()[2:])
        shader.uniform_float("lineWidth", width * ui_scale())
        if test == "GREATER":
            shader.uniform_float("color", (*hidden[:3], hidden[3] * 2 * _OCCLUDED_OPACITY))
        batch.draw(shader)


def draw_text(text: str, x: float, y: float, colour: Colour) -> None:
    """Draw a line of text centred at a point of the region, in pixels."""
    font = 0
    blf.size(font, _TEXT_SIZE * ui_scale())
    blf.enable(font, blf.SHADOW)
    blf.shadow(font, 5, 0.0, 0.0, 0.0, 0.8 * colour[3])
    blf.shadow_offset(font, 0, 0)
    blf.color(font, *colour)
    width, height = blf.dimensions(font, text)
    blf.position(font, x - width / 2, y - height / 2, 0.0)
    blf.draw(font, text)
    blf.disable(font, blf.SHADOW)


@contextmanager
def alpha_blending() -> Iterator[None]:
    """Blend colours by their opacity; restore the state at the end."""
    test, mask = _state.depth_test_get(), _state.depth_mask_get()
    blend = _state.blend_get()
    _state.blend_set("ALPHA")
    try:
        yield
    finally:
        _state.color_mask_set(True, True, True, True)
        _state.depth_test_set(test)
        _state.depth_mask_set(mask)
        _state.blend_set(blend)
