"""Captures of the rigs in `rigs`: their bones follow a take, and the motion is written as BVH."""

import numpy as np

from backend.kinematics.body.skeleton import (
    BODY_TO_WORLD,
    SMPL,
    Skeleton,
    forward_kinematics,
    local_rotations,
)
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import Array, matrix_to_euler, normalize
from tests.support.rigs import Rig


def with_bones_along_x(some: Rig) -> tuple[Skeleton, Array]:
    """A parents-first rig as a skeleton whose bones all point along X while nothing turns.

    Returns:
        the skeleton and the world rotations (N, 3, 3) at which it is the rig at rest.
    """
    rest = some.rest
    axes = np.empty((len(rest), 3, 3))
    for bone in range(len(rest)):
        children = [i for i, parent in enumerate(rest.parents) if parent == bone]
        along = np.array([0.0, 0.0, 0.0])
        if len(children) in {1, 2, 3}:
            along = np.mean([rest.positions[c] - rest.positions[bone] for c in children], axis=0)
        along = along if np.abs(along).max() > 1e-6 else np.array([0.0, 1.0, 0.0])
        x = normalize(along)
        y = normalize(np.cross([0, 0, 1] if abs(x[2]) < 0.8 else [1, 0, 0], x))
        axes[bone] = np.stack([x, y, np.cross(x, y)], axis=1)
    offsets = rest.positions.copy()
    for bone, parent in enumerate(rest.parents):
        if parent >= 0:
            offsets[bone] = axes[parent].T @ (rest.positions[bone] - rest.positions[parent])
    return Skeleton(rest.names, rest.parents, offsets), axes


def follow(take: Take, some: Rig, axes: Array) -> Array:
    """World rotations (T, N, 3, 3), Y up, of a rig's bones that turn as a take's joints do.

    Args:
        axes: (N, 3, 3) the bones' world rotations at rest.
    """
    turns = forward_kinematics(SMPL, take.local_matrices().astype(float), np.zeros(3))[1]
    played = {
        bone: BODY_TO_WORLD.T @ turns[:, SMPL.index(joint)] for joint, bone in some.plays.items()
    }
    world = np.empty((len(take), len(some.rest), 3, 3))
    turn: list[Array] = []
    for bone, (name, parent) in enumerate(zip(some.rest.names, some.rest.parents, strict=True)):
        held = turn[parent] if parent >= 0 else np.broadcast_to(np.eye(3), (len(take), 3, 3))
        turn.append(played.get(name, held))
        world[:, bone] = turn[bone] @ axes[bone]
    return world


def bvh_text(
    skeleton: Skeleton,
    local: Array,
    root: Array,
    frame_time: str,
    order: str = "ZXY",
) -> str:
    """A BVH of local rotations (T, N, 3, 3) and root positions (T, 3)."""
    written: list[int] = []

    def lines(bone: int) -> list[str]:
        written.append(bone)
        offset = skeleton.offsets[bone] if bone else np.zeros(3)
        places = "" if bone else "Xposition Yposition Zposition "
        turns = " ".join(f"{axis}rotation" for axis in order)
        children = [i for i, parent in enumerate(skeleton.parents) if parent == bone]
        inner = [line for child in children for line in lines(child)]
        return [
            f"{'JOINT' if bone else 'ROOT'} {skeleton.names[bone]}",
            "{",
            "OFFSET {:.6f} {:.6f} {:.6f}".format(*offset),
            f"CHANNELS {3 if bone else 6} {places}{turns}",
            *(inner or ["End Site", "{", "OFFSET 0 0 0", "}"]),
            "}",
        ]

    hierarchy = lines(0)
    angles = np.degrees(matrix_to_euler(local[:, written], order)).reshape(len(local), -1)
    rows = np.concatenate([root, angles], axis=1)
    return "\n".join(
        [
            "HIERARCHY",
            *hierarchy,
            "MOTION",
            f"Frames: {len(rows)}",
            f"Frame Time: {frame_time}",
            *(" ".join(f"{value:.6f}" for value in row) for row in rows),
            "",
        ]
    )


def lafan_like_text(take: Take, some: Rig, frame_time: str) -> str:
    """A BVH as MotionBuilder writes it, all bones along X at zero, of a rig that follows a take."""
    skeleton, axes = with_bones_along_x(some)
    local = local_rotations(skeleton, follow(take, some, axes))
    root = take.root_positions() @ BODY_TO_WORLD * 100.0
    return bvh_text(skeleton, local, root, frame_time)
