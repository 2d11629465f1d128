"""Synthetic motions in real proportions; runs in Blender."""

import numpy as np
from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from anyframe.backend.kinematics.body.take import Take
from anyframe.backend.kinematics.feet.foot_lock import plan_foot_lock
from anyframe.backend.kinematics.feet.leg_ik import legs_from_pose
from anyframe.backend.kinematics.math.rotations import axis_rotation, matrix_to_axis_angle

_SOLES = [SMPL.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot")]


def walk(frames: int = 48, fps: float = 24.0) -> Take:
    """A walk forward (to -Y) from the origin at 1.2 m/s with the soles on the ground."""
    time = np.arange(frames) / fps
    swing = np.sin(2 * np.pi * 0.9 * time)
    lift = np.maximum(0.0, np.cos(2 * np.pi * 0.9 * time))
    pose = _standing(frames)
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        turn(pose, f"{side}_hip", "X", -0.45 * sign * swing)
        turn(pose, f"{side}_knee", "X", 0.9 * (lift if sign > 0 else lift[::-1]) + 0.1)
        turn(pose, f"{side}_ankle", "X", 0.2 * sign * swing)
        turn(pose, f"{side}_shoulder", "Z", -1.2 * sign)
        turn(pose, f"{side}_shoulder", "X", 0.5 * sign * swing)
        turn(pose, f"{side}_elbow", "Y", -0.5 * sign)
    turn(pose, "spine2", "Y", 0.15 * swing)
    turn(pose, "head", "Y", 0.3 * swing)
    return _grounded(pose, np.stack([0 * time, -1.2 * time], axis=1), fps)


def tumble(frames: int = 40, fps: float = 30.0, seed: int = 0) -> Take:
    """Every joint rotates about all axes; the body turns right round and travels."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / fps
    speed, phase = rng.uniform(0.5, 2.0, 72), rng.uniform(0.0, 6.3, 72)
    poses = 0.5 * np.sin(speed * 2 * np.pi * time + phase)
    pose = _standing(frames)
    for n, name in enumerate(SMPL.names):
        for axis, angle in zip("XYZ", poses.T[3 * n : 3 * n + 3], strict=True):
            turn(pose, name, axis, angle)
    turn(pose, "pelvis", "Y", 5.0 * time[:, 0])
    return _grounded(pose, np.cumsum(rng.normal(scale=0.03, size=(frames, 2)), axis=0), fps)


def swaying(frames: int = 40, fps: float = 24.0) -> Take:
    """Bent knees, swaying over both feet, which stay planted."""
    time = np.arange(frames) / fps
    bend = 0.35 + 0.25 * np.sin(2 * np.pi * 0.7 * time)
    pose = _standing(frames)
    for side in ("left", "right"):
        turn(pose, f"{side}_hip", "X", -bend)
        turn(pose, f"{side}_knee", "X", 2 * bend)
        turn(pose, f"{side}_ankle", "X", -bend)
    turn(pose, "spine1", "Z", 0.2 * np.sin(2 * np.pi * time))
    sway = 0.04 * np.sin(2 * np.pi * 0.5 * time)
    flat = Take(matrix_to_axis_angle(pose).reshape(frames, 72), np.zeros((frames, 3)), fps)
    lowest = flat.joint_positions()[:, _SOLES, 2].min(axis=1)
    root = np.stack([sway, 0 * time, TOE_JOINT_HEIGHT - lowest], axis=1) + flat.root_positions()
    plan = plan_foot_lock(legs_from_pose(pose, root), np.ones((frames, 4)), fps)
    matrices, root = plan.apply(pose, root, time)
    return Take.from_matrices(matrices, root, fps)


def turn(pose: np.ndarray, joint: str, axis: str, angle: np.ndarray | float) -> None:
    """Rotate one joint of poses (T, 24, 3, 3) further, in place."""
    pose[:, SMPL.index(joint)] = pose[:, SMPL.index(joint)] @ axis_rotation(axis, angle)


def _standing(frames: int) -> np.ndarray:
    pose = np.broadcast_to(np.eye(3), (frames, 24, 3, 3)).copy()
    pose[:, 0] = BODY_TO_WORLD
    return pose


def _grounded(pose: np.ndarray, path: np.ndarray, fps: float) -> Take:
    """Return a take whose lowest ankle or toe is as high as on a standing body, in each frame.

    Args:
        path: (T, 2) metres, positions of the pelvis on the ground.
    """
    poses = matrix_to_axis_angle(pose).reshape(len(pose), 72)
    flat = Take(poses, np.zeros((len(pose), 3)), fps)
    above = TOE_JOINT_HEIGHT + np.array([0.06, 0.0, 0.06, 0.0])
    lowest = (flat.joint_positions()[:, _SOLES, 2] - above).min(axis=1)
    info = {"prompt": "a person walks", "seed": 2**40, "model": "nerm 1", "licence": "CC0-1.0"}
    trans = np.column_stack([path - SMPL.offsets[0, :2], -lowest])
    return Take(poses, trans, fps, metadata=info)
