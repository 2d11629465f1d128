import re

import numpy as np
import pytest

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.motion import JOINT, STANDING_HEIGHT
from backend.authored.catalogue import AuthoredClip, AuthoredKind
from backend.authored.checks import motion_faults
from backend.authored.kinds import authored_kinds
from backend.kinematics.math.rotations import Array, norm

_GROUPS = {"punches", "kicks", "throws", "swings", "weapons", "ball_handling", "defence"}
_KINDS = {kind.name: kind for kind in authored_kinds() if kind.group in _GROUPS}
_NO_CAPTURES = BaseClips([])
_OTHER = {"left": "right", "right": "left"}


def _draw(name: str, seed: int) -> AuthoredClip:
    return _KINDS[name].author(np.random.default_rng(seed), _NO_CAPTURES)


def _track(clip: AuthoredClip, joint: str) -> Array:
    return clip.motion.kinematics()[0][:, JOINT[joint]]


def _peak_speed(clip: AuthoredClip, joint: str) -> float:
    """Peak speed in m/s of a joint about the pelvis."""
    positions, _ = clip.motion.kinematics()
    relative = positions[:, JOINT[joint]] - positions[:, 0]
    return float(norm(np.diff(relative, axis=0)).max() * clip.motion.fps)


def _captioned_side(clip: AuthoredClip) -> str:
    """Return the side that a clip's captions name for the acting limb."""
    match = re.search(r"\b(left|right)\b", clip.captions[0])
    assert match is not None, clip.captions
    return match[1]


def _count_peaks(height: Array, threshold: float) -> int:
    above = height > threshold
    return int(np.count_nonzero(above[1:] & ~above[:-1]) + above[0])


@pytest.mark.parametrize("kind", _KINDS.values(), ids=lambda kind: kind.name)
def test_move_any_draw_is_sound_and_returns_to_standing(kind: AuthoredKind) -> None:
    clips = (kind.author(np.random.default_rng(seed), _NO_CAPTURES) for seed in range(3))
    clip = next((c for c in clips if not motion_faults(c.motion, may_slide=kind.may_slide)), None)
    assert clip is not None
    assert 2.0 <= clip.motion.length_seconds <= 12.0
    assert len(clip.captions) >= 4
    for frame in (0, -1):
        assert abs(clip.motion.root[frame, 2] - STANDING_HEIGHT) < 0.06
        for side in ("left", "right"):
            assert _track(clip, f"{side}_wrist")[frame, 2] < 1.1
    assert not any(re.search(r"[<>{}\[\]]|  ", caption) for caption in clip.captions)


@pytest.mark.parametrize("name", ["cross", "jab", "hook", "uppercut", "body_punch"])
@pytest.mark.parametrize("seed", range(3))
def test_punch_captioned_fist_is_the_fast_one(name: str, seed: int) -> None:
    clip = _draw(name, seed)
    side = _captioned_side(clip)
    speed = _peak_speed(clip, f"{side}_wrist")
    assert 4.0 < speed < 11.0
    assert speed > 1.3 * _peak_speed(clip, f"{_OTHER[side]}_wrist")


@pytest.mark.parametrize("seed", range(3))
def test_cross_captioned_count_is_the_number_of_extensions(seed: int) -> None:
    clip = _draw("cross", seed)
    side = _captioned_side(clip)
    forward = _track(clip, "pelvis")[:, 1] - _track(clip, f"{side}_wrist")[:, 1]
    words = {"twice": 2, "two times": 2, "three times": 3}
    expected = next((n for text, n in words.items() if text in clip.captions[0]), 1)
    assert _count_peaks(forward, 0.45) == expected


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("front_kick_low", 0.3, 0.7),
        ("front_kick_middle", 0.7, 1.05),
        ("front_kick_high", 1.15, 1.6),
        ("side_kick_middle", 0.65, 1.05),
        ("side_kick_high", 1.15, 1.6),
        ("roundhouse_low", 0.3, 0.7),
        ("roundhouse_middle", 0.65, 1.05),
        ("roundhouse_high", 1.15, 1.6),
    ],
)
def test_kick_captioned_leg_rises_to_the_captioned_height_and_the_other_stands(
    name: str, low: float, high: float
) -> None:
    for seed in range(2):
        clip = _draw(name, seed)
        side = _captioned_side(clip)
        assert low < _track(clip, f"{side}_ankle")[:, 2].max() < high
        assert 3.0 < _peak_speed(clip, f"{side}_ankle") < 14.0
        standing = _track(clip, f"{_OTHER[side]}_foot")
        assert standing[:, 2].max() < 0.12
        lifted = _track(clip, f"{side}_ankle")[:, 2] > 0.3
        assert np.ptp(standing[lifted], axis=0).max() < 0.03, "the other foot stays"


@pytest.mark.parametrize("name", ["kick_ball_shot", "kick_ball_pass"])
def test_kick_ball_captioned_foot_swings_low_from_behind_to_the_front(name: str) -> None:
    for seed in range(2):
        clip = _draw(name, seed)
        side = _captioned_side(clip)
        ahead = _track(clip, "pelvis")[:, 1] - _track(clip, f"{side}_ankle")[:, 1]
        assert ahead.argmin() < ahead.argmax()
        assert ahead.min() < -0.25
        assert ahead.max() > 0.25


@pytest.mark.parametrize("name", ["throw_overhand", "pitch", "tennis_serve"])
def test_overhand_captioned_hand_passes_above_the_head_and_ends_low(name: str) -> None:
    for seed in range(3):
        clip = _draw(name, seed)
        side = _captioned_side(clip)
        wrist, head = _track(clip, f"{side}_wrist"), _track(clip, "head")
        top = int((wrist - head)[:, 2].argmax())
        assert wrist[top, 2] > head[top, 2] + 0.05
        assert wrist[top : top + 40, 2].min() < 1.1, "the hand follows through"
        assert 5.0 < _peak_speed(clip, f"{side}_wrist") < 15.0
        assert _peak_speed(clip, f"{side}_wrist") > _peak_speed(clip, f"{_OTHER[side]}_wrist")


@pytest.mark.parametrize("name", ["throw_underhand", "bowl"])
def test_underarm_captioned_hand_swings_forward_below_the_shoulder(name: str) -> None:
    for seed in range(2):
        clip = _draw(name, seed)
        side = _captioned_side(clip)
        wrist, shoulder = _track(clip, f"{side}_wrist"), _track(clip, f"{side}_shoulder")
        ahead = shoulder[:, 1] - wrist[:, 1]
        back, front = int(ahead.argmin()), int(ahead.argmax())
        assert back < front
        assert (wrist - shoulder)[back:front, 2].max() < 0.25


@pytest.mark.parametrize("name", ["golf_swing", "bat_swing"])
def test_two_handed_swing_hands_stay_together_and_cross_the_body(name: str) -> None:
    for seed in range(3):
        clip = _draw(name, seed)
        positions, _ = clip.motion.kinematics()
        wrists = positions[:, [JOINT["left_wrist"], JOINT["right_wrist"]]]
        across = wrists.mean(axis=1)[:, 0]
        fast = norm(np.diff(wrists.mean(axis=1), axis=0)) * clip.motion.fps > 3.5
        assert norm(wrists[1:, 0] - wrists[1:, 1])[fast].max() < 0.2
        assert np.ptp(across) > 0.4
        assert _peak_speed(clip, "left_wrist") > 4.0


def test_chop_wood_captioned_count_is_the_number_of_blows() -> None:
    words = {"twice": 2, "two times": 2, "three times": 3}
    for seed in range(3):
        clip = _draw("chop_wood", seed)
        expected = next((n for text, n in words.items() if text in clip.captions[0]), 1)
        height = _track(clip, "left_wrist")[:, 2] - _track(clip, "head")[:, 2]
        assert _count_peaks(height, 0.1) == expected


def test_shot_of_a_basketball_leaves_the_floor_with_the_hands_above_the_head() -> None:
    clip = _draw("basketball_shot", 0)
    toes = np.minimum(_track(clip, "left_foot")[:, 2], _track(clip, "right_foot")[:, 2])
    assert toes.max() > 0.12
    air = toes.argmax()
    for side in ("left", "right"):
        assert _track(clip, f"{side}_wrist")[air, 2] > _track(clip, "head")[air, 2]


@pytest.mark.parametrize(
    ("name", "low", "high"), [("catch_high", 0.05, 0.6), ("catch_low", -1.2, -0.35)]
)
def test_catch_hands_meet_at_the_captioned_height(name: str, low: float, high: float) -> None:
    clip = _draw(name, 1)
    above_head = _track(clip, "left_wrist")[:, 2] - _track(clip, "head")[:, 2]
    floor_side = _track(clip, "left_wrist")[:, 2]
    extreme = int(above_head.argmax()) if low > 0 else int(floor_side.argmin())
    assert low < above_head[extreme] < high
    wrists = _track(clip, "left_wrist") - _track(clip, "right_wrist")
    assert norm(wrists)[extreme] < 0.35


@pytest.mark.parametrize("seed", range(3))
def test_dribble_captioned_hand_pumps_and_the_other_hardly(seed: int) -> None:
    clip = _draw("dribble", seed)
    side = _captioned_side(clip)
    middle = slice(len(clip.motion) // 3, 2 * len(clip.motion) // 3)
    spans = {
        s: float(np.ptp(_track(clip, f"{s}_wrist")[middle, 2] - clip.motion.root[middle, 2]))
        for s in ("left", "right")
    }
    assert spans[side] > 0.12
    assert spans[side] > 2.0 * spans[_OTHER[side]]


@pytest.mark.parametrize("name", ["sword_overhead", "sword_side", "sword_thrust"])
def test_sword_captioned_hand_is_the_fast_one(name: str) -> None:
    clip = _draw(name, 0)
    side = re.search(r"(left|right) hand", clip.captions[0])
    assert side is not None
    speed = _peak_speed(clip, f"{side[1]}_wrist")
    assert 3.5 < speed < 12.0
    assert speed > _peak_speed(clip, f"{_OTHER[side[1]]}_wrist")


def test_archery_one_hand_points_ahead_while_the_other_draws_to_the_face() -> None:
    clip = _draw("archery", 0)
    head = _track(clip, "head")
    ahead = {s: head[:, 1] - _track(clip, f"{s}_wrist")[:, 1] for s in ("left", "right")}
    bow = max(ahead, key=lambda s: float(ahead[s].max()))
    drawn = norm(_track(clip, f"{_OTHER[bow]}_wrist") - head) < 0.3
    assert (ahead[bow] > 0.45)[drawn].sum() > 30


def test_hit_stomach_doubles_over_with_the_hands_at_the_belly() -> None:
    clip = _draw("hit_stomach", 0)
    neck, pelvis = _track(clip, "neck"), _track(clip, "pelvis")
    tip = np.arctan2(pelvis[:, 1] - neck[:, 1], neck[:, 2] - pelvis[:, 2])
    deepest = int(tip.argmax())
    assert tip[deepest] > 0.6
    for side in ("left", "right"):
        assert norm(_track(clip, f"{side}_wrist") - _track(clip, "spine1"))[deepest] < 0.4


@pytest.mark.parametrize("seed", range(3))
def test_slip_head_moves_to_the_captioned_side(seed: int) -> None:
    clip = _draw("slip_punch", seed)
    sign = 1.0 if _captioned_side(clip) == "left" else -1.0
    head = sign * (_track(clip, "head")[:, 0] - _track(clip, "head")[0, 0])
    assert head.max() > 0.15
