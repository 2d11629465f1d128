"""Make `character.npz`, the mesh of the default character. Run by hand, from the repository root:

    .venv/bin/python -m tools.make_character

It needs numpy, scipy and pip's bpy 4.5.15 (for the quad remesher alone) and takes half a minute.
In `tools/character/`, `shape.py` says what the figure looks like, `skin.py` how it bends and
`panels.py` makes the raised panels; this file makes the mesh between them: an isosurface of the
shape, remeshed to quads. When the shape changes the remesher now and then leaves a bad spot: most
are refused here, but look at the result in bent poses before it is committed.

The file holds, in the body frame of `backend.kinematics.body.skeleton`:
    vertices (V, 3) float32 metres; corners (C,) uint16 vertex indices, face after face;
    corner_counts (F,) uint8; materials (F,) uint8, 0 body and 1 joints;
    joints (V, 4) uint8 SMPL joint indices; weights (V, 4) float16, multiples of 1/128 summing to 1.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from tools.character.panels import (
    cut_borders,
    gradient,
    neighbour_mean,
    project_to_surface,
    raise_panels,
)
from tools.character.shape import Array, Indices, body_distance, smooth_max
from tools.character.skin import skin_weights, strongest_joints

ASSETS = Path(__file__).resolve().parents[1] / "assets"

# Head and feet get smaller faces: they are enlarged for meshing and shrunk again after.
# (axis, sign along it, from, to, scale, fixed point of the other two axes), metres.
_ZOOMS = (
    (1, 1.0, 0.30, 0.36, 1.5, (0.0, 0.020)),
    (1, -1.0, 1.06, 1.15, 1.3, (0.10, 0.0)),
)


def _zoom_tables(start: float, end: float, scale: float) -> tuple[Array, Array, Array]:
    along = np.linspace(start, start + 0.5, 2001)
    t = np.clip((along - start) / (end - start), 0.0, 1.0)
    scales = 1.0 + (scale - 1.0) * t * t * (3.0 - 2.0 * t)
    steps = (scales[1:] + scales[:-1]) / 2 * np.diff(along)
    return along, start + np.concatenate([[0.0], np.cumsum(steps)]), scales


def zoom(points: Array, inverse: bool = False) -> tuple[Array, Array]:
    """Enlarge the fine parts of points (N, 3), or undo that; also returns the scale there (N,)."""
    p = np.array(points)
    total = np.ones(len(p))
    for axis, sign, start, end, scale, fixed in _ZOOMS:
        along, enlarged, scales = _zoom_tables(start, end, scale)
        source, target = (enlarged, along) if inverse else (along, enlarged)
        x = sign * p[:, axis]
        inside = x > start
        s = np.interp(x[inside], source, scales)
        p[inside, axis] = sign * np.interp(x[inside], source, target)
        for other, centre in zip((i for i in range(3) if i != axis), fixed, strict=True):
            p[inside, other] = centre + (p[inside, other] - centre) * (1 / s if inverse else s)
        total[inside] *= s
    return p, total


def surface_nets(field: Array) -> tuple[Array, Indices]:
    """Extract a grid's zero surface: vertices (V, 3) in grid steps and quads (F, 4)."""
    inside = field < 0
    shape = np.array(field.shape)
    corners = [np.array((i, j, k)) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    count = np.zeros(shape - 1, np.int8)
    for i, j, k in corners:
        count += inside[i : shape[0] - 1 + i, j : shape[1] - 1 + j, k : shape[2] - 1 + k]
    cells = np.argwhere((count > 0) & (count < 8))
    number = np.full(shape - 1, -1)
    number[tuple(cells.T)] = np.arange(len(cells))
    total, crossings = np.zeros((len(cells), 3)), np.zeros(len(cells))
    for corner in corners:
        a = field[tuple((cells + corner).T)]
        for axis in np.eye(3, dtype=int):
            if corner @ axis:
                continue
            b = field[tuple((cells + corner + axis).T)]
            cut = (a < 0) != (b < 0)
            t = a[cut] / (a[cut] - b[cut])
            total[cut] += corner + t[:, None] * axis
            crossings += cut
    quads = []
    for axis in range(3):
        u, v = np.roll(np.eye(3, dtype=int), -axis - 1, axis=0)[:2]
        here = np.moveaxis(inside, axis, 0)
        edges = np.argwhere(here[:-1] != here[1:])
        edges = np.insert(edges[:, 1:], axis, edges[:, 0], axis=1)
        edges = edges[(edges @ u > 0) & (edges @ v > 0)]
        edges = edges[(edges @ u < shape @ u - 1) & (edges @ v < shape @ v - 1)]
        quad = np.stack([number[tuple((edges - d).T)] for d in (u + v, v, 0 * u, u)], axis=1)
        outward = inside[tuple(edges.T)]
        quads.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    return cells + total / crossings[:, None], np.concatenate(quads)


@dataclass(frozen=True)
class MeshPart:
    """Piece of the left half that is meshed separately, and its resolution.

    It is the figure between the planes x = `start` and x = `end` (metres), remeshed to about
    `faces` quads, of which those between `keep_from` and `keep_to` are kept.
    """

    start: float
    end: float
    keep_from: float
    keep_to: float
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    voxel: float
    faces: int


# They meet at the wrist, where the seam hides in a dark band.
BODY = MeshPart(-1.0, 0.75, 0.0, 0.703, (0.0, -1.30, -0.27), (0.78, 0.72, 0.27), 0.005, 3900)
HAND = MeshPart(0.66, 2.0, 0.711, 2.0, (0.64, 0.16, -0.13), (0.92, 0.29, 0.06), 0.0022, 1500)


def border_vertices(quads: Indices) -> Indices:
    """Find the vertices of edges with a face on one side only."""
    pairs = np.sort(np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)]), axis=1)
    edges, count = np.unique(pairs, axis=0, return_counts=True)
    return np.unique(edges[count == 1])


def dense_mesh(part: MeshPart) -> tuple[Array, Indices]:
    """Build a fine quad mesh of a part, enlarged by `zoom`, with open borders on planes of x."""
    block, voxel = 6, part.voxel
    low, high = np.array(part.low) - [voxel / 2, 0, 0], np.array(part.high)
    counts = np.ceil((high - low) / voxel / block).astype(int) * block
    axes = [low[i] + voxel * np.arange(counts[i]) for i in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    def distance(points: Array) -> Array:
        unzoomed, scale = zoom(points.reshape(-1, 3), inverse=True)
        ends = np.maximum(part.start - unzoomed[:, 0], unzoomed[:, 0] - part.end)
        inside = smooth_max(body_distance(unzoomed), ends, 0.015)
        return (inside * scale).reshape(points.shape[:-1])

    # Only blocks of voxels near the surface are worth the exact distance.
    middles = grid[::block, ::block, ::block] + voxel * block / 2
    field = np.kron(distance(middles), np.ones((block, block, block)))
    near = np.abs(field) < voxel * block * 1.6
    field[near] = distance(grid[near])
    vertices, quads = surface_nets(field)
    vertices = low + voxel * vertices
    vertices[np.abs(vertices[:, 0]) < 1e-6, 0] = 0.0
    quads = quads[(vertices[quads, 0] >= 0.0).all(axis=1)]
    used, quads = np.unique(quads, return_inverse=True)
    vertices, quads = vertices[used], quads.reshape(-1, 4)
    # Smoothed, because the remesher refuses the tiny edges that surface nets leave.
    mean = neighbour_mean(quads, len(vertices))
    for _ in range(3):
        vertices = (vertices + mean @ vertices) / 2 * np.where(vertices == 0.0, [0, 1, 1], 1)
    return vertices, quads


def remesh(vertices: Array, quads: Indices, count: int) -> tuple[Array, Indices]:
    """Even quads in place of the given ones, by Blender's QuadriFlow."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("half")
    mesh.from_pydata(vertices.tolist(), [], quads.tolist())
    thing = bpy.data.objects.new("half", mesh)
    scene, layer = bpy.context.scene, bpy.context.view_layer
    assert scene and layer
    scene.collection.objects.link(thing)
    layer.objects.active = thing
    bpy.ops.object.quadriflow_remesh(
        mode="FACES", target_faces=count, seed=0, use_preserve_boundary=True
    )
    flat = np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3), np.array([tuple(p.vertices) for p in mesh.polygons])


def remeshed_part(part: MeshPart) -> tuple[Array, Indices]:
    """Build the final quads of a part on the surface, without the stump inside the other part."""
    vertices, quads = remesh(*dense_mesh(part), part.faces)
    border = border_vertices(quads)
    mean = neighbour_mean(quads, len(vertices))
    # Relaxed, still enlarged so that fine parts stay fine, to undo the remesher's folds.
    for _ in range(15):
        vertices = (vertices + mean @ vertices) / 2
        vertices[border, 0] = 0.0
        vertices = zoom(project_to_surface(zoom(vertices, inverse=True)[0]))[0]
    vertices = zoom(vertices, inverse=True)[0]
    vertices[border, 0] = 0.0
    middle = vertices[quads, 0].mean(axis=1)
    quads = quads[(middle >= part.keep_from) & (middle < part.keep_to)]
    used, quads = np.unique(quads, return_inverse=True)
    return project_to_surface(vertices[used]), quads.reshape(-1, 4)


def wrist_loop(vertices: Array, quads: Indices) -> Indices:
    """Order the vertices around a part's open wrist as its faces do, from the topmost."""
    pairs = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    known = {tuple(p) for p in pairs}
    following = {a: b for a, b in pairs if (b, a) not in known and vertices[a, 0] > 0.6}
    first = max(following, key=lambda v: vertices[v, 1])
    loop = [first]
    while following[loop[-1]] != first:
        loop.append(following[loop[-1]])
    return np.array(loop)


def join_parts() -> tuple[Array, Indices]:
    """Join the left half; the strip of triangles at the wrist repeats last corners."""
    (arm, arm_quads), (hand, hand_quads) = remeshed_part(BODY), remeshed_part(HAND)
    ours = wrist_loop(arm, arm_quads)
    theirs = wrist_loop(hand, hand_quads) + len(arm)
    theirs = np.concatenate([theirs[:1], theirs[:0:-1]])
    strip, i, j = [], 0, 0
    while i < len(ours) or j < len(theirs):
        a, b = ours[i % len(ours)], theirs[j % len(theirs)]
        if i * len(theirs) <= j * len(ours):
            i += 1
            c = ours[i % len(ours)]
            strip.append((c, a, b, b))
        else:
            j += 1
            c = theirs[j % len(theirs)]
            strip.append((a, b, c, c))
    faces = np.concatenate([arm_quads, hand_quads + len(arm), np.array(strip)])
    return np.concatenate([arm, hand]), faces


def folded_faces(vertices: Array, faces: Indices) -> Array:
    """(N, 3) middles of the faces that look into the figure."""
    a, b, c, d = np.moveaxis(vertices[faces], 1, 0)
    middles = (a + b + c + d) / 4
    return middles[(np.cross(c - a, d - b) * gradient(body_distance, middles)).sum(axis=1) <= 0]


def mirror_half(vertices: Array, faces: Indices) -> tuple[Array, Indices, Indices]:
    """Mirror the left half; also return the index (V,) of each vertex's counterpart."""
    middle = vertices[:, 0] == 0.0
    n, side = len(vertices), np.flatnonzero(~middle)
    twin = np.arange(n)
    twin[side] = n + np.arange(len(side))
    # Rolled so that a triangle keeps its repeated corner last.
    flipped = np.roll(twin[faces][:, ::-1], -2, axis=1)
    whole = np.concatenate([vertices, vertices[side] * [-1, 1, 1]])
    return whole, np.concatenate([faces, flipped]), np.concatenate([twin, side])


def main() -> None:
    """Make the mesh and write it beside this file."""
    vertices, faces, dark = cut_borders(*join_parts())
    if len(spots := folded_faces(vertices, faces)):
        sys.exit(f"The remesher left folds at {spots.round(3).tolist()}: vary Part.faces a little.")
    vertices, faces, twin = mirror_half(vertices, faces)
    weights = skin_weights(vertices, faces, twin)
    vertices, faces, dark, origin = raise_panels(vertices, faces, np.tile(dark, 2))
    joints, amounts = strongest_joints(weights[origin])
    triangle = faces[:, 2] == faces[:, 3]
    keep = np.ones(faces.shape, bool)
    keep[triangle, 3] = False
    np.savez_compressed(
        ASSETS / "character.npz",
        vertices=vertices.astype(np.float32),
        corners=faces[keep].astype(np.uint16),
        corner_counts=np.where(triangle, 3, 4).astype(np.uint8),
        materials=dark.astype(np.uint8),
        joints=joints.astype(np.uint8),
        weights=amounts.astype(np.float16),
    )
    size = (ASSETS / "character.npz").stat().st_size
    sys.stdout.write(f"{len(vertices)} vertices, {len(faces)} faces, {size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
