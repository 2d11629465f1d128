"""A body model of our own in the format of SMPL's files: tubes around the project's skeleton.

`write_model` writes what a user would download. Nothing of it comes from a licensed file: shapes
and pose correctives are random, and as large as those of people.
"""

from pathlib import Path
from typing import Any

import numpy as np

from backend.kinematics.body.skeleton import SMPL

BODY_JOINTS = 22
FINGERS = 15
ROOT = 2**32 - 1
"""The root's parent, in unsigned numbers as in SMPL's own files."""


def model_arrays(
    joints: int = 24, rings: int = 2, around: int = 6, seed: int = 0
) -> dict[str, np.ndarray]:
    """The arrays of a model file.

    Args:
        joints: 24 for SMPL, 52 for SMPL-H, 55 for SMPL-X.
        rings: of vertices along the tube of each joint; the first is around the joint itself.
        around: vertices of a ring, an even number.
    """
    rng = np.random.default_rng(seed)
    parents, places = _skeleton(joints)
    vertices, faces, weights, regressor = [], [], [], np.zeros((joints, joints * rings * around))
    for joint, place in enumerate(places):
        end = places[parents[joint]] if joint else place - [0.0, 0.1, 0.0]
        first = len(vertices)
        radius = 0.05 if joint < BODY_JOINTS else 0.01
        regressor[joint, first : first + around] = 1 / around
        for ring in range(rings):
            along = ring / rings
            middle = place + along * (end - place)
            for step in range(around):
                angle = 2 * np.pi * step / around
                away = np.array([np.cos(angle), 0.3 * np.sin(2 * angle), np.sin(angle)])
                vertices.append(middle + radius * away)
                row = np.zeros(joints)
                row[joint] += 1 - along / 2
                row[parents[joint] if joint else 0] += along / 2
                weights.append(row)
                here = first + ring * around
                if ring:
                    a, b = here + step, here + (step + 1) % around
                    faces += [[a, b, a - around], [b, b - around, a - around]]
    template = np.array(vertices)
    stretch = rng.normal(scale=0.02, size=(10, 3, 3))
    shapes = np.einsum("kab,vb->vak", stretch, template)
    shapes += rng.normal(scale=0.001, size=shapes.shape)
    moves = rng.normal(scale=0.01, size=(len(template), 3, 9 * (joints - 1)))
    return {
        "v_template": template,
        "shapedirs": shapes,
        "posedirs": moves,
        "J_regressor": regressor,
        "weights": np.array(weights),
        "kintree_table": np.array([[ROOT, *parents[1:]], range(joints)], dtype=np.uint32),
        "f": np.array(faces, dtype=np.uint32),
    }


def write_model(path: Path, **changes: Any) -> Path:
    """Write a model file, its folder too.

    Args:
        changes: arrays in place of others, None to leave one out; or arguments of `model_arrays`.
    """
    options = {k: changes.pop(k) for k in ("joints", "rings", "around", "seed") if k in changes}
    arrays = {**model_arrays(**options), **changes}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{key: array for key, array in arrays.items() if array is not None})
    return path


def posed_vertices(
    arrays: dict[str, np.ndarray], betas: np.ndarray, poses: np.ndarray
) -> np.ndarray:
    """smplx's own vertices (N, V, 3), metres, body frame.

    Args:
        arrays: as in a model file.
        betas: (N, 10).
        poses: (N, 3 J) axis-angle, radians.
    """
    import torch
    from smplx.lbs import lbs

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.asarray(array, dtype=np.float64))

    moves = arrays["posedirs"]
    parents = arrays["kintree_table"][0].astype(np.int64)
    parents[0] = -1
    found, _ = lbs(
        tensor(betas),
        tensor(poses),
        tensor(arrays["v_template"]),
        tensor(arrays["shapedirs"][:, :, :10]),
        tensor(moves.reshape(-1, moves.shape[-1]).T),
        tensor(arrays["J_regressor"]),
        torch.tensor(parents),
        tensor(arrays["weights"]),
    )
    return found.numpy()


def _skeleton(joints: int) -> tuple[list[int], np.ndarray]:
    """Parents and (J, 3) positions, body frame, with hands, jaw and eyes where they belong."""
    parents, places = list(SMPL.parents), list(SMPL.rest_positions)
    if joints == 24:
        return parents, np.array(places)
    del parents[BODY_JOINTS:], places[BODY_JOINTS:]
    if joints == 55:
        head = SMPL.index("head")
        for offset in ([0.0, -0.02, 0.02], [0.03, 0.06, 0.08], [-0.03, 0.06, 0.08]):
            parents.append(head)
            places.append(places[head] + np.array(offset))
    for side, wrist in ((1.0, SMPL.index("left_wrist")), (-1.0, SMPL.index("right_wrist"))):
        for finger in range(FINGERS):
            first = finger % 3 == 0
            parents.append(wrist if first else len(parents) - 1)
            step = [0.09 * side, 0.0, 0.02 * (2 - finger // 3)] if first else [0.03 * side, 0, 0]
            places.append(places[parents[-1]] + np.array(step))
    return parents, np.array(places)
