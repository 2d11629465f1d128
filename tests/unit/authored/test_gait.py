import numpy as np
import pytest

from backend.authored.body.limbs import SIDES, FootGoal, place_foot
from backend.authored.body.motion import JOINT, AuthoredMotion
from backend.authored.checks import motion_faults
from backend.authored.gaits.gait import FootStyle, GaitStyle, edit_gait, find_swings, warp_time
from backend.authored.gaits.gait_cycles import repeat_stride
from backend.kinematics.math.rotations import angle_between
from tests.support.gaits import synthetic_walk

_WALK = synthetic_walk(4.0)
_SAME = {side: FootStyle() for side in SIDES}


def _toes(motion: AuthoredMotion, side: str) -> np.ndarray:
    return motion.kinematics()[0][:, JOINT[f"{side}_foot"]]


def test_find_swings_of_a_walk_alternate() -> None:
    swings = find_swings(_WALK)
    left, right = (swings.swinging(side) > 0.3 for side in SIDES)
    assert 0.1 < left.mean() < 0.4
    assert not (left & right).any()


def test_edit_gait_without_changes_keeps_the_feet() -> None:
    edited = edit_gait(_WALK, GaitStyle(), _SAME)
    for side in SIDES:
        assert _toes(edited, side) == pytest.approx(_toes(_WALK, side), abs=0.02)


def test_edit_gait_half_strides_keep_planted_feet_planted() -> None:
    edited = edit_gait(_WALK, GaitStyle(stride=0.5), _SAME)
    assert np.ptp(edited.root[:, 1]) == pytest.approx(0.5 * np.ptp(_WALK.root[:, 1]), rel=0.02)
    planted = find_swings(_WALK).progress["left"] == 0
    still = planted[1:] & planted[:-1]
    steps = np.linalg.norm(np.diff(_toes(edited, "left")[:, :2], axis=0), axis=1)
    assert steps[still].max() * _WALK.fps < 0.6
    assert steps[still].mean() * _WALK.fps < 0.05


def test_edit_gait_style_of_one_foot_moves_that_foot_alone() -> None:
    styles = _SAME | {"left": FootStyle(ahead=0.1, out=0.05, rise=0.1)}
    edited = edit_gait(_WALK, GaitStyle(), styles)
    moved = _toes(edited, "left") - _toes(_WALK, "left")
    assert moved[:, 0] == pytest.approx(0.05, abs=0.02)
    assert moved[:, 1] == pytest.approx(-0.1, abs=0.03)
    assert moved[:, 2].max() == pytest.approx(0.1, abs=0.02)
    assert _toes(edited, "right") == pytest.approx(_toes(_WALK, "right"), abs=0.02)


def test_warp_time_half_speed_doubles_the_length() -> None:
    slow = warp_time(_WALK, 0.5)
    assert slow.length_seconds == pytest.approx(2 * _WALK.length_seconds, abs=0.05)
    assert slow.root[-1] == pytest.approx(_WALK.root[-1], abs=0.02)


def test_repeat_stride_walks_on_for_the_given_time() -> None:
    short = _WALK.crop(0.0, 1.6)
    motion, difference = repeat_stride(short, 6.0)
    assert motion.length_seconds == pytest.approx(6.0, abs=0.02)
    assert difference < 0.05
    assert -motion.root[-1, 1] == pytest.approx(6.0 * 1.1, rel=0.05)
    assert motion_faults(motion) == ()


def test_repeat_stride_too_short_a_gait_is_unchanged() -> None:
    short = _WALK.crop(0.0, 0.4)
    motion, difference = repeat_stride(short, 6.0)
    assert len(motion) == len(short)
    assert difference == np.inf


def test_edit_gait_foot_that_points_down_and_back_does_not_flip() -> None:
    # In a run the toes pass the vertical, where yaw and roll of other angles jump.
    pitch = np.linspace(0.0, np.radians(110.0), len(_WALK))
    lifted = _toes(_WALK, "left") + np.array([0.0, 0.25, 0.45])
    motion = place_foot(_WALK, "left", FootGoal(lifted, pitch=pitch))
    edited = edit_gait(motion, GaitStyle(), _SAME)
    rates = angle_between(edited.matrices[1:], edited.matrices[:-1]) * edited.fps
    assert rates[:, JOINT["left_ankle"]].max() < 15.0
