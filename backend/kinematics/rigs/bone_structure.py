"""Find a human body in bones with meaningless names: by topology, lengths and facing.

A limb is a chain with two consecutive long segments, each of one bone or of several in line. Two
similar limbs on one bone are a pair; two pairs joined by a trunk are a body. Left and right follow
from the direction of the feet. Of several candidates the one whose arms end in fingers wins, then
the more complete, then the larger one: hair, wings and skirts form pairs, too.
"""

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

_ZERO_LENGTH = 1e-3
"""Fraction of the skeleton's extent below which two bones are in the same place."""
_PAIR_TOLERANCE = 0.25
"""Relative difference of the segments of a pair: captured people are not quite symmetric."""
_NEAR_LONGEST = 0.84
"""Upper arm and forearm have at least this fraction of a long collar and the upper arm."""
_MIN_LENGTH = 0.3
"""Arms have at least this fraction of the legs' length, and legs of the arms'."""
_MAX_SEGMENT_BONES = 4
"""Bones in line that make up a thigh, shin, upper arm or forearm."""
_STRAIGHT_COSINE = np.cos(np.radians(2.0))
"""Cosine between bones of one segment."""
_EQUAL_PARTS = 0.7
"""Ratio of the shortest to the longest part of one segment."""
_EQUAL_HALVES = 0.7
"""Ratio of thigh and shin, or upper arm and forearm, if one of them is split."""

_CROWN_HEIGHT = 0.28
"""Fraction of the arm's length above which the last bone is the crown, not a joint of the neck."""

Bone = TypeVar("Bone", int, str)


def assign_spine_joints(chain: Sequence[Bone]) -> dict[str, Bone]:
    """Map SMPL's three spine joints to a chain of n bones; the last one carries the shoulders."""
    joints = {0: "", 1: "3", 2: "13"}.get(len(chain), "123")
    picks = np.round(np.linspace(0, len(chain) - 1, len(joints))).astype(int)
    return {f"spine{n}": chain[i] for n, i in zip(joints, picks, strict=True)}


def detect_body_by_structure(rest: RestPose) -> dict[str, str] | None:
    """Map SMPL joint names to bone names by structure; None if there is no standing body.

    The rest pose may have any up axis, heading and size, but must stand: legs point away from the
    trunk, feet (or knees) point forward.
    """
    tree = _Tree(rest)
    pairs = list(_pairs(tree))
    longest = max((pair.length for pair in pairs), default=0.0)
    long_enough = [pair for pair in pairs if pair.length > _MIN_LENGTH * longest > 0]
    best: tuple[bool, int, float] = (False, 0, 0.0)
    body: dict[str, int] = {}
    for first, second in combinations(long_enough, 2):
        if (candidate := _body_of_pairs(tree, first, second)) is not None:
            wrists = (candidate["left_wrist"], candidate["right_wrist"])
            hands = all(len(tree.limbs_below(wrist)) > 1 for wrist in wrists)
            if (rank := (hands, len(candidate), first.length + second.length)) > best:
                best, body = rank, candidate
    return {joint: rest.names[bone] for joint, bone in body.items()} or None


class _Tree:
    """The hierarchy with cached paths and lengths."""

    def __init__(self, rest: RestPose) -> None:
        self.rest = rest
        self.children: list[list[int]] = [[] for _ in rest.names]
        self.order: list[int] = [i for i, parent in enumerate(rest.parents) if parent < 0]
        for bone, parent in enumerate(rest.parents):
            if parent >= 0:
                self.children[parent].append(bone)
        for bone in self.order:  # grows during the loop: parents before children
            self.order.extend(self.children[bone])
        self.reach = np.zeros(len(rest))
        """Length of the longest path from each bone outwards."""
        self.next_bone: list[int] = [-1] * len(rest)
        """The child on that path."""
        for bone in reversed(self.order):
            for child in self.children[bone]:
                length = self.distance(bone, child) + self.reach[child]
                if length > self.reach[bone]:
                    self.reach[bone], self.next_bone[bone] = length, child
        self.zero_length = _ZERO_LENGTH * float(self.reach.max(initial=0.0))

    def distance(self, a: int, b: int) -> float:
        return float(np.linalg.norm(self.rest.positions[a] - self.rest.positions[b]))

    def longest_path(self, bone: int) -> list[int]:
        path = [bone]
        while self.next_bone[path[-1]] >= 0:
            path.append(self.next_bone[path[-1]])
        return path

    def limbs_below(self, bone: int) -> list[int]:
        return [child for child in self.children[bone] if self.reach[child] > self.zero_length]

    def path_to(self, bone: int) -> list[int]:
        return [*reversed(self.rest.ancestors(bone)), bone]


@dataclass(frozen=True)
class _Limb:
    bones: frozenset[int]
    """All bones of the chain, also those without length."""
    before: tuple[int, ...]
    """Bones between the trunk and the thigh or upper arm."""
    joints: tuple[int, int, int]
    """Hip, knee, ankle or shoulder, elbow, wrist."""
    after: tuple[int, ...]
    """Bones beyond the ankle or wrist."""
    lengths: Array
    """(2,) lengths of thigh and shin, or of upper arm and forearm."""


@dataclass(frozen=True)
class _Pair:
    trunk: int
    """Bone that both limbs branch from."""
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
        for first, second in combinations(limbs, 2):
            largest = np.maximum(first.lengths, second.lengths)
            if (np.abs(first.lengths - second.lengths) <= _PAIR_TOLERANCE * largest).all():
                yield _Pair(trunk, (first, second))


def _limb(tree: _Tree, bone: int) -> _Limb | None:
    path = tree.longest_path(bone)
    bones = frozenset(path)
    while len(path) > 1 and tree.distance(*path[-2:]) <= tree.zero_length:
        path.pop()
    # Of bones in the same place the last one carries the segment; the others are helpers.
    joints = [a for a, b in pairwise(path) if tree.distance(a, b) > tree.zero_length] + path[-1:]
    if len(joints) < 3:
        return None
    split = _limb_joints(tree, joints)
    upper, lower, end = (joints[n] for n in split)
    # The hand is the bone that carries all fingers, even if the first finger starts in its place.
    coincident = [bone for bone in path if tree.distance(bone, end) <= tree.zero_length]
    end = next((bone for bone in coincident if len(tree.children[bone]) > 1), end)
    return _Limb(
        bones=bones,
        before=tuple(joints[: split[0]]),
        joints=(upper, lower, end),
        after=tuple(joints[split[2] + 1 :]),
        lengths=np.array([tree.distance(upper, lower), tree.distance(lower, end)]),
    )


def _limb_joints(tree: _Tree, joints: list[int]) -> tuple[int, int, int]:
    """Positions on a chain of bones of hip, knee and ankle, or of shoulder, elbow and wrist."""
    lengths = np.array([tree.distance(a, b) for a, b in pairwise(joints)])
    both = lengths[:-1] + lengths[1:]
    first = int(np.flatnonzero(both >= _NEAR_LONGEST * both.max())[-1])
    best, best_split = float(both.max()), (first, first + 1, first + 2)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    for start, middle, end in _splits(len(joints)):
        short, long = sorted((along[middle] - along[start], along[end] - along[middle]))
        if short < _EQUAL_HALVES * long or short + long <= best:
            continue
        halves = joints[start : middle + 1], joints[middle : end + 1]
        if all(_is_one_segment(tree, half) for half in halves):
            best, best_split = short + long, (start, middle, end)
    return best_split


def _splits(count: int) -> Iterator[tuple[int, int, int]]:
    """Candidates for the start, middle and end of two segments, at least one of several bones."""
    for start in range(count):
        for middle in range(start + 1, min(start + _MAX_SEGMENT_BONES + 1, count)):
            for end in range(middle + 1, min(middle + _MAX_SEGMENT_BONES + 1, count)):
                if end - start > 2:
                    yield start, middle, end


def _is_one_segment(tree: _Tree, bones: list[int]) -> bool:
    """Check that consecutive bones are one segment of a limb: a single bone, or equal parts."""
    steps = np.diff(tree.rest.positions[bones], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    straight = normalize(steps[:-1]) * normalize(steps[1:])
    return (
        bool((straight.sum(axis=1) > _STRAIGHT_COSINE).all())
        and lengths.min() >= _EQUAL_PARTS * lengths.max()
        and all(len(tree.limbs_below(bone)) < 3 for bone in bones[1:-1])
    )


def _body_of_pairs(tree: _Tree, first: _Pair, second: _Pair) -> dict[str, int] | None:
    lines = [tree.path_to(pair.trunk) for pair in (first, second)]
    shared = [a for a, b in zip(*lines, strict=False) if a == b]
    limbs = first.bones | second.bones
    if not shared or first.bones & second.bones or limbs.intersection(*lines):
        return None
    legs, arms = (first, second) if _are_legs(tree, first, second) else (second, first)
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
    return body | _head(tree, arms, set(tree.path_to(legs.trunk)), up)


def _are_legs(tree: _Tree, first: _Pair, second: _Pair) -> bool:
    def has_neck_beyond(pair: _Pair, other_pair: _Pair) -> bool:
        path = tree.path_to(other_pair.trunk)
        return any(
            child not in pair.bones and child not in path and tree.next_bone[child] >= 0
            for child in tree.children[pair.trunk]
        )

    has_neck = has_neck_beyond(first, second), has_neck_beyond(second, first)
    if has_neck[0] != has_neck[1]:
        return has_neck[1]
    if first.trunk in tree.rest.ancestors(second.trunk):
        return True
    if second.trunk in tree.rest.ancestors(first.trunk):
        return False
    return first.length > second.length


def _axes(tree: _Tree, legs: _Pair, arms: _Pair) -> tuple[Array, Array] | None:
    """Up and left (3,) of the body, unit length; None if it does not stand or has no front."""
    heads = tree.rest.positions
    hips, knees, ankles = (
        np.array([heads[limb.joints[n]] for limb in legs.limbs]) for n in range(3)
    )
    shoulders = np.array([heads[limb.joints[0]] for limb in arms.limbs])
    up = normalize((shoulders - hips).mean(axis=0))
    if (normalize(ankles - hips) @ up > -0.5).any():
        return None
    size = legs.length
    feet = np.mean(
        [tree.rest.bone_vector(leg.joints[2], *leg.after[:1]) for leg in legs.limbs], axis=0
    )
    along = normalize(ankles - hips)
    bend = (knees - hips) - np.sum((knees - hips) * along, axis=1, keepdims=True) * along
    for forward, threshold in ((feet, 0.05), (bend.mean(axis=0), 0.01)):
        level = forward - (forward @ up) * up
        if np.linalg.norm(level) > threshold * size:
            return up, np.cross(up, normalize(level))
    return None


def _sides(tree: _Tree, pair: _Pair, left: Array) -> tuple[str, str] | None:
    heads = tree.rest.positions
    first, second = (heads[list(limb.joints)] for limb in pair.limbs)
    separation = (first - second) @ left
    # Hips and shoulders stay on their side in any pose; if both hips coincide, use the whole leg.
    lateral = separation[0] if abs(separation[0]) > 0.05 * pair.length else separation.sum()
    if abs(lateral) < 0.05 * pair.length:
        return None
    return ("left", "right") if lateral > 0 else ("right", "left")


def _pelvis(tree: _Tree, legs: _Pair, arms: _Pair, junction: int) -> int:
    """Bone that carries legs and trunk; not a root far away from the hips, such as at the feet."""
    hips = np.mean([tree.rest.positions[limb.joints[0]] for limb in legs.limbs], axis=0)
    is_far = np.linalg.norm(tree.rest.positions[junction] - hips) > 0.5 * legs.length
    return legs.trunk if is_far or junction == arms.trunk else junction


def _spine(tree: _Tree, legs: _Pair, arms: _Pair, pelvis: int) -> list[int]:
    """Bones from above the pelvis up to the one that carries the arms."""
    to_legs, to_arms = tree.path_to(legs.trunk), tree.path_to(arms.trunk)
    if arms.trunk in to_legs:  # the chest is the root
        below_chest = to_legs[to_legs.index(arms.trunk) :]
        return [bone for bone in reversed(below_chest) if bone != pelvis]
    return [bone for bone in to_arms if bone not in to_legs and bone != pelvis]


def _parts(tree: _Tree, kind: str, limb: _Limb) -> dict[str, int]:
    if kind == "leg":
        return dict(zip(LIMB_JOINTS["leg"], (*limb.joints, *limb.after[:1]), strict=False))
    # A finger is not a hand: only a short lone continuation of the wrist is.
    is_hand = len(tree.children[limb.joints[2]]) == 1 and 0 < len(limb.after) <= 2
    chain = (*limb.joints, *limb.after[:1]) if is_hand else limb.joints
    parts = dict(zip(LIMB_JOINTS["arm"][1:], chain, strict=False))
    return {"collar": limb.before[-1], **parts} if limb.before else parts


def _head(tree: _Tree, arms: _Pair, not_up: set[int], up: Array) -> dict[str, int]:
    """Neck and head: the chain that continues upwards from the bone that carries the arms."""
    heads = tree.rest.positions

    def height(bone: int) -> float:
        return max(float((heads[b] - heads[arms.trunk]) @ up) for b in tree.longest_path(bone))

    def uprightness(bone: int) -> float:
        vectors = [heads[b] - heads[arms.trunk] for b in tree.longest_path(bone)]
        return max(float(vector @ up) * float(normalize(vector) @ up) for vector in vectors)

    branches = [
        bone
        for bone in tree.children[arms.trunk]
        if bone not in arms.bones and bone not in not_up and height(bone) > tree.zero_length
    ]
    if not branches:
        return {}
    chain = [max(branches, key=uprightness)]
    while len(children := tree.children[chain[-1]]) == 1:
        if (heads[children[0]] - heads[chain[-1]]) @ up <= tree.zero_length:
            break
        chain.append(children[0])
    if len(chain) == 1:
        return {"head": chain[0]}
    if len(chain) > 2 and not tree.children[chain[-1]]:
        heights = [tree.distance(a, b) for a, b in pairwise(chain)]
        if heights[-1] > max(1.5 * heights[-2], _CROWN_HEIGHT * arms.length):
            chain.pop()  # the crown of the head, which carries nothing
    return {"neck": chain[0], "head": chain[-1]}
