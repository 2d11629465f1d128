"""Captions of motions with known sides, paths and pace."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.data.caption_templates import mirror_caption
from backend.data.motion_captions import (
    describe_motion,
    mentions_pace,
    pace_captions,
    relative_paces,
)
from backend.data.motion_set import MocapClip, MotionSet
from backend.data.sequences import SequenceSet
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from tests.support.motions import STANDING, swinging_take

FPS = 30.0


def standing(frames: int = 60) -> np.ndarray:
    """Return the body at rest (T, 22, 3), facing -Y, feet on the floor."""
    rest = (SMPL.rest_positions[:22] - SMPL.rest_positions[0]) @ BODY_TO_WORLD.T
    return np.repeat((rest + np.array([0.0, 0.0, STANDING]))[None], frames, axis=0)


def travelling(end: tuple[float, float]) -> np.ndarray:
    body = standing()
    body[..., :2] += np.linspace((0.0, 0.0), end, len(body))[:, None]
    return body


@pytest.mark.parametrize(
    ("end", "caption"),
    [
        ((0.0, -2.0), "a person walks forward"),
        ((0.0, 2.0), "a person walks backward"),
        ((2.0, 0.0), "a person walks to the left"),
        ((-2.0, 0.0), "a person walks to the right"),
        ((1.0, -1.0), "a person walks diagonally to the left"),
        ((0.1, 0.0), "a person walks in place"),
    ],
)
def test_describe_motion_names_direction_of_walk(end: tuple[float, float], caption: str) -> None:
    body = travelling(end)
    assert caption in describe_motion(body, np.zeros(len(body)), FPS, "walk").texts


@given(st.floats(20, 320), st.booleans())
def test_describe_motion_names_side_of_turn(degrees: float, left: bool) -> None:
    body = travelling((0.0, -3.0))
    sign = 1 if left else -1
    yaw = np.linspace(0, sign * math.radians(degrees), len(body))
    texts = describe_motion(body, yaw, FPS, "walk").texts
    assert texts
    wrong, spin = ("right", " clockwise") if left else ("left", "counterclockwise")
    assert not any(wrong in text or spin in text for text in texts)


def _moving(joint: str, path: np.ndarray) -> np.ndarray:
    body = standing(len(path))
    body[:, SMPL.index(joint)] += path
    return body


@pytest.mark.parametrize("side", ["left", "right"])
def test_describe_motion_names_kicking_leg(side: str) -> None:
    swing = np.sin(np.linspace(0, np.pi, 20))[:, None]
    body = standing(20)
    for joint in ("ankle", "foot"):
        body[:, SMPL.index(f"{side}_{joint}")] += swing * [0.0, -0.9, 0.8]
    texts = describe_motion(body, np.zeros(20), FPS, "kick").texts
    assert f"a person kicks with the {side} leg" in texts


def test_describe_motion_of_standing_has_no_kick() -> None:
    assert describe_motion(standing(), np.zeros(60), FPS, "kick").texts == ()


@pytest.mark.parametrize("side", ["left", "right"])
def test_describe_motion_names_waving_hand(side: str) -> None:
    time = np.linspace(0, 4 * np.pi, 60)
    path = np.stack([0.3 * np.sin(time), 0 * time, 0.6 + 0 * time], axis=1)
    texts = describe_motion(_moving(f"{side}_wrist", path), np.zeros(60), FPS, "wave").texts
    assert f"a person waves with the {side} hand" in texts


def test_describe_motion_counts_jumps() -> None:
    body = standing(90)
    rise = 0.4 * np.clip(np.sin(np.linspace(0, 4 * np.pi, 90)), 0, None)
    body[..., 2] += rise[:, None]
    assert "a person jumps twice" in describe_motion(body, np.zeros(90), FPS, "jump").texts


def test_relative_paces_compare_within_label() -> None:
    speeds = [1.0] * 8 + [0.5, 2.0] + [5.0] * 3
    found = relative_paces(speeds, ["walk"] * 10 + ["fly"] * 3)
    assert found[0] == pytest.approx(0.0)
    assert found[8] == pytest.approx(-math.log(2)) and found[9] == pytest.approx(math.log(2))
    assert found[10:] == [None] * 3


def test_pace_captions_add_pace_words() -> None:
    assert all("slow" in text for text in pace_captions("a person walks", -0.5))
    assert pace_captions("a person walks", 0.0) == ()
    assert all(mentions_pace(text) for text in pace_captions("a person walks", 0.5))
    assert not mentions_pace("a person walks forward")


def test_sequences_have_motion_captions_and_mirrored_ones() -> None:
    take = swinging_take(4.0, 60.0, seed=3)
    clip = MocapClip("walker", take.poses[:, :66], take.trans, take.fps, action="walk")
    spans = SequenceSet(MotionSet([clip])).spans
    half = len(spans) // 2
    assert spans[0].motion_texts and set(spans[0].motion_texts) <= set(spans[0].texts)
    for span, mirrored in zip(spans[:half], spans[half:], strict=True):
        assert mirrored.motion_texts == tuple(mirror_caption(text) for text in span.motion_texts)
