"""Motions on the skeleton of the file that they came in, and back into such a file.

A style can be learnt on any hierarchy: bones keep their names and lengths, nothing is retargeted.
Where a human body is recognised its feet are known and its unit of length is told by its legs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT, Skeleton
from ..kinematics.math.rotations import Array
from ..kinematics.mocap.bvh import BvhMotion, read_bvh, write_skeleton_bvh
from ..kinematics.mocap.rest_pose_detection import detect_bone_map_in_motion
from ..kinematics.rigs.bone_map import BoneMap, MappingError
from .errors import StyleError
from .skeleton_graph import Body, SkeletalMotion

_FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
_LEG = ("left_hip", "left_knee", "left_ankle")
_STANCE_PERCENTILE = 5
"""Percentile of a foot's height at which it stands."""
_CENTIMETRE = 0.01
_MIN_HEADING_LENGTH = 0.5
"""Length of the level part of where a root bone points, below which it shows no heading."""


def read_native_motion(path: Path) -> SkeletalMotion:
    """A BVH file's motion on its own skeleton, in metres, Z up.

    Raises:
        BvhError: it cannot be read.
        StyleError: it is no BVH, or its root does not show where the body faces.
    """
    if path.suffix.lower() != ".bvh":
        raise StyleError(f"{path.name} has no skeleton of its own: name .bvh files.")
    file = read_bvh(path)
    scale, feet = _scale_and_feet(file)
    parents = file.rest.parents
    offsets = file.rest.positions - np.where(
        np.array(parents)[:, None] >= 0, file.rest.positions[list(parents)], 0.0
    )
    skeleton = Skeleton(file.rest.names, parents, scale * offsets)
    matrices = np.array(file.rotations)
    matrices[:, 0] = BODY_TO_WORLD @ matrices[:, 0]
    root = scale * file.translations[:, 0] @ BODY_TO_WORLD.T
    _check_heading(matrices[:, 0], path.name)
    motion = SkeletalMotion(Body(skeleton, feet, (0.0,) * len(feet)), matrices, root, file.fps)
    heights = _foot_heights(motion)
    return SkeletalMotion(Body(skeleton, feet, heights), matrices, root, file.fps)


def write_native_motion(motion: SkeletalMotion, path: Path) -> None:
    """Write a motion with its skeleton as BVH; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_skeleton_bvh(motion.body.skeleton, motion.matrices, motion.root, motion.fps, path)


def _scale_and_feet(file: BvhMotion) -> tuple[float, tuple[int, ...]]:
    """Metres of the file's unit, and the joints of its feet: none if no body is recognised."""
    try:
        found = detect_bone_map_in_motion(file.rest, *file.world_transforms())
    except MappingError:
        return _CENTIMETRE, ()
    where = file.rest.bone_indices()
    feet = tuple(where[found.bones[name]] for name in _FEET if name in found.bones)
    return _leg_length(SMPL.rest_positions, SMPL.names) / _file_leg_length(file, found), feet


def _file_leg_length(file: BvhMotion, found: BoneMap) -> float:
    """Length of a leg in the file's unit."""
    names = tuple(found.bones)
    where = file.rest.bone_indices()
    places = np.array([file.rest.positions[where[bone]] for bone in found.bones.values()])
    return _leg_length(places, names)


def _leg_length(positions: Array, names: tuple[str, ...]) -> float:
    places = positions[[names.index(joint) for joint in _LEG]]
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def _foot_heights(motion: SkeletalMotion) -> tuple[float, ...]:
    """Metres that each foot stands above the floor, as far as the motion shows it."""
    if not motion.body.feet:
        return ()
    low = np.percentile(motion.foot_positions()[..., 2], _STANCE_PERCENTILE, axis=0)
    return tuple(float(height) for height in low - low.min() + TOE_JOINT_HEIGHT)


def _check_heading(orientation: Array, name: str) -> None:
    """Raise StyleError if root orientations (T, 3, 3) do not tell where a body faces."""
    left, forward = orientation[..., 0], orientation[..., 2]
    shown = np.hypot(forward[:, 0] + left[:, 1], forward[:, 1] - left[:, 0])
    if np.median(shown) < _MIN_HEADING_LENGTH:
        raise StyleError(
            f"The root bone of {name} does not show where the body faces: learn on SMPL's skeleton "
            "instead."
        )
