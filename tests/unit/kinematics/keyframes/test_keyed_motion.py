"""Motion through given keys, and its values between them."""

from itertools import permutations

import numpy as np
import pytest

from backend.kinematics.keyframes.channels import quaternions_to_rotation_values
from backend.kinematics.keyframes.keyed_motion import (
    LocalPoses,
    inbetween_rotation_values,
    snap_to_keys,
    to_parent_space,
)
from backend.kinematics.keyframes.sparse_keys import (
    quaternion_angle,
    rotation_values_to_quaternions,
)
from backend.kinematics.math.rotations import (
    Array,
    axis_angle_to_quaternion,
    axis_rotation,
    matrix_to_quaternion,
    quaternion_to_matrix,
)

MODES = ["QUATERNION", "AXIS_ANGLE", *("".join(axes) for axes in permutations("XYZ"))]
KEYS = np.array([0.0, 0.2, 0.5, 0.6, 1.1])


def turning(times: Array, bones: int = 2, seed: int = 0) -> Array:
    """(T, B, 4) of bones that turn smoothly, less than half a turn from key to key."""
    rng = np.random.default_rng(seed)
    speed, phase = rng.uniform(0.5, 3.0, (bones, 3)), rng.uniform(0.0, 6.3, (bones, 3))
    return axis_angle_to_quaternion(0.9 * np.sin(speed * times[:, None, None] + phase))


def local(rotations: Array, locations: Array | None = None) -> LocalPoses:
    count = len(rotations)
    return LocalPoses(rotations, np.zeros((count, 1, 3)) if locations is None else locations)


def off_at(times: Array) -> Array:
    """(T, 2, 4) by how much the way there and back is off: a twist that changes in time."""
    twist = axis_angle_to_quaternion(np.stack([0 * times, 0.4 + 0.3 * times, 0 * times], axis=-1))
    return np.repeat(twist[:, None], 2, axis=1)


def product(a: Array, b: Array) -> Array:
    return matrix_to_quaternion(quaternion_to_matrix(a) @ quaternion_to_matrix(b))


def test_snap_to_keys_passes_through_keys_and_keeps_motion():
    times = np.union1d(np.linspace(0.0, 1.1, 111), KEYS)
    keyed = local(turning(KEYS), np.arange(15.0).reshape(5, 1, 3))
    found = local(product(turning(KEYS), off_at(KEYS)), np.full((5, 1, 3), 2.0))
    made = local(product(turning(times), off_at(times)), np.full((len(times), 1, 3), 2.0))
    shown = snap_to_keys(KEYS, found, keyed, times, made)
    at = np.searchsorted(times, KEYS)
    assert quaternion_angle(shown.rotations[at], keyed.rotations).max() < 1e-7
    assert np.abs(shown.locations[at] - keyed.locations).max() < 1e-12
    # What it is off changes evenly, so between the keys all of it is taken off again.
    assert quaternion_angle(shown.rotations, turning(times)).max() < 1e-6


def test_snap_to_keys_of_held_pose_stays_held():
    keys, times = np.arange(6.0), np.linspace(0.0, 5.0, 101)
    values = np.array([0.0, 1.0, 1.0, 1.0, -2.0, -2.0])
    places = np.stack([values, 0 * values, 0 * values], axis=-1)[:, None]
    keyed = local(axis_angle_to_quaternion(0.3 * places), places)
    still = local(np.tile([1.0, 0.0, 0.0, 0.0], (6, 1, 1)))
    made = local(np.tile([1.0, 0.0, 0.0, 0.0], (101, 1, 1)))
    shown = snap_to_keys(keys, still, keyed, times, made)
    held = (times >= 1.0) & (times <= 3.0)
    assert np.abs(shown.locations[held, 0, 0] - 1.0).max() == 0.0
    assert quaternion_angle(shown.rotations[held], keyed.rotations[1]).max() < 1e-7
    assert shown.locations[..., 0].max() == 1.0 and shown.locations[..., 0].min() == -2.0


def test_to_parent_space_removes_rotation_between_bones():
    """The parent of the bone turns by itself, and the bone comes to lie where it would have."""
    own, turns = axis_rotation("X", 0.7), axis_rotation("Z", np.array([0.3, -1.0]))
    times = turning(np.array([0.0, 1.0]), bones=1)[:, 0]
    back = quaternion_to_matrix(to_parent_space(times, own, turns))
    assert np.allclose(turns @ own @ back, own @ quaternion_to_matrix(times))


def keyed_as(mode: str) -> tuple[Array, Array, Array, Array]:
    """Key frames, values in the keys, and rotations and frames between them."""
    frames = np.arange(25.0)
    keys = np.arange(0, 25, 4)
    _, values = quaternions_to_rotation_values(turning(frames / 8, bones=1)[:, 0], mode)
    new = np.setdiff1d(np.arange(25), keys)
    rotations = turning(frames[new] / 8, bones=1)[:, 0]
    return frames[keys], values[keys], rotations, frames[new]


@pytest.mark.parametrize("mode", MODES)
def test_inbetween_values_continue_from_each_key(mode):
    key_frames, keyed, rotations, frames = keyed_as(mode)
    found = inbetween_rotation_values(rotations, mode, keyed, key_frames, frames)
    assert not found.discontinuities.any() and not found.full_turns.any()
    padded = np.zeros((len(rotations), 4))
    padded[:, : found.values.shape[1]] = found.values
    assert quaternion_angle(rotation_values_to_quaternions(padded, mode), rotations).max() < 1e-6
    order = np.argsort(np.concatenate([key_frames, frames]))
    track = np.concatenate([keyed, found.values])[order]
    assert np.abs(np.diff(track, axis=0)).max() < 0.5


@pytest.mark.parametrize("mode", MODES)
def test_inbetween_values_of_equivalent_keys_mark_discontinuity(mode):
    """As captures have them that were never filtered: the same rotation, told otherwise."""
    key_frames, keyed, rotations, frames = keyed_as(mode)
    keyed = keyed.copy()
    if mode in {"QUATERNION", "AXIS_ANGLE"}:
        keyed[2] *= -1
        last = 3
    else:
        middle = "XYZ".index(mode[1])
        keyed[2] += np.pi
        keyed[2, middle] = 2 * np.pi - keyed[2, middle]
        keyed[4] += 60 * np.pi  # faster than anything turns
        last = 5
    found = inbetween_rotation_values(rotations, mode, keyed, key_frames, frames)
    assert list(np.flatnonzero(found.discontinuities)) == list(range(1, last))
    assert not found.full_turns.any()
    padded = np.zeros((len(rotations), 4))
    padded[:, : found.values.shape[1]] = found.values
    assert quaternion_angle(rotation_values_to_quaternions(padded, mode), rotations).max() < 1e-6
    for key in (2, 4) if last == 5 else (2,):
        after = (frames > key_frames[key]) & (frames < key_frames[key + 1])
        assert np.abs(found.values[after] - keyed[key]).max() < 1.5


@pytest.mark.parametrize("mode", MODES[1:])
def test_inbetween_values_of_full_turns_mark_them(mode):
    key_frames, keyed, rotations, frames = keyed_as(mode)
    keyed = keyed.copy()
    keyed[3:, 0] += 2 * np.pi
    found = inbetween_rotation_values(rotations, mode, keyed, key_frames, frames)
    assert list(np.flatnonzero(found.full_turns)) == [2] and not found.discontinuities.any()


def test_inbetween_values_accept_quaternions_of_any_length():
    key_frames, keyed, rotations, frames = keyed_as("QUATERNION")
    lengths = np.linspace(1.0, 3.0, len(keyed))[:, None]
    found = inbetween_rotation_values(rotations, "QUATERNION", lengths * keyed, key_frames, frames)
    assert not found.discontinuities.any()
    shown = np.linalg.norm(found.values, axis=-1)
    assert np.allclose(shown, np.interp(frames, key_frames, lengths[:, 0]))
    assert (
        quaternion_angle(
            rotation_values_to_quaternions(found.values, "QUATERNION"), rotations
        ).max()
        < 1e-6
    )
