"""Read a motion-capture file as a clean take: rest pose found, lead-in dropped, ground at zero."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..body.skeleton import SMPL, TOE_JOINT_HEIGHT
from ..body.take import Take, load_take
from ..math.rotations import Array, normalize
from ..retarget.rig_to_take import retarget_to_take
from .bvh import BvhMotion, read_bvh
from .rest_pose_detection import detect_bone_map_in_motion, estimate_rest_pose, is_standing
from .shared_rest_pose import find_shared_rest_pose

LEAD_IN_SPEED = 15.0
"""m/s of a cut from a T-pose; no joint of a person who leaves a T-pose is this fast."""

_SETTLED_SPEED = 6.0
_LEAD_IN_SECONDS = 0.25
_SETTLE_FRAMES = 4


def read_mocap(path: str | Path) -> Take:
    """Read a BVH or AMASS ``.npz`` file as a take with its ground at zero.

    A BVH file whose zero pose is no standing body shares its rest pose with files of the same
    skeleton in its folder.

    Raises:
        BvhError, TakeError, MappingError: The file cannot be used; the text names the defect.
    """
    path = Path(path)
    if path.suffix.lower() != ".bvh":
        return move_to_floor(load_take(path))
    return move_to_floor(drop_lead_in(take_from_bvh(read_bvh(path), path=path)))


def take_from_bvh(motion: BvhMotion, path: Path | None = None) -> Take:
    """Retarget any human BVH to a take; height zero stays height zero.

    Given its `path`, other files in its folder help to find the rest pose.
    """
    rotations, positions = motion.world_transforms()
    rest = motion.rest
    bone_map = detect_bone_map_in_motion(rest, rotations, positions)
    if not is_standing(rest.positions, bone_map.joint_bones(rest)):
        shared = None if path is None else find_shared_rest_pose(path, motion)
        rest = shared or estimate_rest_pose(rest, rotations, positions, bone_map)
    return retarget_to_take(rest, rotations, positions, bone_map, motion.fps, floor=0.0)


def drop_lead_in(take: Take) -> Take:
    """Drop the calibration T-pose that many captures cut, or slide, away from.

    The dropped seconds are noted as ``metadata["lead_in"]``.
    """
    joints = take.joint_positions()
    window = min(len(take), int(_LEAD_IN_SECONDS * take.fps) + 2)
    speed = np.linalg.norm(np.diff(joints[:window], axis=0), axis=-1).max(axis=1) * take.fps
    if len(speed) == 0 or not _is_t_pose(joints[0]) or speed.max() < LEAD_IN_SPEED:
        return take
    # Captures are filtered after the cut, so it rings for a few frames.
    last_fast = int(np.flatnonzero(speed > _SETTLED_SPEED)[-1])
    first = min(last_fast + 1 + (_SETTLE_FRAMES if last_fast > 0 else 0), len(take) - 1)
    info = {**take.metadata, "lead_in": first / take.fps}
    return replace(take, poses=take.poses[first:], trans=take.trans[first:], metadata=info)


def floor_height(take: Take) -> float:
    """Height in metres of the ground under the feet (5th percentile of the soles)."""
    toes = take.joint_positions()[:, [SMPL.index("left_foot"), SMPL.index("right_foot")], 2]
    return float(np.percentile(toes.min(axis=1), 5)) - TOE_JOINT_HEIGHT


def move_to_floor(take: Take) -> Take:
    return replace(take, trans=take.trans - np.array([0.0, 0.0, floor_height(take)]))


def _is_t_pose(joints: Array) -> bool:
    """Check that joints (24, 3) have arms straight out to both sides and straight legs."""

    def direction(start: str, end: str) -> Array:
        return normalize(joints[SMPL.index(end)] - joints[SMPL.index(start)])

    left = direction("right_shoulder", "left_shoulder")
    outwards = {"left": left, "right": -left}
    arms = (direction(f"{s}_shoulder", f"{s}_wrist") @ out for s, out in outwards.items())
    legs = (-direction(f"{s}_hip", f"{s}_ankle")[2] for s in outwards)
    return min(*arms, *legs) > np.cos(np.radians(25.0))
