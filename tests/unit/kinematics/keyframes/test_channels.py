"""Channels show the rotations of the motion in every mode, without jumps."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.keyframes.channels import (
    Channel,
    plan_keys,
    quaternions_to_rotation_values,
    rest_channel_values,
    scene_frames,
)
from backend.kinematics.math.rotations import (
    Array,
    axis_angle_to_matrix,
    axis_angle_to_quaternion,
    axis_rotation,
    matrix_to_quaternion,
    quaternion_to_matrix,
)
from backend.kinematics.retarget.take_to_rig import RigMotion

EULER = ["".join(axes) for axes in permutations("XYZ")]
MODES = ["QUATERNION", "AXIS_ANGLE", *EULER]


def tumbling(rng: np.random.Generator, frames: int = 80, bones: int = 3) -> Array:
    """(T, B, 4) quaternions, w >= 0, of bones that turn over and over without haste."""
    matrices = np.empty((frames, bones, 3, 3))
    matrices[0] = axis_angle_to_matrix(rng.normal(size=(bones, 3)))
    spin = axis_angle_to_matrix(rng.normal([0.0, 0.0, 0.15], 0.1, size=(frames, bones, 3)))
    for n in range(1, frames):
        matrices[n] = matrices[n - 1] @ spin[n]
    return matrix_to_quaternion(matrices)


def shown(mode: str, values: Array) -> Array:
    """The matrices (..., 3, 3) that Blender shows for values of a rotation property."""
    if mode == "QUATERNION":
        return quaternion_to_matrix(values)
    if mode == "AXIS_ANGLE":
        axis = values[..., 1:] / np.linalg.norm(values[..., 1:], axis=-1, keepdims=True)
        return axis_angle_to_matrix(values[..., :1] * axis)
    result = np.eye(3)
    for axis in mode:  # each further turn is about the axes of the world
        result = axis_rotation(axis, values[..., "XYZ".index(axis)]) @ result
    return result


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_rotation_values_in_each_mode_show_the_rotations(mode, seed):
    rotations = tumbling(np.random.default_rng(seed))
    path, values = quaternions_to_rotation_values(rotations, mode)
    assert path == f"rotation_{mode.lower() if mode not in EULER else 'euler'}"
    np.testing.assert_allclose(shown(mode, values), quaternion_to_matrix(rotations), atol=1e-6)


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE"])
def test_rotation_values_of_repeated_turns_are_continuous(mode):
    angles = np.linspace(-9.0, 14.0, 400)
    rotations = axis_angle_to_quaternion(angles[:, None, None] * np.array([0.0, 0.6, 0.8]))
    flipped = np.where(rotations[..., :1] < 0, -rotations, rotations)
    _, values = quaternions_to_rotation_values(flipped, mode)
    assert np.abs(np.diff(values, axis=0)).max() < 0.1


@pytest.mark.parametrize("mode", EULER)
def test_rotation_values_of_one_euler_axis_are_continuous(mode):
    angles = np.linspace(-9.0, 14.0, 400)[:, None]
    for axis in (mode[0], mode[2]):
        rotations = matrix_to_quaternion(axis_rotation(axis, angles))
        _, values = quaternions_to_rotation_values(rotations, mode)
        assert np.abs(np.diff(values, axis=0)).max() < 0.1


def test_rotation_values_at_rest_keep_last_axis():
    angles = np.concatenate([np.zeros(5), np.linspace(0, 1, 20), np.linspace(1, -1, 41)])
    rotations = axis_angle_to_quaternion(angles[:, None] * np.array([0.0, 0.0, 1.0]))
    _, values = quaternions_to_rotation_values(rotations, "AXIS_ANGLE")
    np.testing.assert_allclose(values[:, 1:], np.tile([0.0, 0.0, 1.0], (66, 1)), atol=1e-9)
    np.testing.assert_allclose(values[:, 0], angles, atol=1e-9)


def test_rotation_values_of_unrotated_bone_have_an_axis():
    still = np.tile([1.0, 0.0, 0.0, 0.0], (4, 2, 1))
    _, values = quaternions_to_rotation_values(still, "AXIS_ANGLE")
    np.testing.assert_array_equal(values, np.tile([0.0, 0.0, 1.0, 0.0], (4, 2, 1)))


def test_plan_keys_uses_each_bone_s_mode_and_root_location():
    rng = np.random.default_rng(0)
    rotations = tumbling(rng, frames=7)
    locations = rng.normal(size=(7, 3))
    motion = RigMotion(("hips", "spine", "head"), rotations, ("hips",), locations[:, None], ())
    plan = plan_keys(motion, {"spine": "YXZ", "head": "AXIS_ANGLE"}, scene_frames(7, 24, 24, 5.0))
    assert [(c.bone, c.path, c.index) for c in plan if c.path == "location"] == [
        ("hips", "location", index) for index in range(3)
    ]
    paths = {bone: {c.path for c in plan if c.bone == bone} for bone in motion.bones}
    assert paths["hips"] == {"rotation_quaternion", "location"}
    assert paths["spine"] == {"rotation_euler"}
    assert paths["head"] == {"rotation_axis_angle"}
    assert len(plan) == 4 + 3 + 3 + 4
    for channel in plan:
        assert channel.co.dtype == np.float32
        np.testing.assert_array_equal(channel.co[0::2], np.arange(5, 12))
    np.testing.assert_allclose(_values(plan, "hips", "location"), locations, atol=1e-6)


def _values(plan: list[Channel], bone: str, path: str) -> Array:
    curves = [channel for channel in plan if (channel.bone, channel.path) == (bone, path)]
    return np.stack([channel.co[1::2] for channel in curves], axis=1)


def test_scene_frames_at_fractional_rates_are_exact():
    ntsc = 24000 / 1001
    as_blender_has_it = 24 / float(np.float32(1.001))
    long = scene_frames(5000, ntsc, as_blender_has_it, 1.0)
    np.testing.assert_array_equal(long, np.arange(1, 5001))
    np.testing.assert_allclose(scene_frames(2, np.pi, np.e, 0.0), [0.0, np.e / np.pi], rtol=3e-7)
    np.testing.assert_array_equal(scene_frames(3, ntsc, ntsc, 1.0), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(scene_frames(5, 120.0, 24.0, 10.5), 10.5 + 0.2 * np.arange(5))
    np.testing.assert_allclose(scene_frames(3, 30.0, 60.0, -4.0), [-4.0, -2.0, 0.0])


def test_rest_channel_values_are_no_rotation():
    for mode in MODES:
        path = "rotation_euler" if mode in EULER else f"rotation_{mode.lower()}"
        np.testing.assert_allclose(
            shown(mode, np.array(rest_channel_values(path))), np.eye(3), atol=1e-12
        )
    assert rest_channel_values("location") == (0.0, 0.0, 0.0)
