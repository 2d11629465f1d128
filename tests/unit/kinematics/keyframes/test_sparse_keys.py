"""Sparse keys stay within their tolerance and are few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.keyframes.channels import Channel, plan_keys, scene_frames
from backend.kinematics.keyframes.sparse_keys import (
    KeyTolerance,
    plan_sparse_keys,
    quaternion_angle,
    rotation_values_to_quaternions,
)
from backend.kinematics.math.curve_fitting import fit_curves
from backend.kinematics.math.rotations import Array
from backend.kinematics.retarget.rig_chains import build_rig_chains
from backend.kinematics.retarget.take_to_rig import Rig, RigMotion, retarget_to_rig
from backend.kinematics.rigs.bone_map import detect_bone_map
from backend.protocol.limits import LimitError
from tests.support.motions import swinging_take
from tests.support.rigs import SMPL_RIG

MODES = ["QUATERNION", "AXIS_ANGLE", "XYZ", "YXZ"]
REST = SMPL_RIG.rest
BONES = detect_bone_map(REST)
BOUND = KeyTolerance(distance=0.2)  # the rig is in centimetres


def sparse(
    motion: RigMotion, mode: str, frames: Array, bound: KeyTolerance = BOUND
) -> list[Channel]:
    chains = build_rig_chains(motion, Rig(REST, BONES))
    return plan_sparse_keys(motion, dict.fromkeys(motion.bones, mode), frames, chains, bound)


def shown(channel: Channel, frames: Array) -> Array:
    """Values of a Bézier F-curve, by its four control points; x is checked to be linear."""
    assert channel.left_handles is not None and channel.right_handles is not None
    co, left, right = (
        a.reshape(-1, 2).astype(float)
        for a in (channel.co, channel.left_handles, channel.right_handles)
    )
    if len(co) == 1:
        return np.full(len(frames), co[0, 1])
    np.testing.assert_allclose(right[:-1, 0], (2 * co[:-1, 0] + co[1:, 0]) / 3, atol=1e-3)
    np.testing.assert_allclose(left[1:, 0], (co[:-1, 0] + 2 * co[1:, 0]) / 3, atol=1e-3)
    n = np.clip(np.searchsorted(co[:, 0], frames, side="right") - 1, 0, len(co) - 2)
    u = (frames - co[n, 0]) / (co[n + 1, 0] - co[n, 0])
    v = 1 - u
    points = (co[n, 1], right[n, 1], left[n + 1, 1], co[n + 1, 1])
    weights = (v**3, 3 * u * v**2, 3 * u**2 * v, u**3)
    return sum(w * p for w, p in zip(weights, points, strict=True))


def errors(motion: RigMotion, plan: list[Channel], mode: str, frames: Array) -> tuple[float, float]:
    """Worst distance of an end and worst angle of a bone, at all frames."""
    values = np.zeros((len(motion.bones), len(frames), 4))
    locations = np.zeros((len(frames), len(motion.translated_bones), 3))
    for channel in plan:
        if channel.path == "location":
            place = motion.translated_bones.index(channel.bone)
            locations[:, place, channel.index] = shown(channel, frames)
        else:
            values[motion.bones.index(channel.bone), :, channel.index] = shown(channel, frames)
    here, right = rotation_values_to_quaternions(values, mode), motion.rotations.swapaxes(0, 1)
    chains = build_rig_chains(motion, Rig(REST, BONES))
    apart = chains.end_positions(here, locations) - chains.end_positions(right, motion.locations)
    return float(np.linalg.norm(apart, axis=-1).max()), float(quaternion_angle(here, right).max())


def count(plan: list[Channel]) -> int:
    return sum(len(channel.co) // 2 for channel in plan)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=5)
@given(
    seed=st.integers(0, 2**32 - 1),
    rates=st.sampled_from([(24, 24), (60, 60), (120, 24), (30, 24)]),
    start=st.sampled_from([1.0, -30.0, 10.5]),
    distance=st.floats(0.02, 2.0),
    angle=st.floats(0.001, 0.05),
)
def test_plan_sparse_keys_stays_within_tolerance_on_and_between_frames(
    mode, seed, rates, start, distance, angle
):
    fps, scene_rate = rates
    motion = retarget_to_rig(swinging_take(2.0, fps, seed), Rig(REST, BONES))
    frames = scene_frames(len(motion.locations), fps, scene_rate, start)
    plan = sparse(motion, mode, frames, KeyTolerance(distance, angle))
    apart, turned = errors(motion, plan, mode, frames)
    assert apart <= distance
    assert turned <= angle
    dense = plan_keys(motion, dict.fromkeys(motion.bones, mode), frames)
    assert [(c.bone, c.path, c.index) for c in plan] == [(c.bone, c.path, c.index) for c in dense]
    for few, all_ in zip(plan, dense, strict=True):
        np.testing.assert_array_equal(few.co[[0, -2]], all_.co[[0, -2]])


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_plan_sparse_keys_of_noise_stays_within_tolerance(seed):
    rng = np.random.default_rng(seed)
    still = retarget_to_rig(swinging_take(1.0, 60.0, 3), Rig(REST, BONES))
    rotations = still.rotations + rng.normal(scale=0.01, size=still.rotations.shape)
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    motion = RigMotion(still.bones, rotations, still.translated_bones, still.locations, ())
    frames = np.arange(60.0)
    apart, turned = errors(motion, sparse(motion, "XYZ", frames), "XYZ", frames)
    assert apart <= BOUND.distance
    assert turned <= BOUND.angle


@pytest.mark.parametrize("fps", [60.0, 120.0])
def test_plan_sparse_keys_uses_same_whole_frames_in_all_channels(fps):
    motion = retarget_to_rig(swinging_take(3.0, fps), Rig(REST, BONES))
    frames = scene_frames(len(motion.locations), fps, 24.0, 1.0)
    plan = sparse(motion, "QUATERNION", frames)
    on_whole = []
    for bone in motion.bones:
        for path in ("rotation_quaternion", "location"):
            keyed = [c.co[0::2] for c in plan if (c.bone, c.path) == (bone, path)]
            for channel in keyed[1:]:
                np.testing.assert_array_equal(channel, keyed[0])
            on_whole += [frame == np.round(frame) for when in keyed for frame in when[:-1]]
    assert np.mean(on_whole) > 0.9


def test_plan_sparse_keys_with_larger_tolerance_has_fewer_keys():
    motion = retarget_to_rig(swinging_take(4.0, 60.0), Rig(REST, BONES))
    frames = np.arange(240.0)
    counts = [
        count(sparse(motion, "XYZ", frames, KeyTolerance(0.05 * n, 0.002 * n)))
        for n in (1, 3, 9, 27)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] < 240 * 75 / 6


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), loosen=st.floats(1.1, 10.0))
def test_plan_sparse_keys_with_larger_tolerance_rarely_has_more_keys(seed, loosen):
    motion = retarget_to_rig(swinging_take(1.5, 60.0, seed), Rig(REST, BONES))
    frames = np.arange(90.0)
    tight = count(sparse(motion, "QUATERNION", frames))
    loose = count(
        sparse(motion, "QUATERNION", frames, KeyTolerance(0.2 * loosen, BOUND.angle * loosen))
    )
    assert loose <= 1.1 * tight


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), times=st.integers(3, 400))
def test_plan_sparse_keys_of_cubic_has_two_keys(seed, times):
    rng = np.random.default_rng(seed)
    frames = 7.0 + 0.5 * np.arange(times)
    powers = np.linspace(-1.0, 1.0, times)[:, None] ** np.arange(4)
    samples = np.einsum("tp,npc->ntc", powers, rng.normal(size=(5, 4, 3)))

    def judge(values: Array) -> Array:
        return np.abs(values - samples).max(axis=-1) / 5e-3

    fit = fit_curves(samples, frames, judge, np.ones(times, dtype=bool))
    assert (fit.keys.sum(axis=1) == 2).all()


def test_plan_sparse_keys_of_still_motion_has_two_keys():
    moving = retarget_to_rig(swinging_take(1.0, 60.0), Rig(REST, BONES))
    for times, keys in ((60, 2), (2, 2), (1, 1)):
        still = RigMotion(
            moving.bones,
            np.repeat(moving.rotations[:1], times, axis=0),
            moving.translated_bones,
            np.repeat(moving.locations[:1], times, axis=0),
            (),
        )
        for mode in MODES:
            plan = sparse(still, mode, np.arange(float(times)))
            assert {len(channel.co) // 2 for channel in plan} == {keys}
            for channel in plan:
                assert np.ptp(channel.co[1::2]) < 1e-6
                assert (
                    np.isfinite(channel.left_handles).all()
                    and np.isfinite(channel.right_handles).all()
                )


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_key_tolerance_out_of_bounds_raises(value):
    with pytest.raises(LimitError, match=r"The distance .* must be above 0"):
        KeyTolerance(distance=value)
    with pytest.raises(LimitError, match=r"The angle .* must be above 0"):
        KeyTolerance(angle=value)


def test_rig_chains_equal_forward_kinematics_of_the_rig():
    take = swinging_take(0.5, 30.0)
    motion = retarget_to_rig(take, Rig(REST, BONES))
    chains = build_rig_chains(motion, Rig(REST, BONES))
    ends = chains.end_positions(motion.rotations.swapaxes(0, 1), motion.locations)
    joints = take.joint_positions() - take.joint_positions()[:, :1]
    head, foot = joints[:, 15], joints[:, 10]
    on_body = np.linalg.norm(head - foot, axis=-1)
    on_rig = np.linalg.norm(ends[:, 0] - ends[:, 4], axis=-1)
    np.testing.assert_allclose(on_rig / on_rig[0], on_body / on_body[0], atol=0.02)
