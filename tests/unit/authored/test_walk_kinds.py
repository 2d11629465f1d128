import numpy as np
import pytest

from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT, STANDING_HEIGHT
from tests.support.authored_clips import count_lifts, draw_kind, travel

_SEEDS = (1, 2)
_IN_PLACE_KNEES = {
    "walk_in_place": 0.0,
    "march_in_place": 0.08,
    "jog_in_place": 0.0,
    "run_in_place": 0.05,
    "high_knees": 0.2,
    "heel_kicks": 0.0,
}
"""Metres by which each knee rises at least."""


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(("name", "rise"), _IN_PLACE_KNEES.items())
def test_in_place_feet_lift_in_turn_and_the_body_stays(name: str, rise: float, seed: int) -> None:
    clip = draw_kind(name, seed)
    positions, _ = clip.motion.kinematics()
    assert np.ptp(positions[:, 0, :2], axis=0).max() < 0.25
    lifts = [count_lifts(positions, side) for side in SIDES]
    assert min(lifts) >= 3
    assert abs(lifts[0] - lifts[1]) <= 1
    for side in SIDES:
        knee = positions[:, JOINT[f"{side}_knee"], 2]
        assert knee.max() - knee[0] > rise


def test_heel_kicks_ankles_rise_behind_the_hips() -> None:
    positions, _ = draw_kind("heel_kicks", 1).motion.kinematics()
    ankle = positions[:, JOINT["left_ankle"]]
    highest = int(ankle[:, 2].argmax())
    assert ankle[highest, 2] > 0.35
    assert ankle[highest, 1] > positions[highest, 0, 1] + 0.2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("name", "sign"), [("walk_steps", 1.0), ("walk_steps_backwards", -1.0)])
def test_walk_steps_number_in_captions_is_that_of_footfalls(
    name: str, sign: float, seed: int
) -> None:
    clip = draw_kind(name, seed)
    positions, _ = clip.motion.kinematics()
    words = ("two", "three", "four", "five", "six", "seven", "eight")
    counts = {n + 2 for n, word in enumerate(words) for text in clip.captions if word in text}
    moves = []
    for side in SIDES:
        toe = positions[:, JOINT[f"{side}_foot"], 1]
        still = np.abs(np.diff(toe)) * clip.motion.fps < 0.08
        starts = np.flatnonzero(~still[1:] & still[:-1])
        ends = [toe[min(s + 40, len(toe) - 1)] for s in starts]
        moves += [1 for start, end in zip(starts, ends, strict=True) if abs(end - toe[start]) > 0.2]
    assert counts <= {len(moves)}
    ahead = travel(clip)[1] * sign
    assert ahead > 0.25 * (len(moves) - 1)
    assert STANDING_HEIGHT - positions[:, 0, 2].min() < 0.13


@pytest.mark.parametrize("seed", _SEEDS)
def test_walk_circle_returns_after_a_turn_to_the_side_in_captions(seed: int) -> None:
    clip = draw_kind("walk_circle", seed)
    sign = 1.0 if "left" in clip.captions[0] else -1.0
    assert clip.motion.headings[-1] == pytest.approx(sign * 2 * np.pi, abs=0.15)
    assert np.linalg.norm(travel(clip)) < 0.1


@pytest.mark.parametrize("seed", _SEEDS)
def test_walk_and_turn_goes_to_the_side_in_captions(seed: int) -> None:
    clip = draw_kind("walk_and_turn", seed)
    sign = 1.0 if "left" in clip.captions[0] else -1.0
    left, ahead = travel(clip)
    assert sign * left > 0.8
    assert ahead > 0.8
    assert clip.motion.headings[-1] == pytest.approx(sign * np.pi / 2, abs=0.15)


@pytest.mark.parametrize(
    "name", ["walk_figure_eight", "walk_square", "walk_zigzag", "walk_there_and_back"]
)
def test_walk_path_heading_and_place_at_the_end(name: str) -> None:
    clip = draw_kind(name, 1)
    turned = abs(clip.motion.headings[-1])
    expected = {"walk_square": 2 * np.pi, "walk_there_and_back": np.pi, "walk_figure_eight": 0.0}
    if name in expected:
        assert turned == pytest.approx(expected[name], abs=0.2)
        assert np.linalg.norm(travel(clip)) < 0.7
    else:
        assert np.ptp(clip.motion.headings) > np.radians(70)
        assert travel(clip)[1] > 1.2


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("name", ["side_step", "side_shuffle", "grapevine", "cross_over_step"])
def test_side_steps_go_to_the_side_in_captions_and_face_ahead(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    sign = -1.0 if "moving right" in clip.captions[0] else 1.0
    if "moving" not in clip.captions[0]:
        sign = 1.0 if "left" in clip.captions[0] else -1.0
    left, ahead = travel(clip)
    assert sign * left > 0.28
    assert abs(ahead) < 0.1
    assert np.abs(clip.motion.headings).max() < 0.35


@pytest.mark.parametrize("seed", range(5))
def test_turn_on_the_spot_turns_by_the_angle_in_captions(seed: int) -> None:
    clip = draw_kind("turn_on_the_spot", seed)
    text = " ".join(clip.captions)
    sign = 1.0 if "left" in text else -1.0
    degrees = next(number for number in (90, 180, 360) if str(number) in text)
    assert np.degrees(clip.motion.headings[-1]) == pytest.approx(sign * degrees, abs=14)
    assert np.linalg.norm(clip.motion.root[:, :2], axis=1).max() < 0.2


@pytest.mark.parametrize("seed", _SEEDS)
def test_step_forward_and_back_returns(seed: int) -> None:
    clip = draw_kind("step_forward_and_back", seed)
    ahead = -clip.motion.root[:, 1]
    farthest = ahead[np.abs(ahead).argmax()]
    assert (farthest > 0) == ("forward and back" in clip.captions[0])
    assert abs(farthest) > 0.2
    assert np.linalg.norm(travel(clip)) < 0.05
