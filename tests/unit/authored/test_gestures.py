import re
from functools import cache

import numpy as np
import pytest

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from backend.authored.checks import motion_faults
from backend.authored.kinds import authored_kinds
from backend.authored.wording import COUNT_WORDS

_GROUPS = {
    *("signs", "waves", "cheers", "greetings", "stances", "expressions", "face", "daily"),
    *("music", "hand work", "tools", "body", "held"),
}
_KINDS = {kind.name: kind for kind in authored_kinds() if kind.group in _GROUPS}
_STANCES = {
    "carry_box",
    "stand_hands_in_pockets",
    "stand_arms_crossed",
    "stand_hands_clasped",
    "stand_hands_on_hips",
}
"""Kinds that show a stance from the first frame to the last."""
_SEEDS = range(2)
_HEAD_CENTER = np.array([0.0, 0.08, 0.04])
"""Metres from the joint of the head to the middle of the skull."""
_COUNTS = {word: count for count, words in COUNT_WORDS.items() for word in words}


@cache
def _draw(name: str, seed: int) -> AuthoredClip:
    return _KINDS[name].author(np.random.default_rng(seed), BaseClips([]))


@cache
def _joints(name: str, seed: int) -> np.ndarray:
    return _draw(name, seed).motion.kinematics()[0]


def _side(name: str, seed: int) -> str:
    """Side of the arm that moves more."""
    travel = [
        np.linalg.norm(
            np.diff(_joints(name, seed)[:, JOINT[f"{side}_wrist"]], axis=0), axis=1
        ).sum()
        for side in SIDES
    ]
    return SIDES[int(np.argmax(travel))]


def _acting(name: str, seed: int, joint: str) -> np.ndarray:
    return _joints(name, seed)[:, JOINT[f"{_side(name, seed)}_{joint}"]]


def _count(name: str, seed: int) -> int | None:
    text = " | ".join(_draw(name, seed).captions)
    found = {count for word, count in _COUNTS.items() if re.search(rf"\b{word}\b", text)}
    assert len(found) <= 1
    return found.pop() if found else None


@pytest.mark.parametrize("name", _KINDS)
def test_gesture_any_kind_is_sound_and_keeps_its_feet(name: str) -> None:
    for seed in _SEEDS:
        motion, joints = _draw(name, seed).motion, _joints(name, seed)
        assert motion_faults(motion) == ()
        assert 1.9 < motion.length_seconds < 10.0
        for foot in ("left_ankle", "right_ankle", "left_foot", "right_foot"):
            path = joints[:, JOINT[foot]]
            assert np.linalg.norm(path - path[0], axis=1).max() < 0.03


@pytest.mark.parametrize("name", sorted(set(_KINDS) - _STANCES))
def test_gesture_with_its_start_and_end_has_hanging_arms_there(name: str) -> None:
    def ends_height(seed: int) -> float:
        wrists = _joints(name, seed)[:, [JOINT["left_wrist"], JOINT["right_wrist"]], 2]
        hips = _joints(name, seed)[:, [JOINT["left_hip"], JOINT["right_hip"]], 2]
        return float(np.max((wrists - hips)[[0, -1]]))

    assert any(ends_height(seed) < 0.12 for seed in range(9))


@pytest.mark.parametrize("name", _KINDS)
def test_gesture_side_in_captions_is_the_side_that_moves(name: str) -> None:
    for seed in _SEEDS:
        for caption in _draw(name, seed).captions:
            named = re.search(r"\b(left|right) (?:hand|arm|fist|finger|thumb|biceps)\b", caption)
            if named:
                assert named[1] == _side(name, seed)


@pytest.mark.parametrize(
    "name", ["raise_hand", "point_up", "big_wave", "raise_both_hands", "cheer"]
)
def test_gesture_above_the_head_lifts_the_wrist_over_it(name: str) -> None:
    for seed in _SEEDS:
        above = _acting(name, seed, "wrist")[:, 2] - _joints(name, seed)[:, JOINT["head"], 2]
        assert np.count_nonzero(above > 0.05) > 15


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("point_forward", (0.0, -1.0, 0.0)),
        ("point_up", (0.0, 0.0, 1.0)),
        ("stop_sign", (0.0, -1.0, 0.0)),
    ],
)
def test_pointing_arm_is_straight_in_the_direction(
    name: str, direction: tuple[float, float, float]
) -> None:
    for seed in _SEEDS:
        arm = _acting(name, seed, "wrist") - _acting(name, seed, "shoulder")
        assert np.count_nonzero(arm @ np.array(direction) > 0.4) > 25


@pytest.mark.parametrize("name", ["point_outward", "point_across"])
def test_pointing_to_a_side_points_to_that_of_the_caption(name: str) -> None:
    for seed in _SEEDS:
        arm = _acting(name, seed, "hand") - _acting(name, seed, "elbow")
        named = re.search(r"to the (left|right)", _draw(name, seed).captions[0])
        assert named is not None
        sign = 1.0 if named[1] == "left" else -1.0
        assert np.count_nonzero(sign * arm[:, 0] > 0.25) > 25


@pytest.mark.parametrize("name", ["clap", "clap_overhead"])
def test_claps_as_often_as_captioned(name: str) -> None:
    counts = 0
    for seed in range(6):
        joints = _joints(name, seed)
        hands = joints[:, JOINT["left_wrist"]] - joints[:, JOINT["right_wrist"]]
        near = np.linalg.norm(hands, axis=1) < 0.1
        claps = np.count_nonzero(near[1:] & ~near[:-1])
        counts += _count(name, seed) is not None
        assert _count(name, seed) in (None, claps)
    assert counts


@pytest.mark.parametrize("name", ["wave", "big_wave"])
def test_waves_as_often_as_captioned(name: str) -> None:
    for seed in range(6):
        swing = _acting(name, seed, "hand") - _acting(name, seed, "shoulder")
        outward = np.abs(swing[:, 0])[swing[:, 2] > -0.05]
        middle = 0.5 * (outward.max() + outward.min())
        strokes = np.count_nonzero((outward[1:] > middle) & (outward[:-1] <= middle))
        expected = _count(name, seed)
        assert expected is None or abs(strokes - expected) <= 1


@pytest.mark.parametrize(
    "name",
    [
        "salute",
        "scratch_head",
        "phone",
        "drink",
        "eat",
        "facepalm",
        "cover_mouth",
        "cover_eyes",
        "cover_ears",
        "think",
        "hand_to_ear",
        "hands_behind_head",
        "hold_head",
        "wipe_brow",
        "peer",
    ],
)
def test_hand_at_the_head_touches_it(name: str) -> None:
    for seed in _SEEDS:
        positions, world = _draw(name, seed).motion.kinematics()
        head = positions[:, JOINT["head"]] + world[:, JOINT["head"]] @ _HEAD_CENTER
        distance = np.linalg.norm(_acting(name, seed, "hand") - head, axis=1)
        assert np.count_nonzero(distance < 0.16) > 8


@pytest.mark.parametrize(("name", "height"), [("hands_on_hips", 0.12), ("check_pockets", 0.05)])
def test_hands_at_the_hips_are_beside_the_pelvis(name: str, height: float) -> None:
    for seed in _SEEDS:
        joints = _joints(name, seed)
        for side in SIDES:
            offset = joints[:, JOINT[f"{side}_wrist"]] - joints[:, 0]
            assert np.count_nonzero(np.linalg.norm(offset, axis=1) < height + 0.18) > 15


@pytest.mark.parametrize("name", ["cross_arms", "stand_arms_crossed"])
def test_crossed_arms_exchange_the_wrists(name: str) -> None:
    for seed in _SEEDS:
        joints = _joints(name, seed)
        gap = joints[:, JOINT["left_wrist"], 0] - joints[:, JOINT["right_wrist"], 0]
        assert np.count_nonzero(gap < -0.02) > 40


def test_shrug_raises_the_shoulders_and_turns_out_the_hands() -> None:
    for seed in _SEEDS:
        joints = _joints("shrug", seed)
        for side in SIDES:
            shoulder = joints[:, JOINT[f"{side}_shoulder"], 2] - joints[:, JOINT["neck"], 2]
            assert np.ptp(shoulder) > 0.03


def test_pray_puts_the_hands_together_and_lowers_the_head() -> None:
    for seed in _SEEDS:
        joints = _joints("pray", seed)
        gap = joints[:, JOINT["left_hand"]] - joints[:, JOINT["right_hand"]]
        assert np.count_nonzero(np.linalg.norm(gap, axis=1) < 0.09) > 60
