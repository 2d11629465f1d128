from dataclasses import fields
from functools import cache

import numpy as np
import pytest

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.limbs import ANKLE_HEIGHT, SIDES, SIGN
from backend.authored.body.motion import JOINT, AuthoredMotion
from backend.authored.catalogue import AuthoredClip
from backend.authored.checks import motion_faults
from backend.authored.gaits.gait import FootStyle, GaitStyle, find_swings
from backend.authored.gaits.gait_posture import Posture
from backend.authored.gaits.walking_styles import WalkingStyle, author_walking_style
from backend.authored.kinds.gaits.gait_speeds import SPEEDS
from backend.authored.kinds.gaits.moonwalk import moonwalk
from backend.authored.kinds.gaits.styles_of_walking import WALKING_STYLES
from backend.authored.kinds.gaits.walks_of_characters import CHARACTERS
from backend.authored.kinds.gaits.walks_of_roles import ROLES
from backend.authored.kinds.gaits.walks_with_loads import LOADS
from backend.kinematics.math.signals import find_runs
from tests.support.gaits import walking_base_clips

_WALKING_STYLES = (*WALKING_STYLES, *CHARACTERS, *LOADS, *ROLES, *SPEEDS)
_WALKS = {style.name: style for style in _WALKING_STYLES if style.base == "walk"}
_SEEDS = (0, 1)
"""Both sides."""


@cache
def _base_clips() -> BaseClips:
    return walking_base_clips()


@cache
def _draw(name: str, seed: int) -> AuthoredClip:
    return author_walking_style(_WALKS[name], np.random.default_rng(seed), _base_clips())


def _joint(motion: AuthoredMotion, name: str) -> np.ndarray:
    return motion.kinematics()[0][:, JOINT[name]]


def _forward(motion: AuthoredMotion, name: str) -> np.ndarray:
    """Metres (T,) by which a joint is in front of the pelvis."""
    away = _joint(motion, name) - motion.root
    return away[:, 0] * np.sin(motion.headings) - away[:, 1] * np.cos(motion.headings)


def _swing_frames(motion: AuthoredMotion, side: str) -> float:
    """Median number of frames of the whole swings of a foot."""
    runs = find_runs(np.greater(find_swings(motion).progress[side], 0.0))
    inside = [end - first for first, end in runs if first > 0 and end < len(motion)]
    return float(np.median(inside))


def _seen_side(style: WalkingStyle, seed: int) -> str:
    """Return the side that a seed draws."""
    return SIDES[np.random.default_rng(seed).integers(2)]


@pytest.mark.parametrize("name", _WALKS)
def test_walking_style_is_sound_and_travels(name: str) -> None:
    clip = _draw(name, 0)
    assert motion_faults(clip.motion) == ()
    assert 1.9 < clip.motion.length_seconds < 9.0
    assert np.linalg.norm(clip.motion.root[-1, :2]) > 0.4
    assert len(clip.captions) > 2


def test_limp_bad_leg_stands_shorter_and_the_trunk_leans_over_it() -> None:
    for seed in _SEEDS:
        motion = _draw("limp", seed).motion
        side = _seen_side(_WALKS["limp"], seed)
        other = SIDES[1 - SIDES.index(side)]
        swings = find_swings(motion)
        # The body stands on one foot alone while the other one swings.
        assert _swing_frames(motion, other) < 0.75 * _swing_frames(motion, side)
        leaning = SIGN[side] * (_joint(motion, "neck") - motion.root)[:, 0]
        on_bad, on_good = swings.loaded(side) > 0.6, swings.loaded(other) > 0.6
        assert leaning[on_bad].mean() > leaning[on_good].mean() + 0.05
        assert motion.root[on_bad, 2].mean() < motion.root[on_good, 2].mean() - 0.02


def test_side_of_captions_is_the_side_that_was_drawn() -> None:
    for seed in _SEEDS:
        text = " ".join(_draw("limp", seed).captions)
        side = _seen_side(_WALKS["limp"], seed)
        assert SIDES[1 - SIDES.index(side)] not in text


def test_tiptoe_keeps_the_heels_up() -> None:
    motion = _draw("tiptoe", 0).motion
    for side in SIDES:
        assert _joint(motion, f"{side}_ankle")[:, 2].min() > ANKLE_HEIGHT + 0.03


def test_march_lifts_knees_to_the_hips_and_swings_straight_arms() -> None:
    motion = _draw("march", 0).motion
    for side in SIDES:
        knee, hip = _joint(motion, f"{side}_knee"), _joint(motion, f"{side}_hip")
        assert (knee - hip)[:, 2].max() > -0.22
        assert np.ptp(_forward(motion, f"{side}_wrist")) > 0.45


def test_sneak_goes_low() -> None:
    assert (
        _draw("sneak", 0).motion.root[:, 2].max() < _draw("proud_walk", 0).motion.root[0, 2] - 0.1
    )


def test_zombie_arms_are_stretched_forward() -> None:
    motion = _draw("zombie_walk", 0).motion
    for side in SIDES:
        assert _forward(motion, f"{side}_wrist").min() > 0.25
        below = _joint(motion, f"{side}_shoulder") - _joint(motion, f"{side}_wrist")
        assert np.abs(below[:, 2]).max() < 0.3


def test_sad_walk_head_hangs() -> None:
    _, world = _draw("sad_walk", 0).motion.kinematics()
    down = -world[:, JOINT["head"], 2, 2]
    assert down.min() > np.sin(np.radians(30))


def test_tightrope_feet_are_on_a_line_and_arms_are_out() -> None:
    motion = _draw("tightrope", 0).motion
    across = _joint(motion, "left_foot")[:, 0] - _joint(motion, "right_foot")[:, 0]
    assert abs(across.mean()) < 0.04
    for side in SIDES:
        away = SIGN[side] * (_joint(motion, f"{side}_wrist") - motion.root)[:, 0]
        assert away.min() > 0.4


def test_walk_backwards_travels_away_from_the_heading() -> None:
    motion = _draw("walk_backwards", 0).motion
    assert np.abs(motion.headings).max() < 0.3
    assert motion.root[-1, 1] > 0.5


def test_walk_quickly_is_faster_than_walk_slowly() -> None:
    fast, slow = (_draw(name, 0).motion for name in ("walk_quickly", "walk_slowly"))
    speeds = [np.linalg.norm(m.root[-1, :2]) / m.length_seconds for m in (fast, slow)]
    assert speeds[0] > 2 * speeds[1]


def test_haul_box_hands_are_held_in_front() -> None:
    motion = _draw("haul_box", 0).motion
    for side in SIDES:
        assert _forward(motion, f"{side}_wrist").min() > 0.2
    apart = _joint(motion, "left_wrist") - _joint(motion, "right_wrist")
    assert np.ptp(np.linalg.norm(apart, axis=1)) < 0.08


def test_moonwalk_glides_backwards_with_one_heel_up() -> None:
    motion = moonwalk(np.random.default_rng(0), BaseClips([])).motion
    assert motion_faults(motion, may_slide=True) == ()
    assert motion.root[-1, 1] > 1.0
    heels = np.stack([_joint(motion, f"{side}_ankle")[:, 2] for side in SIDES])
    going = slice(round(0.2 * len(motion)), round(0.8 * len(motion)))
    assert heels.max(axis=0)[going].min() > ANKLE_HEIGHT + 0.02
    assert heels.min(axis=0)[going].mean() < ANKLE_HEIGHT + 0.02


def test_carry_on_head_hands_are_above_the_head_joint() -> None:
    motion = _draw("carry_on_head", 0).motion
    for side in SIDES:
        above = _joint(motion, f"{side}_wrist") - _joint(motion, "head")
        assert above[:, 2].min() > 0.1


def test_ape_walk_is_bent_forward() -> None:
    assert _forward(_draw("ape_walk", 0).motion, "neck").min() > 0.2


@pytest.mark.parametrize("walk", _WALKING_STYLES, ids=lambda walk: walk.name)
def test_fields_of_walking_styles_are_those_of_the_styles(walk: WalkingStyle) -> None:
    for ranges, style in (
        (walk.gait, GaitStyle),
        (walk.feet, FootStyle),
        (walk.one_foot, FootStyle),
        (walk.other_foot, FootStyle),
        (walk.posture, Posture),
        (walk.sided, Posture),
    ):
        assert set(ranges) <= {field.name for field in fields(style)}
        assert all(low <= high for low, high in ranges.values())
