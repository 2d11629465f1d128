"""Root motion on bones, matched feet, and custom rest poses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import SMPL, forward_kinematics
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import angle_between, axis_rotation, quaternion_to_matrix
from backend.kinematics.retarget.placement import (
    REST_GROUND_POSE,
    RootMotion,
    extract_root_motion,
    relative_to_root_motion,
)
from backend.kinematics.retarget.rest_alignment import ANKLE_JOINTS, align_rest_pose
from backend.kinematics.retarget.rig_chains import build_rig_chains
from backend.kinematics.retarget.rig_to_take import retarget_to_take
from backend.kinematics.retarget.root_motion import move_to_root_bone, rig_root_transform
from backend.kinematics.retarget.take_to_rig import BoneTraits, Rig, retarget_to_rig
from backend.kinematics.rigs.bone_map import BoneMap, MappingError
from backend.kinematics.rigs.rest_pose import RestPose
from tests.unit.kinematics.retarget.test_placement import FPS, walking
from tests.unit.kinematics.retarget.test_take_to_rig import (
    assert_same,
    play,
    random_rig,
    random_take,
    smpl_rig,
    with_bones_inserted,
)

SEEDS = st.integers(0, 2**32 - 1)
NAMES = BoneMap("test", {name: name for name in SMPL.names})


@given(SEEDS)
def test_move_to_root_bone_shows_the_same_motion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    take, body = random_take(rng), random_rig(rng)
    rest, traits = body.rest, body.traits
    travel = RootMotion(rng.normal(size=(len(take), 2)), rng.normal(size=len(take)))
    seen = retarget_to_rig(relative_to_root_motion(take, travel), Rig(rest, body.bone_map, traits))
    by = rig_root_transform(align_rest_pose(rest, body.bone_map), travel)
    motion = move_to_root_bone(seen, Rig(rest, body.bone_map, traits), by)
    assert motion.translated_bones in {("root", "pelvis"), ("root",)}
    rotations, heads = play(rest, traits, motion)
    assert_same(take, retarget_to_take(rest, rotations, heads, body.bone_map, take.fps))
    # The ends of limbs, as sparse keys reckon with them, are where they are.
    chains = build_rig_chains(motion, Rig(rest, body.bone_map, traits))
    ends = chains.end_positions(motion.rotations.swapaxes(0, 1), motion.locations)
    ankle = heads[:, rest.names.index("left_ankle")]
    off = ends - ankle[:, None]
    nearest = np.linalg.norm(off - off[:1], axis=-1).max(axis=0).min()
    assert nearest < 1e-4 * np.abs(heads).max()


def test_move_to_root_bone_keeps_bone_below_hips() -> None:
    take, rest = walking(bend=0.4), _with_root()
    travel = extract_root_motion(take)
    seen = retarget_to_rig(relative_to_root_motion(take, travel), Rig(rest, NAMES))
    motion = move_to_root_bone(
        seen, Rig(rest, NAMES), rig_root_transform(align_rest_pose(rest, NAMES), travel)
    )
    rotations, heads = play(rest, BoneTraits(), motion)
    hips = heads[:, [rest.names.index("left_hip"), rest.names.index("right_hip")]].mean(axis=1)
    root = heads[:, rest.names.index("root")]
    assert np.linalg.norm((hips - root)[:, [0, 2]], axis=1).max() < 0.1
    np.testing.assert_allclose(root[:, 1], root[0, 1], atol=1e-6)
    turned = angle_between(
        rotations[0, rest.names.index("root")], rotations[-1, rest.names.index("root")]
    )
    assert turned == pytest.approx(0.4 * take.duration, abs=0.02)


def test_move_to_root_bone_without_root_bone_raises() -> None:
    take, rest = walking(0.5), smpl_rig()
    motion = retarget_to_rig(take, Rig(rest, NAMES))
    by = rig_root_transform(align_rest_pose(rest, NAMES), extract_root_motion(take))
    with pytest.raises(MappingError, match="no bone above pelvis"):
        move_to_root_bone(motion, Rig(rest, NAMES), by)
    rest = with_bones_inserted(rest, np.random.default_rng(0))
    loose = BoneTraits(no_inherit_rotation=frozenset({"left_knee_twist"}))
    motion = retarget_to_rig(take, Rig(rest, NAMES, loose))
    with pytest.raises(MappingError, match="left_knee_twist does not inherit rotation"):
        move_to_root_bone(motion, Rig(rest, NAMES, loose), by)


def test_rig_root_transform_at_rest_is_identity() -> None:
    still = RootMotion(np.tile(REST_GROUND_POSE.position, (3, 1)), np.zeros(3))
    by = rig_root_transform(align_rest_pose(smpl_rig(), NAMES), still)
    np.testing.assert_allclose(by.rotations, np.tile(np.eye(3), (3, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(by.translations, 0.0, atol=1e-9)


@given(SEEDS)
def test_retarget_to_rig_with_matched_feet_keeps_ankles(seed: int) -> None:
    """On a rig whose thighs take another share of the leg than the take's."""
    rng = np.random.default_rng(seed)
    rest = _other_legs(rng.uniform(0.85, 1.15))
    take = _crouching(rng)
    motion = retarget_to_rig(take, Rig(rest, NAMES), match_feet=True)
    rotations, heads = play(rest, BoneTraits(), motion)
    body = align_rest_pose(rest, NAMES)
    expected = body.to_rig_frame(take.joint_positions()[:, list(ANKLE_JOINTS)])
    np.testing.assert_allclose(heads[:, list(ANKLE_JOINTS)], expected, atol=2e-3)
    free, _ = play(rest, BoneTraits(), retarget_to_rig(take, Rig(rest, NAMES)))
    feet = [SMPL.index("left_ankle"), SMPL.index("right_ankle")]
    assert angle_between(rotations[:, feet], free[:, feet]).max() < 1e-5, "feet keep their turn"
    for side in ("left", "right"):
        hip, knee, ankle = (heads[:, SMPL.index(f"{side}_{p}")] for p in ("hip", "knee", "ankle"))
        bend = np.cross(knee - hip, ankle - knee)[:, 0]
        assert (bend > 0).all(), "a knee bends backwards"


@given(SEEDS)
def test_retarget_to_rig_with_matched_feet_of_smpl_legs_changes_nothing(seed: int) -> None:
    take = random_take(np.random.default_rng(seed))
    free, planted = (
        retarget_to_rig(take, Rig(smpl_rig(), NAMES), match_feet=p) for p in (False, True)
    )
    turned = angle_between(
        quaternion_to_matrix(free.rotations), quaternion_to_matrix(planted.rotations)
    )
    # A straight leg is bent until it is a millionth shorter: by the root of twice that.
    assert turned.max() < 3e-3


@given(SEEDS)
def test_retarget_to_rig_uses_custom_rest_pose(seed: int) -> None:
    rng = np.random.default_rng(seed)
    take, standing = random_take(rng), smpl_rig()
    odd = np.tile(np.eye(3), (24, 1, 1))
    for joint in range(1, 24):
        odd[joint] = axis_rotation("XYZ"[joint % 3], rng.uniform(-1.2, 1.2))
    positions, world = forward_kinematics(SMPL, odd, SMPL.rest_positions[0])
    bound = RestPose(SMPL.names, SMPL.parents, positions, world)
    standing = RestPose(SMPL.names, SMPL.parents, standing.positions, standing.rotations)
    motion = retarget_to_rig(take, Rig(bound, NAMES, custom_rest_pose=standing))
    rotations, heads = play(bound, BoneTraits(), motion)
    assert_same(take, retarget_to_take(standing, rotations, heads, NAMES, take.fps))


def _with_root() -> RestPose:
    body = smpl_rig()
    return RestPose(
        (*body.names, "root"),
        (24, *body.parents[1:], -1),
        np.concatenate([body.positions, [[0.0, body.positions[:, 1].min(), 0.0]]]),
        np.concatenate([body.rotations, np.eye(3)[None]]),
    )


def _other_legs(fraction: float) -> RestPose:
    """The SMPL body with thighs longer or shorter by a factor, shins the other way round."""
    offsets = np.array(SMPL.offsets)
    for side in ("left", "right"):
        thigh, shin = SMPL.index(f"{side}_knee"), SMPL.index(f"{side}_ankle")
        leg = np.linalg.norm(offsets[[thigh, shin]], axis=1)
        offsets[shin] *= (leg.sum() - fraction * leg[0]) / leg[1]
        offsets[thigh] *= fraction
    positions = np.array(offsets)
    for joint in range(1, 24):
        positions[joint] += positions[SMPL.parents[joint]]
    return RestPose(SMPL.names, SMPL.parents, positions, smpl_rig().rotations)


def _crouching(rng: np.random.Generator) -> Take:
    take = walking(0.5)
    matrices = take.local_matrices()
    for side in ("left", "right"):
        bend = rng.uniform(0.3, 1.2)
        matrices[:, SMPL.index(f"{side}_hip")] = axis_rotation("X", -0.5 * bend)
        matrices[:, SMPL.index(f"{side}_knee")] = axis_rotation("X", bend)
    return Take.from_matrices(matrices, take.root_positions(), FPS)
