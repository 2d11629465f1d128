"""Estimate the rest pose of captures whose zero pose is no body from their motion.

MotionBuilder, LaFAN and Unity-like exports point every bone along one axis at zero. Their
straightest frames, averaged, show how the bones are oriented in a standing body.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, invert_rotations, normalize, rotation_between
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
    lateral = _direction(joints, "right_shoulder", "left_shoulder")
    legs = [-_direction(joints, f"{s}_hip", f"{s}_ankle") @ trunk for s in ("left", "right")]
    return bool(
        min(legs) > np.cos(np.radians(40.0))
        and abs(trunk @ lateral) < 0.3
        and _direction(joints, "left_shoulder", "left_wrist") @ lateral > -0.2
        and _direction(joints, "right_shoulder", "right_wrist") @ lateral < 0.2
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
    shoulders = joints["left_shoulder"] + joints["right_shoulder"]
    # The axis along which the body is tallest on average.
    up = nearest_axis((shoulders - joints["left_ankle"] - joints["right_ankle"]).mean(axis=0))
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
    frame = best[-1]
    for joint, part in (("pelvis", "hip"), ("spine3", "shoulder")):  # level hips and shoulders
        if joint in joints:
            bone = bones[SMPL.index(joint)]
            across = (joints[f"left_{part}"] - joints[f"right_{part}"])[frame]
            across = world[bone] @ (rotations[frame, bone].T @ across)
            world[bone] = rotation_between(across, side) @ world[bone]
    for foot in ("left", "right"):  # flat on the ground, as where it is lowest
        parts = [part for part in (f"{foot}_ankle", f"{foot}_foot") if part in joints]
        lowest = int(np.argmin(sum(joints[part] @ up for part in parts)))
        for bone in (bones[SMPL.index(part)] for part in parts):
            world[bone] = front[lowest] @ rotations[lowest, bone]
    return rest.with_pose(world, _pose_positions(rest, world, rotations[frame], positions[frame]))


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


def _direction(joints: dict[str, Array], start: str, end: str) -> Array:
    return normalize(joints[end] - joints[start])


def _rotations_to_front(joints: dict[str, Array], up: Array, side: Array) -> Array:
    """(T, 3, 3) rotations about the up axis that turn the body's left to `side`."""
    lateral = _direction(joints, "right_hip", "left_hip")
    lateral = lateral + _direction(joints, "right_shoulder", "left_shoulder")
    horizontal = normalize(lateral - (lateral @ up)[:, None] * up)
    front = np.cross(horizontal, up)
    body_axes = np.stack([horizontal, np.broadcast_to(up, front.shape), front], axis=-1)
    return np.stack([side, up, np.cross(side, up)], axis=-1) @ invert_rotations(body_axes)


def _straightness(joints: dict[str, Array], up: Array) -> Array:
    """(T,) similarity of each frame to a rest pose: upright, untwisted, straight limbs."""
    trunk = _trunk(joints)
    hips, shoulders = (
        _direction(joints, f"right_{part}", f"left_{part}") for part in ("hip", "shoulder")
    )
    score = 2.0 * (trunk @ up) + np.sum(hips * shoulders, axis=-1)
    for side in ("left", "right"):
        for start, middle, end in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            upper = _direction(joints, f"{side}_{start}", f"{side}_{middle}")
            lower = _direction(joints, f"{side}_{middle}", f"{side}_{end}")
            score = score + np.sum(upper * lower, axis=-1)
            if start == "hip":
                score = score - np.sum((upper + lower) * trunk, axis=-1)
    return score


def _nearest_rotations(m: Array) -> Array:
    """Rotations (..., 3, 3) nearest to the matrices m, such as averages of rotations."""
    u, _, vt = np.linalg.svd(m)
    u[..., 2] *= np.linalg.det(u @ vt)[..., None]
    return np.matmul(u, vt)


def _pose_positions(rest: RestPose, world: Array, rotations: Array, positions: Array) -> Array:
    """(N, 3) positions of bones with rotations `world`, and offsets as in one frame of motion."""
    posed = positions.copy()
    for bone, parent in enumerate(rest.parents):
        if parent >= 0:
            offset = rotations[parent].T @ (positions[bone] - positions[parent])
            posed[bone] = posed[parent] + world[parent] @ offset
    return posed
