"""Motions one after the other: where they meet, what lies between, and loops."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.data.motion_set import save_motion_set
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from backend.kinematics.editing.transitions import (
    GroundTransform,
    MotionFrames,
    crossfade,
    feature_distances,
    transition_features,
)
from backend.kinematics.math.rotations import Array, angle_between, axis_rotation
from backend.kinematics.retarget.placement import REST_GROUND_POSE, GroundPose
from backend.nerm.sampler import NermSampler
from backend.nerm.weights import load_weights
from backend.playback.clip import BodyPartLayer, MotionClip
from backend.playback.sequence import MotionSequence
from backend.playback.transition_search import (
    ClipRange,
    clip_seconds,
    close_loop,
    find_transition,
    first_clip_range,
    half_blends,
)
from tests.support.motions import motion_set, write_tiny_weights

FPS = 60.0


class Walker(MotionClip):
    """A passage that is known: a body that goes, turns and swings its legs, twice a second."""

    def __init__(self, seconds: float, phase: float = 0.0, speed: float = 1.0) -> None:
        self.seconds, self._phase, self._pace = seconds, phase, speed

    def frames_at(self, times: Array) -> MotionFrames:
        local = np.tile(np.eye(3), (len(times), len(SMPL), 1, 1))
        local[:, 0] = axis_rotation("Z", 0.2 * times) @ BODY_TO_WORLD
        for side, sign in (("left", 1), ("right", -1)):
            swing = sign * 0.4 * np.sin(2 * np.pi * times + self._phase)
            local[:, SMPL.index(f"{side}_hip")] = axis_rotation("X", swing)
        root = np.stack([0 * times, -self._pace * times, 0.95 + 0 * times], axis=1)
        return MotionFrames(local, root, np.zeros((len(times), 4)))


moves = st.builds(GroundTransform, st.floats(-3, 3), st.tuples(st.floats(-5, 5), st.floats(-5, 5)))


@given(moves, moves)
def test_ground_transform_compose_and_inverse(
    first: GroundTransform, second: GroundTransform
) -> None:
    frames = Walker(2.0).frames_at(np.linspace(0, 1, 3))
    both = frames.transformed(second.compose(first))
    np.testing.assert_allclose(
        both.root, frames.transformed(first).transformed(second).root, atol=1e-9
    )
    back = both.transformed(second.compose(first).inverse())
    np.testing.assert_allclose(back.root, frames.root, atol=1e-9)
    np.testing.assert_allclose(back.matrices, frames.matrices, atol=1e-9)


@given(moves)
def test_transition_features_moved_body_unchanged(move: GroundTransform) -> None:
    frames = Walker(2.0).frames_at(np.arange(30) / FPS)
    np.testing.assert_allclose(
        transition_features(frames.transformed(move), FPS),
        transition_features(frames, FPS),
        atol=1e-9,
    )


def test_feature_distances_in_metres() -> None:
    frames = Walker(2.0).frames_at(np.zeros(2))
    lifted = MotionFrames(frames.matrices, frames.root + np.array([0, 0, 0.1]), frames.contacts)
    here, there = (transition_features(one, FPS) for one in (frames, lifted))
    np.testing.assert_allclose(feature_distances(here[0], there), 0.1, atol=1e-9)


def test_ground_transform_from_poses_maps_source_to_target() -> None:
    frames = Walker(2.0).frames_at(np.array([0.7]))
    to = GroundPose(np.array([1.0, -2.0]), 0.5)
    spot = frames.transformed(GroundTransform.from_poses(frames.ground_pose(0), to)).ground_pose(0)
    np.testing.assert_allclose(spot.position, to.position, atol=1e-9)
    assert spot.heading == pytest.approx(0.5)


def test_crossfade_ends_match_both_motions() -> None:
    times = np.arange(3) / FPS
    one, other = Walker(2.0).frames_at(times), Walker(2.0, 1.0).frames_at(times)
    mixed = crossfade(one, other, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(mixed.matrices[0], one.matrices[0], atol=1e-9)
    np.testing.assert_allclose(mixed.matrices[2], other.matrices[2], atol=1e-9)
    hip = SMPL.index("left_hip")
    whole = angle_between(one.matrices[1, hip], other.matrices[1, hip])
    half = angle_between(one.matrices[1, hip], mixed.matrices[1, hip])
    assert half == pytest.approx(whole / 2, abs=1e-6)


def test_half_blends_returns_overlaps() -> None:
    assert half_blends([0.4, 0.2, 1.0], loop=False) == [(0.0, 0.1), (0.1, 0.5), (0.5, 0.0)]
    assert half_blends([0.4, 0.2], loop=True) == [(0.2, 0.1), (0.1, 0.2)]
    assert half_blends([0.4], loop=True) == [(0.2, 0.2)]


def test_clip_seconds_single_clip_has_no_slack() -> None:
    assert clip_seconds([3.0], [0.4], False, 10.0) == [3.0]
    assert clip_seconds([3.0, 9.5], [0.4, 0.4], False, 10.0) == [pytest.approx(4.2), 10.0]


@given(st.floats(0.0, 6.28))
@settings(max_examples=20)
def test_find_transition_continues_step(phase: float) -> None:
    """Two walks of the same gait in different phases meet in the same phase."""
    first = first_clip_range(Walker(3.0), 2.0, (0.0, 0.2))
    second, away = find_transition(first, first_clip_range(Walker(4.2, phase), 2.0, (0.2, 0.0)))
    gap = (2 * np.pi * (second.offset - first.end_offset) + phase) / (2 * np.pi)
    assert abs(gap - round(gap)) < 1.01 / FPS
    assert away < 0.05
    assert 0.2 <= second.offset <= second.latest_offset + 1e-9


def test_first_clip_range_short_clip_plays_slower() -> None:
    part = first_clip_range(Walker(2.0), 2.0, (0.2, 0.2))
    assert part.playback_rate == pytest.approx(2.0 / 2.4)
    assert part.offset - part.playback_rate * 0.2 == pytest.approx(0)
    assert part.end_offset + part.playback_rate * 0.2 == pytest.approx(2.0)


def _two(blend: float = 0.4) -> MotionSequence:
    first, second = half_blends([blend, blend], loop=False)
    one = first_clip_range(Walker(3.2), 2.0, first)
    other, _ = find_transition(one, first_clip_range(Walker(3.2, 2.0, speed=1.5), 2.0, second))
    return MotionSequence([one, other])


def test_sequence_starts_at_rest_and_continues_in_place() -> None:
    two = _two()
    start = two.frames_at(np.zeros(1)).ground_pose(0)
    np.testing.assert_allclose(start.position, REST_GROUND_POSE.position, atol=1e-9)
    assert start.heading == pytest.approx(REST_GROUND_POSE.heading)
    assert two.seconds == 4.0
    times = np.arange(int(4 * FPS)) / FPS
    root = two.frames_at(times).root
    # Nobody jumps at the seam: no frame goes farther than the quicker of the two walks.
    assert np.linalg.norm(np.diff(root, axis=0), axis=1).max() < 1.7 / FPS


def test_sequence_outside_transition_matches_clip() -> None:
    two = _two()
    times = np.array([0.5, 1.79, 2.21, 3.5])
    frames = two.frames_at(times)
    hip = SMPL.index("left_hip")
    for n, time in enumerate(times):
        walker, inside = Walker(3.2), time
        if time > 2:
            shown = two._placed_clips[1].clip_range
            walker, inside = shown.clip, shown.offset + time - 2
        here = walker.frames_at(np.array([inside])).matrices[0, hip]
        np.testing.assert_allclose(frames.matrices[n, hip], here, atol=1e-9)


def test_sequence_without_blend_cuts() -> None:
    two = _two(blend=0.0)
    frames = two.frames_at(np.array([2.0 - 1e-6, 2.0]))
    np.testing.assert_allclose(frames.root[0], frames.root[1], atol=1e-5)


def _loop(seconds: float = 1.9) -> MotionSequence:
    part = first_clip_range(Walker(4.0), seconds, half_blends([0.4], loop=True)[0])
    return MotionSequence([close_loop(part, part)], loop=True)


def test_sequence_loop_ends_as_it_starts() -> None:
    loop = _loop()
    frames = loop.frames_at(np.array([0.0, loop.seconds - 1e-9, loop.seconds, 3 * loop.seconds]))
    for n in (1, 2, 3):
        np.testing.assert_allclose(frames.matrices[n, 1:], frames.matrices[0, 1:], atol=1e-6)
    # It keeps its period of one second by a little haste, not by standing still.
    shown = loop._placed_clips[1].clip_range
    assert shown.playback_rate * loop.seconds == pytest.approx(2.0, abs=1.5 / FPS)


def test_sequence_loop_continues_for_several_passes() -> None:
    loop = _loop()
    times = np.arange(-60, 360) / FPS
    root = loop.frames_at(times).root
    steps = np.diff(root, axis=0)
    assert np.linalg.norm(steps, axis=1).max() < 1.3 / FPS
    assert np.linalg.norm(np.diff(steps, axis=0), axis=1).max() < 0.1 / FPS


class Treading(Walker):
    """One whose feet are said to be down, so that they are held."""

    def frames_at(self, times: Array) -> MotionFrames:
        frames = super().frames_at(times)
        return MotionFrames(frames.matrices, frames.root, np.ones((len(times), 4)))


@pytest.mark.parametrize("seconds", [1.0, 1.9, 3.1])
def test_sequence_loop_take_closes_in_last_frame(seconds: float) -> None:
    part = first_clip_range(Treading(5.0, speed=0.3), seconds, half_blends([0.4], loop=True)[0])
    loop = MotionSequence([close_loop(part, part)], loop=True)
    take, free = (loop.to_take(24.0, lock_feet=held) for held in (True, False))
    assert np.abs(take.poses - free.poses).max() > 0.01
    assert len(take) == round(seconds * 24) + 1
    np.testing.assert_allclose(take.poses[0, 3:], take.poses[-1, 3:], atol=1e-5)
    part = _loop().to_take(24.0, lock_feet=True, start=0.5, end=1.5)
    assert len(part) == 24


class Standing(Walker):
    """Walks for two seconds, then stands."""

    def frames_at(self, times: Array) -> MotionFrames:
        return super().frames_at(np.minimum(times, 2.0))


def test_close_loop_avoids_standing_still() -> None:
    part = first_clip_range(Standing(6.0), 1.0, half_blends([0.4], loop=True)[0])
    assert close_loop(part, part).end_offset < 2.3


def test_close_loop_several_clips_change_last_playback_rate() -> None:
    reach = half_blends([0.4, 0.4], loop=True)
    first = first_clip_range(Walker(4.0), 2.0, reach[0])
    last, _ = find_transition(first, first_clip_range(Walker(4.0, 1.0), 2.0, reach[1]))
    last = close_loop(last, first)
    loop = MotionSequence([first, last], loop=True)
    frames = loop.frames_at(np.array([0.0, loop.seconds]))
    np.testing.assert_allclose(frames.matrices[0, 1:], frames.matrices[1, 1:], atol=1e-6)
    assert isinstance(last, ClipRange) and 0.85 < last.playback_rate < 1.15


def test_sequence_loop_of_many_blocks_covers_last_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    # From Python 3.12 on `sum` rounds once, and parts are added one by one.
    monkeypatch.setattr("backend.playback.sequence.sum", math.fsum, raising=False)
    seconds = [4.4, 4.2, 4.2, 3.0, 4.6, 1.5, 1.5, 3.7]
    parts = [first_clip_range(Walker(length), length, (0.0, 0.0)) for length in seconds]
    loop = MotionSequence(parts, loop=True)
    take = loop.to_take(30.0, False)
    assert (take.root_positions()[:, 2] > 0.9).all()


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> NermSampler:
    folder: Path = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return NermSampler(load_weights(folder))


def test_clip_layer_moves_only_its_part(sampler: NermSampler) -> None:
    body, arm = torch.randn(2, 16, generator=torch.Generator().manual_seed(1))
    times = np.linspace(0, 2, 7)
    plain, over = MotionClip(sampler, body, 2.0), MotionClip(sampler, arm, 2.0)
    both = MotionClip(sampler, body, 2.0, [BodyPartLayer(arm, "LEFT_ARM")])
    moved = SMPL.index("left_shoulder")
    others = [n for n, name in enumerate(SMPL.names) if not name.startswith("left_")]
    np.testing.assert_array_equal(
        both.frames_at(times).matrices[:, moved], over.frames_at(times).matrices[:, moved]
    )
    np.testing.assert_array_equal(
        both.frames_at(times).matrices[:, others], plain.frames_at(times).matrices[:, others]
    )
    np.testing.assert_array_equal(both.frames_at(times).root, plain.frames_at(times).root)
