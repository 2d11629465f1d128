"""Confidence of a bone map: do the named bones form a plausible body?

The confidence is the fraction of the body's joints whose bone is plausible, times the similarity of
left and right:

- A joint counts if a bone plays it and its part of the body (trunk, an arm, a leg) is plausible at
  rest: its bones descend from each other, its two long segments have similar lengths, legs point
  away from the trunk, the trunk rises to the head, and left is on the left of the feet's direction.
- The similarity is the length ratio of the most different pair of long segments, times the mean
  cosine between the directions of each pair, one of them mirrored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize
from .bone_structure import LIMB_JOINTS
from .rest_pose import RestPose

SCORED_JOINTS = tuple(name for name in SMPL.names if not name.endswith("_hand"))
"""The 22 joints that count; few rigs have a bone for the hands of SMPL."""

_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_MIN_HALVES_RATIO = 0.45
"""Length ratio of thigh and shin, and of upper arm and forearm."""
_MIN_LIMBS_RATIO = 0.4
"""Length ratio of arms and legs."""
_MIN_LEG_COSINE = 0.3
"""Cosine between a leg and the direction down the trunk."""
_TOLERANCE = 0.05
"""Fraction of a leg's length that counts as zero."""


@dataclass(frozen=True)
class BoneMapConfidence:
    """Confidence of a bone map and the reasons for it."""

    score: float
    """From 0, nothing fits, to 1, every joint has a plausible bone."""
    mapped_joints: int
    """Number of `SCORED_JOINTS` that have a bone."""
    asymmetry: tuple[float, float]
    """Difference of left and right: relative length of the worst pair, mean angle in radians."""
    issues: tuple[str, ...]
    """Descriptions of implausible parts, as clauses in lower case."""

    def reasons(self, origin: str) -> tuple[str, ...]:
        """Sentences without a full stop that explain the confidence, given the `origin` of the
        bones, such as "by name, as of Mixamo"."""
        length, angle = self.asymmetry
        return (
            f"{self.mapped_joints} of {len(SCORED_JOINTS)} joints {origin}",
            f"Left and right differ by {length:.0%} in length, {np.degrees(angle):.0f}° in pose",
            *(issue[0].upper() + issue[1:] for issue in self.issues),
        )


class _RestBody:
    """Joints of a mapped body at rest."""

    def __init__(self, bones: Mapping[str, str], rest: RestPose) -> None:
        index = rest.bone_indices()
        self.rest = rest
        self.bones = {joint: index[bone] for joint, bone in bones.items() if bone in index}
        self.heads = {joint: rest.positions[bone] for joint, bone in self.bones.items()}
        self.up = normalize(self.middle("shoulder") - self.middle("hip"))

    def middle(self, joint: str) -> Array:
        """(3,) between the left and the right joint."""
        return (self.heads[f"left_{joint}"] + self.heads[f"right_{joint}"]) / 2

    def across(self, joint: str) -> Array:
        """(3,) from the right to the left joint."""
        return self.heads[f"left_{joint}"] - self.heads[f"right_{joint}"]

    def segments(self, side: str, kind: str) -> tuple[Array, Array]:
        """Two long segments of a leg or an arm, (3,) each."""
        joints = ("hip", "knee", "ankle") if kind == "leg" else ("shoulder", "elbow", "wrist")
        root, middle, end = (self.heads[f"{side}_{joint}"] for joint in joints)
        return middle - root, end - middle

    def limb_length(self, kind: str) -> float:
        segments = [*self.segments("left", kind), *self.segments("right", kind)]
        return float(np.linalg.norm(segments, axis=1).sum()) / 2


def bone_map_confidence(bones: Mapping[str, str], rest: RestPose) -> BoneMapConfidence:
    """Compare the bones of a map with a body at rest.

    Args:
        bones: SMPL joint -> bone, with hips, knees, ankles, shoulders, elbows and wrists.
        rest: The rig at rest, in any frame and unit.
    """
    body = _RestBody(bones, rest)
    parts_by_issue: dict[str, list[str]] = {}
    for part, issue in _find_issues(body):
        parts_by_issue.setdefault(issue, []).append(part)
    doubtful = {
        joint for parts in parts_by_issue.values() for part in parts for joint in _joints_of(part)
    }
    mapped = [joint for joint in SCORED_JOINTS if joint in body.bones]
    credible = sum(joint not in doubtful for joint in mapped)
    length, angle = asymmetry = _asymmetry(body)
    score = credible / len(SCORED_JOINTS) * (1 - length) * max(0.0, float(np.cos(angle)))
    issues = (issue.format(_join_parts(parts)) for issue, parts in parts_by_issue.items())
    return BoneMapConfidence(score, len(mapped), asymmetry, tuple(issues))


def is_quadruped(bones: Mapping[str, str], rest: RestPose) -> bool:
    """Check whether arms and legs stand side by side under a level trunk."""
    body = _RestBody(bones, rest)
    legs, arms = (
        normalize(body.middle(end) - body.middle(start))
        for start, end in (("hip", "ankle"), ("shoulder", "wrist"))
    )
    return bool(legs @ arms > 0.8 and abs(body.up @ legs) < 0.5 and abs(body.up @ arms) < 0.5)


def _find_issues(body: _RestBody) -> Iterator[tuple[str, str]]:
    """Implausible parts of the body, each with a clause that has a placeholder for the parts."""
    legs, arms = body.limb_length("leg"), body.limb_length("arm")
    for kind in ("leg", "arm"):
        for side in ("left", "right"):
            part = f"{side} {kind}"
            # In control rigs arms do not always descend from their collar.
            names = [joint for joint in _joints_of(part) if not joint.endswith("collar")]
            bones = [body.bones[joint] for joint in names if joint in body.bones]
            if any(a not in body.rest.ancestors(b) for a, b in pairwise(bones)):
                yield part, "the bones of the {} do not descend from each other"
            lengths = sorted(float(np.linalg.norm(v)) for v in body.segments(side, kind))
            if not lengths[0] >= _MIN_HALVES_RATIO * lengths[1] > 0:
                yield part, "the two long bones of the {} differ in length"
            upwards = normalize(body.heads[f"{side}_hip"] - body.heads[f"{side}_ankle"])
            if kind == "leg" and not upwards @ body.up > _MIN_LEG_COSINE:
                yield part, "the {} does not point away from the trunk"
            if kind == "arm" and not _MIN_LIMBS_RATIO * max(arms, legs) < min(arms, legs):
                yield part, "the {} is too short or too long for the legs"
    heights = [body.heads[joint] @ body.up for joint in _TRUNK if joint in body.heads]
    rises = (np.diff(heights) > -_TOLERANCE * legs).all()
    if not rises or heights[0] > body.middle("shoulder") @ body.up:
        yield "trunk", "the {} does not rise from the pelvis to the head"
    yield from _find_swapped_limbs(body, legs)


def _find_swapped_limbs(body: _RestBody, legs: float) -> Iterator[tuple[str, str]]:
    """Limbs on the wrong side, relative to the direction of the feet or else to the hips."""
    feet = [
        body.rest.bone_vector(body.bones[f"{side}_ankle"], body.bones.get(f"{side}_foot", -1))
        for side in ("left", "right")
    ]
    forward = np.mean(feet, axis=0)
    forward = forward - (forward @ body.up) * body.up
    if np.linalg.norm(forward) > _TOLERANCE * legs:
        left = np.cross(body.up, normalize(forward))
    else:
        left = normalize(body.across("hip"))
    for kind, joint in (("leg", "hip"), ("arm", "shoulder")):
        if not body.across(joint) @ left > 0:
            for side in ("left", "right"):
                yield f"{side} {kind}", "the {} are not on their side"


def _asymmetry(body: _RestBody) -> tuple[float, float]:
    """Difference of left and right: relative length of the worst pair, mean angle in radians."""
    lateral = normalize(normalize(body.across("hip")) + normalize(body.across("shoulder")))
    mirror = np.eye(3) - 2 * np.outer(lateral, lateral)
    lengths, angles = [], []
    for kind in ("leg", "arm"):
        pairs = zip(body.segments("left", kind), body.segments("right", kind), strict=True)
        for left, right in pairs:
            short, long = sorted(float(np.linalg.norm(v)) for v in (left, right))
            lengths.append(1 - short / long if long > 0 else 1.0)
            angles.append(np.arccos(np.clip(normalize(left) @ normalize(mirror @ right), -1, 1)))
    return float(max(lengths)), float(np.mean(angles))


def _joints_of(part: str) -> tuple[str, ...]:
    """SMPL joints of 'trunk' or a part such as 'left arm', without its hand."""
    side, _, kind = part.rpartition(" ")
    joints = (f"{side}_{joint}" for joint in LIMB_JOINTS.get(kind, ()) if joint != "hand")
    return tuple(joints) or _TRUNK


def _join_parts(parts: list[str]) -> str:
    """Join parts to a phrase: 'left and right leg'."""
    kinds = {part.rpartition(" ")[2] for part in parts}
    phrases = []
    for kind in sorted(kinds, reverse=True):
        sides = [part.rpartition(" ")[0] for part in parts if part.endswith(kind)]
        phrases.append(" ".join(filter(None, (" and ".join(sides), kind))))
    return " and ".join(phrases)
