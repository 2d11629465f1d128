"""Retargeting from takes to any rig and back."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import SMPL, forward_kinematics, local_rotations
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import (
    Array,
    angle_between,
    axis_angle_to_matrix,
    axis_rotation,
    quaternion_to_matrix,
)
from backend.kinematics.retarget.rest_alignment import align_rest_pose
from backend.kinematics.retarget.rig_to_take import retarget_to_take
from backend.kinematics.retarget.take_to_rig import BoneTraits, Rig, RigMotion, retarget_to_rig
from backend.kinematics.rigs.bone_map import BoneMap, MappingError
from backend.kinematics.rigs.rest_pose import RestPose

SEEDS = st.integers(0, 2**32 - 1)


def random_take(rng: np.random.Generator, frames: int = 5) -> Take:
    poses = rng.normal(scale=0.6, size=(frames, 72))
    return Take(poses, rng.normal(size=(frames, 3)), 24.0)


@dataclass
class Body:
    """A rig in the making: bones by name, in parent-first order."""

    rest: RestPose
    bone_map: BoneMap
    traits: BoneTraits


def smpl_rig(rotations: Array | None = None) -> RestPose:
    turned = np.broadcast_to(np.eye(3), (24, 3, 3)) if rotations is None else rotations
    return RestPose(SMPL.names, SMPL.parents, SMPL.rest_positions, turned)


def with_limbs_turned(positions: Array, angles: dict[str, Array]) -> Array:
    """SMPL rest positions (24, 3) with each named joint's limb turned by a rotation (3, 3)."""
    local = np.broadcast_to(np.eye(3), (24, 3, 3)).copy()
    for joint, rotation in angles.items():
        local[SMPL.index(joint)] = rotation
    moved, _ = forward_kinematics(SMPL, local, positions[0])
    return moved


def with_bones_inserted(rest: RestPose, rng: np.random.Generator) -> RestPose:
    """A new bone on every way from a parent to a child, in shuffled order, under a new root."""
    names = [*rest.names, "root", *(f"{name}_twist" for name in rest.names[1:])]
    parents = [len(rest), *(len(rest) + joint for joint in range(1, len(rest))), -1]
    parents += [rest.parents[joint] for joint in range(1, len(rest))]
    middles = [
        (rest.positions[joint] + rest.positions[rest.parents[joint]]) / 2
        for joint in range(1, len(rest))
    ]
    positions = np.concatenate([rest.positions, [np.zeros(3)], middles])
    turns = axis_angle_to_matrix(rng.normal(size=(len(rest), 3)))
    rotations = np.concatenate([rest.rotations, turns])
    order = rng.permutation(len(names))
    place = np.argsort(order)
    return RestPose(
        names=tuple(names[i] for i in order),
        parents=tuple(-1 if parents[i] < 0 else int(place[parents[i]]) for i in order),
        positions=positions[order],
        rotations=rotations[order],
    )


def random_rig(rng: np.random.Generator) -> Body:
    """A-pose or T-pose, any bone roll, any heading, up axis, size and place, extra bones."""
    droop = rng.uniform(0.0, 1.0)
    positions = with_limbs_turned(
        SMPL.rest_positions,
        {
            "left_shoulder": axis_rotation("Z", -droop),
            "right_shoulder": axis_rotation("Z", droop),
            "left_elbow": axis_rotation("Y", -0.2),
            "left_hip": axis_rotation("Z", 0.1),
            "right_hip": axis_rotation("Z", -0.1),
        },
    )
    up = axis_rotation("X", rng.choice([0.0, 90.0, -90.0, 180.0]) * np.pi / 180)
    heading = axis_rotation("Y", rng.uniform(-np.pi, np.pi))
    frame = up @ heading
    positions = positions * rng.uniform(0.01, 100.0) @ frame.T
    positions += rng.normal(size=3) * np.abs(positions).max()
    rest = smpl_rig(axis_angle_to_matrix(rng.normal(scale=2.0, size=(24, 3))))
    rest = RestPose(rest.names, rest.parents, positions, rest.rotations)
    rest = with_bones_inserted(rest, rng)
    unturned, joined, parent_axes = (
        frozenset(name for name in rest.names if name in SMPL.names and rng.random() < fraction)
        for fraction in (0.2, 0.5, 0.3)
    )
    traits = BoneTraits(unturned - {"pelvis"}, joined, parent_axes)
    return Body(rest, BoneMap("test", {name: name for name in SMPL.names}), traits)


def play(rest: RestPose, traits: BoneTraits, motion: RigMotion) -> tuple[Array, Array]:
    """World rotations and positions that a program shows for a rig's motion: (T, N, 3, 3), (T, N,
    3)."""
    count = len(motion.locations)
    turns = {b: quaternion_to_matrix(motion.rotations[:, n]) for n, b in enumerate(motion.bones)}
    rotations = np.zeros((count, len(rest), 3, 3))
    heads = np.zeros((count, len(rest), 3))
    done: set[int] = set()

    def pose(bone: int) -> None:
        parent = rest.parents[bone]
        if bone in done:
            return
        done.add(bone)
        name = rest.names[bone]
        own = rest.rotations[bone]
        axes, head = np.broadcast_to(own, (count, 3, 3)), rest.positions[bone]
        location_axes = own
        if parent >= 0:
            pose(parent)
            carried = rotations[:, parent] @ rest.rotations[parent].T
            head = heads[:, parent] + carried @ (rest.positions[bone] - rest.positions[parent])
            location_axes = carried @ own
            if name not in traits.no_inherit_rotation:
                axes = carried @ own
        if name in traits.parent_space_location:
            location_axes = rotations[:, parent] if parent >= 0 else np.eye(3)
        if name in motion.translated_bones:
            assert name not in traits.connected or parent < 0
            location = motion.locations[:, motion.translated_bones.index(name)]
            head = head + (location_axes @ location[..., None])[..., 0]
        heads[:, bone] = head
        rotations[:, bone] = axes @ turns.get(name, np.eye(3))

    for bone in range(len(rest)):
        pose(bone)
    return rotations, heads


def assert_same(one: Take, other: Take, tolerance: float = 2e-5) -> None:
    turned = angle_between(one.local_matrices(), other.local_matrices())
    assert turned.max() < 10 * tolerance
    np.testing.assert_allclose(one.root_positions(), other.root_positions(), atol=tolerance)


@given(SEEDS)
def test_retarget_to_rig_and_back_gives_the_same_take(seed):
    rng = np.random.default_rng(seed)
    take, body = random_take(rng), random_rig(rng)
    motion = retarget_to_rig(take, Rig(body.rest, body.bone_map, body.traits))
    rotations, heads = play(body.rest, body.traits, motion)
    assert_same(take, retarget_to_take(body.rest, rotations, heads, body.bone_map, take.fps))


@settings(max_examples=20)
@given(SEEDS, st.sets(st.sampled_from(["spine1", "spine2", "neck", "left_collar"])))
def test_retarget_to_rig_skips_unmapped_joints(seed, absent):
    rng = np.random.default_rng(seed)
    take, body = random_take(rng), random_rig(rng)
    remaining = {name: name for name in SMPL.names if name not in absent}
    motion = retarget_to_rig(take, Rig(body.rest, BoneMap("test", remaining), body.traits))
    rotations, _ = play(body.rest, body.traits, motion)
    place = {name: n for n, name in enumerate(body.rest.names)}
    expected = retarget_to_rig(take, Rig(body.rest, body.bone_map, body.traits))
    full, _ = play(body.rest, body.traits, expected)
    for name in remaining:
        assert angle_between(rotations[:, place[name]], full[:, place[name]]).max() < 1e-5


def test_retarget_to_rig_keeps_limb_directions():
    rng = np.random.default_rng(1)
    take, body = random_take(rng), random_rig(rng)
    motion = retarget_to_rig(take, Rig(body.rest, body.bone_map, body.traits))
    _, heads = play(body.rest, body.traits, motion)
    frame = align_rest_pose(body.rest, body.bone_map).body_to_rig @ np.array(
        [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    )
    place = {name: n for n, name in enumerate(body.rest.names)}
    joints = take.joint_positions()
    for start, end in (("left_shoulder", "left_elbow"), ("right_hip", "right_knee")):
        on_rig = heads[:, place[end]] - heads[:, place[start]]
        of_take = (joints[:, SMPL.index(end)] - joints[:, SMPL.index(start)]) @ frame.T
        cosine = np.sum(on_rig * of_take, axis=-1) / (
            np.linalg.norm(on_rig, axis=-1) * np.linalg.norm(of_take, axis=-1)
        )
        assert cosine.min() > 1 - 1e-9


def test_retarget_to_rig_of_rest_keeps_rest_pose():
    rest = smpl_rig()
    moved = RestPose(rest.names, rest.parents, 50 * rest.positions + [300, 7, 20], rest.rotations)
    upright = local_rotations(SMPL, np.broadcast_to(np.eye(3), (1, 24, 3, 3)))
    upright[:, 0] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    standing = 1.21 + SMPL.offsets[0, 1]
    pelvis = np.array([[SMPL.offsets[0, 0], -SMPL.offsets[0, 2], standing]])
    take = Take.from_matrices(upright, pelvis, 24.0)
    motion = retarget_to_rig(take, Rig(moved, BoneMap("test", {name: name for name in SMPL.names})))
    np.testing.assert_allclose(motion.rotations, [[[1, 0, 0, 0]] * 24], atol=1e-6)
    np.testing.assert_allclose(motion.locations, 0, atol=1e-5)


def test_retarget_to_rig_with_high_ankles_stands_on_ground():
    rest = smpl_rig()
    positions = rest.positions + np.array([0, 1.21, 0])
    positions[:, 1] += 0.05
    toes = [SMPL.index("left_foot"), SMPL.index("right_foot")]
    positions[toes, 1] -= 0.05
    high = RestPose(rest.names, rest.parents, positions, rest.rotations)
    upright = np.broadcast_to(np.eye(3), (1, 24, 3, 3)).copy()
    upright[:, 0] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    take = Take.from_matrices(upright, np.array([[0.0, 0.0, 1.21 + SMPL.offsets[0, 1]]]), 24.0)
    bone_map = BoneMap("test", {name: name for name in SMPL.names})
    _, heads = play(high, BoneTraits(), retarget_to_rig(take, Rig(high, bone_map)))
    np.testing.assert_allclose(heads[0, toes, 1], positions[toes, 1], atol=1e-6)


def test_retarget_to_rig_translates_common_parent():
    """Poser's and Rigify's way: pelvis and spine are siblings."""
    names = ("master", *SMPL.names)
    spine = SMPL.index("spine1") + 1
    parents = [-1, *(parent + 1 for parent in SMPL.parents)]
    parents[spine] = 0
    rng = np.random.default_rng(3)
    rotations = axis_angle_to_matrix(rng.normal(size=(25, 3)))
    positions = np.concatenate([[[0.0, 0.1, 0.0]], SMPL.rest_positions])
    rest = RestPose(names, tuple(parents), positions, rotations)
    bone_map = BoneMap("test", {name: name for name in SMPL.names})
    take = random_take(rng)
    motion = retarget_to_rig(take, Rig(rest, bone_map))
    assert motion.root_bone == "master"
    assert "master" in motion.bones
    turned, heads = play(rest, BoneTraits(), motion)
    assert_same(take, retarget_to_take(rest, turned, heads, bone_map, take.fps))
    # The spine stays where it joins the pelvis, as on a body.
    joint = positions[spine] - positions[1]
    assert np.allclose(
        np.linalg.norm(heads[:, spine] - heads[:, 1], axis=-1), np.linalg.norm(joint)
    )


def test_retarget_to_rig_lists_intermediate_bones():
    body = random_rig(np.random.default_rng(4))
    motion = retarget_to_rig(
        random_take(np.random.default_rng(4)), Rig(body.rest, body.bone_map, body.traits)
    )
    assert "left_knee_twist" in motion.intermediate_bones
    assert "root" not in motion.intermediate_bones
    assert not set(motion.intermediate_bones) & set(motion.bones)


def test_retarget_to_rig_with_separate_roots_raises():
    parents = list(SMPL.parents)
    parents[SMPL.index("left_hip")] = -1
    rest = RestPose(SMPL.names, tuple(parents), SMPL.rest_positions, smpl_rig().rotations)
    bone_map = BoneMap("test", {name: name for name in SMPL.names})
    with pytest.raises(MappingError, match="left_hip have different roots"):
        retarget_to_rig(random_take(np.random.default_rng(0)), Rig(rest, bone_map))


def test_retarget_to_rig_of_many_bones_makes_no_more_calls():
    """Bones that play no joint are not gone through one by one for each frame."""
    rng = np.random.default_rng(5)
    take = random_take(rng, frames=600)
    small = smpl_rig()
    names = (*small.names, *(f"extra{n}" for n in range(700)))
    parents = (*small.parents, *(int(p) for p in rng.integers(0, 24, 700)))
    positions = np.concatenate([small.positions, rng.normal(size=(700, 3))])
    large = RestPose(names, parents, positions, np.broadcast_to(np.eye(3), (724, 3, 3)))
    bone_map = BoneMap("test", {name: name for name in SMPL.names})
    calls = [
        _calls(lambda rig=rig: retarget_to_rig(take, Rig(rig, bone_map))) for rig in (small, large)
    ]
    assert calls[1] < calls[0] + 700


def _calls(function: Callable[[], object]) -> int:
    """Number of Python and C calls of a function."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_with_constraint_parents_replaces_parents():
    """Rigify's upper arms hang on copies of the shoulders, which only constraints move."""
    parents = list(SMPL.parents)
    for side in ("left", "right"):
        parents[SMPL.index(f"{side}_shoulder")] = SMPL.index("spine3")
    copies = {f"{side}_shoulder": f"{side}_collar" for side in ("left", "right")}
    in_file = RestPose(SMPL.names, tuple(parents), SMPL.rest_positions, smpl_rig().rotations)
    bone_map = BoneMap("test", {name: name for name in SMPL.names}, constraint_parents=copies)
    take = random_take(np.random.default_rng(6))
    motion = retarget_to_rig(take, Rig(in_file, bone_map))
    expected = retarget_to_rig(take, Rig(smpl_rig(), BoneMap("test", bone_map.bones)))
    np.testing.assert_allclose(motion.rotations, expected.rotations, atol=1e-9)
    assert motion.intermediate_bones == ()
