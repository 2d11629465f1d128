"""Read and write motions on the skeleton of a BVH file, without retargeting.

Bones keep their names and lengths. If a human body is recognized, its feet are known and the length
of its legs gives the file's unit; otherwise there are no feet and the unit is the centimetre.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT, Skeleton
from ..kinematics.math.rotations import Array
from ..kinematics.mocap.bvh import BvhMotion, read_bvh, write_skeleton_bvh
from ..kinematics.mocap.rest_pose_detection import detect_bone_map_in_motion
from ..kinematics.rigs.bone_map import MappingError
from ..protocol.style_file import StyleError
from .skeleton_graph import Body, SkeletalMotion

_FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
_LEG = ("left_hip", "left_knee", "left_ankle")
_STANCE_PERCENTILE = 5
"""Percentile of a foot's height that is taken for standing."""
_CENTIMETRE = 0.01
_MIN_HEADING_LENGTH = 0.5
"""Least horizontal length of the root's left and forward axes together that shows a heading."""


def read_native_motion(path: Path) -> SkeletalMotion:
    """Read a BVH file's motion on its own skeleton, in metres, Z up.

    Raises:
        BvhError: the file cannot be read.
        StyleError: the file is no BVH, or its root bone shows no heading.
    """
    if path.suffix.lower() != ".bvh":
        raise StyleError(f"A native skeleton needs a .bvh file (got {path.name}).")
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
    left, forward = matrices[:, 0, :, 0], matrices[:, 0, :, 2]
    heading_length = np.hypot(forward[:, 0] + left[:, 1], forward[:, 1] - left[:, 0])
    if np.median(heading_length) < _MIN_HEADING_LENGTH:
        raise StyleError(
            f"The root bone must show a heading, but that of {path.name} does not: learn on the "
            "SMPL skeleton instead."
        )
    motion = SkeletalMotion(Body(skeleton, feet, (0.0,) * len(feet)), matrices, root, file.fps)
    if not feet:
        return motion
    low = np.percentile(motion.foot_positions()[..., 2], _STANCE_PERCENTILE, axis=0)
    heights = tuple(float(height) for height in low - low.min() + TOE_JOINT_HEIGHT)
    return replace(motion, body=replace(motion.body, foot_heights=heights))


def write_native_motion(motion: SkeletalMotion, path: Path) -> None:
    """Write a motion with its skeleton as BVH, and create missing folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_skeleton_bvh(motion.body.skeleton, motion.matrices, motion.root, motion.fps, path)


def _scale_and_feet(file: BvhMotion) -> tuple[float, tuple[int, ...]]:
    """Return the file's unit in metres, and the joints of its feet."""
    try:
        bone_map = detect_bone_map_in_motion(file.rest, *file.world_transforms())
    except MappingError:
        return _CENTIMETRE, ()
    index = file.rest.bone_indices()
    joints = {name: index[bone] for name, bone in bone_map.bones.items()}
    feet = tuple(joints[name] for name in _FEET if name in joints)
    leg = _leg_length(file.rest.positions[[joints[name] for name in _LEG]])
    smpl_leg = _leg_length(SMPL.rest_positions[[SMPL.index(name) for name in _LEG]])
    return smpl_leg / leg, feet


def _leg_length(joints: Array) -> float:
    return float(np.linalg.norm(np.diff(joints, axis=0), axis=1).sum())
