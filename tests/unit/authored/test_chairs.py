import numpy as np
import pytest

from backend.authored.body.limbs import OTHER_SIDE, SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from tests.support.authored_clips import draw_kind, feet_slide

_SEEDS = range(4)


def _seated(clip: AuthoredClip) -> np.ndarray:
    """Return whether the pelvis is at the height of a chair and behind the feet, (T,)."""
    positions, _ = clip.motion.kinematics()
    ankles = positions[:, [JOINT[f"{side}_ankle"] for side in SIDES], 1].mean(axis=1)
    height = positions[:, 0, 2]
    return (height > 0.48) & (height < 0.62) & (positions[:, 0, 1] > ankles + 0.25)


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("sit_down", (False, True)),
        ("stand_up_from_chair", (True, False)),
        ("sit_and_stand_up", (False, False)),
        ("sit_still", (True, True)),
        ("sit_look_around", (True, True)),
        ("sit_talk", (True, True)),
    ],
)
def test_chair_begins_and_ends_as_captioned(name: str, ends: tuple[bool, bool], seed: int) -> None:
    clip = draw_kind(name, seed)
    seated = _seated(clip)
    assert (bool(seated[0]), bool(seated[-1])) == ends
    assert seated.any()
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_sit_talk_a_hand_leaves_the_thigh_and_moves(seed: int) -> None:
    positions, _ = draw_kind("sit_talk", seed).motion.kinematics()
    wrists = positions[:, [JOINT[f"{side}_wrist"] for side in SIDES]]
    assert np.ptp(wrists[..., 2], axis=0).max() > 0.15


@pytest.mark.parametrize("seed", _SEEDS)
def test_sit_cross_legs_foot_ends_across_the_other_leg(seed: int) -> None:
    clip = draw_kind("sit_cross_legs", seed)
    positions, _ = clip.motion.kinematics()
    ankles = {side: positions[-1, JOINT[f"{side}_ankle"]] for side in SIDES}
    side = max(SIDES, key=lambda name: ankles[name][2])
    assert ankles[side][2] > 0.15
    across = (ankles[OTHER_SIDE[side]] - ankles[side])[0] * (1.0 if side == "left" else -1.0)
    assert across > 0.0
    text = " ".join(clip.captions)
    assert f"the {side} leg over" in text or "leg over" not in text
