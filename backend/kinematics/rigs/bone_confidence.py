"""How far a map of bones can be trusted, and why: names alone do not make a body.

The confidence is the share of the body's joints that have a bone in a credible place, times how
alike left and right are:

- A joint counts if a bone plays it and its part of the body (trunk, an arm, a leg) looks like one
  at rest: its bones hang on each other, its two long segments are of like length, legs point away
  from the trunk, the trunk rises to the head, left is left of where the feet point.
- Left and right are as alike as the most different pair of long segments is in length, times the
  mean cosine between the directions of each pair, one of them mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize
from .rest_pose import RestPose

SCORED_JOINTS = tuple(name for name in SMPL.names if not name.endswith("_hand"))
"""The 22 joints that count: few rigs have a bone that is SMPL's hand."""

_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_LEG = ("hip", "knee", "ankle", "foot")
_ARM = ("collar", "shoulder", "elbow", "wrist")
_LIKE_HALVES = 0.45
"""Thigh and shin, upper arm and forearm are as long as each other up to this share."""
_LIKE_LIMBS = 0.4
"""So are arms and legs."""
_AWAY = 0.3
"""Cosine between a leg and the way down the trunk from which on the leg points away from it."""
_LEVEL = 0.05
"""Share of a leg by which something lies ahead or aside, rather than just in place."""


@dataclass(frozen=True)
class BoneMapConfidence:
    """How far a map of bones can be trusted."""

    score: float
    """From 0, nothing fits, to 1, every joint has a bone where it should be."""
    mapped_joints: int
    """How many of `BODY` have a bone."""
    asymmetry: tuple[float, float]
    """How left and right differ: share of length in the worst pair, mean angle in radians."""
    issues: tuple[str, ...]
    """What does not look like a body at rest, as ends of a sentence."""

    def reasons(self, origin: str) -> tuple[str, ...]:
        """Short sentences without a full stop.

        Args:
            origin: where the bones come from, such as "by name, as of Mixamo".
        """
        length, angle = self.asymmetry
        differ = (
            f"Left and right differ by {length:.0%} in length, {np.degrees(angle):.0f}° in pose"
        )
        doubts = (doubt[0].upper() + doubt[1:] for doubt in self.issues)
        return (f"{self.mapped_joints} of {len(SCORED_JOINTS)} joints {origin}", differ, *doubts)


def bone_map_confidence(bones: Mapping[str, str], rest: RestPose) -> BoneMapConfidence:
    """Compare the bones of a map with a body at rest.

    Args:
        bones: SMPL joint -> bone; hips, knees, ankles, shoulders, elbows and wrists are there.
        rest: the rig at rest, in any frame and unit.
    """
    index = rest.bone_indices()
    place = {joint: index[bone] for joint, bone in bones.items() if bone in index}
    at = {joint: rest.positions[bone] for joint, bone in place.items()}
    doubted: dict[str, list[str]] = {}
    for part, doubt in _doubts(place, at, rest):
        doubted.setdefault(doubt, []).append(part)
    wrong = {joint for parts in doubted.values() for part in parts for joint in _joints_of(part)}
    unlike = _unlike(at)
    credible = [joint for joint in SCORED_JOINTS if joint in place and joint not in wrong]
    share = (
        len(credible) / len(SCORED_JOINTS) * (1 - unlike[0]) * max(0.0, float(np.cos(unlike[1])))
    )
    joints = sum(joint in place for joint in SCORED_JOINTS)
    doubts = (doubt.format(_listed(parts)) for doubt, parts in doubted.items())
    return BoneMapConfidence(share, joints, unlike, tuple(doubts))


def is_quadruped(bones: Mapping[str, str], rest: RestPose) -> bool:
    """Whether arms and legs of a map stand side by side under a trunk that lies level."""
    index = rest.bone_indices()
    at = {joint: rest.positions[index[bone]] for joint, bone in bones.items()}
    legs, arms = (
        normalize(_mean(at, end) - _mean(at, start))
        for start, end in (("hip", "ankle"), ("shoulder", "wrist"))
    )
    trunk = normalize(_mean(at, "shoulder") - _mean(at, "hip"))
    return bool(legs @ arms > 0.8 and abs(trunk @ legs) < 0.5 and abs(trunk @ arms) < 0.5)


def _doubts(
    place: Mapping[str, int], at: Mapping[str, Array], rest: RestPose
) -> Iterator[tuple[str, str]]:
    """Parts of the body that do not look like one, and a sentence with a gap for the parts."""
    up = normalize(_mean(at, "shoulder") - _mean(at, "hip"))
    legs, arms = _length(at, "leg"), _length(at, "arm")
    for kind, chain in (("leg", _LEG), ("arm", _ARM)):
        for side in ("left", "right"):
            part = f"{side} {kind}"
            # Arms of control rigs do not always hang on their collar.
            named = (f"{side}_{name}" for name in chain if name != "collar")
            joints = [joint for joint in named if joint in place]
            if any(place[a] not in rest.ancestors(place[b]) for a, b in pairwise(joints)):
                yield part, "the bones of the {} do not hang on each other"
            halves = sorted(float(np.linalg.norm(way)) for way in _segments(at, side, kind))
            if not halves[0] >= _LIKE_HALVES * halves[1] > 0:
                yield part, "the two long bones of the {} differ in length"
            upwards = normalize(at[f"{side}_hip"] - at[f"{side}_ankle"])
            if kind == "leg" and not upwards @ up > _AWAY:
                yield part, "the {} does not point away from the trunk"
            if kind == "arm" and not _LIKE_LIMBS * max(arms, legs) < min(arms, legs):
                yield part, "the {} does not go with the length of the legs"
    heights = [at[joint] @ up for joint in _TRUNK if joint in at]
    if not (np.diff(heights) > -_LEVEL * legs).all() or heights[0] > _mean(at, "shoulder") @ up:
        yield "trunk", "the {} does not rise from the pelvis to the head"
    yield from _swapped(at, rest, place, up, legs)


def _swapped(
    at: Mapping[str, Array], rest: RestPose, place: Mapping[str, int], up: Array, legs: float
) -> Iterator[tuple[str, str]]:
    """Limbs whose left is not left, seen from where the feet point, or else from the hips."""
    ways = [_foot(at, rest, place, side) for side in ("left", "right")]
    ahead = np.mean(ways, axis=0)
    ahead = ahead - (ahead @ up) * up
    if np.linalg.norm(ahead) > _LEVEL * legs:
        left = np.cross(up, normalize(ahead))
    else:
        left = normalize(at["left_hip"] - at["right_hip"])
    for kind, joint in (("leg", "hip"), ("arm", "shoulder")):
        if not (at[f"left_{joint}"] - at[f"right_{joint}"]) @ left > 0:
            for side in ("left", "right"):
                yield f"{side} {kind}", "the {} are not on their side"


def _foot(at: Mapping[str, Array], rest: RestPose, place: Mapping[str, int], side: str) -> Array:
    """From an ankle to the toes (3,), or to where the foot ends; zero where neither is known."""
    ankle = at[f"{side}_ankle"]
    if f"{side}_foot" in at:
        return at[f"{side}_foot"] - ankle
    tip = rest.tails[place[f"{side}_ankle"]] if rest.tails is not None else np.full(3, np.nan)
    return tip - ankle if np.isfinite(tip).all() else np.zeros(3)


def _unlike(at: Mapping[str, Array]) -> tuple[float, float]:
    """How left and right differ: share of length in the worst pair, mean angle in radians."""
    across = normalize(_apart(at, "hip")) + normalize(_apart(at, "shoulder"))
    mirror = np.eye(3) - 2 * np.outer(normalize(across), normalize(across))
    lengths, angles = [], []
    for kind in ("leg", "arm"):
        pairs = zip(_segments(at, "left", kind), _segments(at, "right", kind), strict=True)
        for one, other in pairs:
            short, long = sorted(float(np.linalg.norm(way)) for way in (one, other))
            lengths.append(1 - short / long if long > 0 else 1.0)
            angles.append(np.arccos(np.clip(normalize(one) @ normalize(mirror @ other), -1, 1)))
    return float(max(lengths)), float(np.mean(angles))


def _segments(at: Mapping[str, Array], side: str, kind: str) -> list[Array]:
    """The two long segments of a limb, (3,) each."""
    joints = ("hip", "knee", "ankle") if kind == "leg" else ("shoulder", "elbow", "wrist")
    places = [at[f"{side}_{joint}"] for joint in joints]
    return [places[1] - places[0], places[2] - places[1]]


def _length(at: Mapping[str, Array], kind: str) -> float:
    """Of a leg or an arm, the mean of both sides."""
    ways = [way for side in ("left", "right") for way in _segments(at, side, kind)]
    return float(np.linalg.norm(ways, axis=1).sum()) / 2


def _apart(at: Mapping[str, Array], joint: str) -> Array:
    return at[f"left_{joint}"] - at[f"right_{joint}"]


def _mean(at: Mapping[str, Array], joint: str) -> Array:
    return (at[f"left_{joint}"] + at[f"right_{joint}"]) / 2


def _joints_of(part: str) -> tuple[str, ...]:
    side, _, kind = part.rpartition(" ")
    chain = {"leg": _LEG, "arm": _ARM}.get(kind)
    return tuple(f"{side}_{joint}" for joint in chain) if chain else _TRUNK


def _listed(parts: list[str]) -> str:
    """Parts in one phrase: 'left and right leg'."""
    kinds = {part.rpartition(" ")[2] for part in parts}
    phrases = []
    for kind in sorted(kinds, reverse=True):
        sides = [part.rpartition(" ")[0] for part in parts if part.endswith(kind)]
        phrases.append(" ".join(filter(None, (" and ".join(sides), kind))))
    return " and ".join(phrases)
