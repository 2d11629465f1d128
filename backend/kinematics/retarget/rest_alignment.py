"""Alignment of a rig at rest with the SMPL body at rest: frame, limb directions, scale and ground.

Both directions of retargeting use the same alignment, so a take that is put on a rig and read back
is unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from ..math.rotations import Array, normalize, rotation_between
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose, nearest_axis

LIMB_AIM_JOINTS: Mapping[str, str] = {
    f"{side}_{joint}": f"{side}_{child}"
    for side in ("left", "right")
    for chain in (("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist"))
    for joint, child in pairwise(chain)
}
"""Joints whose rest direction may differ from rig to rig -> the joint that each points at.

Trunk, neck, head and collars are not aligned: their bones run differently inside the same upright
body, and aligning them would bend it.
"""


@dataclass(frozen=True)
class RestAlignment:
    """Relation of a rig at rest to the SMPL body at rest."""

    bones: list[int]
    """(24,) index of the bone that plays each SMPL joint, -1 for none."""
    body_to_rig: Array
    """(3, 3) rotation from the body frame (Y up, facing +Z) to the rig's."""
    limb_alignments: Array
    """(24, 3, 3) rotations in the body frame from each SMPL bone's rest direction to the rig's."""
    scale: float
    """Rig leg length over SMPL leg length: rig units per metre of a body of the same size."""
    ground_origin: Array
    """(3,) position below the rig at rest, which a take's origin maps to; rig frame."""

    def to_rig_frame(self, positions: Array) -> Array:
        """Map positions (..., 3) of a take to the frame and unit of the rig."""
        return self.ground_origin + self.scale * positions @ BODY_TO_WORLD @ self.body_to_rig.T

    def ground_to_rig_frame(self, positions: Array) -> Array:
        """Map positions (T, 2) on the ground of a take to (T, 3) in the frame of the rig."""
        return self.to_rig_frame(np.column_stack([positions, np.zeros(len(positions))]))

    def hip_lift(self, ankles: Array, smpl_ankles: Array) -> Array:
        """Height (T,) in rig units to add to the hips so that the lower foot has the take's height.

        Proportions of thigh and shin differ, so a bent leg ends higher or lower.

        Args:
            ankles: (T, 2) heights of the rig's left and right ankle above its hips, rig units.
            smpl_ankles: (T, 2) heights of the take's ankles above its hips, metres.
        """
        lower = 1 / (1 + np.exp((smpl_ankles - smpl_ankles[:, ::-1]) / _STANDING_HEIGHT_SPREAD))
        return np.sum(lower * (self.scale * smpl_ankles - ankles), axis=1)


_STANDING_HEIGHT_SPREAD = 0.03
"""Metres by which two standing feet may differ in height."""

ANKLE_JOINTS = (SMPL.index("left_ankle"), SMPL.index("right_ankle"))

SMPL_HIP_CENTER: Array = (SMPL.offsets[1] + SMPL.offsets[2]) / 2
"""(3,) metres from the pelvis joint to the middle between the hip joints, at rest, body frame."""


def align_rest_pose(rest: RestPose, bone_map: BoneMap) -> RestAlignment:
    """Align a rig at rest with SMPL at rest; MappingError if it has no extent, or no front."""
    bones = bone_map.joint_bones(rest)
    frame = _body_frame(rest, bones)
    positions = rest.positions @ frame
    leg = _leg_length(positions, bones)
    if not leg > 0:
        raise MappingError("The mapped legs have no length, so the body's size is unknown.")
    scale = leg / _leg_length(SMPL.rest_positions, list(range(len(SMPL))))
    return RestAlignment(
        bones=bones,
        body_to_rig=frame,
        limb_alignments=_align_limbs(rest, positions, bones, frame),
        scale=scale,
        ground_origin=frame @ _ground_origin(positions, bones, scale),
    )


def _body_frame(rest: RestPose, bones: list[int]) -> Array:
    def head(name: str) -> Array:
        return rest.positions[bones[SMPL.index(name)]]

    shoulders = (head("left_shoulder") + head("right_shoulder")) / 2
    up = nearest_axis(shoulders - hip_center(rest.positions, bones))
    lateral = normalize(head("left_hip") - head("right_hip")) + normalize(
        head("left_shoulder") - head("right_shoulder")
    )
    lateral = normalize(lateral - up * (lateral @ up))
    # A rig within 8° of an axis stands along it.
    if (axis := nearest_axis(lateral)) @ lateral > np.cos(np.radians(8.0)):
        lateral = axis
    frame = np.stack([lateral, up, np.cross(lateral, up)], axis=1)
    if not np.linalg.det(frame) > 0.5:
        raise MappingError(
            "The mapped hips and shoulders coincide at rest, so the front of the body is unknown."
        )
    return frame


def _leg_length(positions: Array, bones: list[int]) -> float:
    lengths = []
    for side in ("left", "right"):
        joints = [SMPL.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
        hip, knee, ankle = positions[[bones[joint] for joint in joints]]
        lengths.append(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    return float(np.mean(lengths))


def _align_limbs(rest: RestPose, positions: Array, bones: list[int], frame: Array) -> Array:
    """Smallest rotations along each limb, each starting from its parent's alignment."""
    alignments = np.broadcast_to(np.eye(3), (len(SMPL), 3, 3)).copy()
    trunk = {"pelvis", "spine1", "spine2", "spine3", "neck", "head"}
    for joint, name in enumerate(SMPL.names):
        if name in trunk or name.endswith(("collar", "hip", "shoulder")):
            inherited = np.eye(3)
        else:
            inherited = alignments[SMPL.parents[joint]]
        alignments[joint] = inherited
        direction = _limb_direction(rest, positions, bones, frame, name)
        if direction is not None:
            smpl_direction = SMPL.offsets[SMPL.index(LIMB_AIM_JOINTS[name])]
            if name.endswith("ankle"):
                # Soles are flat in both rest poses, whatever the height of the ankle: no tilt.
                smpl_direction, direction = smpl_direction * [1, 0, 1], direction * [1, 0, 1]
                inherited = np.eye(3)
            alignments[joint] = rotation_between(inherited @ smpl_direction, direction) @ inherited
    for side in ("left", "right"):
        toe, ankle = SMPL.index(f"{side}_foot"), SMPL.index(f"{side}_ankle")
        alignments[toe] = alignments[ankle]
    return alignments


def _limb_direction(
    rest: RestPose, positions: Array, bones: list[int], frame: Array, name: str
) -> Array | None:
    """Rest direction (3,) in the body frame of the bone of joint `name`; None if unknown."""
    if name not in LIMB_AIM_JOINTS or bones[SMPL.index(name)] < 0:
        return None
    bone, target = bones[SMPL.index(name)], bones[SMPL.index(LIMB_AIM_JOINTS[name])]
    if target >= 0:
        end = positions[target]
    elif rest.tails is not None and np.isfinite(rest.tails[bone]).all():
        end = rest.tails[bone] @ frame
    else:
        return None
    direction = end - positions[bone]
    return direction if np.linalg.norm(direction) > 1e-9 else None


def hip_center(positions: Array, bones: list[int]) -> Array:
    """Middle (..., 3) between the hip joints of bone positions (..., N, 3)."""
    left, right = (bones[SMPL.index(f"{side}_hip")] for side in ("left", "right"))
    return (positions[..., left, :] + positions[..., right, :]) / 2


def _ground_origin(positions: Array, bones: list[int], scale: float) -> Array:
    """(3,) below the hips, at the height at which a flat foot is as high as at rest."""
    # Ankles are compared instead of soles: some people, and more rigs, have high ankles.
    origin = hip_center(positions, bones) - scale * (SMPL.offsets[0] + SMPL_HIP_CENTER)
    height = np.mean([positions[bones[ankle], 1] for ankle in ANKLE_JOINTS])
    origin[1] = height - scale * _ANKLE_JOINT_HEIGHT
    return origin


_ANKLE_JOINT_HEIGHT = TOE_JOINT_HEIGHT - float(SMPL.offsets[SMPL.index("left_foot"), 1])
"""Metres from the sole of the SMPL body up to its ankle joint, at rest."""
