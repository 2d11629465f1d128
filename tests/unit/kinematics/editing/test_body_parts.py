"""Parts of the body and their blending with existing motion."""

from dataclasses import replace

import numpy as np
import pytest

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.editing.body_parts import (
    BODY_PARTS,
    blend_motions,
    blend_weights,
    extract_body_part,
    is_in_body_part,
)
from backend.kinematics.math.rotations import angle_between, quaternion_to_matrix
from backend.kinematics.retarget.take_to_rig import Rig, RigMotion, retarget_to_rig
from backend.kinematics.rigs.bone_map import BoneMap
from tests.unit.kinematics.retarget.test_take_to_rig import (
    random_take,
    smpl_rig,
    with_bones_inserted,
)

NAMES = BoneMap("test", {name: name for name in SMPL.names})
REST = with_bones_inserted(smpl_rig(), np.random.default_rng(3))


def motion(seed: int = 0, frames: int = 9) -> RigMotion:
    return retarget_to_rig(random_take(np.random.default_rng(seed), frames), Rig(REST, NAMES))


def test_body_parts_together_are_the_body() -> None:
    assert set(BODY_PARTS["UPPER_BODY"]) | set(BODY_PARTS["LOWER_BODY"]) == set(SMPL.names)
    assert not set(BODY_PARTS["UPPER_BODY"]) & set(BODY_PARTS["LOWER_BODY"])
    assert set(BODY_PARTS["ARMS"]) == set(BODY_PARTS["LEFT_ARM"]) | set(BODY_PARTS["RIGHT_ARM"])


@pytest.mark.parametrize("part", BODY_PARTS)
def test_extract_body_part_keeps_values_of_its_bones(part: str) -> None:
    whole = motion()
    found = extract_body_part(whole, Rig(REST, NAMES), part)
    assert set(found.bones) == set(BODY_PARTS[part])
    for n, bone in enumerate(found.bones):
        np.testing.assert_array_equal(
            found.rotations[:, n], whole.rotations[:, whole.bones.index(bone)]
        )
    carries = part in {"BODY", "LOWER_BODY"}
    assert (found.translated_bones == whole.translated_bones) == carries
    assert found.locations.shape == (9, 1 if carries else 0, 3)


def test_extract_body_part_keeps_only_its_intermediate_bones() -> None:
    arm = extract_body_part(motion(), Rig(REST, NAMES), "LEFT_ARM")
    inside = ("shoulder", "elbow", "wrist", "hand")
    assert set(arm.intermediate_bones) == {f"left_{joint}_twist" for joint in inside}


def test_is_in_body_part_of_unmapped_bone_follows_nearest_joint() -> None:
    assert is_in_body_part("left_elbow_twist", Rig(REST, NAMES), "LEFT_ARM")
    assert not is_in_body_part("left_elbow_twist", Rig(REST, NAMES), "RIGHT_ARM")
    assert not is_in_body_part("left_knee_twist", Rig(REST, NAMES), "UPPER_BODY")


def test_blend_motions_interpolates_along_shorter_arc() -> None:
    new, old = motion(1), motion(2)
    flipped = replace(old, rotations=-old.rotations)
    weights = np.linspace(0.0, 1.0, 9)
    for before in (old, flipped):
        found = blend_motions(new, before, weights)
        for frame, source in ((0, old), (8, new)):
            apart = angle_between(
                quaternion_to_matrix(found.rotations[frame]),
                quaternion_to_matrix(source.rotations[frame]),
            )
            assert apart.max() < 1e-5
            np.testing.assert_allclose(found.locations[frame], source.locations[frame])
        ends = angle_between(
            quaternion_to_matrix(old.rotations[4]), quaternion_to_matrix(new.rotations[4])
        )
        half = angle_between(
            quaternion_to_matrix(found.rotations[4]), quaternion_to_matrix(new.rotations[4])
        )
        np.testing.assert_allclose(half, ends / 2, atol=1e-5)


def test_blend_weights_rise_at_start_and_fall_at_end() -> None:
    frames = 10.0 + np.arange(31)
    assert (blend_weights(frames, 0, 0) == 1).all()
    weights = blend_weights(frames, 5, 3)
    assert 0 < weights[0] < weights[4] < 1 == weights[5] == weights[27]
    assert weights[28] > weights[30] > 0
    assert (np.diff(blend_weights(frames, 40, 0)) > 0).all()
