"""Skeletons and forward kinematics.

`SMPL` has the joints, names and T-pose of the SMPL convention, with proportions made for this
project, so that takes can be read and shown without licensed files.

Frames of reference: *body* is the frame of the rest pose (Y up, facing +Z, left is +X); *world* is
the frame of AMASS (Z up). `BODY_TO_WORLD` stands a resting body up in the world, facing -Y, as
characters stand in Blender.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..math.rotations import Array

BODY_TO_WORLD: Array = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""(3, 3) rotation from the body frame to the world frame."""


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints in its rest pose; parents come before their children."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    """(J,) index of each joint's parent, -1 for the root."""
    offsets: Array
    """(J, 3) metres, rest offset from the parent; the root's is its rest position. Body frame."""

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Index of the joint called `name`; ValueError if there is none."""
        return self.names.index(name)

    @cached_property
    def rest_positions(self) -> Array:
        """(J, 3) metres, rest position of each joint in the body frame."""
        positions = np.array(self.offsets, dtype=float)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                positions[joint] += positions[parent]
        return positions

    @cached_property
    def joints_by_depth(self) -> tuple[tuple[int, ...], ...]:
        """Joints grouped by depth below the root, without the root."""
        levels: list[tuple[int, ...]] = [(0,)]
        while level := tuple(j for j, parent in enumerate(self.parents) if parent in levels[-1]):
            levels.append(level)
        return tuple(levels[1:])


def forward_kinematics(
    skeleton: Skeleton, rotations: ArrayLike, root: ArrayLike
) -> tuple[Array, Array]:
    """World positions (..., J, 3) in metres and rotations (..., J, 3, 3) of a posed skeleton.

    Args:
        rotations: (..., J, 3, 3) local rotations, the root's being its world orientation.
        root: (..., 3) world position of the root joint in metres.
    """
    local = np.asarray(rotations)
    positions = np.empty((*local.shape[:-2], 3), dtype=local.dtype)
    world = np.empty_like(local)
    positions[..., 0, :] = root
    world[..., 0, :, :] = local[..., 0, :, :]
    for joints in skeleton.joints_by_depth:
        j = list(joints)
        p = [skeleton.parents[i] for i in joints]
        world[..., j, :, :] = world[..., p, :, :] @ local[..., j, :, :]
        positions[..., j, :] = positions[..., p, :] + np.einsum(
            "...jab,jb->...ja", world[..., p, :, :], skeleton.offsets[j].astype(local.dtype)
        )
    return positions, world


def local_rotations(skeleton: Skeleton, world: ArrayLike) -> Array:
    """Global rotations (..., J, 3, 3) to local ones: the inverse of `forward_kinematics`."""
    world = np.asarray(world)
    local = world.copy()
    j = [i for i, p in enumerate(skeleton.parents) if p >= 0]
    p = [skeleton.parents[i] for i in j]
    local[..., j, :, :] = np.swapaxes(world[..., p, :, :], -1, -2) @ world[..., j, :, :]
    return local


# Joint, parent, offset in centimetres of a 1.72 m adult; after each left joint comes its mirror.
_HALF_OF_SMPL = (
    ("pelvis", "", (0.0, -22.5, 2.5)),
    ("left_hip", "pelvis", (6.0, -8.5, -1.5)),
    ("spine1", "pelvis", (0.0, 12.0, -3.5)),
    ("left_knee", "left_hip", (4.0, -39.0, 0.0)),
    ("spine2", "spine1", (0.0, 13.5, 2.5)),
    ("left_ankle", "left_knee", (-1.5, -42.5, -3.5)),
    ("spine3", "spine2", (0.0, 5.5, 0.5)),
    ("left_foot", "left_ankle", (3.5, -6.0, 12.5)),
    ("neck", "spine3", (0.0, 21.5, -3.5)),
    ("left_collar", "spine3", (7.5, 11.5, -2.0)),
    ("head", "neck", (0.0, 9.0, 5.0)),
    ("left_shoulder", "left_collar", (11.5, 4.5, -1.5)),
    ("left_elbow", "left_shoulder", (26.0, -1.5, -2.5)),
    ("left_wrist", "left_elbow", (26.0, 1.0, -0.5)),
    ("left_hand", "left_wrist", (8.5, -1.0, -1.5)),
)
_SMPL_CENTIMETRES = [
    (name.replace("left", side), parent.replace("left", side), (sign * x, y, z))
    for name, parent, (x, y, z) in _HALF_OF_SMPL
    for side, sign in (("left", 1), ("right", -1))
    if side == "left" or name.startswith("left")
]
_NAMES = tuple(name for name, _, _ in _SMPL_CENTIMETRES)

SMPL = Skeleton(
    names=_NAMES,
    parents=tuple(_NAMES.index(parent) if parent else -1 for _, parent, _ in _SMPL_CENTIMETRES),
    offsets=np.array([offset for _, _, offset in _SMPL_CENTIMETRES]) / 100.0,
)
"""The skeleton of takes."""

MIRRORED_JOINTS: tuple[int, ...] = tuple(
    _NAMES.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
    for name in _NAMES
)
"""(24,) index of the counterpart of each SMPL joint on the other side."""

TOE_JOINT_HEIGHT = 0.025
"""Metres from the ground up to the toe joints (left_foot, right_foot) in a flat stance."""
