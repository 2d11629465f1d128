import numpy as np
import pytest

from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT, STANDING_HEIGHT
from backend.authored.wording import NUMBER_WORDS
from backend.kinematics.math.rotations import Array
from tests.support.authored_clips import draw_kind, travel

_JUMPS = (
    "jump_in_place",
    "jump_forward",
    "long_jump",
    "jump_backward",
    "jump_sideways",
    "jump_side_to_side",
    "jump_half_turn",
    "jump_spin",
    "jump_over",
    "tuck_jump",
    "star_jump",
    "bunny_hops",
)


def _count_flights(positions: Array) -> int:
    feet = positions[:, [JOINT["left_foot"], JOINT["right_foot"]], 2]
    flying = (feet > 0.04).all(axis=1)
    return int((flying[1:] & ~flying[:-1]).sum())


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("name", _JUMPS)
def test_jump_crouches_flies_and_stands_again(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    positions, _ = clip.motion.kinematics()
    height = positions[:, 0, 2]
    takeoff = int(height.argmax())
    assert height.max() > height[0] + 0.08
    assert height[:takeoff].min() < height[0] - 0.08
    assert height[-1] == pytest.approx(height[0], abs=0.01)
    assert _count_flights(positions) >= 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["jump_in_place", "jump_sideways", "tuck_jump", "bunny_hops"])
def test_jump_number_in_captions_is_that_of_flights(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    flights = _count_flights(clip.motion.kinematics()[0])
    words = set(" ".join(clip.captions).replace("twice", "two").split())
    named = {n for n, word in enumerate(NUMBER_WORDS) if word in words and n > 1}
    assert named <= {flights}


@pytest.mark.parametrize("seed", range(4))
def test_jump_sideways_goes_to_the_side_in_captions(seed: int) -> None:
    clip = draw_kind("jump_sideways", seed)
    sign = 1.0 if "left" in clip.captions[0] else -1.0
    assert sign * travel(clip)[0] > 0.35


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("jump_forward", 0.4, 2.5), ("long_jump", 1.1, 1.8), ("jump_backward", -1.6, -0.25)],
)
def test_jump_ahead_or_back_lands_there(name: str, low: float, high: float) -> None:
    left, ahead = travel(draw_kind(name, 1))
    assert low < ahead < high
    assert abs(left) < 0.05


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "turn"), [("jump_half_turn", 180.0), ("jump_spin", 360.0)])
def test_jump_turn_turns_to_the_side_in_captions(name: str, turn: float, seed: int) -> None:
    clip = draw_kind(name, seed)
    text = " ".join(clip.captions)
    sign = 1.0 if "left" in text else -1.0
    assert np.degrees(clip.motion.headings[-1]) == pytest.approx(sign * turn, abs=10)


def test_star_jump_spreads_arms_and_legs_at_the_top() -> None:
    positions, _ = draw_kind("star_jump", 1).motion.kinematics()
    top = positions[positions[:, 0, 2].argmax()]
    assert top[JOINT["left_ankle"], 0] - top[JOINT["right_ankle"], 0] > 0.6
    assert min(top[JOINT[f"{side}_wrist"], 2] for side in SIDES) > top[JOINT["neck"], 2]


def test_tuck_jump_knees_rise_to_the_hips() -> None:
    positions, _ = draw_kind("tuck_jump", 1).motion.kinematics()
    top = positions[positions[:, 0, 2].argmax()]
    assert top[JOINT["left_knee"], 2] > top[0, 2] - 0.25


@pytest.mark.parametrize("seed", range(4))
def test_hop_on_one_leg_keeps_the_other_foot_up(seed: int) -> None:
    clip = draw_kind("hop_on_one_leg", seed)
    side = "left" if "left" in clip.captions[0] else "right"
    other = SIDES[1 - SIDES.index(side)]
    positions, _ = clip.motion.kinematics()
    toe, free = (positions[:, JOINT[f"{s}_foot"], 2] for s in (side, other))
    flying = toe > 0.05
    assert flying.any()
    assert free[flying].min() > 0.2
    often = {"twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    named = {n for word, n in often.items() if word in clip.captions[0].split()}
    assert named <= {int((flying[1:] & ~flying[:-1]).sum())}


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("name", ["skip", "gallop", "leap"])
def test_skips_fly_and_go_ahead(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    positions, _ = clip.motion.kinematics()
    assert _count_flights(positions) >= (1 if name == "leap" else 3)
    assert travel(clip)[1] > 1.5
    assert positions[:, 0, 2].max() > STANDING_HEIGHT + 0.03
