"""The SMPL body that the backend sends to Blender: a mesh with shapes, correctives and weights.

The model is linear (Loper et al., "SMPL: A Skinned Multi-Person Linear Model", SIGGRAPH Asia 2015):
vertices at rest are ``vertices + betas · shapes + (R - I) · correctives``, joints at rest are
``joints + betas · joint_shapes``, followed by linear blend skinning.

A body is sent as an ``.npz``; `backend/smpl` makes it from a model file.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ..math.rotations import Array

GENDERS = ("neutral", "female", "male")
SHAPE_COUNT = 10
"""Number of a model's shape components that are used: all that the first SMPL has."""
BETA_MAX = 10.0
"""Limit of Blender's shape keys; people are within 5."""
QUATERNION_PRODUCTS = ("xx", "yy", "zz", "xy", "xz", "yz", "wx", "wy", "wz")
"""Products of a unit quaternion's components that make up a rotation matrix."""


class SmplBodyError(ValueError):
    """A body cannot be read or made; the text is a sentence for the user."""


@dataclass(frozen=True, eq=False)
class SmplBody:
    """A body of V vertices, F triangles and J joints; metres, body frame (Y up, facing +Z)."""

    model: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    names: tuple[str, ...]
    """(J,) SMPL names of the joints; parents come before their children."""
    parents: tuple[int, ...]
    """(J,) index of each joint's parent, -1 for the root."""
    vertices: Array
    """(V, 3) mean body."""
    faces: Array
    """(F, 3) vertex indices."""
    shapes: Array
    """(10, V, 3) offsets of the vertices for a beta of 1."""
    joints: Array
    """(J, 3) joints of the mean body."""
    joint_shapes: Array
    """(10, J, 3) offsets of the joints for a beta of 1."""
    weights: Array
    """(V, J) weights of linear blend skinning; each row adds up to 1."""
    correctives: Array
    """(J - 1, 3, 3, V, 3) offsets of the vertices, before skinning, for each element of R - I of
    each joint but the root; (0, 3, 3, V, 3) if left out."""


def body_to_bytes(body: SmplBody) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.asarray(value) for name, value in vars(body).items()})
    return buffer.getvalue()


def body_from_bytes(data: bytes) -> SmplBody:
    """Read a body that `body_to_bytes` wrote.

    Raises:
        SmplBodyError: The data are no such body.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {field.name: archive[field.name] for field in fields(SmplBody)}
    except Exception as error:  # numpy and zipfile raise many kinds for damaged files
        raise SmplBodyError("The body that the backend sent cannot be read: try again.") from error
    return SmplBody(
        model=str(arrays.pop("model")),
        gender=str(arrays.pop("gender")),
        names=tuple(map(str, arrays.pop("names"))),
        parents=tuple(map(int, arrays.pop("parents"))),
        **arrays,
    )


def check_betas(betas: Sequence[float]) -> None:
    for number, beta in enumerate(betas):
        if not (math.isfinite(beta) and abs(beta) <= BETA_MAX):
            raise SmplBodyError(
                f"Beta {number} of the shape must be between {-BETA_MAX:g} and {BETA_MAX:g} "
                f"(got {beta:g})."
            )


def quaternion_correctives(correctives: Array, axes: Array) -> Array:
    """(9, V, 3) offsets of the vertices for the `QUATERNION_PRODUCTS` of a joint's rotation.

    A rotation matrix is linear in these products, so the conversion is exact.

    Args:
        correctives: (3, 3, V, 3) of one joint, as in `SmplBody`.
        axes: (3, 3) axes in which the quaternion is expressed, as columns in the body frame.
    """
    p = np.einsum("ac,bd,abvk->cdvk", axes, axes, correctives).astype(correctives.dtype)
    return 2.0 * np.stack(
        [
            -(p[1, 1] + p[2, 2]),
            -(p[0, 0] + p[2, 2]),
            -(p[0, 0] + p[1, 1]),
            p[0, 1] + p[1, 0],
            p[0, 2] + p[2, 0],
            p[1, 2] + p[2, 1],
            p[2, 1] - p[1, 2],
            p[0, 2] - p[2, 0],
            p[1, 0] - p[0, 1],
        ]
    )
