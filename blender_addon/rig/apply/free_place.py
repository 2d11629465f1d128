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
_STEP_HEIGHT = 0.1
"""Metres that something may rise above the ground at its feet, as a floor does."""
_CLEARANCE = 0.1
"""Metres that are left between the body and what it is put beside."""
_MAX_OBSTACLE_SIZE = 5.0
"""Metres: what is larger than this along X and along Y is a room, a street or a terrain."""

BoundingBox = tuple[Vector, Vector]
"""The lowest and the highest corner along the world's axes."""
Location = tuple[float, float, float]
"""Metres along the world's axes."""


def find_free_location(view_layer: Any, location: Any) -> Location:
    """The place, or the nearest one along X where a body's box meets no visible object's box.

    Objects stay where they are. Floors, and what is as large as a room, do not count.

    Args:
        layer: with the objects.
        place: metres, where the soles are to be.
    """
    view_layer.update()
    things = [thing for thing in view_layer.objects if thing.type in _SOLID]
    visible = [thing for thing in things if thing.visible_get(view_layer=view_layer)]
    return nearest_free_location(map(world_bounding_box, visible), Vector(location))


def nearest_free_location(boxes: Iterable[BoundingBox], location: Vector) -> Location:
    """As `free_place`, of boxes."""
    taken: list[tuple[float, float]] = []
    for low, high in boxes:
        if min(high.x - low.x, high.y - low.y) > _MAX_OBSTACLE_SIZE:
            continue
        meets_in_y = low.y < location.y + _HALF_DEPTH and high.y > location.y - _HALF_DEPTH
        meets_in_z = low.z < location.z + _HEIGHT and high.z > location.z + _STEP_HEIGHT
        if meets_in_y and meets_in_z:
            reach = _HALF_WIDTH + _CLEARANCE
            taken.append((low.x - reach, high.x + reach))
    ends = [location.x, *(end for _, end in taken), *(start for start, _ in taken)]
    free = [x for x in ends if not any(start < x < end for start, end in taken)]
    return min(free, key=lambda x: abs(x - location.x)), location.y, location.z


def world_bounding_box(thing: bpy.types.Object) -> BoundingBox:
    """The box around an object, along the world's axes."""
    world: Any = thing.matrix_world
    corners = [world @ Vector(corner) for corner in thing.bound_box]
    low = Vector(tuple(min(corner[n] for corner in corners) for n in range(3)))
    high = Vector(tuple(max(corner[n] for corner in corners) for n in range(3)))
    return low, high
