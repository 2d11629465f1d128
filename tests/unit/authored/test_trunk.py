import numpy as np
import pytest

from backend.authored.body.limbs import SIDES
from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from backend.kinematics.math.rotations import Array
from tests.support.authored_clips import draw_kind, feet_slide

_SEEDS = range(4)


def _trunk(clip: AuthoredClip) -> Array:
    """Return unit directions (T, 3) from the pelvis to the neck."""
    positions, _ = clip.motion.kinematics()
    line = positions[:, JOINT["neck"]] - positions[:, 0]
    return line / np.linalg.norm(line, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", _SEEDS)
def test_bow_trunk_tips_forward_as_deep_as_captioned(seed: int) -> None:
    clip = draw_kind("bow", seed)
    trunk = _trunk(clip)
    angle = np.degrees(np.arctan2(-trunk[:, 1], trunk[:, 2]))
    text = " ".join(clip.captions)
    low, high = (50, 90) if "deep" in text else (15, 40) if "slight" in text else (20, 65)
    assert low < angle.max() < high
    assert abs(angle[-1]) < 8.0
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [("lean_forward", 1, -1.0), ("lean_backward", 1, 1.0), ("lean_to_side", 0, 0.0)],
)
def test_lean_trunk_tips_in_the_direction_of_the_caption(
    name: str, axis: int, sign: float, seed: int
) -> None:
    clip = draw_kind(name, seed)
    sign = sign or (1.0 if "left" in " ".join(clip.captions) else -1.0)
    change = (_trunk(clip) - _trunk(clip)[0])[:, axis] * sign
    assert change.max() > 0.2
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_twist_waist_shoulders_turn_to_both_sides_over_still_feet(seed: int) -> None:
    clip = draw_kind("twist_waist", seed)
    _, world = clip.motion.kinematics()
    chest = world[:, JOINT["spine3"], :, 2]
    yaw = np.degrees(np.arctan2(chest[:, 0], -chest[:, 1]))
    assert yaw.max() > 25.0
    assert yaw.min() < -25.0
    assert feet_slide(clip) < 0.03


@pytest.mark.parametrize("seed", _SEEDS)
def test_stretch_up_both_wrists_are_above_the_head(seed: int) -> None:
    positions, _ = draw_kind("stretch_up", seed).motion.kinematics()
    above = [
        positions[:, JOINT[f"{side}_wrist"], 2] - positions[:, JOINT["head"], 2] > 0.15
        for side in SIDES
    ]
    assert np.logical_and(*above).mean() > 0.15


@pytest.mark.parametrize("seed", _SEEDS)
def test_stretch_side_trunk_bends_and_a_wrist_is_overhead(seed: int) -> None:
    clip = draw_kind("stretch_side", seed)
    positions, _ = clip.motion.kinematics()
    text = " ".join(clip.captions)
    trunk = _trunk(clip)[:, 0]
    lean = np.abs(trunk) if "other" in text else trunk * (1.0 if "left" in text else -1.0)
    farthest = int(lean.argmax())
    assert lean.max() > 0.25
    arm = "right" if trunk[farthest] > 0 else "left"
    assert positions[farthest, JOINT[f"{arm}_wrist"], 2] > positions[farthest, JOINT["head"], 2]


@pytest.mark.parametrize("seed", _SEEDS)
def test_deep_breath_chest_opens_and_closes(seed: int) -> None:
    trunk = _trunk(draw_kind("deep_breath", seed))[:, 1]
    assert 0.05 < trunk.max() - trunk.min() < 0.35
