"""Features of a style's motions, and back."""

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.kinematics.body.skeleton import forward_kinematics
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import axis_rotation
from backend.kinematics.mocap.bvh import write_bvh
from backend.protocol.style_file import STYLE_FPS, StyleError
from backend.styles.features import FeatureLayout
from backend.styles.native_skeleton import read_native_motion, write_native_motion
from backend.styles.skeleton_graph import SMPL_BODY, SkeletalMotion
from tests.support.motions import swinging_take

LAYOUT = FeatureLayout(SMPL_BODY)


def swinging(seconds: float = 2.0, fps: float = STYLE_FPS, seed: int = 0) -> SkeletalMotion:
    return SkeletalMotion.from_take(swinging_take(seconds, fps, seed))


def moved(motion: SkeletalMotion, yaw: float, shift: tuple[float, float]) -> SkeletalMotion:
    spin = axis_rotation("Z", np.array(yaw))
    matrices = np.array(motion.matrices)
    matrices[:, 0] = spin @ matrices[:, 0]
    return SkeletalMotion(motion.body, matrices, motion.root @ spin.T + [*shift, 0.0], motion.fps)


def test_encode_motion_is_independent_of_position_and_heading():
    motion = swinging()
    features = LAYOUT.encode_motion(motion)
    assert features.shape == (60, 6 * 22 + 4 + 4)
    elsewhere = LAYOUT.encode_motion(moved(motion, 2.0, (3.0, -1.0)))
    assert np.allclose(features, elsewhere, atol=1e-9)


def test_decode_features_restores_motion_from_origin():
    motion = swinging()
    features = LAYOUT.encode_motion(motion)
    back, touching = LAYOUT.decode_features(features)
    # The speed of the last frame leads to none.
    assert np.allclose(LAYOUT.encode_motion(back)[:-1], features[:-1], atol=1e-9)
    assert np.allclose(back.root[0, :2], 0.0)
    assert np.allclose(touching, motion.foot_contacts())
    steps = [np.linalg.norm(np.diff(m.root, axis=0), axis=1) for m in (back, motion)]
    assert np.allclose(*steps)


def standing(frames: int = 60) -> SkeletalMotion:
    """Return a motion of one pose, at heading 0."""
    motion = LAYOUT.decode_features(LAYOUT.encode_motion(swinging()))[0]
    matrices = np.repeat(motion.matrices[:1], frames, axis=0)
    return SkeletalMotion(SMPL_BODY, matrices, np.tile([0.0, 0.0, 0.9], (frames, 1)), STYLE_FPS)


def test_encode_motion_gives_root_motion_in_si_units():
    motion = standing()
    seconds = np.arange(60) / STYLE_FPS
    root = motion.root + 1.5 * seconds[:, None] * [0.0, -1.0, 0.0]
    ahead = LAYOUT.encode_motion(SkeletalMotion(SMPL_BODY, motion.matrices, root, STYLE_FPS))
    assert np.allclose(ahead[:, LAYOUT.root_slice], [0.0, -1.5, 0.0, 0.9], atol=1e-9)
    matrices = np.array(motion.matrices)
    matrices[:, 0] = axis_rotation("Z", 0.8 * seconds) @ matrices[:, 0]
    turning = LAYOUT.encode_motion(SkeletalMotion(SMPL_BODY, matrices, motion.root, STYLE_FPS))
    assert np.allclose(turning[:, LAYOUT.root_slice], [0.0, 0.0, 0.8, 0.9], atol=1e-9)


def test_foot_speeds_equal_world_speeds_of_forward_kinematics():
    motion = swinging(seed=3)
    motion.root[:, 2] += 0.2 * np.sin(np.arange(60))
    features = torch.from_numpy(LAYOUT.encode_motion(motion))[None]
    joints = forward_kinematics(SMPL_BODY.skeleton, motion.matrices, motion.root)[0]
    feet = joints[:, list(SMPL_BODY.feet)]
    expected = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * STYLE_FPS
    assert np.allclose(LAYOUT.foot_speeds(features, STYLE_FPS)[0].numpy(), expected, atol=1e-9)
    half = LAYOUT.foot_speeds(features[:, ::2], STYLE_FPS / 2)[0].numpy()
    assert np.allclose(half.mean(), expected.mean(), rtol=0.25)


@pytest.mark.parametrize("fps", [24.0, 60.0, 120.0, 30000 / 1001])
def test_resampled_at_converts_any_rate_to_style_fps(fps: float):
    motion = swinging(2.0, fps)
    there = motion.resampled_at(STYLE_FPS)
    assert there.fps == STYLE_FPS
    assert len(there) == int(motion.duration * STYLE_FPS + 1e-6) + 1
    if fps in {60.0, 120.0}:
        step = round(fps / STYLE_FPS)
        assert np.array_equal(there.root, motion.root[::step])
        assert np.array_equal(there.matrices, motion.matrices[::step])


def test_placed_on_floor_puts_low_feet_at_zero():
    motion = standing()
    lifted = SkeletalMotion(
        motion.body, motion.matrices, motion.root + np.array([0, 0, 5.0]), motion.fps
    )
    assert np.allclose(lifted.placed_on_floor().root, motion.placed_on_floor().root)
    assert lifted.foot_contacts().sum() == 0
    jumping = np.array(motion.root)
    jumping[10:50, 2] += 0.5
    jumps = SkeletalMotion(motion.body, motion.matrices, jumping, motion.fps).placed_on_floor()
    assert np.allclose(jumps.root[0], motion.placed_on_floor().root[0])
    assert lifted.placed_on_floor().foot_contacts().any(axis=1).all()


def test_foot_contacts_of_moving_foot_are_zero():
    motion = standing().placed_on_floor()
    root = motion.root + np.arange(60)[:, None] / STYLE_FPS * [0.4, 0.0, 0.0]
    assert SkeletalMotion(motion.body, motion.matrices, root, STYLE_FPS).foot_contacts().sum() == 0


def test_native_motion_round_trip_preserves_skeleton(tmp_path: Path):
    take = swinging_take(2.0, 60.0)
    write_bvh(take, tmp_path / "a.bvh")
    motion = read_native_motion(tmp_path / "a.bvh")
    assert len(motion.body) == 24
    names = [motion.body.skeleton.names[foot] for foot in motion.body.feet]
    assert names == ["left_ankle", "right_ankle", "left_foot", "right_foot"]
    assert np.allclose(motion.root, take.root_positions(), atol=1e-6)
    write_native_motion(motion, tmp_path / "made" / "b.bvh")
    again = read_native_motion(tmp_path / "made" / "b.bvh")
    assert again.body.has_same_skeleton(motion.body)
    assert np.allclose(again.root, motion.root, atol=1e-6)
    assert np.allclose(again.matrices, motion.matrices, atol=1e-5)
    layout = FeatureLayout(motion.body)
    assert layout.encode_motion(motion.resampled_at(STYLE_FPS)).shape == (60, 6 * 24 + 4 + 4)


def test_read_native_motion_without_heading_raises(tmp_path: Path):
    take = swinging_take(1.0, 30.0)
    matrices = take.local_matrices()
    matrices[:, 0] = axis_rotation("X", np.full(len(take), -np.pi / 2)) @ matrices[:, 0]
    lying = Take.from_matrices(matrices, take.root_positions(), take.fps)
    write_bvh(lying, tmp_path / "lying.bvh")
    read_native_motion(tmp_path / "lying.bvh")  # its left side still shows it
    turned = axis_rotation("Z", np.linspace(0, 6, len(take)))
    upside = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    matrices[:, 0] = turned @ upside
    write_bvh(Take.from_matrices(matrices, take.root_positions(), 30.0), tmp_path / "up.bvh")
    with pytest.raises(StyleError, match=r"must show a heading, but that of up\.bvh"):
        read_native_motion(tmp_path / "up.bvh")
    with pytest.raises(StyleError, match=r"needs a \.bvh file"):
        read_native_motion(tmp_path / "a.npz")
