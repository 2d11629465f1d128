"""Figures as triangles: each limb a capsule that may be thicker at one end."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..math.rotations import Array, normalize

_SIDES = 12
_RINGS = (
    # Which end of the limb, how far beyond it and how far from its axis, in parts of the radius.
    (0, -1.0, 0.0),
    (0, -0.866, 0.5),
    (0, -0.5, 0.866),
    (0, 0.0, 1.0),
    (1, 0.0, 1.0),
    (1, 0.5, 0.866),
    (1, 0.866, 0.5),
    (1, 1.0, 0.0),
)
_PER_LIMB = len(_RINGS) * _SIDES


def capsule_vertices(points: Array, limbs: np.ndarray, radii: Array) -> tuple[Array, Array]:
    """The vertices of a figure.

    Args:
        points: (P, 3)
        limbs: (L, 2) the points that each limb joins.
        radii: (L, 2) at its two ends.

    Returns:
        Positions (V, 3) and unit normals (V, 3), float32, for the triangles of `triangles`.
    """
    ends = points[limbs]
    axis = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = np.where(length > 1e-9, axis / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])
    helper = np.eye(3)[np.argmin(np.abs(axis), axis=1)]
    across = normalize(np.cross(axis, helper))
    third = np.cross(axis, across)
    end, beyond, out = (np.array(column) for column in zip(*_RINGS, strict=True))
    angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
    around = np.cos(angle)[:, None] * across[:, None] + np.sin(angle)[:, None] * third[:, None]
    normals = (
        beyond[:, None, None] * axis[:, None, None] + out[:, None, None] * around[:, None]
    )  # (L, rings, sides, 3)
    positions = ends[:, end][:, :, None] + radii[:, end][:, :, None, None] * normals
    return _flat(positions), _flat(normals)


@cache
def capsule_triangles(limbs: int) -> np.ndarray:
    """(N, 3) int32 vertices of each triangle of a figure with so many limbs."""
    ring, side = np.meshgrid(np.arange(len(_RINGS) - 1), np.arange(_SIDES), indexing="ij")
    here, beside = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
    above, aside = here + _SIDES, beside + _SIDES
    one = np.stack([here, beside, aside, here, aside, above], axis=-1).reshape(-1, 3)
    each = _PER_LIMB * np.arange(limbs)[:, None, None]
    return (one + each).reshape(-1, 3).astype(np.int32)


def _flat(array: Array) -> Array:
    return np.ascontiguousarray(array.reshape(-1, 3), dtype=np.float32)
