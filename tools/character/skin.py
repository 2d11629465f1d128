"""Skin weights of the default character: which joints carry each vertex, and how much.

Each joint starts with a region of its own, as if skin were rigid; the regions are then diffused
over the surface, by a length that suits each joint, so that knees stay tight and hips wide.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from backend.kinematics.body.skeleton import MIRRORED_JOINTS, SMPL

from .shape import Array, Indices, to_left_side, trunk_and_neck, upper_limb

WEIGHT_STEPS = 128


# Seed of the skin weights: the joint that would carry a point if skin were rigid, and how far
# (metres) its border with the neighbours is blurred.
_BLUR = {
    "pelvis": 0.040,
    "hip": 0.034,
    "knee": 0.020,
    "ankle": 0.018,
    "foot": 0.012,
    "spine1": 0.040,
    "spine2": 0.045,
    "spine3": 0.045,
    "collar": 0.040,
    "neck": 0.024,
    "head": 0.022,
    "shoulder": 0.030,
    "elbow": 0.018,
    "wrist": 0.012,
    "hand": 0.010,
}


def seed_joints(points: Array) -> tuple[Indices, Array]:
    """For points (N, 3) the SMPL joint of each (N,) and the blur there in metres (N,)."""
    p = to_left_side(points)
    x, y, z = p.T
    limb = upper_limb(p) < trunk_and_neck(p) + 0.006
    name = np.full(len(p), "pelvis", dtype="U10")
    rules = (
        ("spine1", y > -0.115),
        ("spine2", y > 0.010),
        ("spine3", y > 0.085),
        ("collar", (y > 0.165) & (x > 0.045 + 0.6 * np.maximum(0.0, 0.25 - y))),
        ("neck", (y > 0.300 - 0.46 * z) & (x < 0.09)),
        ("head", (y > 0.335 - 0.55 * (z + 0.01)) & (x < 0.12)),
        ("shoulder", limb & (x > 0.12)),
        ("elbow", x > 0.450),
        ("wrist", x > 0.710),
        ("hand", x > 0.797),
        ("hip", (y < -0.385 + 0.62 * x) & (x < 0.25) & (y < -0.2)),
        ("knee", y < -0.700),
        ("ankle", y < -1.115 - 0.4 * (z + 0.027)),
        ("foot", (y < -1.1) & (z > 0.100)),
    )
    for joint, where in rules:
        name[where] = joint
    blur = np.vectorize(_BLUR.get)(name)
    paired = np.isin(name, [n.removeprefix("left_") for n in SMPL.names if n.startswith("left_")])
    side = np.where(np.asarray(points)[:, 0] >= 0, "left_", "right_")
    full = np.where(paired, np.char.add(side, name), name)
    return np.array([SMPL.index(str(n)) for n in full]), blur


def skin_weights(vertices: Array, faces: Indices, twin: Indices) -> Array:
    """Skin weights (V, 24): each joint's own region, diffused over the surface."""
    seeds, blur = seed_joints(vertices)
    weights = np.eye(24)[seeds]
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    triangles = triangles[triangles[:, 1] != triangles[:, 2]]
    corners = vertices[triangles]
    rows, columns, stiffness = [], [], []
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        u, v = corners[:, j] - corners[:, i], corners[:, k] - corners[:, i]
        area = np.linalg.norm(np.cross(u, v), axis=1)
        rows.append(triangles[:, j])
        columns.append(triangles[:, k])
        stiffness.append(np.maximum((u * v).sum(axis=1) / np.maximum(area, 1e-12), 0.02) / 2)
    a, b, c = (np.concatenate(x) for x in (rows, columns, stiffness))
    steps = 3
    c = c * (blur[a] ** 2 + blur[b] ** 2) / 4 / steps
    n = len(vertices)
    links = sparse.coo_matrix((c, (a, b)), shape=(n, n)).tocsr()
    links = links + links.T
    size = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    mass = np.bincount(triangles.ravel(), np.repeat(size / 6, 3), minlength=n)
    solver = splu((sparse.diags(mass + np.asarray(links.sum(axis=1)).ravel()) - links).tocsc())
    for _ in range(steps):
        weights = solver.solve(mass[:, None] * weights)
    return (weights + weights[twin][:, list(MIRRORED_JOINTS)]) / 2


def strongest_joints(weights: Array) -> tuple[Indices, Array]:
    """Choose four joints (V, 4) per vertex, and their weights, multiples of 1/128 summing to 1."""
    joints = np.argsort(-weights, axis=1)[:, :4]
    strongest = np.take_along_axis(weights, joints, axis=1)
    strongest = np.where(strongest < 0.02, 0.0, strongest)
    counts = np.round(strongest / strongest.sum(axis=1, keepdims=True) * WEIGHT_STEPS)
    counts[:, 0] += WEIGHT_STEPS - counts.sum(axis=1)
    return np.where(counts > 0, joints, 0), counts / WEIGHT_STEPS
