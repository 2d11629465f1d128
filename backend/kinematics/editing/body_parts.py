"""Parts of the body that can be animated by themselves, and how they blend into what was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, slerp
from ..math.signals import smoothstep
from ..retarget.take_to_rig import RigMotion, with_constraint_parents
from ..rigs.bone_map import BoneMap
from ..rigs.rest_pose import RestPose

_ARM = ("collar", "shoulder", "elbow", "wrist", "hand")
_LEG = ("hip", "knee", "ankle", "foot")
_LEFT_ARM, _RIGHT_ARM = (tuple(f"{side}_{joint}" for joint in _ARM) for side in ("left", "right"))
_LEGS = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in _LEG)
_TRUNK, _HEAD = ("spine1", "spine2", "spine3"), ("neck", "head")

BODY_PARTS: Mapping[str, tuple[str, ...]] = {
    "BODY": SMPL.names,
    "UPPER_BODY": (*_TRUNK, *_HEAD, *_LEFT_ARM, *_RIGHT_ARM),
    "LOWER_BODY": ("pelvis", *_LEGS),
    "ARMS": (*_LEFT_ARM, *_RIGHT_ARM),
    "LEFT_ARM": _LEFT_ARM,
    "RIGHT_ARM": _RIGHT_ARM,
    "HEAD": _HEAD,
}
"""The SMPL joints of each part. The way through space goes with the pelvis."""


def extract_body_part(motion: RigMotion, rest: RestPose, bone_map: BoneMap, part: str) -> RigMotion:
    """What of a motion moves one of `PARTS`; the bones above it are left to whoever moves them."""
    if part == "BODY":
        return motion
    joints = BODY_PARTS[part]
    played = {bone: joint for joint, bone in bone_map.bones.items()}
    # Bones that carry the body and play no joint go with the pelvis.
    kept = [n for n, bone in enumerate(motion.bones) if played.get(bone, "pelvis") in joints]
    bones = tuple(motion.bones[n] for n in kept)
    goes = [
        n for n, bone in enumerate(motion.translated_bones) if played.get(bone, "pelvis") in joints
    ]
    return replace(
        motion,
        bones=bones,
        rotations=motion.rotations[:, kept],
        translated_bones=tuple(motion.translated_bones[n] for n in goes),
        locations=motion.locations[:, goes],
        intermediate_bones=_between(
            with_constraint_parents(rest, bone_map), bones, motion.intermediate_bones
        ),
    )


def is_in_body_part(bone: str, rest: RestPose, bone_map: BoneMap, part: str) -> bool:
    """Whether a bone that plays no joint, such as one with a rig's switches, belongs to a part:
    the joint that it sits nearest to does."""
    index = rest.bone_indices()
    here = rest.positions[index[bone]]

    def away(joint: str) -> float:
        return float(np.linalg.norm(rest.positions[index[bone_map.bones[joint]]] - here))

    return min(bone_map.bones, key=away) in BODY_PARTS[part]


def blend_motions(motion: RigMotion, before: RigMotion, weights: Array) -> RigMotion:
    """A motion that takes over from another of the same bones.

    Args:
        motion: what weighs (T,) from 0 to 1.
        before: what the bones did at the same times.
    """
    share = weights[:, None, None]
    return replace(
        motion,
        rotations=slerp(before.rotations, motion.rotations, weights[:, None]),
        locations=(1 - share) * before.locations + share * motion.locations,
    )


def blend_weights(frames: Array, fade_in: float, fade_out: float) -> Array:
    """(T,) from 0 to 1: rising over the first scene frames and falling over the last.

    Args:
        frames: (T,) scene frames of a motion.
        fade_in: how many frames it takes to take over.
        fade_out: how many frames it takes to give back; 0 for not at all.
    """
    rising = smoothstep((frames - frames[0] + 1) / (fade_in + 1))
    falling = smoothstep((frames[-1] - frames + 1) / (fade_out + 1))
    return np.minimum(rising, falling)


def _between(rest: RestPose, bones: tuple[str, ...], between: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `between` that lie on the way from one of the bones to another."""
    index = rest.bone_indices()
    found: set[str] = set()
    for bone in bones:
        above = [rest.names[n] for n in rest.ancestors(index[bone])]
        reached = [n for n, name in enumerate(above) if name in bones]
        if reached:
            found.update(above[: reached[0]])
    return tuple(name for name in between if name in found)
