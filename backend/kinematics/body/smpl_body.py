"""The SMPL body as it crosses the border to Blender: a mesh that is shaped, corrected and skinned.

All is linear, so arrays say it all (Loper et al., SIGGRAPH Asia 2015): vertices at rest are
``vertices + betas · shapes + (R - I) · correctives``, joints at rest ``joints + betas ·
joint_shapes``, and linear blend skinning does the rest.

On its way a body is an ``.npz``; `backend/smpl` makes it from a model file.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ..math.rotations import Array

GENDERS = ("neutral", "female", "male")
SHAPE_COUNT = 10
"""How many of a model's shape components are used: all that the first SMPL has."""
BETA_MAX = 10.0
"""Blender's shape keys end there; people are within 5."""
QUATERNION_PRODUCTS = ("xx", "yy", "zz", "xy", "xz", "yz", "wx", "wy", "wz")
"""The products of a unit quaternion's components that make up a rotation matrix."""


class SmplBodyError(ValueError):
    """There is no such body; the text is a sentence for the user."""


@dataclass(frozen=True, eq=False)
class SmplBody:
    """A body of V vertices, F triangles and J joints; metres, body frame (Y up, facing +Z)."""

    model: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    names: tuple[str, ...]
    """(J,) the joints' SMPL names; parents come before their children."""
    parents: tuple[int, ...]
    """(J,) index of each joint's parent, -1 for the root."""
    vertices: Array
    """(V, 3) the mean body."""
    faces: Array
    """(F, 3) indices of vertices."""
    shapes: Array
    """(10, V, 3) what a beta of 1 adds to the vertices."""
    joints: Array
    """(J, 3) of the mean body."""
    joint_shapes: Array
    """(10, J, 3) what a beta of 1 adds to the joints."""
    weights: Array
    """(V, J) of linear blend skinning, each row adding up to 1."""
    correctives: Array
    """(J - 1, 3, 3, V, 3) what each element of R - I of each joint but the root adds to the
    vertices before skinning; (0, 3, 3, V, 3) where they were left out."""


def body_to_bytes(body: SmplBody) -> bytes:
    """A body as the bytes of an ``.npz`` file: what travels over HTTP."""
    buffer = io.BytesIO()
    arrays = {field.name: np.asarray(getattr(body, field.name)) for field in fields(body)}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def body_from_bytes(data: bytes) -> SmplBody:
    """The body that `body_to_bytes` wrote.

    Raises:
        BodyError: it is not one.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {field.name: archive[field.name] for field in fields(SmplBody)}
    except Exception as error:  # of damaged files numpy and zipfile raise a dozen kinds
        raise SmplBodyError("The backend sent a body that cannot be read: try again.") from error
    return SmplBody(
        model=str(arrays.pop("model")),
        gender=str(arrays.pop("gender")),
        names=tuple(map(str, arrays.pop("names"))),
        parents=tuple(map(int, arrays.pop("parents"))),
        **arrays,
    )


def check_betas(betas: Sequence[float]) -> None:
    """Raise BodyError if a body cannot have this shape."""
    for number, beta in enumerate(betas):
        if not (math.isfinite(beta) and abs(beta) <= BETA_MAX):
            raise SmplBodyError(
                f"The shape's beta {number} is {beta:g}; it must be between "
                f"{-BETA_MAX:g} and {BETA_MAX:g}."
            )


def quaternion_correctives(correctives: Array, axes: Array) -> Array:
    """What the `PRODUCTS` of a joint's quaternion, in axes of its own, add to the vertices.

    A rotation matrix is linear in them, so this is exact: the nine elements of R - I, in the body's
    axes, and the nine products span the same corrections.

    Args:
        correctives: (3, 3, V, 3) of one joint, as in `SmplBody`.
        axes: (3, 3) the axes that the quaternion turns about, as columns in the body frame.

    Returns:
        (9, V, 3).
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
