"""Estimate the rest pose of captures whose zero pose is no body from their motion.

MotionBuilder, LaFAN and Unity-like exports point every bone along one axis at zero. Their
straightest frames, averaged, show how the bones are oriented in a standing body.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize, rotation_between
from ..rigs.bone_map import BoneMap, MappingError, detect_bone_map
from ..rigs.rest_pose import RestPose, nearest_axis

_STRAIGHT_FRACTION = 0.1
"""Fraction of the frames that are averaged."""
_MIN_UPRIGHT_COSINE = np.cos(np.radians(30.0))
"""Cosine between the trunk and the up axis in an upright frame."""
_FRAMES_TO_TRY = 9
"""Frames in which a body is searched for if the zero pose shows none."""


def detect_bone_map_in_motion(rest: RestPose, rotations: Array, positions: Array) -> BoneMap:
    """Find the body in the zero pose or, if neither names nor zero pose show it, in a frame.

    Args:
        rotations: (T, N, 3, 3) world rotations of its bones.
        positions: (T, N, 3) world positions of its bones.

    Raises:
        MappingError: No body is found.
    """
    try:
        return detect_bone_map(rest)
    except MappingError:
        for frame in np.linspace(0, len(positions) - 1, _FRAMES_TO_TRY).astype(int):
            with suppress(MappingError):
                return detect_bone_map(rest.with_pose(rotations[frame], positions[frame]))
        raise


def is_standing(positions: Array, bones: Sequence[int]) -> bool:
    """Check that the mapped bones, of positions (N, 3), form a standing body."""
    joints = _joint_positions(positions, bones)
    trunk = _trunk(joints)
    lateral = normalize(joints["left_shoulder"] - joints["right_shoulder"])
    legs = [
        -normalize(joints[f"{s}_ankle"] - joints[f"{s}_hip"]) @ trunk for s in ("left", "right")
    ]
    left_arm = normalize(joints["left_wrist"] - joints["left_shoulder"])
    right_arm = normalize(joints["right_wrist"] - joints["right_shoulder"])
    return bool(
        min(legs) > np.cos(np.radians(40.0))
        and abs(trunk @ lateral) < 0.3
        and left_arm @ lateral > -0.2
        and right_arm @ lateral < 0.2
        and (joints["left_hip"] - joints["right_hip"]) @ lateral > 0
    )


def estimate_rest_pose(
    rest: RestPose, rotations: Array, positions: Array, bone_map: BoneMap
) -> RestPose:
    """Estimate a standing rest pose that faces the file's front.

    Args:
        rotations: (T, N, 3, 3) world rotations of its bones.
        positions: (T, N, 3) world positions of its bones.

    Raises:
        MappingError: The body is upright in no frame.
    """
    bones = bone_map.joint_bones(rest)
    joints = _joint_positions(positions, bones)
    up = _up_axis(joints)
    if not (_trunk(joints) @ up).max() > _MIN_UPRIGHT_COSINE:
        raise MappingError(
            "Its zero pose is not a standing body, and in no frame does the body stand upright, "
            "so its rest pose is unknown. Begin the file with a T-pose or A-pose."
        )
    side = np.array([0.0, 1.0, 0.0]) if up[0] else np.array([1.0, 0.0, 0.0])
    front = _rotations_to_front(joints, up, side)
    straightest = np.argsort(_straightness(joints, up))
    best = straightest[-max(1, round(_STRAIGHT_FRACTION * len(positions))) :]
    world = _nearest_rotations((front[best, None] @ rotations[best]).mean(axis=0))
    _level_hips_and_shoulders(world, rotations[best[-1]], positions[best[-1]], bones, side)
    _plant_feet(world, rotations, joints, front, bones, up)
    posed = _pose_positions(rest, world, rotations[best[-1]], positions[best[-1]])
    return rest.with_pose(world, posed)


def _joint_positions(positions: Array, bones: Sequence[int]) -> dict[str, Array]:
    """Positions (..., 3) of the mapped SMPL joints, by name."""
    return {
        name: positions[..., bone, :]
        for name, bone in zip(SMPL.names, bones, strict=True)
        if bone >= 0
    }


def _trunk(joints: dict[str, Array]) -> Array:
    """Direction (..., 3) from the hips to the shoulders."""
    shoulders = joints["left_shoulder"] + joints["right_shoulder"]
    return normalize(shoulders - joints["left_hip"] - joints["right_hip"])


def _up_axis(joints: dict[str, Array]) -> Array:
    """Signed axis (3,) along which the body is tallest on average."""
    shoulders = joints["left_shoulder"] + joints["right_shoulder"]
    return nearest_axis((shoulders - joints["left_ankle"] - joints["right_ankle"]).mean(axis=0))


def _rotations_to_front(joints: dict[str, Array], up: Array, side: Array) -> Array:
    """(T, 3, 3) rotations about the up axis that turn the body's left to `side`."""
    lateral = normalize(joints["left_hip"] - joints["right_hip"]) + normalize(
        joints["left_shoulder"] - joints["right_shoulder"]
    )
    horizontal = normalize(lateral - (lateral @ up)[:, None] * up)
    body_axes = np.stack(
        [horizontal, np.broadcast_to(up, horizontal.shape), np.cross(horizontal, up)], axis=-1
    )
    return np.stack([side, up, np.cross(side, up)], axis=-1) @ np.swapaxes(body_axes, -1, -2)


def _straightness(joints: dict[str, Array], up: Array) -> Array:
    """(T,) similarity of each frame to a rest pose: upright, untwisted, straight limbs."""

    def direction(start: str, end: str) -> Array:
        return normalize(joints[end] - joints[start])

    trunk = _trunk(joints)
    hips, shoulders = (
        direction("right_hip", "left_hip"),
        direction("right_shoulder", "left_shoulder"),
    )
    score = 2.0 * (trunk @ up) + np.sum(hips * shoulders, axis=-1)
    for side in ("left", "right"):
        for start, middle, end in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            upper = direction(f"{side}_{start}", f"{side}_{middle}")
            lower = direction(f"{side}_{middle}", f"{side}_{end}")
            score = score + np.sum(upper * lower, axis=-1)
            if start == "hip":
                score = score - np.sum((upper + lower) * trunk, axis=-1)
    return score


def _nearest_rotations(m: Array) -> Array:
    """Rotations (..., 3, 3) nearest to the matrices m, such as averages of rotations."""
    u, _, vt = np.linalg.svd(m)
    u[..., 2] *= np.linalg.det(u @ vt)[..., None]
    return np.matmul(u, vt)


def _level_hips_and_shoulders(
    world: Array, rotations: Array, positions: Array, bones: Sequence[int], side: Array
) -> None:
    """Rotate pelvis and chest, in place, so that hips and shoulders are level."""
    joints = _joint_positions(positions, bones)
    for joint, part in (("pelvis", "hip"), ("spine3", "shoulder")):
        bone = bones[SMPL.index(joint)]
        if bone >= 0:
            across = rotations[bone].T @ (joints[f"left_{part}"] - joints[f"right_{part}"])
            world[bone] = rotation_between(world[bone] @ across, side) @ world[bone]


def _plant_feet(
    world: Array,
    rotations: Array,
    joints: dict[str, Array],
    front: Array,
    bones: Sequence[int],
    up: Array,
) -> None:
    """Give each foot, in place, its orientation where it is lowest: flat on the ground."""
    for side in ("left", "right"):
        parts = [part for part in (f"{side}_ankle", f"{side}_foot") if part in joints]
        lowest = int(np.argmin(sum(joints[part] @ up for part in parts)))
        for part in parts:
            bone = bones[SMPL.index(part)]
            world[bone] = front[lowest] @ rotations[lowest, bone]


def _pose_positions(rest: RestPose, world: Array, rotations: Array, positions: Array) -> Array:
    """(N, 3) positions of bones with rotations `world`, and offsets as in one frame of motion."""
    posed = positions.copy()
    for bone, parent in enumerate(rest.parents):
        if parent >= 0:
            offset = rotations[parent].T @ (positions[bone] - positions[parent])
            posed[bone] = posed[parent] + world[parent] @ offset
    return posed
