"""Capsule meshes: closed, oriented outwards, with the given radii."""

from collections import Counter

import numpy as np
import pytest

from backend.kinematics.preview.capsules import capsule_triangles, capsule_vertices

LIMBS = np.array([[0, 1], [1, 2], [3, 3]])


@pytest.fixture
def points() -> np.ndarray:
    return np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, -2.0, 1.5], [4.0, 4.0, 4.0]])


@pytest.fixture
def radii() -> np.ndarray:
    return np.array([[0.1, 0.2], [0.2, 0.05], [0.3, 0.3]])


def test_capsules_are_closed_surfaces(points, radii):
    positions, normals = capsule_vertices(points, LIMBS, radii)
    faces = capsule_triangles(len(LIMBS))
    assert positions.dtype == normals.dtype == np.float32 and faces.dtype == np.int32
    assert positions.shape == normals.shape
    assert faces.min() == 0 and faces.max() == len(positions) - 1
    # Vertices at one place are one corner; what has no area is at a pole.
    places = np.unique(np.round(positions, 5), axis=0, return_inverse=True)[1].reshape(-1)
    edges: Counter[tuple[int, int]] = Counter()
    for face in places[faces]:
        if len(set(face.tolist())) == 3:
            edges.update((int(face[n]), int(face[n - 2])) for n in range(3))
    assert set(edges.values()) == {1}
    assert all(edges[b, a] == 1 for a, b in edges), "each edge is met from both sides"


def test_capsule_faces_and_normals_point_outward(points, radii):
    positions, normals = capsule_vertices(points, LIMBS, radii)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-3)
    corners = positions[capsule_triangles(len(LIMBS))]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(facing, axis=1)
    mean = normals[capsule_triangles(len(LIMBS))].mean(axis=1)
    assert (np.sum(facing * mean, axis=1)[area > 1e-7] > 0).all()


def test_capsule_vertices_are_a_radius_from_their_end(points, radii):
    positions, _ = capsule_vertices(points, LIMBS, radii)
    each = positions.reshape(len(LIMBS), -1, 3)
    for limb, own, (a, b) in zip(LIMBS, each, radii, strict=True):
        away = [np.linalg.norm(own - points[end], axis=1) for end in limb]
        half = len(own) // 2
        np.testing.assert_allclose(away[0][:half], a, rtol=1e-3)
        np.testing.assert_allclose(away[1][half:], b, rtol=1e-3)
    lowest = each[0][:, 2].min()
    assert lowest == pytest.approx(-0.1, abs=1e-6)
