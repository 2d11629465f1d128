"""A rest pose for captures whose zero pose is not a body, found in their motion.

MotionBuilder, LaFAN and Unity-like exports point every bone along one axis at zero. Their
straightest frames, averaged, show how the bones lie in a standing body.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize, rotation_between
from ..rigs.bone_map import BoneMap, MappingError, detect_bone_map
from ..rigs.rest_pose import RestPose, nearest_axis

_STRAIGHTEST = 0.1
"""Share of the frames that the rest pose is averaged from."""
_MAX_LEAN = np.cos(np.radians(30.0))
_FRAMES_TO_TRY = 9


def detect_bone_map_in_motion(rest: RestPose, rotations: Array, positions: Array) -> BoneMap:
    """Find the body in the zero pose or, where names and zero pose say nothing, in a frame.

    Args:
        rest: the file's hierarchy in the zero pose.
        rotations: (T, N, 3, 3) world rotations of its bones.
        positions: (T, N, 3) world positions of its bones.

    Raises:
        MappingError: if it is found in none.
    """
    try:
        return detect_bone_map(rest)
    except MappingError:
        for frame in np.linspace(0, len(positions) - 1, _FRAMES_TO_TRY).astype(int):
            with suppress(MappingError):
                return detect_bone_map(rest.with_pose(rotations[frame], positions[frame]))
        raise


def is_standing(positions: Array, bones: Sequence[int]) -> bool:
    """Whether the mapped bones (of positions (N, 3)) form a standing body with its limbs apart."""
    where = _joints(positions, bones)
    trunk = _trunk(where)
    lateral = normalize(where["left_shoulder"] - where["right_shoulder"])
    legs = [-normalize(where[f"{s}_ankle"] - where[f"{s}_hip"]) @ trunk for s in ("left", "right")]
    left_arm = normalize(where["left_wrist"] - where["left_shoulder"])
    right_arm = normalize(where["right_wrist"] - where["right_shoulder"])
    return bool(
        min(legs) > np.cos(np.radians(40.0))
        and abs(trunk @ lateral) < 0.3
        and left_arm @ lateral > -0.2
        and right_arm @ lateral < 0.2
        and (where["left_hip"] - where["right_hip"]) @ lateral > 0
    )


def estimate_rest_pose(
    rest: RestPose, rotations: Array, positions: Array, bone_map: BoneMap
) -> RestPose:
    """A standing rest pose that faces the file's front, from world motion.

    Args:
        rest: the file's hierarchy, parents first.
        rotations: (T, N, 3, 3) world rotations of its bones.
        positions: (T, N, 3) world positions of its bones.

    Raises:
        MappingError: if the body stands upright in no frame.
    """
    bones = bone_map.joint_bones(rest)
    where = _joints(positions, bones)
    up = _up(where)
    if not (_trunk(where) @ up).max() > _MAX_LEAN:
        raise MappingError(
            "Its zero pose is not a standing body, and in no frame does the body stand upright, "
            "so its rest pose is unknown. Begin the file with a T-pose or A-pose."
        )
    side = np.array([0.0, 1.0, 0.0]) if up[0] else np.array([1.0, 0.0, 0.0])
    front = _turns_to_front(where, up, side)
    straightest = np.argsort(_straightness(where, up))
    best = straightest[-max(1, round(_STRAIGHTEST * len(positions))) :]
    world = _nearest_rotations((front[best, None] @ rotations[best]).mean(axis=0))
    _level(world, rotations[best[-1]], positions[best[-1]], bones, side)
    _plant_feet(world, rotations, where, front, bones, up)
    placed = _placed(rest, world, rotations[best[-1]], positions[best[-1]])
    return rest.with_pose(world, placed)


def _joints(positions: Array, bones: Sequence[int]) -> dict[str, Array]:
    """Positions (..., 3) of the SMPL joints that a bone plays, by name."""
    return {
        name: positions[..., bone, :]
        for name, bone in zip(SMPL.names, bones, strict=True)
        if bone >= 0
    }


def _trunk(where: dict[str, Array]) -> Array:
    """Direction (..., 3) from the hips to the shoulders."""
    shoulders = where["left_shoulder"] + where["right_shoulder"]
    return normalize(shoulders - where["left_hip"] - where["right_hip"])


def _up(where: dict[str, Array]) -> Array:
    """The signed axis (3,) along which the body is tallest on average."""
    shoulders = where["left_shoulder"] + where["right_shoulder"]
    return nearest_axis((shoulders - where["left_ankle"] - where["right_ankle"]).mean(axis=0))


def _turns_to_front(where: dict[str, Array], up: Array, side: Array) -> Array:
    """(T, 3, 3) turns about the up axis after which the body's left lies along `side`."""
    lateral = normalize(where["left_hip"] - where["right_hip"]) + normalize(
        where["left_shoulder"] - where["right_shoulder"]
    )
    level = normalize(lateral - (lateral @ up)[:, None] * up)
    own = np.stack([level, np.broadcast_to(up, level.shape), np.cross(level, up)], axis=-1)
    return np.stack([side, up, np.cross(side, up)], axis=-1) @ np.swapaxes(own, -1, -2)


def _straightness(where: dict[str, Array], up: Array) -> Array:
    """(T,) how much each frame looks like a rest pose: upright, untwisted, straight limbs."""

    def direction(start: str, end: str) -> Array:
        return normalize(where[end] - where[start])

    trunk = _trunk(where)
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
    """The rotations (..., 3, 3) nearest to the matrices m: an average of rotations made one."""
    u, _, vt = np.linalg.svd(m)
    u[..., 2] *= np.linalg.det(u @ vt)[..., None]
    return np.matmul(u, vt)


def _level(
    world: Array, rotations: Array, positions: Array, bones: Sequence[int], side: Array
) -> None:
    """Turn pelvis and chest, in place, so that hips and shoulders lie level across the body."""
    where = _joints(positions, bones)
    for carrier, part in (("pelvis", "hip"), ("spine3", "shoulder")):
        bone = bones[SMPL.index(carrier)]
        if bone >= 0:
            across = rotations[bone].T @ (where[f"left_{part}"] - where[f"right_{part}"])
            world[bone] = rotation_between(world[bone] @ across, side) @ world[bone]


def _plant_feet(
    world: Array,
    rotations: Array,
    where: dict[str, Array],
    front: Array,
    bones: Sequence[int],
    up: Array,
) -> None:
    """Give each foot, in place, the orientation it has where it is lowest: flat on the ground."""
    for side in ("left", "right"):
        parts = [part for part in (f"{side}_ankle", f"{side}_foot") if part in where]
        lowest = int(np.argmin(sum(where[part] @ up for part in parts)))
        for part in parts:
            bone = bones[SMPL.index(part)]
            world[bone] = front[lowest] @ rotations[lowest, bone]


def _placed(rest: RestPose, world: Array, rotations: Array, positions: Array) -> Array:
    """(N, 3) positions of bones with world rotations `world`, offsets as in one frame of motion."""
    placed = positions.copy()
    for bone, parent in enumerate(rest.parents):
        if parent >= 0:
            offset = rotations[parent].T @ (positions[bone] - positions[parent])
            placed[bone] = placed[parent] + world[parent] @ offset
    return placed
