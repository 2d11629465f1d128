"""A human body found in bones whose names say nothing: by topology, lengths and facing.

A limb is a chain with two long segments one after the other, each of one bone or of several in
line. Two limbs alike that spring from one bone are a pair; two pairs joined by a trunk are a body.
Left and right follow from where the feet point. Of several bodies the one whose arms end in
fingers, then the more whole one, then the larger one is meant: hair, wings and skirts have pairs,
too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeVar

import numpy as np

from ..math.rotations import Array, normalize
from .rest_pose import RestPose

LIMB_JOINTS: Mapping[str, tuple[str, ...]] = {
    "leg": ("hip", "knee", "ankle", "foot"),
    "arm": ("collar", "shoulder", "elbow", "wrist", "hand"),
}
"""Joints of one side from the trunk outwards, without their side."""

_SAME_PLACE = 1e-3
"""Share of the skeleton's extent below which two bones sit in the same place."""
_ALIKE = 0.25
"""How much the segments of a pair of limbs may differ: captured people are not quite symmetric."""
_NEARLY_LONGEST = 0.84
"""Upper arm and forearm have at least this share of a long collar and the upper arm."""
_LEAST_OF_LONGEST = 0.3
"""Arms have at least this share of the legs' length, and the other way round."""
_MOST_PARTS = 4
"""Bones in line that a thigh, shin, upper arm or forearm may be split in."""
_IN_LINE = np.cos(np.radians(2.0))
_LIKE_PARTS = 0.7
"""Parts of one segment are as long as each other up to this share."""
_LIKE_HALVES = 0.7
"""So are thigh and shin, upper arm and forearm, where one of them is split."""

_CROWN = 0.28
"""A head is higher than this share of upper arm and forearm; a joint of the neck is not."""

Bone = TypeVar("Bone", int, str)


def assign_spine_joints(chain: Sequence[Bone]) -> dict[str, Bone]:
    """SMPL's three spine joints on a chain of n bones; the last one carries the shoulders."""
    if not chain:
        return {}
    if len(chain) == 1:
        return {"spine3": chain[0]}
    if len(chain) == 2:
        return {"spine1": chain[0], "spine3": chain[1]}
    picks = np.round(np.linspace(0, len(chain) - 1, 3)).astype(int)
    return {f"spine{n + 1}": chain[i] for n, i in enumerate(picks)}


def detect_body_by_structure(rest: RestPose) -> dict[str, str] | None:
    """SMPL joint name -> bone name, found without names; None where no standing body shows.

    The rest pose may have any up axis, heading and size, but must stand: legs away from the trunk,
    feet (or knees) pointing forward.
    """
    tree = _Tree(rest)
    pairs = list(_pairs(tree))
    longest = max((pair.length for pair in pairs), default=0.0)
    long_enough = [pair for pair in pairs if pair.length > _LEAST_OF_LONGEST * longest > 0]
    best: tuple[bool, int, float] = (False, 0, 0.0)
    body: dict[str, int] = {}
    for one, other in combinations(long_enough, 2):
        if (found := _body(tree, one, other)) is not None:
            hands = all(len(tree.limbs_below(found[f"{s}_wrist"])) > 1 for s in ("left", "right"))
            if (rank := (hands, len(found), one.length + other.length)) > best:
                best, body = rank, found
    return {joint: rest.names[bone] for joint, bone in body.items()} or None


class _Tree:
    """The hierarchy with what the search asks of it again and again."""

    def __init__(self, rest: RestPose) -> None:
        self.rest = rest
        self.children: list[list[int]] = [[] for _ in rest.names]
        self.order: list[int] = [i for i, parent in enumerate(rest.parents) if parent < 0]
        for bone, parent in enumerate(rest.parents):
            if parent >= 0:
                self.children[parent].append(bone)
        for bone in self.order:  # grows while it is walked: parents before children
            self.order.extend(self.children[bone])
        self.reach = np.zeros(len(rest))
        """Length of the longest path from each bone outwards."""
        self.heir: list[int] = [-1] * len(rest)
        """The child on that path."""
        for bone in reversed(self.order):
            for child in self.children[bone]:
                if (length := self.distance(bone, child) + self.reach[child]) > self.reach[bone]:
                    self.reach[bone], self.heir[bone] = length, child
        self.same_place = _SAME_PLACE * float(self.reach.max(initial=0.0))

    def distance(self, a: int, b: int) -> float:
        return float(np.linalg.norm(self.rest.positions[a] - self.rest.positions[b]))

    def longest_path(self, bone: int) -> list[int]:
        path = [bone]
        while self.heir[path[-1]] >= 0:
            path.append(self.heir[path[-1]])
        return path

    def limbs_below(self, bone: int) -> list[int]:
        """Children of a bone from which a chain goes on."""
        return [child for child in self.children[bone] if self.reach[child] > self.same_place]

    def line(self, bone: int) -> list[int]:
        """From the root down to `bone`."""
        return [*reversed(self.rest.ancestors(bone)), bone]


@dataclass(frozen=True)
class _Limb:
    bones: frozenset[int]
    """All bones of the chain, those without length too."""
    before: tuple[int, ...]
    """Bones under the trunk that come before the thigh or upper arm."""
    joints: tuple[int, int, int]
    """Hip, knee, ankle or shoulder, elbow, wrist."""
    after: tuple[int, ...]
    """Bones past the ankle or wrist, outwards."""
    lengths: Array
    """(2,) of thigh and shin or upper arm and forearm."""


@dataclass(frozen=True)
class _Pair:
    trunk: int
    """The bone that both limbs spring from."""
    limbs: tuple[_Limb, _Limb]

    @property
    def length(self) -> float:
        return float(sum(limb.lengths.sum() for limb in self.limbs)) / 2

    @property
    def bones(self) -> frozenset[int]:
        return self.limbs[0].bones | self.limbs[1].bones


def _pairs(tree: _Tree) -> Iterator[_Pair]:
    for trunk in tree.order:
        limbs = [limb for child in tree.children[trunk] if (limb := _limb(tree, child))]
        for one, other in combinations(limbs, 2):
            largest = np.maximum(one.lengths, other.lengths)
            if (np.abs(one.lengths - other.lengths) <= _ALIKE * largest).all():
                yield _Pair(trunk, (one, other))


def _limb(tree: _Tree, bone: int) -> _Limb | None:
    path = tree.longest_path(bone)
    bones = frozenset(path)
    while len(path) > 1 and tree.distance(*path[-2:]) <= tree.same_place:
        path.pop()
    # Of bones in the same place the last one carries the segment; the others are helpers.
    joints = [a for a, b in pairwise(path) if tree.distance(a, b) > tree.same_place] + path[-1:]
    if len(joints) < 3:
        return None
    places = _limb_joints(tree, joints)
    upper, lower, end = (joints[n] for n in places)
    # The hand is the bone that all fingers hang from, also where the first one sits in its place.
    here = [bone for bone in path if tree.distance(bone, end) <= tree.same_place]
    end = next((bone for bone in here if len(tree.children[bone]) > 1), end)
    return _Limb(
        bones=bones,
        before=tuple(joints[: places[0]]),
        joints=(upper, lower, end),
        after=tuple(joints[places[2] + 1 :]),
        lengths=np.array([tree.distance(upper, lower), tree.distance(lower, end)]),
    )


def _limb_joints(tree: _Tree, joints: list[int]) -> tuple[int, int, int]:
    """Where on a chain of bones hip, knee and ankle are, or shoulder, elbow and wrist."""
    lengths = np.array([tree.distance(a, b) for a, b in pairwise(joints)])
    both = lengths[:-1] + lengths[1:]
    first = int(np.flatnonzero(both >= _NEARLY_LONGEST * both.max())[-1])
    best, places = float(both.max()), (first, first + 1, first + 2)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    for start, middle, end in _splits(len(joints)):
        short, long = sorted((along[middle] - along[start], along[end] - along[middle]))
        if short < _LIKE_HALVES * long or short + long <= best:
            continue
        halves = joints[start : middle + 1], joints[middle : end + 1]
        if all(_one_segment(tree, half) for half in halves):
            best, places = short + long, (start, middle, end)
    return places


def _splits(count: int) -> Iterator[tuple[int, int, int]]:
    """Where two segments of a chain may begin, meet and end, one of them at least in parts."""
    for start in range(count):
        for middle in range(start + 1, min(start + _MOST_PARTS + 1, count)):
            for end in range(middle + 1, min(middle + _MOST_PARTS + 1, count)):
                if end - start > 2:
                    yield start, middle, end


def _one_segment(tree: _Tree, bones: list[int]) -> bool:
    """Whether bones one after the other are one segment of a limb: a bone, or equal parts."""
    steps = np.diff(tree.rest.positions[bones], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    straight = normalize(steps[:-1]) * normalize(steps[1:])
    return (
        bool((straight.sum(axis=1) > _IN_LINE).all())
        and lengths.min() >= _LIKE_PARTS * lengths.max()
        and all(len(tree.limbs_below(bone)) < 3 for bone in bones[1:-1])
    )


def _body(tree: _Tree, one: _Pair, other: _Pair) -> dict[str, int] | None:
    lines = [tree.line(pair.trunk) for pair in (one, other)]
    shared = [a for a, b in zip(*lines, strict=False) if a == b]
    limbs = one.bones | other.bones
    if not shared or one.bones & other.bones or limbs.intersection(*lines):
        return None
    legs, arms = (one, other) if _are_legs(tree, one, other) else (other, one)
    axes = _axes(tree, legs, arms)
    if axes is None:
        return None
    up, left = axes
    pelvis = _pelvis(tree, legs, arms, shared[-1])
    body = {"pelvis": pelvis} | assign_spine_joints(_spine(tree, legs, arms, pelvis))
    for kind, pair in (("leg", legs), ("arm", arms)):
        sides = _sides(tree, pair, left)
        if sides is None:
            return None
        for side, limb in zip(sides, pair.limbs, strict=True):
            body |= {f"{side}_{part}": bone for part, bone in _parts(tree, kind, limb).items()}
    return body | _head(tree, arms, set(tree.line(legs.trunk)), up)


def _are_legs(tree: _Tree, one: _Pair, other: _Pair) -> bool:
    """Whether `one` are the legs and `other` the arms."""

    def goes_on(pair: _Pair, away_from: _Pair) -> bool:
        """Whether the trunk goes on past this pair, into a neck and head."""
        line = tree.line(away_from.trunk)
        return any(
            child not in pair.bones and child not in line and tree.heir[child] >= 0
            for child in tree.children[pair.trunk]
        )

    headed = goes_on(one, other), goes_on(other, one)
    if headed[0] != headed[1]:
        return headed[1]
    if one.trunk in tree.rest.ancestors(other.trunk):
        return True
    if other.trunk in tree.rest.ancestors(one.trunk):
        return False
    return one.length > other.length


def _axes(tree: _Tree, legs: _Pair, arms: _Pair) -> tuple[Array, Array] | None:
    """Up and left (3,) of the body, unit length; None where it does not stand or face anywhere."""
    at = tree.rest.positions
    hips, knees, ankles = (np.array([at[limb.joints[n]] for limb in legs.limbs]) for n in range(3))
    shoulders = np.array([at[limb.joints[0]] for limb in arms.limbs])
    up = normalize((shoulders - hips).mean(axis=0))
    if (normalize(ankles - hips) @ up > -0.5).any():
        return None
    size = legs.length
    feet = np.mean([_foot(tree, limb) for limb in legs.limbs], axis=0)
    along = normalize(ankles - hips)
    bend = (knees - hips) - np.sum((knees - hips) * along, axis=1, keepdims=True) * along
    for forward, least in ((feet, 0.05), (bend.mean(axis=0), 0.01)):
        level = forward - (forward @ up) * up
        if np.linalg.norm(level) > least * size:
            return up, np.cross(up, normalize(level))
    return None


def _foot(tree: _Tree, leg: _Limb) -> Array:
    """From the ankle to the toes (3,), or to where the foot ends; zero where neither is known."""
    rest, ankle = tree.rest, leg.joints[2]
    if leg.after:
        return rest.positions[leg.after[0]] - rest.positions[ankle]
    if rest.tails is not None and np.isfinite(rest.tails[ankle]).all():
        return rest.tails[ankle] - rest.positions[ankle]
    return np.zeros(3)


def _sides(tree: _Tree, pair: _Pair, left: Array) -> tuple[str, str] | None:
    at = tree.rest.positions
    one, other = (at[list(limb.joints)] for limb in pair.limbs)
    apart = (one - other) @ left
    # Hips and shoulders stay on their side in any pose; hips in one place leave only knee and foot.
    side = apart[0] if abs(apart[0]) > 0.05 * pair.length else apart.sum()
    if abs(side) < 0.05 * pair.length:
        return None
    return ("left", "right") if side > 0 else ("right", "left")


def _pelvis(tree: _Tree, legs: _Pair, arms: _Pair, junction: int) -> int:
    """The bone that carries legs and trunk, unless that is a root far away, at the feet say."""
    hips = np.mean([tree.rest.positions[limb.joints[0]] for limb in legs.limbs], axis=0)
    far = np.linalg.norm(tree.rest.positions[junction] - hips) > 0.5 * legs.length
    return legs.trunk if far or junction == arms.trunk else junction


def _spine(tree: _Tree, legs: _Pair, arms: _Pair, pelvis: int) -> list[int]:
    """Bones from above the pelvis up to the one that carries the arms."""
    to_legs, to_arms = tree.line(legs.trunk), tree.line(arms.trunk)
    if arms.trunk in to_legs:  # the chest is the root
        below_chest = to_legs[to_legs.index(arms.trunk) :]
        return [bone for bone in reversed(below_chest) if bone != pelvis]
    return [bone for bone in to_arms if bone not in to_legs and bone != pelvis]


def _parts(tree: _Tree, kind: str, limb: _Limb) -> dict[str, int]:
    """Limb part -> bone, without its side."""
    if kind == "leg":
        return dict(zip(LIMB_JOINTS["leg"], (*limb.joints, *limb.after[:1]), strict=False))
    # A finger is not a hand: only a short lone continuation of the wrist is.
    lone = len(tree.children[limb.joints[2]]) == 1 and 0 < len(limb.after) <= 2
    chain = (*limb.joints, *limb.after[:1]) if lone else limb.joints
    parts = dict(zip(LIMB_JOINTS["arm"][1:], chain, strict=False))
    return {"collar": limb.before[-1], **parts} if limb.before else parts


def _head(tree: _Tree, arms: _Pair, not_up: set[int], up: Array) -> dict[str, int]:
    """Neck and head: the chain that goes on upwards from where the arms spring."""
    at = tree.rest.positions

    def height(bone: int) -> float:
        return max(float((at[b] - at[arms.trunk]) @ up) for b in tree.longest_path(bone))

    def upright(bone: int) -> float:
        """How high a branch goes, less for one that goes aside, as wings do."""
        ways = [at[b] - at[arms.trunk] for b in tree.longest_path(bone)]
        return max(float(way @ up) * float(normalize(way) @ up) for way in ways)

    branches = [
        bone
        for bone in tree.children[arms.trunk]
        if bone not in arms.bones and bone not in not_up and height(bone) > tree.same_place
    ]
    if not branches:
        return {}
    chain = [max(branches, key=upright)]
    while len(children := tree.children[chain[-1]]) == 1:
        if (at[children[0]] - at[chain[-1]]) @ up <= tree.same_place:
            break
        chain.append(children[0])
    if len(chain) == 1:
        return {"head": chain[0]}
    if len(chain) > 2 and not tree.children[chain[-1]]:
        rises = [tree.distance(a, b) for a, b in pairwise(chain)]
        if rises[-1] > max(1.5 * rises[-2], _CROWN * arms.length):
            chain.pop()  # the crown of the head, which carries nothing
    return {"neck": chain[0], "head": chain[-1]}
