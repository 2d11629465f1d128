import numpy as np
import pytest

from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from tests.support.authored_clips import draw_kind, feet_slide

_SEEDS = range(4)


def _lowest_hands(clip: AuthoredClip) -> dict[str, float]:
    positions, _ = clip.motion.kinematics()
    return {side: float(positions[:, JOINT[f"{side}_hand"], 2].min()) for side in SIDES}


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("name", ["pick_up", "put_down"])
def test_one_hand_reaches_the_floor_on_the_side_of_the_caption(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    lowest = _lowest_hands(clip)
    text = " ".join(clip.captions)
    for side in SIDES:
        if f"{side} hand" in text or "both hands" in text:
            assert lowest[side] < 0.16
    assert min(lowest.values()) < 0.16
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_lift_box_hands_go_down_together_and_come_up_in_front(seed: int) -> None:
    clip = draw_kind("lift_box", seed)
    positions, _ = clip.motion.kinematics()
    assert max(_lowest_hands(clip).values()) < 0.16
    for side in SIDES:
        wrist = positions[-1, JOINT[f"{side}_wrist"]]
        assert wrist[2] > 0.9
        assert wrist[1] < clip.motion.root[-1, 1] - 0.2


@pytest.mark.parametrize("seed", _SEEDS)
def test_touch_toes_hands_reach_the_feet_with_nearly_straight_legs(seed: int) -> None:
    clip = draw_kind("touch_toes", seed)
    positions, _ = clip.motion.kinematics()
    for side in SIDES:
        gap = positions[:, JOINT[f"{side}_hand"]] - positions[:, JOINT[f"{side}_foot"]]
        assert np.linalg.norm(gap, axis=1).min() < 0.15
    assert clip.motion.root[:, 2].min() > clip.motion.root[0, 2] - 0.18
    assert feet_slide(clip) < 0.03
