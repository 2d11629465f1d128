import numpy as np
import pytest

from backend.authored.body.limbs import OTHER_SIDE, SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from tests.support.authored_clips import draw_kind, feet_slide

_SEEDS = range(4)
_COUNTS = {"twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def _caption_count(clip: AuthoredClip) -> int:
    words = set(" ".join(clip.captions).split())
    return max((count for word, count in _COUNTS.items() if word in words), default=1)


def _count_dips(track: np.ndarray, depth: float) -> int:
    """Count how often a track goes below its start by `depth`, and back up half of it."""
    count, down = 0, False
    for value in track - track[0]:
        if not down and value < -depth:
            count, down = count + 1, True
        elif down and value > -0.5 * depth:
            down = False
    return count


@pytest.mark.parametrize("seed", range(8))
def test_squat_pelvis_dips_as_often_as_captioned(seed: int) -> None:
    clip = draw_kind("squat", seed)
    assert _count_dips(clip.motion.root[:, 2], 0.25) == _caption_count(clip)
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_crouch_pelvis_stays_low_for_a_while(seed: int) -> None:
    clip = draw_kind("crouch", seed)
    low = clip.motion.root[:, 2] < clip.motion.root[0, 2] - 0.35
    assert low.sum() / clip.motion.fps > 1.0


@pytest.mark.parametrize("seed", _SEEDS)
def test_lunge_named_leg_steps_forward_and_the_pelvis_sinks(seed: int) -> None:
    clip = draw_kind("lunge", seed)
    positions, _ = clip.motion.kinematics()
    text = " ".join(clip.captions)
    sides = SIDES if "alternating" in text else ["left" if "left" in text else "right"]
    for side in sides:
        ahead = positions[:, JOINT[f"{OTHER_SIDE[side]}_foot"], 1]
        ahead = ahead - positions[:, JOINT[f"{side}_foot"], 1]
        assert ahead.max() > 0.55
    assert _count_dips(clip.motion.root[:, 2], 0.22) == _caption_count(clip)


@pytest.mark.parametrize("seed", _SEEDS)
def test_side_lunge_named_knee_bends_and_the_other_is_straight(seed: int) -> None:
    clip = draw_kind("side_lunge", seed)
    positions, _ = clip.motion.kinematics()
    side = "left" if "left" in " ".join(clip.captions) else "right"
    lowest = int(clip.motion.root[:, 2].argmin())

    def leg_length(name: str) -> float:
        hip, ankle = (positions[lowest, JOINT[f"{name}_{joint}"]] for joint in ("hip", "ankle"))
        return float(np.linalg.norm(hip - ankle))

    assert leg_length(OTHER_SIDE[side]) - leg_length(side) > 0.12


@pytest.mark.parametrize("seed", range(6))
def test_calf_raises_heels_rise_as_often_as_captioned(seed: int) -> None:
    clip = draw_kind("calf_raises", seed)
    positions, _ = clip.motion.kinematics()
    for side in SIDES:
        assert _count_dips(-positions[:, JOINT[f"{side}_ankle"], 2], 0.035) >= 1
    toes = positions[:, [JOINT[f"{side}_foot"] for side in SIDES]]
    assert np.ptp(toes, axis=0).max() < 0.02
    if "calf raises" in clip.captions[0]:
        assert _count_dips(-positions[:, JOINT["left_ankle"], 2], 0.035) > 1


@pytest.mark.parametrize("seed", _SEEDS)
def test_curtsy_foot_goes_behind_and_the_pelvis_sinks(seed: int) -> None:
    clip = draw_kind("curtsy", seed)
    positions, _ = clip.motion.kinematics()
    lowest = int(clip.motion.root[:, 2].argmin())
    apart = positions[lowest, JOINT["left_foot"]] - positions[lowest, JOINT["right_foot"]]
    assert abs(apart[1]) > 0.18
    assert _count_dips(clip.motion.root[:, 2], 0.1) == 1
