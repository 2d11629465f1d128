"""Parts of the body that a motion can animate alone, and blending with the existing motion."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, slerp
from ..math.signals import smoothstep
from ..retarget.take_to_rig import Rig, RigMotion, with_constraint_parents
from ..rigs.bone_structure import LIMB_JOINTS

_LEFT_ARM, _RIGHT_ARM, _LEFT_LEG, _RIGHT_LEG = (
    tuple(f"{side}_{joint}" for joint in LIMB_JOINTS[kind])
    for kind in ("arm", "leg")
    for side in ("left", "right")
)
_TRUNK, _HEAD = ("spine1", "spine2", "spine3"), ("neck", "head")

BODY_PARTS: Mapping[str, tuple[str, ...]] = {
    "BODY": SMPL.names,
    "UPPER_BODY": (*_TRUNK, *_HEAD, *_LEFT_ARM, *_RIGHT_ARM),
    "LOWER_BODY": ("pelvis", *_LEFT_LEG, *_RIGHT_LEG),
    "ARMS": (*_LEFT_ARM, *_RIGHT_ARM),
    "LEFT_ARM": _LEFT_ARM,
    "RIGHT_ARM": _RIGHT_ARM,
    "HEAD": _HEAD,
}
"""SMPL joints of each part. Translation belongs to the pelvis."""


def extract_body_part(motion: RigMotion, rig: Rig, part: str) -> RigMotion:
    """Extract the motion of one of `BODY_PARTS`; the bones above it are left out."""
    if part == "BODY":
        return motion
    joint_of = {bone: joint for joint, bone in rig.bone_map.bones.items()}

    def columns_of(bones: tuple[str, ...]) -> list[int]:
        # Bones without a joint carry the body, so they belong to the pelvis.
        joints = [joint_of.get(bone, "pelvis") for bone in bones]
        return [n for n, joint in enumerate(joints) if joint in BODY_PARTS[part]]

    columns, location_columns = columns_of(motion.bones), columns_of(motion.translated_bones)
    bones = tuple(motion.bones[n] for n in columns)
    rest = with_constraint_parents(rig.rest_pose, rig.bone_map)
    index = rest.bone_indices()
    intermediate: set[str] = set()
    for bone in bones:
        ancestors = [rest.names[n] for n in rest.ancestors(index[bone])]
        if extracted_above := [n for n, name in enumerate(ancestors) if name in bones]:
            intermediate.update(ancestors[: extracted_above[0]])
    return RigMotion(
        bones=bones,
        rotations=motion.rotations[:, columns],
        translated_bones=tuple(motion.translated_bones[n] for n in location_columns),
        locations=motion.locations[:, location_columns],
        intermediate_bones=tuple(b for b in motion.intermediate_bones if b in intermediate),
    )


def is_in_body_part(bone: str, rig: Rig, part: str) -> bool:
    """Check whether a bone that plays no joint, such as one with switches of a rig, belongs to a
    part: the part of the nearest joint."""
    rest, bones = rig.rest_pose, rig.bone_map.bones
    index = rest.bone_indices()
    head = rest.positions[index[bone]]

    def distance(joint: str) -> float:
        return float(np.linalg.norm(rest.positions[index[bones[joint]]] - head))

    return min(bones, key=distance) in BODY_PARTS[part]


def blend_motions(motion: RigMotion, before: RigMotion, weights: Array) -> RigMotion:
    """Blend two motions of the same bones; `weights` (T,) from 0 to 1 are those of the first."""
    w = weights[:, None, None]
    return replace(
        motion,
        rotations=slerp(before.rotations, motion.rotations, weights[:, None]),
        locations=(1 - w) * before.locations + w * motion.locations,
    )


def blend_weights(frames: Array, fade_in: float, fade_out: float) -> Array:
    """Weights (T,) that rise from 0 to 1 over the first scene frames and fall over the last.

    Args:
        fade_out: Frames of the fall; 0 for none.
    """
    rising = smoothstep((frames - frames[0] + 1) / (fade_in + 1))
    falling = smoothstep((frames[-1] - frames + 1) / (fade_out + 1))
    return np.minimum(rising, falling)
