"""Placement of takes and separation of root motion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import angle_between, axis_rotation
from backend.kinematics.retarget.placement import (
    REST_GROUND_POSE,
    GroundPose,
    RootMotion,
    extract_root_motion,
    hip_centers,
    move_take,
    relative_to_root_motion,
    remove_root_motion,
    start_take_at,
    take_ground_pose,
    take_headings,
)
from backend.kinematics.retarget.rig_to_take import retarget_to_take
from backend.kinematics.rigs.bone_map import BoneMap
from backend.kinematics.rigs.rest_pose import RestPose

FPS = 60.0


def walking(seconds: float = 5.0, bend: float = 0.3, sway: float = 0.03) -> Take:
    """A body that walks at 1.2 m/s along a bend (rad/s) and sways sideways at 0.9 Hz."""
    time = np.arange(round(seconds * FPS)) / FPS
    heading = bend * time
    ahead = np.stack([np.sin(heading), -np.cos(heading)], axis=1)
    aside = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    offsets = np.cumsum(1.2 / FPS * ahead, axis=0)
    offsets += sway * np.sin(2 * np.pi * 0.9 * time)[:, None] * aside
    pose = np.tile(np.eye(3), (len(time), 24, 1, 1))
    pose[:, 0] = axis_rotation("Z", heading) @ BODY_TO_WORLD
    pose[:, 4] = axis_rotation("X", 0.5 + 0.4 * np.sin(5 * time))
    return Take.from_matrices(pose, np.column_stack([offsets, np.full(len(offsets), 0.95)]), FPS)


spots = st.builds(
    lambda x, y, a: GroundPose(np.array([x, y]), a),
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.floats(-np.pi, np.pi),
)


@given(spots)
def test_start_take_at_moves_take_rigidly(spot: GroundPose) -> None:
    take = walking(1.0)
    put = start_take_at(take, spot)
    found = take_ground_pose(put)
    np.testing.assert_allclose(found.position, spot.position, atol=1e-4)
    assert np.cos(found.heading - spot.heading) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(put.poses[:, 3:], take.poses[:, 3:], atol=1e-6)
    apart = np.linalg.norm(np.diff(hip_centers(put), axis=0), axis=1)
    np.testing.assert_allclose(
        apart, np.linalg.norm(np.diff(hip_centers(take), axis=0), axis=1), atol=1e-4
    )
    np.testing.assert_allclose(hip_centers(put)[:, 2], hip_centers(take)[:, 2], atol=1e-5)


@settings(max_examples=20)
@given(spots, spots)
def test_move_take_back_gives_the_same_take(one: GroundPose, other: GroundPose) -> None:
    take = walking(0.5)
    back = move_take(move_take(take, one, other), other, one)
    np.testing.assert_allclose(back.trans, take.trans, atol=1e-3)
    assert angle_between(back.local_matrices(), take.local_matrices()).max() < 1e-3


def test_take_ground_pose_of_rig_at_rest_is_rest_ground_pose() -> None:
    turned = axis_rotation("Y", 0.5 * np.pi)
    rest = RestPose(
        names=SMPL.names,
        parents=SMPL.parents,
        positions=100 * SMPL.rest_positions @ turned.T,
        rotations=np.tile(turned, (24, 1, 1)),
    )
    still = rest.rotations[None], rest.positions[None]
    bone_map = BoneMap("SMPL", {name: name for name in SMPL.names})
    spot = take_ground_pose(retarget_to_take(rest, *still, bone_map, FPS))
    np.testing.assert_allclose(spot.position, REST_GROUND_POSE.position, atol=1e-5)
    assert spot.heading == pytest.approx(REST_GROUND_POSE.heading, abs=1e-5)


def test_extract_root_motion_is_smooth_without_sway() -> None:
    take = walking(sway=0.04)
    travel, straight = extract_root_motion(take), extract_root_motion(walking(sway=0.0))
    inner = slice(90, -90)
    off = np.linalg.norm(travel.positions - straight.positions, axis=1)[inner]
    assert off.max() < 0.1 * 0.04
    np.testing.assert_allclose(travel.positions[[0, -1]], hip_centers(take)[[0, -1], :2], atol=1e-9)
    np.testing.assert_allclose(travel.headings, take_headings(take), atol=0.01)


def test_relative_to_root_motion_stays_at_rest_ground_pose() -> None:
    take = walking()
    seen = relative_to_root_motion(take, extract_root_motion(take))
    assert np.linalg.norm(hip_centers(seen)[:, :2] - REST_GROUND_POSE.position, axis=1).max() < 0.06
    assert np.abs(take_headings(seen)).max() < 0.02
    still = RootMotion(np.tile(REST_GROUND_POSE.position, (len(take), 1)), np.zeros(len(take)))
    np.testing.assert_allclose(relative_to_root_motion(take, still).trans, take.trans, atol=1e-5)


def test_remove_root_motion_keeps_sway_and_start() -> None:
    take = walking(sway=0.04)
    there, offsets = remove_root_motion(take)
    hips = hip_centers(there)
    np.testing.assert_allclose(hips[0], hip_centers(take)[0], atol=1e-9)
    assert np.ptp(hips[90:-90, :2], axis=0).max() > 0.06, "the sway is there"
    assert np.ptp(hips[:, :2], axis=0).max() < 0.13
    np.testing.assert_array_equal(there.poses, take.poses)
    np.testing.assert_allclose(there.trans[:, :2] + offsets, take.trans[:, :2], atol=1e-12)


def test_extract_root_motion_of_one_frame_is_its_pose() -> None:
    take = walking(1.5 / FPS)
    one = Take(take.poses[:1], take.trans[:1], FPS)
    np.testing.assert_allclose(extract_root_motion(one).positions, hip_centers(one)[:, :2])
    np.testing.assert_allclose(remove_root_motion(one)[1], 0.0)
