"""A free location for a new character, outside of the objects that are there."""

from typing import Any

import bpy
from mathutils import Vector

_SOLID_TYPES = frozenset(
    {"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME", "ARMATURE"}
)
_HALF_WIDTH, _HALF_DEPTH, _HEIGHT = 0.95, 0.35, 1.9
"""Metres along X, Y and Z around a body with its arms stretched out to the sides."""
_STEP_HEIGHT = 0.1
"""Metres. An object may rise this far above the soles, as a floor does."""
_CLEARANCE = 0.1
"""Metres between the body and the object beside it."""
_MAX_OBSTACLE_SIZE = 5.0
"""Metres along X and Y. A larger object is a room, a street or a terrain."""


def find_free_location(view_layer: Any, location: Any) -> tuple[float, float, float]:
    """Return the location nearest to `location` along X at which a body meets no visible object.

    Floors, and objects as large as a room, do not count.

    Args:
        location: Metres, where the centre of the soles should be.
    """
    view_layer.update()
    location = Vector(location)
    solid = [thing for thing in view_layer.objects if thing.type in _SOLID_TYPES]
    visible = [thing for thing in solid if thing.visible_get(view_layer=view_layer)]
    occupied: list[tuple[float, float]] = []
    for low, high in map(world_bounding_box, visible):
        if min(high.x - low.x, high.y - low.y) > _MAX_OBSTACLE_SIZE:
            continue
        meets_in_y = low.y < location.y + _HALF_DEPTH and high.y > location.y - _HALF_DEPTH
        meets_in_z = low.z < location.z + _HEIGHT and high.z > location.z + _STEP_HEIGHT
        if meets_in_y and meets_in_z:
            reach = _HALF_WIDTH + _CLEARANCE
            occupied.append((low.x - reach, high.x + reach))
    ends = [location.x, *(end for _, end in occupied), *(start for start, _ in occupied)]
    free = [x for x in ends if not any(start < x < end for start, end in occupied)]
    return min(free, key=lambda x: abs(x - location.x)), location.y, location.z


def world_bounding_box(thing: bpy.types.Object) -> tuple[Vector, Vector]:
    """Return the lowest and the highest corner along the world's axes."""
    world: Any = thing.matrix_world
    corners = [world @ Vector(corner) for corner in thing.bound_box]
    low = Vector(tuple(min(corner[n] for corner in corners) for n in range(3)))
    high = Vector(tuple(max(corner[n] for corner in corners) for n in range(3)))
    return low, high
