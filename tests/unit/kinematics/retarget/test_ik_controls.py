"""Limbs posed by IK controls."""

from dataclasses import replace

import numpy as np
import pytest

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import Array, angle_between, axis_rotation
from backend.kinematics.retarget.ik_controls import (
    _pole_positions,
    find_ik_limbs,
    pose_by_ik_controls,
)
from backend.kinematics.retarget.take_to_rig import (
    BoneTraits,
    Rig,
    retarget_to_rig,
    with_constraint_parents,
)
from backend.kinematics.rigs.bone_map import BoneMap, IkLimb, MappingError
from backend.kinematics.rigs.rest_pose import RestPose
from tests.unit.kinematics.retarget.test_placement import FPS, walking
from tests.unit.kinematics.retarget.test_take_to_rig import play, smpl_rig

LEG = IkLimb(
    joints=("left_hip", "left_knee", "left_ankle", "left_foot"),
    control="foot_ik",
    pole="knee_pole",
    toe_control="toe_ik",
    parent="root",
    settings={"pelvis": {"IK_FK": 0.0}},
    rest_controls=("heel",),
)


def rig() -> tuple[RestPose, BoneMap]:
    """The SMPL body with a root, and IK controls of its left leg that hang on nothing."""
    body = smpl_rig()
    at = {
        name: body.positions[SMPL.index(name)] for name in ("left_ankle", "left_knee", "left_foot")
    }
    extra = {
        "root": np.zeros(3),
        "foot_ik": at["left_ankle"],
        "knee_pole": at["left_knee"] + [0.0, 0.0, 0.5],
        "toe_ik": at["left_foot"],
    }
    turns = [axis_rotation("Y", 0.3 * n) for n in range(len(extra))]
    rest = RestPose(
        (*body.names, *extra),
        (24, *body.parents[1:], *[-1] * len(extra)),
        np.concatenate([body.positions, list(extra.values())]),
        np.concatenate([body.rotations, turns]),
    )
    bone_map = BoneMap("test", {name: name for name in SMPL.names}, ik=(LEG,))
    return rest, bone_map


def bending(angles: Array) -> Take:
    """A walk whose left knee bends by angles (T,), the leg before the body."""
    take = walking(len(angles) / FPS)
    matrices = take.local_matrices()
    matrices[:, SMPL.index("left_hip")] = axis_rotation("X", -0.5)
    matrices[:, SMPL.index("left_knee")] = axis_rotation("X", angles)
    matrices[:, SMPL.index("left_foot")] = axis_rotation("X", 0.3 * angles)
    return Take.from_matrices(matrices, take.root_positions(), FPS)


def shown(take: Take) -> tuple[Array, Array, Array, Array]:
    """Rotations and heads by FK, then by the controls, (T, N, ...) each."""
    rest, bone_map = rig()
    motion = retarget_to_rig(take, Rig(rest, bone_map))
    by_bones = play(rest, BoneTraits(), motion)
    controls, posed = pose_by_ik_controls(motion, Rig(rest, bone_map), bone_map.ik)
    found = posed.bone_map
    assert not {"left_hip", "left_knee", "left_ankle", "left_foot"} & set(controls.bones)
    assert (found.bones["left_ankle"], found.settings["pelvis"]) == ("foot_ik", {"IK_FK": 0.0})
    assert found.rest_controls == ("heel",)
    return *by_bones, *play(with_constraint_parents(rest, found), BoneTraits(), controls)


def test_pose_by_ik_controls_puts_controls_at_foot_and_toes() -> None:
    turns, heads, ik_turns, ik_heads = shown(bending(np.linspace(0.2, 1.4, 30)))
    rest, _ = rig()
    for joint, control in (("left_ankle", "foot_ik"), ("left_foot", "toe_ik")):
        own, other = rest.names.index(control), rest.names.index(joint)
        np.testing.assert_allclose(ik_heads[:, own], heads[:, other], atol=1e-6)
        turned = ik_turns[:, own] @ rest.rotations[own].T
        assert angle_between(turned, turns[:, other] @ rest.rotations[other].T).max() < 1e-5


def test_pose_by_ik_controls_puts_pole_in_plane_of_leg() -> None:
    _, heads, _, ik_heads = shown(bending(np.linspace(0.3, 1.4, 30)))
    rest, _ = rig()
    hip, knee, ankle = (heads[:, rest.names.index(f"left_{j}")] for j in ("hip", "knee", "ankle"))
    pole = ik_heads[:, rest.names.index("knee_pole")]
    normal = np.cross(knee - hip, ankle - knee)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    outward = pole - knee
    np.testing.assert_allclose(np.linalg.norm(outward, axis=1), 0.5, atol=1e-6)
    assert np.abs(np.sum(outward * normal, axis=1)).max() < 0.05
    middle = (hip + ankle) / 2
    assert (np.sum(outward * (knee - middle), axis=1) > 0).all()


def test_pole_of_hyperextended_knee_does_not_flip() -> None:
    """Of a leg in one plane, bent to the front at rest, that goes through straight and beyond."""
    joints = np.array([[0.0, 1.0, 0.0], [0.0, 0.5, 0.05], [0.0, 0.0, 0.0], [0.0, 0.5, 1.0]])
    names = ("left_hip", "left_knee", "left_ankle", LEG.pole)
    rest = RestPose(names, (-1, 0, 1, -1), joints, np.tile(np.eye(3), (4, 1, 1)))
    ahead = np.linspace(0.2, -0.1, 61)[:, None] * [0.0, 0.0, 1.0]
    hip, knee, ankle = (np.tile(joint, (61, 1)) for joint in joints[:3])
    heads = [hip, knee + ahead, ankle]
    pole = _pole_positions(LEG, list(names[:3]), rest, heads, np.tile(np.eye(3), (61, 1, 1)))
    np.testing.assert_allclose((pole - heads[1])[:, 2], 0.95, atol=1e-3)


def test_find_ik_limbs_of_unknown_rig_raises() -> None:
    _, bone_map = rig()
    assert find_ik_limbs(bone_map, include_arms=False) == (LEG,)
    arm = replace(LEG, joints=("left_shoulder", "left_elbow", "left_wrist"))
    both = replace(bone_map, ik=(LEG, arm))
    assert find_ik_limbs(both, include_arms=True) == (LEG, arm)
    assert find_ik_limbs(both, include_arms=False) == (LEG,)
    with pytest.raises(MappingError, match="are known of a test rig: choose FK"):
        find_ik_limbs(replace(bone_map, ik=()), include_arms=True)
