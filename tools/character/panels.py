"""Light panels and dark joints: their borders cut along mesh edges, the panels raised.

Faces are (F, 4) vertex indices; a triangle repeats its last corner.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .shape import PANEL_HEIGHT, Array, Indices, body_distance, dark_band_distance


def row_sums(matrix: sparse.csr_matrix) -> Array:
    """(V,) sum of each row of a sparse matrix."""
    return np.asarray(matrix.sum(axis=1)).ravel()


def mesh_edges(faces: Indices) -> Indices:
    """(E, 2) edges of quads and of triangles that repeat their last corner."""
    pairs = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def neighbour_mean(quads: Indices, count: int) -> sparse.csr_matrix:
    """(V, V) matrix that takes values on vertices to the mean over each vertex's neighbours."""
    a, b = mesh_edges(quads).T
    ones = np.ones(2 * len(a))
    near = sparse.csr_matrix(
        (ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(count, count)
    )
    near.data[:] = 1.0
    return sparse.csr_matrix(sparse.diags(1.0 / np.maximum(row_sums(near), 1.0)) @ near)


def gradient(field, points: Array) -> Array:
    """(N, 3) slope of a scalar field of points (N, 3)."""
    step = 2e-4
    moves = step * np.eye(3)
    return np.stack([field(points + m) - field(points - m) for m in moves], axis=1) / (2 * step)


def project_to_surface(points: Array) -> Array:
    """Points (N, 3) near the figure moved onto it."""
    for _ in range(3):
        slope = gradient(body_distance, points)
        squared = np.maximum((slope**2).sum(axis=1), 0.05)
        points = points - (body_distance(points) / squared)[:, None] * slope
    return points


def project_to_border(points: Array) -> Array:
    """Points (N, 3) near a border between body and joint colour moved onto it, and the surface."""
    for _ in range(4):
        normal = gradient(body_distance, points)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        slope = gradient(dark_band_distance, points)
        slope -= (slope * normal).sum(axis=1, keepdims=True) * normal
        squared = np.maximum((slope**2).sum(axis=1), 0.05)
        step = (dark_band_distance(points) / squared)[:, None] * slope
        length = np.linalg.norm(step, axis=1, keepdims=True)
        points = project_to_surface(
            points - step * np.minimum(1.0, 0.004 / np.maximum(length, 1e-9))
        )
    return points


def cut_borders(vertices: Array, quads: Indices) -> tuple[Array, Indices, NDArray[np.bool_]]:
    """Move vertices so that the colour borders run along edges.

    Returns:
        vertices, faces (triangles repeat their last corner) and whether each face is dark.
    """
    on = np.zeros(len(vertices), bool)
    middle = vertices[:, 0] == 0.0
    edges = mesh_edges(quads)
    for _ in range(6):
        value = np.where(on, 0.0, dark_band_distance(vertices))
        a, b = edges[value[edges[:, 0]] * value[edges[:, 1]] < 0].T
        if not len(a):
            break
        t = value[a] / (value[a] - value[b])
        # A vertex of the plane of symmetry may only move within it.
        first = np.where(middle[a] & ~middle[b], False, (t < 0.5) | (middle[b] & ~middle[a]))
        mover = np.where(first, a, b)
        target = vertices[a] + t[:, None] * (vertices[b] - vertices[a])
        order = np.argsort(-np.where(first, t, 1 - t))
        vertices[mover[order]] = target[order]
        on[mover] = True
    mean = neighbour_mean(quads, len(vertices))
    both_on = mean.multiply(on[:, None]).multiply(on[None, :]).tocsr()
    along = sparse.diags(1.0 / np.maximum(row_sums(both_on), 1e-9)) @ both_on
    ends = row_sums(both_on > 0) < 2
    for _ in range(8):
        moved = np.where((on & ~ends)[:, None], along @ vertices, mean @ vertices)
        moved = np.where((on & ends)[:, None], vertices, moved)
        vertices = 0.5 * (vertices + moved)
        vertices[middle, 0] = 0.0
        vertices = project_to_surface(vertices)
        vertices[on] = project_to_border(vertices[on])
        vertices[middle, 0] = 0.0
    value = np.where(on, 0.0, dark_band_distance(vertices))
    return vertices, *_split_by_sign(vertices, quads, value)


def _split_by_sign(
    vertices: Array, quads: Indices, value: Array
) -> tuple[Indices, NDArray[np.bool_]]:
    """Faces on one side of the borders each, where `value` (V,) is darkness, 0 on a border."""
    faces, dark = [], []

    def add(face: Indices) -> None:
        v = value[face]
        middle = vertices[face].mean(axis=0, keepdims=True)
        faces.append(face)
        dark.append(v.max() > 0 if v.any() else dark_band_distance(middle)[0] > 0)

    for quad in quads:
        v = value[quad]
        mixed = (v > 0).any() and (v < 0).any()
        # With one corner off the borders, the other three may span a band of the other colour.
        if (mixed or (v == 0).sum() == 3) and len(set(quad)) == 4:
            q = np.roll(quad, -1) if v[0] != 0 or v[2] != 0 else quad
            if value[q[0]] != 0 or value[q[2]] != 0:
                sys.exit(f"A colour border crosses a face at {vertices[quad].mean(axis=0)}.")
            halves = q[[0, 1, 2, 2]], q[[0, 2, 3, 3]]
            for half in halves:
                add(half)
            if dark[-1] == dark[-2]:
                del faces[-2:], dark[-2:]
                add(quad)
        else:
            add(quad)
    return np.array(faces), np.array(dark)


def raise_panels(
    vertices: Array, faces: Indices, dark: NDArray[np.bool_]
) -> tuple[Array, Indices, NDArray[np.bool_], Indices]:
    """Sink the joints below the panels, with a narrow rounded rim between them.

    Returns:
        vertices, faces and their colour as before, and for each vertex the one it came from.
    """
    normal = gradient(body_distance, vertices)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    touches = np.zeros((2, len(vertices)), bool)
    for colour in (0, 1):
        touches[colour, faces[dark == bool(colour)]] = True
    border = np.flatnonzero(touches.all(axis=0))
    n, m = len(vertices), len(border)
    at, out = vertices[border], normal[border]
    inward = -gradient(dark_band_distance, at)
    inward -= (inward * out).sum(axis=1, keepdims=True) * out
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    ring = np.full(n, -1)
    ring[border] = np.arange(m)
    rim = (
        project_to_surface(at + 0.0030 * inward),
        at + 0.0004 * inward - 0.0007 * out,
        at - 0.0004 * inward - PANEL_HEIGHT * out,
        at - 0.0030 * inward - PANEL_HEIGHT * out,
    )
    sunk = np.where(touches[1][:, None], vertices - PANEL_HEIGHT * normal, vertices)
    whole = np.concatenate([sunk, *rim])
    used = np.where(ring[faces] >= 0, n + ring[faces] + np.where(dark, 3 * m, 0)[:, None], faces)
    light = faces[~dark]
    pairs = np.concatenate([light[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs = pairs[(ring[pairs] >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
    dark_edges = {tuple(e) for f in faces[dark] for e in zip(f, np.roll(f, -1), strict=True)}
    pairs = ring[np.array([p for p in pairs if (p[1], p[0]) in dark_edges])]
    pinched = at[np.bincount(pairs.ravel(), minlength=m) != 2]
    if len(pinched):
        sys.exit(f"A band is too narrow for the faces at {pinched.round(3).tolist()}: widen it.")
    strips = [used]
    for level in range(3):
        a, b = n + level * m + pairs.T
        strips.append(np.stack([b, a, a + m, b + m], axis=1))
    colours = np.concatenate([dark, np.zeros(len(pairs), bool), np.ones(2 * len(pairs), bool)])
    origin = np.concatenate([np.arange(n), np.tile(border, 4)])
    result = np.concatenate(strips)
    used_vertices, result = np.unique(result, return_inverse=True)
    return whole[used_vertices], result.reshape(-1, 4), colours, origin[used_vertices]
