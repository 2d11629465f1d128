"""The preview figure matches the rig's bones."""

import numpy as np
import pytest
from hypothesis import given

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import axis_rotation, normalize
from backend.kinematics.preview.figure import Figure, build_figure
from backend.kinematics.retarget.take_to_rig import Rig, retarget_to_rig
from backend.kinematics.rigs.bone_map import BoneMap
from tests.unit.kinematics.retarget.test_take_to_rig import (
    SEEDS,
    play,
    random_rig,
    random_take,
    smpl_rig,
)

ALL = BoneMap("test", {name: name for name in SMPL.names})


def resting(bone_map: BoneMap = ALL, frames: int = 2) -> Figure:
    """The project's own skeleton at rest: Y up, facing +Z."""
    poses = np.zeros((frames, 72))
    poses[:, 0] = np.pi / 2
    rest = smpl_rig()
    motion = retarget_to_rig(Take(poses, np.zeros((frames, 3)), 24.0), Rig(rest, bone_map))
    return build_figure(motion, Rig(rest, bone_map))


def limb_to(figure: Figure, start: np.ndarray) -> list[np.ndarray]:
    """The other ends, in frame 0, of limbs that begin at a place (3,) of the skeleton at rest."""
    hips = (SMPL.rest_positions[1] + SMPL.rest_positions[2]) / 2
    points = figure.points[0] + hips - figure.hip_centers[0]
    return [points[b] for a, b in figure.limbs if np.allclose(points[a], start, atol=1e-6)]


@given(SEEDS)
def test_figure_joints_are_at_bone_heads(seed):
    rng = np.random.default_rng(seed)
    take, body = random_take(rng), random_rig(rng)
    motion = retarget_to_rig(take, Rig(body.rest, body.bone_map, body.traits), match_feet=True)
    _, heads = play(body.rest, body.traits, motion)
    figure = build_figure(motion, Rig(body.rest, body.bone_map, body.traits))
    size = np.ptp(body.rest.positions, axis=0).max()
    for joint in range(len(SMPL)):
        bone = body.rest.names.index(SMPL.names[joint])
        apart = np.linalg.norm(figure.points - heads[:, bone, None], axis=-1)
        assert apart.min(axis=1).max() < 1e-5 * size, SMPL.names[joint]
    hips = [heads[:, body.rest.names.index(f"{side}_hip")] for side in ("left", "right")]
    np.testing.assert_allclose(figure.hip_centers, (hips[0] + hips[1]) / 2, atol=1e-5 * size)
    np.testing.assert_allclose(figure.left_directions @ figure.up, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(figure.left_directions, axis=1), 1.0, atol=1e-9)
    assert (np.sum(figure.left_directions * (hips[0] - hips[1]), axis=1) > 0).all()


def test_figure_has_a_limb_for_every_joint_but_the_root():
    figure = resting()
    assert len(figure.limbs) == len(SMPL) - 1 + 5
    assert len(set(figure.limbs[:, 1].tolist())) == len(figure.limbs)
    assert figure.radii.shape == figure.limbs.shape
    assert (figure.radii > 0.01).all() and (figure.radii < 0.2).all()


def test_figure_extends_head_fingers_and_toes():
    figure = resting()
    rest = SMPL.rest_positions
    (crown,) = limb_to(figure, rest[SMPL.index("head")])
    np.testing.assert_allclose(crown - rest[SMPL.index("head")], [0, 0.13, 0], atol=1e-6)
    (toes,) = limb_to(figure, rest[SMPL.index("left_foot")])
    np.testing.assert_allclose(toes - rest[SMPL.index("left_foot")], [0, 0, 0.06], atol=1e-6)
    elbow, hand = (rest[SMPL.index(f"left_{joint}")] for joint in ("elbow", "hand"))
    (fingers,) = limb_to(figure, hand)
    along = normalize(rest[SMPL.index("left_wrist")] - elbow)
    np.testing.assert_allclose(fingers - hand, 0.08 * along, atol=1e-6)


def test_figure_tips_follow_their_bones():
    """The same motion, on a rig whose rest pose is another one with the standing pose said."""
    rest = smpl_rig()
    take = random_take(np.random.default_rng(3))
    plain = build_figure(retarget_to_rig(take, Rig(rest, ALL)), Rig(rest, ALL))
    rng = np.random.default_rng(4)
    turns = np.stack([axis_rotation("XYZ"[n % 3], rng.normal()) for n in range(24)])
    posed = rest.with_pose(turns, rest.positions + rng.normal(scale=0.1, size=(24, 3)))
    motion = retarget_to_rig(take, Rig(rest, ALL, custom_rest_pose=rest))
    np.testing.assert_allclose(
        build_figure(motion, Rig(rest, ALL, custom_rest_pose=rest)).points,
        plain.points,
        atol=1e-6,
    )
    crouched = retarget_to_rig(take, Rig(posed, ALL, custom_rest_pose=rest))
    odd = build_figure(crouched, Rig(posed, ALL, custom_rest_pose=rest))
    tips = plain.limbs[plain.limbs[:, 1] >= len(SMPL)]
    assert len(tips) == 5
    for start, end in tips:
        offset = plain.points[:, end] - plain.points[:, start]
        other = odd.points[:, end] - odd.points[:, start]
        np.testing.assert_allclose(normalize(other), normalize(offset), atol=1e-5)


@pytest.mark.parametrize("absent", [{"left_hand"}, {"left_foot"}, {"spine2", "neck"}])
def test_figure_skips_unmapped_joints(absent):
    figure = resting(BoneMap("test", {n: n for n in SMPL.names if n not in absent}))
    rest = SMPL.rest_positions
    if "left_hand" in absent:
        (fingers,) = limb_to(figure, rest[SMPL.index("left_wrist")])
        assert np.linalg.norm(fingers - rest[SMPL.index("left_wrist")]) == pytest.approx(0.16)
    elif "left_foot" in absent:
        (toes,) = limb_to(figure, rest[SMPL.index("left_ankle")])
        np.testing.assert_allclose(
            toes - rest[SMPL.index("left_ankle")], [0, -0.05, 0.16], atol=1e-6
        )
    else:
        ends = limb_to(figure, rest[SMPL.index("spine3")])
        assert any(np.allclose(end, rest[SMPL.index("head")], atol=1e-6) for end in ends)
        assert len(limb_to(figure, rest[SMPL.index("spine1")])) == 1


def test_figure_has_ground_and_left_directions():
    figure = resting()
    np.testing.assert_allclose(figure.up, [0, 1, 0], atol=1e-9)
    np.testing.assert_allclose(figure.left_directions, [[1, 0, 0]] * 2, atol=1e-9)
    below = figure.project_to_ground(figure.hip_centers)
    np.testing.assert_allclose(below[:, [0, 2]], figure.hip_centers[:, [0, 2]], atol=1e-9)
    np.testing.assert_allclose(below[:, 1], figure.ground[1], atol=1e-9)
    assert figure.scale == pytest.approx(1.0)


def test_figure_can_be_translated_and_transformed():
    figure = resting(frames=3)
    offset = np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(
        figure.translated(offset).points - figure.points, offset[:, None] + 0 * figure.points
    )
    turn = axis_rotation("Y", np.array([0.0, 0.5, 1.0]))
    carried = figure.transformed(turn, offset)
    np.testing.assert_allclose(
        carried.points[2, 7], turn[2] @ figure.points[2, 7] + offset[2], atol=1e-12
    )
    np.testing.assert_allclose(
        carried.hip_centers[1], turn[1] @ figure.hip_centers[1] + offset[1], atol=1e-12
    )
    np.testing.assert_allclose(
        carried.left_directions[1], turn[1] @ figure.left_directions[1], atol=1e-12
    )
