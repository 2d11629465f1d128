"""Detection of a body among split limbs, twist bones, tails, wings, hair and swords."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.math.rotations import axis_rotation
from backend.kinematics.rigs.bone_map import MappingError, detect_bone_map
from backend.kinematics.rigs.bone_structure import LIMB_JOINTS, detect_body_by_structure
from backend.kinematics.rigs.rest_pose import RestPose
from tests.support.rig_changes import nameless
from tests.support.rigs import CMU, LAFAN, METARIG, MIXAMO, RIGS, SMPL_RIG, UNREAL, Rig

SIDES = ("left", "right")


def assert_found(rig: Rig, seed: int) -> None:
    """The body is found without names, but for hands, which only names can tell."""
    rig = nameless(rig, seed)
    found = detect_body_by_structure(rig.rest)
    assert found is not None
    expected = {joint: bone for joint, bone in rig.plays.items() if "hand" not in joint}
    assert {joint: bone for joint, bone in found.items() if "hand" not in joint} == expected


def grown(rig: Rig, parent: str, *path: Sequence[float]) -> Rig:
    """A rig with a chain of bones more on one bone, at offsets from it in centimetres."""
    rest = rig.rest
    names, parents, positions = list(rest.names), list(rest.parents), list(rest.positions)
    at = names.index(parent)
    start, above = positions[at], at
    for offset in path:
        names.append(f"extra{len(names)}")
        parents.append(above)
        positions.append(start + np.array(offset, dtype=float))
        above = len(names) - 1
    count = len(names)
    tips = np.full((count, 3), np.nan)
    if rest.tails is not None:
        tips[: len(rest)] = rest.tails
    axes = np.tile(np.eye(3), (count, 1, 1))
    return replace(
        rig, rest=RestPose(tuple(names), tuple(parents), np.array(positions), axes, tips)
    )


def on_both_sides(rig: Rig, joint: str, *path: Sequence[float]) -> Rig:
    """The same chain on a bone of the left, or of the middle, and mirrored."""
    for side, sign in zip(SIDES, (1, -1), strict=True):
        bone = rig.plays[joint.replace("left", side)]
        rig = grown(rig, bone, *(np.array(offset) * [sign, 1, 1] for offset in path))
    return rig


def split(rig: Rig, *segments: str, parts: int = 2) -> Rig:
    """A rig in which the bones that play some joints are followed by others, in line."""
    for side in SIDES:
        for segment in segments:
            chain = next(chain for chain in LIMB_JOINTS.values() if segment in chain)
            child = chain[chain.index(segment) + 1]
            start, end = (rig.plays[f"{side}_{part}"] for part in (segment, child))
            names = rig.rest.names
            direction = (
                rig.rest.positions[names.index(end)] - rig.rest.positions[names.index(start)]
            )
            rig = grown(rig, start, *(direction * n / parts for n in range(1, parts)))
            parents = list(rig.rest.parents)
            parents[names.index(end)] = len(parents) - 1
            rig = replace(rig, rest=replace(rig.rest, parents=tuple(parents)))
    return rig


def without(rig: Rig, *joints: str, below: bool = False) -> Rig:
    """A rig less the bones of some joints; what hung on them hangs on their parents, or goes."""
    rest = rig.rest
    gone = {n for n, name in enumerate(rest.names) if name in [rig.plays[j] for j in joints]}
    if below:
        gone |= {n for n in range(len(rest)) if gone & set(rest.ancestors(n))}
    remaining = [n for n in range(len(rest)) if n not in gone]
    place = {old: new for new, old in enumerate(remaining)} | {-1: -1}

    def parent(bone: int) -> int:
        above = [a for a in rest.ancestors(bone) if a not in gone]
        return place[above[0]] if above else -1

    names = tuple(rest.names[n] for n in remaining)
    rest = RestPose(
        names,
        tuple(parent(n) for n in remaining),
        rest.positions[remaining],
        rest.rotations[remaining],
    )
    return replace(rig, rest=rest, plays={j: b for j, b in rig.plays.items() if b in names})


def a_pose(rig: Rig, angle: float = 0.8) -> Rig:
    """A rig whose arms hang; radians from the T-pose."""
    positions = rig.rest.positions.copy()
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        pivot = rig.rest.names.index(rig.plays[f"{side}_shoulder"])
        for bone in range(len(rig.rest)):
            if pivot in rig.rest.ancestors(bone):
                away = positions[bone] - positions[pivot]
                positions[bone] = axis_rotation("Z", sign * angle) @ away + positions[pivot]
    return replace(rig, rest=replace(rig.rest, positions=positions, tails=None))


LIKE_HALVES = {"smpl": SMPL_RIG, "mixamo": MIXAMO, "unreal": UNREAL, "metarig": METARIG}
"""Rigs whose thighs and shins, upper arms and forearms are about as long as each other."""


@pytest.mark.parametrize("pose", [lambda rig: rig, a_pose], ids=["T-pose", "A-pose"])
@pytest.mark.parametrize("kind", LIKE_HALVES)
@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize(
    "segments",
    [("hip",), ("shoulder",), ("elbow",), ("hip", "knee", "shoulder", "elbow")],
    ids="-".join,
)
def test_detect_body_by_structure_of_split_limb_uses_first_bone(segments, parts, kind, pose):
    assert_found(split(pose(LIKE_HALVES[kind]), *segments, parts=parts), parts)


def twisted(rig: Rig) -> Rig:
    """Two twist bones beside the next joint on each bone of a limb."""
    for part, child in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"),
                        ("elbow", "wrist")):  # fmt: skip
        names, at = rig.rest.names, rig.rest.positions
        for side in SIDES:
            bone, end = (rig.plays[f"{side}_{joint}"] for joint in (part, child))
            direction = at[names.index(end)] - at[names.index(bone)]
            rig = grown(grown(rig, bone, direction * 0.33, direction * 0.66), bone, direction * 0.1)
    return rig


def winged(rig: Rig) -> Rig:
    return on_both_sides(rig, "spine3", (5, 8, -8), (50, 30, -30), (110, 20, -50), (150, -20, -60))


def maned(rig: Rig) -> Rig:
    rig = on_both_sides(rig, "head", (7, 10, 0), (9, -18, -4), (9, -48, -5), (9, -75, -6))
    return grown(rig, rig.plays["head"], (0, 12, -9), (0, -5, -16), (0, -30, -17), (0, -50, -18))


def tailed(rig: Rig) -> Rig:
    return grown(rig, rig.plays["pelvis"], *((0, -6 * n, -9 * n) for n in range(1, 9)))


def busty(rig: Rig) -> Rig:
    return on_both_sides(rig, "spine3", (8, 2, 9), (8, 0, 16))


def skirted(rig: Rig) -> Rig:
    for ahead in (-9, 9):
        rig = on_both_sides(
            rig, "pelvis", *((9 + n, 2 - 20 * n, ahead * (1 + 0.1 * n)) for n in range(5))
        )
    return rig


def armed(rig: Rig) -> Rig:
    rig = on_both_sides(rig, "left_wrist", (8, -3, 0))
    return grown(rig, rig.plays["pelvis"], (12, 0, 0), (14, -60, -30))


def jawed(rig: Rig) -> Rig:
    rig = on_both_sides(rig, "head", (3, 8, 8))
    return grown(rig, rig.plays["head"], (0, 2, 4), (0, 0, 9))


EXTRAS: dict[str, Callable[[Rig], Rig]] = {
    "twist bones": twisted,
    "wings": winged,
    "hair": maned,
    "tail": tailed,
    "breasts": busty,
    "skirt": skirted,
    "weapons": armed,
    "jaw and eyes": jawed,
    "all": lambda rig: armed(jawed(skirted(busty(tailed(maned(winged(twisted(rig)))))))),
}


@pytest.mark.parametrize("kind", ["mixamo", "unreal"])
@pytest.mark.parametrize("extra", EXTRAS)
def test_detect_body_by_structure_ignores_other_bones(extra, kind):
    assert_found(EXTRAS[extra](RIGS[kind]), 7)


@pytest.mark.parametrize(
    ("rig", "gone"),
    [
        (MIXAMO, ("neck",)),
        (MIXAMO, ("left_collar", "right_collar")),
        (UNREAL, ("left_collar", "right_collar")),
        (MIXAMO, ("left_collar", "right_collar", "neck")),
        (LAFAN, ("spine1", "spine2")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else value.preset,
)
def test_detect_body_by_structure_leaves_out_missing_joints(rig, gone):
    assert_found(without(rig, *gone), 8)


def test_detect_body_by_structure_finds_feet_by_tails():
    rig = without(MIXAMO, "left_foot", "right_foot", below=True)
    feet = [rig.rest.names.index(rig.plays[f"{side}_ankle"]) for side in SIDES]
    tips = np.full((len(rig.rest), 3), np.nan)
    tips[feet] = rig.rest.positions[feet] + [0, -7, 12]
    assert_found(replace(rig, rest=replace(rig.rest, tails=tips)), 9)


@pytest.mark.parametrize("more", [2, 5])
def test_detect_body_by_structure_of_long_spine_ends_at_arms(more):
    rest = MIXAMO.rest
    names = [*rest.names, *(f"vertebra{n}" for n in range(more))]
    low, high = (rest.names.index(name) for name in ("Spine", "Spine1"))
    direction = rest.positions[high] - rest.positions[low]
    parents = [*rest.parents, low, *range(len(rest), len(rest) + more - 1)]
    parents[high] = len(names) - 1
    steps = [rest.positions[low] + direction * n / (more + 1) for n in range(1, more + 1)]
    positions = np.concatenate([rest.positions, steps])
    rest = RestPose(tuple(names), tuple(parents), positions, np.tile(np.eye(3), (len(names), 1, 1)))
    rig = nameless(Rig("", rest, MIXAMO.plays), more)
    found = detect_body_by_structure(rig.rest)
    assert found is not None
    for joint in set(SMPL.names) - {"spine2", "left_hand", "right_hand"}:
        assert found[joint] == rig.plays[joint]


def quadruped(names: Callable[[str], str]) -> RestPose:
    """A horse: the parts of a human body, on all fours, with a tail."""
    at = {
        "pelvis": (0, 130, -60), "spine1": (0, 132, -40), "spine2": (0, 132, -10),
        "spine3": (0, 130, 30), "neck": (0, 145, 55), "head": (0, 185, 80),
        "hip": (15, 125, -65), "knee": (16, 85, -55), "ankle": (16, 45, -75), "foot": (16, 8, -70),
        "collar": (8, 135, 40), "shoulder": (14, 115, 50), "elbow": (15, 85, 42),
        "wrist": (15, 45, 48), "hand": (15, 8, 50),
    }  # fmt: skip
    positions = [
        np.array(at[joint.rpartition("_")[2]]) * [-1 if "right" in joint else 1, 1, 1]
        for joint in SMPL.names
    ]
    bones = tuple(names(joint) for joint in SMPL.names)
    return RestPose(bones, SMPL.parents, np.array(positions), np.tile(np.eye(3), (24, 1, 1)))


@pytest.mark.parametrize("names", [str, lambda joint: f"b{SMPL.index(joint)}"], ids=["", "unknown"])
def test_detect_bone_map_of_quadruped_raises(names):
    with pytest.raises(MappingError, match=r"Pick another armature\.$"):
        detect_bone_map(quadruped(names))


def test_detect_bone_map_of_quadruped_names_preset():
    with pytest.raises(MappingError, match=r"SMPL.* on all fours"):
        detect_bone_map(quadruped(str))


def test_is_quadruped_of_captured_people_is_false():
    flat = CMU.rest.positions * [1.0, 0.01, 1.0]
    assert detect_bone_map(replace(CMU.rest, positions=flat)).bones == CMU.plays
