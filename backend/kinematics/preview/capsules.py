"""Triangle meshes of figures: each limb is a capsule that may be thicker at one end."""

from functools import cache

import numpy as np

from ..math.rotations import Array, normalize

_SIDES = 12
_RINGS = (
    # End of the limb, offset along and distance from its axis as fractions of the radius.
    (0, -1.0, 0.0),
    (0, -0.866, 0.5),
    (0, -0.5, 0.866),
    (0, 0.0, 1.0),
    (1, 0.0, 1.0),
    (1, 0.5, 0.866),
    (1, 0.866, 0.5),
    (1, 1.0, 0.0),
)


def capsule_vertices(points: Array, limbs: np.ndarray, radii: Array) -> tuple[Array, Array]:
    """Vertices of a figure, for the triangles of `capsule_triangles`.

    Args:
        limbs: (L, 2) indices of the ends of each limb.
        radii: (L, 2) radii at the two ends.

    Returns:
        Positions (V, 3) and unit normals (V, 3), float32.
    """
    ends = points[limbs]
    axis = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = np.where(length > 1e-9, axis / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])
    other_axis = np.eye(3)[np.argmin(np.abs(axis), axis=1)]
    across = normalize(np.cross(axis, other_axis))
    binormal = np.cross(axis, across)
    end, beyond, radius = (np.array(column) for column in zip(*_RINGS, strict=True))
    angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
    radial = np.cos(angle)[:, None] * across[:, None] + np.sin(angle)[:, None] * binormal[:, None]
    normals = (
        beyond[:, None, None] * axis[:, None, None] + radius[:, None, None] * radial[:, None]
    )  # (L, rings, sides, 3)
    positions = ends[:, end][:, :, None] + radii[:, end][:, :, None, None] * normals
    return positions.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32)


@cache
def capsule_triangles(limbs: int) -> np.ndarray:
    """(N, 3) int32 vertex indices of the triangles of a figure with this many limbs."""
    ring, side = np.meshgrid(np.arange(len(_RINGS) - 1), np.arange(_SIDES), indexing="ij")
    current, next_side = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
    next_ring, next_both = current + _SIDES, next_side + _SIDES
    corners = [current, next_side, next_both, current, next_both, next_ring]
    limb = np.stack(corners, axis=-1).reshape(-1, 3)
    first_vertices = len(_RINGS) * _SIDES * np.arange(limbs)[:, None, None]
    return (limb + first_vertices).reshape(-1, 3).astype(np.int32)
