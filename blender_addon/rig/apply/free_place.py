"""Where a new character can stand without being inside of what is there already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
from mathutils import Vector

_SOLID = frozenset(
    {"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME", "ARMATURE"}
)
"""Types of objects that a body could be inside of."""
_HALF_WIDTH, _HALF_DEPTH, _HEIGHT = 0.95, 0.35, 1.9
"""Metres around a body with its arms stretched out to the sides, along X, Y and Z."""
_STEP = 0.1
"""Metres that something may rise above the ground at its feet, as a floor does."""
_GAP = 0.1
"""Metres that are left between the body and what it is put beside."""
_SURROUNDINGS = 5.0
"""Metres: what is larger than this along X and along Y is a room, a street or a terrain."""

Box = tuple[Vector, Vector]
"""The lowest and the highest corner along the world's axes."""
Place = tuple[float, float, float]
"""Metres along the world's axes."""


def free_place(layer: Any, place: Any) -> Place:
    """The place, or the nearest one along X where a body's box meets no visible object's box.

    Objects stay where they are. Floors, and what is as large as a room, do not count.

    Args:
        layer: with the objects.
        place: metres, where the soles are to be.
    """
    layer.update()
    things = [thing for thing in layer.objects if thing.type in _SOLID]
    visible = [thing for thing in things if thing.visible_get(view_layer=layer)]
    return beside(map(box_of, visible), Vector(place))


def beside(boxes: Iterable[Box], place: Vector) -> Place:
    """As `free_place`, of boxes."""
    taken: list[tuple[float, float]] = []
    for low, high in boxes:
        if min(high.x - low.x, high.y - low.y) > _SURROUNDINGS:
            continue
        meets_in_y = low.y < place.y + _HALF_DEPTH and high.y > place.y - _HALF_DEPTH
        meets_in_z = low.z < place.z + _HEIGHT and high.z > place.z + _STEP
        if meets_in_y and meets_in_z:
            reach = _HALF_WIDTH + _GAP
            taken.append((low.x - reach, high.x + reach))
    ends = [place.x, *(end for _, end in taken), *(start for start, _ in taken)]
    free = [x for x in ends if not any(start < x < end for start, end in taken)]
    return min(free, key=lambda x: abs(x - place.x)), place.y, place.z


def box_of(thing: bpy.types.Object) -> Box:
    """The box around an object, along the world's axes."""
    world: Any = thing.matrix_world
    corners = [world @ Vector(corner) for corner in thing.bound_box]
    low = Vector(tuple(min(corner[n] for corner in corners) for n in range(3)))
    high = Vector(tuple(max(corner[n] for corner in corners) for n in range(3)))
    return low, high
