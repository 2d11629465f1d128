"""How a rig at rest lies over the SMPL body at rest: frame, limb alignments, scale and ground.

Both directions of retargeting read the same correspondence, so a take that goes onto a rig and
back comes home unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from ..math.rotations import Array, normalize, rotation_between
from ..rigs.bone_map import BoneMap, MappingError
from ..rigs.rest_pose import RestPose, nearest_axis

LIMB_AIM_JOINTS: Mapping[str, str] = {
    f"{side}_{joint}": f"{side}_{child}"
    for side in ("left", "right")
    for joint, child in (
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "foot"),
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
    )
}
"""Joints whose rest direction may differ from rig to rig, and the joint each points at.

Trunk, neck, head and collars are left alone: their bones run differently inside the same upright
body, and aligning them would bend it.
"""


@dataclass(frozen=True)
class RestAlignment:
    """A rig's rest pose in terms of the SMPL body's."""

    bones: list[int]
    """(24,) index of the bone that plays each SMPL joint, -1 where none does."""
    body_to_rig: Array
    """(3, 3) rotation from the body frame (Y up, facing +Z) to the rig's."""
    limb_alignments: Array
    """(24, 3, 3) body frame: takes each SMPL bone's rest direction to the rig's."""
    scale: float
    """Rig leg length over SMPL leg length, so also rig units per metre of a like-sized body."""
    ground_origin: Array
    """(3,) the spot where the rig stands at rest: what a take's origin becomes, in its frame."""

    def hip_center(self, positions: Array) -> Array:
        """Middle between the hip joints (..., 3) of bone positions (..., N, 3)."""
        return _middle_of_hips(positions, self.bones)

    def to_rig_frame(self, positions: Array) -> Array:
        """Where positions (..., 3) of a take are in the rig's frame, by leg length and ground."""
        return self.ground_origin + self.scale * positions @ BODY_TO_WORLD @ self.body_to_rig.T

    def hip_lift(self, ankles: Array, smpl_ankles: Array) -> Array:
        """How much higher (T,), in rig units, the hips have to be than leg length alone says.

        Thighs and shins share a leg's length differently from rig to rig, so a bent leg of the rig
        ends higher or lower than the take's. The lower foot is the one that has to be right.

        Args:
            ankles: (T, 2) heights of the rig's left and right ankle above its hips, rig units.
            smpl_ankles: (T, 2) heights of the take's above its hips, metres.
        """
        lower = 1 / (1 + np.exp((smpl_ankles - smpl_ankles[:, ::-1]) / _SAME_HEIGHT))
        return np.sum(lower * (self.scale * smpl_ankles - ankles), axis=1)


_SAME_HEIGHT = 0.03
"""Metres by which two feet may differ in height and both be standing."""

ANKLE_JOINTS = (SMPL.index("left_ankle"), SMPL.index("right_ankle"))

SMPL_HIP_CENTER: Array = (SMPL.offsets[1] + SMPL.offsets[2]) / 2
"""(3,) metres from the pelvis joint to the middle between the hip joints, at rest, body frame."""


def align_rest_pose(rest: RestPose, bone_map: BoneMap) -> RestAlignment:
    """Lay a rig at rest over the SMPL body at rest.

    Raises:
        MappingError: if the mapped bones have no extent, or no front.
    """
    bones = bone_map.joint_bones(rest)
    frame = _body_frame(rest, bones)
    placed = rest.positions @ frame
    leg = _leg_length(placed, bones)
    if not leg > 0:
        raise MappingError("The mapped legs have no length, so the body's size is unknown.")
    scale = leg / _leg_length(SMPL.rest_positions, list(range(len(SMPL))))
    return RestAlignment(
        bones=bones,
        body_to_rig=frame,
        limb_alignments=_align_limbs(rest, placed, bones, frame),
        scale=scale,
        ground_origin=frame @ _ground(placed, bones, scale),
    )


def _body_frame(rest: RestPose, bones: list[int]) -> Array:
    def at(name: str) -> Array:
        return rest.positions[bones[SMPL.index(name)]]

    hips = (at("left_hip") + at("right_hip")) / 2
    shoulders = (at("left_shoulder") + at("right_shoulder")) / 2
    up = nearest_axis(shoulders - hips)
    lateral = normalize(at("left_hip") - at("right_hip")) + normalize(
        at("left_shoulder") - at("right_shoulder")
    )
    lateral = normalize(lateral - up * (lateral @ up))
    # A rig within a few degrees of an axis was meant to stand along it.
    if (axis := nearest_axis(lateral)) @ lateral > np.cos(np.radians(8.0)):
        lateral = axis
    frame = np.stack([lateral, up, np.cross(lateral, up)], axis=1)
    if not np.linalg.det(frame) > 0.5:
        raise MappingError(
            "The mapped hips and shoulders do not lie apart at rest, so the body's front is "
            "unknown."
        )
    return frame


def _leg_length(positions: Array, bones: list[int]) -> float:
    joints = [
        [positions[bones[SMPL.index(f"{side}_{part}")]] for part in ("hip", "knee", "ankle")]
        for side in ("left", "right")
    ]
    lengths = [
        np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee) for hip, knee, ankle in joints
    ]
    return float(np.mean(lengths))


def _align_limbs(rest: RestPose, placed: Array, bones: list[int], frame: Array) -> Array:
    """Smallest rotations down each limb, each starting from where its parent already points."""
    alignments = np.broadcast_to(np.eye(3), (len(SMPL), 3, 3)).copy()
    trunk = {"pelvis", "spine1", "spine2", "spine3", "neck", "head"}
    for joint, name in enumerate(SMPL.names):
        if name in trunk or name.endswith(("collar", "hip", "shoulder")):
            inherited = np.eye(3)
        else:
            inherited = alignments[SMPL.parents[joint]]
        alignments[joint] = inherited
        direction = _direction(rest, placed, bones, frame, name)
        if direction is not None:
            own = SMPL.offsets[SMPL.index(LIMB_AIM_JOINTS[name])]
            if name.endswith("ankle"):
                # Soles are flat in both rest poses, however high the ankle sits: turn, never tilt.
                own, direction = own * [1, 0, 1], direction * [1, 0, 1]
                inherited = np.eye(3)
            alignments[joint] = rotation_between(inherited @ own, direction) @ inherited
    for side in ("left", "right"):
        toe, ankle = SMPL.index(f"{side}_foot"), SMPL.index(f"{side}_ankle")
        alignments[toe] = alignments[ankle]
    return alignments


def _direction(
    rest: RestPose, placed: Array, bones: list[int], frame: Array, name: str
) -> Array | None:
    """Rest direction (3,) in the body frame of the bone that plays joint `name`, if it has one."""
    if name not in LIMB_AIM_JOINTS or bones[SMPL.index(name)] < 0:
        return None
    bone, target = bones[SMPL.index(name)], bones[SMPL.index(LIMB_AIM_JOINTS[name])]
    if target >= 0:
        end = placed[target]
    elif rest.tails is not None and np.isfinite(rest.tails[bone]).all():
        end = rest.tails[bone] @ frame
    else:
        return None
    direction = end - placed[bone]
    return direction if np.linalg.norm(direction) > 1e-9 else None


def _middle_of_hips(positions: Array, bones: list[int]) -> Array:
    left, right = (bones[SMPL.index(f"{side}_hip")] for side in ("left", "right"))
    return (positions[..., left, :] + positions[..., right, :]) / 2


def _ground(placed: Array, bones: list[int], scale: float) -> Array:
    """(3,) under the hips, at the height where a foot flat on the ground is as high as at rest.

    Ankles are compared and not soles: some people, and more rigs, have high ankles for their legs.
    """
    ground = _middle_of_hips(placed, bones) - scale * (SMPL.offsets[0] + SMPL_HIP_CENTER)
    height = np.mean([placed[bones[ankle], 1] for ankle in ANKLE_JOINTS])
    ground[1] = height - scale * _ANKLE_HEIGHT
    return ground


_ANKLE_HEIGHT = TOE_JOINT_HEIGHT - float(SMPL.offsets[SMPL.index("left_foot"), 1])
"""Metres from the sole of the SMPL body up to its ankle joint, at rest."""
