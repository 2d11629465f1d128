"""Kinds by key poses: each shows what its captions say."""

from functools import cache

import numpy as np
import pytest

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip, AuthoredKind
from backend.authored.checks import motion_faults
from backend.authored.floor.floor_kinds import NUMBERS
from backend.authored.kinds import authored_kinds

GROUPS = ("exercises", "falls", "floor", "yoga")
KINDS = {kind.name: kind for kind in authored_kinds() if kind.group in GROUPS}
STANDING, LYING = 0.85, 0.25
"""Metres of the pelvis above and below which somebody stands or lies."""


@cache
def draw(name: str, seed: int = 0) -> AuthoredClip:
    return KINDS[name].author(np.random.default_rng(seed), BaseClips([]))


def heights(name: str, joint: str, seed: int = 0) -> np.ndarray:
    positions, _ = draw(name, seed).motion.kinematics()
    return positions[:, JOINT[joint], 2]


def count_lows(track: np.ndarray, low: float, high: float) -> int:
    """How often a track falls below `low` after it was above `high`."""
    count, armed = 0, True
    for value in track:
        if armed and value < low:
            count, armed = count + 1, False
        elif value > high:
            armed = True
    return count


def number_in(clip: AuthoredClip) -> int:
    words = " ".join(clip.captions).split()
    return next(n for n, word in enumerate(NUMBERS) if word in words)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_floor_kind_drawn_has_no_faults(kind: AuthoredKind) -> None:
    clip = draw(kind.name)
    assert motion_faults(clip.motion, may_slide=kind.may_slide) == ()
    assert 2.0 <= clip.motion.length_seconds <= 12.0
    assert len(clip.captions) >= 3


@pytest.mark.parametrize("name", ["lie_down_on_back", "lie_down_on_front", "lie_down_on_side"])
def test_lie_down_stands_first_and_lies_last(name: str) -> None:
    pelvis, head = heights(name, "pelvis"), heights(name, "head")
    assert pelvis[0] > STANDING
    assert pelvis[-1] < LYING
    assert head[-1] < 0.4


@pytest.mark.parametrize("name", ["get_up_from_back", "get_up_from_front", "get_up_from_side"])
def test_get_up_lies_first_and_stands_last(name: str) -> None:
    pelvis = heights(name, "pelvis")
    assert pelvis[0] < LYING
    assert pelvis[-1] > STANDING


@pytest.mark.parametrize("name", ["stand_up_from_floor", "stand_up_from_cross_legged"])
def test_stand_up_sits_first_and_stands_last(name: str) -> None:
    pelvis, head = heights(name, "pelvis"), heights(name, "head")
    assert pelvis[0] < LYING < 0.5 < head[0]
    assert pelvis[-1] > STANDING


@pytest.mark.parametrize(
    "name", ["sit_down_on_floor", "sit_down_with_long_legs", "sit_down_cross_legged"]
)
def test_sit_down_on_floor_stands_first_and_sits_last(name: str) -> None:
    pelvis, head = heights(name, "pelvis"), heights(name, "head")
    assert pelvis[0] > STANDING
    assert pelvis[-1] < LYING < 0.5 < head[-1]


def test_sit_cross_legged_has_ankles_on_the_other_side() -> None:
    positions = draw("sit_cross_legged").motion.kinematics()[0]
    left = positions[:, JOINT["left_hip"]] - positions[:, JOINT["right_hip"]]
    ankles = positions[:, JOINT["left_ankle"]] - positions[:, JOINT["right_ankle"]]
    assert np.einsum("ti,ti->t", left, ankles).max() < 0


FALLS = ("fall_forward", "fall_backward", "fall_sideways", "faint", "collapse")


@pytest.mark.parametrize("name", FALLS)
def test_fall_stands_first_and_drops_to_the_floor(name: str) -> None:
    pelvis = heights(name, "pelvis")
    assert pelvis[0] > STANDING
    assert pelvis[-1] < LYING
    assert heights(name, "head")[-1] < 0.4
    # It is a fall, not a lying down: the last half metre takes no second.
    assert (pelvis[pelvis < 0.85] > 0.35).sum() / draw(name).motion.fps < 1.6


@pytest.mark.parametrize("seed", range(3))
def test_fall_sideways_goes_to_named_side(seed: int) -> None:
    clip = draw("fall_sideways", seed)
    assert ("left" in clip.captions[0]) == (clip.motion.root[-1, 0] > clip.motion.root[0, 0])


@pytest.mark.parametrize("name", ["crawl_forward", "army_crawl"])
def test_crawl_goes_forward_close_to_the_floor(name: str) -> None:
    motion = draw(name).motion
    positions, world = motion.kinematics()
    assert motion.root[0, 1] - motion.root[-1, 1] > 0.5
    assert positions[:, 0, 2].max() < (0.55 if name == "crawl_forward" else 0.3)
    assert world[:, JOINT["spine3"], 2, 2].max() < -0.6


def test_crawl_knees_and_hands_keep_to_the_floor() -> None:
    positions = draw("crawl_forward").motion.kinematics()[0]
    for joint in ("left_wrist", "right_wrist", "left_knee", "right_knee"):
        assert positions[:, JOINT[joint], 2].max() < 0.2
        assert positions[:, JOINT[joint], 2].min() > 0.0


def test_forward_roll_turns_over_and_stands_up_ahead() -> None:
    motion = draw("forward_roll").motion
    positions = motion.kinematics()[0]
    above = positions[:, 0, 2] - positions[:, JOINT["head"], 2]
    assert above.max() > 0.3
    assert positions[-1, 0, 2] > STANDING
    assert motion.root[0, 1] - motion.root[-1, 1] > 1.2


def test_lie_down_on_back_and_front_faces_up_and_down() -> None:
    for name, sign in (("lie_down_on_back", 1), ("lie_down_on_front", -1)):
        chest = draw(name).motion.kinematics()[1][-1, JOINT["spine3"]]
        assert sign * chest[2, 2] > 0.9


@pytest.mark.parametrize("seed", range(4))
def test_lie_down_on_side_has_named_side_below(seed: int) -> None:
    clip = draw("lie_down_on_side", seed)
    side = "left" if "left" in " ".join(clip.captions) else "right"
    other = "right" if side == "left" else "left"
    positions = clip.motion.kinematics()[0][-1]
    assert positions[JOINT[f"{side}_shoulder"], 2] < positions[JOINT[f"{other}_shoulder"], 2] - 0.2


@pytest.mark.parametrize("seed", range(3))
def test_roll_over_turns_face_down_to_named_side(seed: int) -> None:
    clip = draw("roll_over", seed)
    chest = clip.motion.kinematics()[1][:, JOINT["spine3"]]
    assert chest[0, 2, 2] > 0.9
    assert chest[-1, 2, 2] < -0.9
    left = chest[0, :, 0] @ (clip.motion.root[-1] - clip.motion.root[0])
    assert ("left" in clip.captions[0]) == (left > 0)


@pytest.mark.parametrize("seed", range(4))
def test_push_ups_lower_chest_by_number_in_caption(seed: int) -> None:
    clip = draw("push_ups", seed)
    chest = heights("push_ups", "spine3", seed)
    wrists = clip.motion.kinematics()[0][:, JOINT["left_wrist"]]
    assert count_lows(chest, 0.31, 0.36) == number_in(clip)
    assert wrists[chest < 0.31][:, 2].max() < 0.08


@pytest.mark.parametrize("seed", range(3))
def test_jumping_jacks_raise_hands_and_spread_feet_by_number_in_caption(seed: int) -> None:
    clip = draw("jumping_jacks", seed)
    positions = clip.motion.kinematics()[0]
    above = positions[:, JOINT["left_wrist"], 2] - positions[:, JOINT["head"], 2]
    ankles = positions[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 0]
    assert count_lows(-above, -0.1, 0.3) == number_in(clip)
    assert np.ptp(ankles, axis=1)[above > 0.15].mean() > 0.45


@pytest.mark.parametrize("seed", range(3))
def test_sit_ups_raise_head_by_number_in_caption(seed: int) -> None:
    assert count_lows(-heights("sit_ups", "head", seed), -0.6, -0.3) == number_in(
        draw("sit_ups", seed)
    )


@pytest.mark.parametrize("name", ["leg_raises", "glute_bridges"])
def test_lying_exercise_lifts_legs_or_hips_by_number_in_caption(name: str) -> None:
    joint, high, low = ("left_ankle", 0.7, 0.35) if name == "leg_raises" else ("pelvis", 0.3, 0.2)
    assert count_lows(-heights(name, joint), -high, -low) == number_in(draw(name))
    assert heights(name, "head").max() < 0.25


def test_tree_pose_balances_on_named_leg() -> None:
    clip = draw("tree_pose")
    side = clip.captions[0].split()[-2]
    other = "left" if side == "right" else "right"
    assert heights("tree_pose", f"{side}_ankle").max() < 0.2
    assert heights("tree_pose", f"{other}_ankle").max() > 0.4


def test_downward_dog_lifts_hips_above_head() -> None:
    pelvis, head = heights("downward_dog", "pelvis"), heights("downward_dog", "head")
    assert ((pelvis > 0.7) & (head < 0.45)).mean() > 0.15


def test_plank_keeps_hands_and_feet_in_place() -> None:
    positions = draw("plank").motion.kinematics()[0]
    held = np.abs(positions[:, JOINT["spine3"], 2] - 0.5) < 0.08
    for joint in ("left_wrist", "right_foot"):
        assert held.mean() > 0.3
        assert np.linalg.norm(np.ptp(positions[held, JOINT[joint]][30:-30], axis=0)) < 0.03
