import numpy as np
import pytest

from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT
from backend.authored.wording import NUMBER_WORDS
from tests.support.authored_clips import count_lifts, draw_kind, travel

_SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(("name", "sign"), [("climb_stairs", 1.0), ("descend_stairs", -1.0)])
def test_stairs_rise_by_the_number_in_captions(name: str, sign: float, seed: int) -> None:
    clip = draw_kind(name, seed)
    root = clip.motion.root
    rise = sign * (root[-1, 2] - root[0, 2])
    assert rise > 0.4
    text = " ".join(clip.captions)
    named = {n for n, word in enumerate(NUMBER_WORDS) if f" {word} stairs" in text}
    assert all(0.14 < rise / n < 0.2 for n in named)
    assert travel(clip)[1] > 0.7
    assert min(root[0, 2], root[-1, 2]) == pytest.approx(0.97, abs=0.02)


@pytest.mark.parametrize("seed", _SEEDS)
def test_step_on_box_rises_and_returns_to_the_floor(seed: int) -> None:
    root = draw_kind("step_on_box", seed).motion.root
    assert root[:, 2].max() > root[0, 2] + 0.15
    assert root[-1, 2] == pytest.approx(root[0, 2], abs=0.01)


@pytest.mark.parametrize("seed", _SEEDS)
def test_duck_head_drops_with_planted_feet(seed: int) -> None:
    positions, _ = draw_kind("duck", seed).motion.kinematics()
    head = positions[:, JOINT["head"], 2]
    assert head[0] - head.min() > 0.35
    for side in SIDES:
        foot = positions[:, JOINT[f"{side}_foot"]]
        assert np.ptp(foot, axis=0).max() < 0.03


@pytest.mark.parametrize("seed", range(5))
def test_dodge_head_goes_to_the_side_in_captions(seed: int) -> None:
    clip = draw_kind("dodge", seed)
    first = next(word for word in clip.captions[0].split() if word in SIDES)
    sign = 1.0 if first == "left" else -1.0
    positions, _ = clip.motion.kinematics()
    head = sign * positions[:, JOINT["head"], 0]
    early = head[: round(1.7 * clip.motion.fps)]
    assert early.max() - early[0] > 0.25


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("name", ["step_touch", "two_step"])
def test_step_dance_goes_to_both_feet_and_returns(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    positions, _ = clip.motion.kinematics()
    assert all(count_lifts(positions, side) >= 3 for side in SIDES)
    assert np.ptp(positions[:, 0, 0]) > 0.2
    assert np.linalg.norm(travel(clip)) < 0.05


@pytest.mark.parametrize("seed", _SEEDS)
def test_sway_dance_pelvis_goes_to_and_fro_over_planted_feet(seed: int) -> None:
    positions, _ = draw_kind("sway_dance", seed).motion.kinematics()
    x = positions[:, 0, 0] - positions[0, 0, 0]
    assert int((np.diff(np.sign(x[np.abs(x) > 0.02])) != 0).sum()) >= 4
    for side in SIDES:
        assert np.ptp(positions[:, JOINT[f"{side}_foot"]], axis=0).max() < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_twist_dance_hips_and_heels_turn_to_and_fro(seed: int) -> None:
    motion = draw_kind("twist_dance", seed).motion
    positions, _ = motion.kinematics()
    turn = motion.headings
    assert np.ptp(turn) > 0.45
    assert int((np.diff(np.sign(turn[np.abs(turn) > 0.1])) != 0).sum()) >= 6
    assert np.ptp(positions[:, JOINT["left_foot"], :2], axis=0).max() < 0.03
