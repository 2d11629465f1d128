"""Parts of the body that a motion can animate alone, and blending with the existing motion."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, slerp
from ..math.signals import smoothstep
from ..retarget.take_to_rig import Rig, RigMotion, with_constraint_parents
from ..rigs.bone_structure import LIMB_JOINTS
from ..rigs.rest_pose import RestPose

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
    joints = BODY_PARTS[part]
    joint_of = {bone: joint for joint, bone in rig.bone_map.bones.items()}
    # Bones without a joint carry the body, so they belong to the pelvis.
    columns = [n for n, bone in enumerate(motion.bones) if joint_of.get(bone, "pelvis") in joints]
    bones = tuple(motion.bones[n] for n in columns)
    location_columns = [
        n
        for n, bone in enumerate(motion.translated_bones)
        if joint_of.get(bone, "pelvis") in joints
    ]
    return replace(
        motion,
        bones=bones,
        rotations=motion.rotations[:, columns],
        translated_bones=tuple(motion.translated_bones[n] for n in location_columns),
        locations=motion.locations[:, location_columns],
        intermediate_bones=_intermediate_bones(
            with_constraint_parents(rig.rest_pose, rig.bone_map), bones, motion.intermediate_bones
        ),
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
    """Blend a motion into another one of the same bones.

    Args:
        motion: Motion with weight 1.
        before: Motion with weight 0.
        weights: (T,) from 0 to 1.
    """
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


def _intermediate_bones(
    rest: RestPose, bones: tuple[str, ...], candidates: tuple[str, ...]
) -> tuple[str, ...]:
    """Candidates that lie between two of the bones in the hierarchy."""
    index = rest.bone_indices()
    intermediate: set[str] = set()
    for bone in bones:
        ancestors = [rest.names[n] for n in rest.ancestors(index[bone])]
        extracted_above = [n for n, name in enumerate(ancestors) if name in bones]
        if extracted_above:
            intermediate.update(ancestors[: extracted_above[0]])
    return tuple(name for name in candidates if name in intermediate)
