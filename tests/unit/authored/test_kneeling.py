import numpy as np
import pytest

from backend.authored.body.limbs import OTHER_SIDE, SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from tests.support.authored_clips import draw_kind

_SEEDS = range(5)
_ON_FLOOR = 0.11
"""Metres below which a knee is on the floor."""


def _knees(clip: AuthoredClip) -> dict[str, np.ndarray]:
    positions, _ = clip.motion.kinematics()
    return {side: positions[:, JOINT[f"{side}_knee"], 2] for side in SIDES}


def _kneeling_sides(clip: AuthoredClip) -> list[str]:
    text = " ".join(clip.captions)
    if "both knees" in text:
        return list(SIDES)
    return [side for side in SIDES if f"{side} knee" in text]


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(("name", "frame"), [("kneel_down", -1), ("rise_from_knees", 0)])
def test_kneel_ends_on_the_knees_of_the_caption(name: str, frame: int, seed: int) -> None:
    clip = draw_kind(name, seed)
    knees, sides = _knees(clip), _kneeling_sides(clip)
    for side in sides:
        assert -0.02 < knees[side][frame] < _ON_FLOOR
    if len(sides) == 1:
        assert knees[OTHER_SIDE[sides[0]]][frame] > 0.3
    standing = clip.motion.root[0 if frame else -1, 2]
    assert clip.motion.root[frame, 2] < standing - 0.3


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("name", ["kneel_and_rise", "tie_shoe"])
def test_kneel_and_rise_begins_and_ends_standing(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    height = clip.motion.root[:, 2]
    assert min(track.min() for track in _knees(clip).values()) < _ON_FLOOR
    assert height[[0, -1]].min() > height.min() + 0.3


@pytest.mark.parametrize("seed", _SEEDS)
def test_tie_shoe_hands_are_at_the_foot_of_the_caption(seed: int) -> None:
    clip = draw_kind("tie_shoe", seed)
    positions, _ = clip.motion.kinematics()
    middle = len(clip.motion) // 2
    text = " ".join(clip.captions)
    front = [side for side in SIDES if f"{side} shoe" in text]
    raised = max(SIDES, key=lambda side: positions[middle, JOINT[f"{side}_knee"], 2])
    assert not front or front == [raised]
    for side in SIDES:
        gap = positions[middle, JOINT[f"{side}_hand"]] - positions[middle, JOINT[f"{raised}_foot"]]
        assert np.linalg.norm(gap) < 0.32
