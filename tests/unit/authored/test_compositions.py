from dataclasses import replace

import numpy as np
import pytest

from backend.authored.body.base_clips import BaseClips
from backend.authored.body.joining import (
    SeamError,
    align_motion,
    join_motions,
    start_gait,
    stop_gait,
)
from backend.authored.body.limbs import FootGoal, foot_goals, place_foot
from backend.authored.body.motion import (
    JOINT,
    AuthoredMotion,
    move_root,
    standing_motion,
    tip_pelvis,
)
from backend.authored.body.overlaying import find_gesture, overlay_gesture
from backend.authored.catalogue import AuthoredKind
from backend.authored.checks import motion_faults
from backend.authored.kinds import authored_kinds
from backend.data.caption_templates import reword_caption

_KINDS = {kind.name: kind for kind in authored_kinds()}
_NO_CAPTURES = BaseClips([])
_LEGS = [JOINT[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle")]


def _draw(name: str, seed: int = 0) -> AuthoredMotion:
    return _KINDS[name].author(np.random.default_rng(seed), _NO_CAPTURES).motion


def _turned(motion: AuthoredMotion, angle: float, x: float) -> AuthoredMotion:
    other = tip_pelvis(motion, twist=angle)
    return replace(other, root=other.root + np.array([x, 0.0, 0.0]))


def _wide_stand(seconds: float, step: float) -> AuthoredMotion:
    stand = standing_motion(seconds, 60.0)
    lowered = move_root(stand, (0.0, 0.0, -0.03))
    for side, goal in foot_goals(stand).items():
        sign = 1.0 if side == "left" else -1.0
        ankle = np.asarray(goal.ankle) + np.array([sign * step, 0.0, 0.0])
        lowered = place_foot(lowered, side, replace(goal, ankle=ankle))
    return lowered


def test_join_motions_second_continues_where_first_ends() -> None:
    first, second = standing_motion(2.0, 60.0), _turned(standing_motion(2.0, 60.0), 2.0, 5.0)
    joined = join_motions(first, second, 0.5)
    assert joined.headings == pytest.approx(np.zeros(len(joined)), abs=1e-6)
    assert joined.root == pytest.approx(np.tile(first.root[:1], (len(joined), 1)), abs=1e-6)
    assert 2.5 < joined.length_seconds <= 3.5 + 1e-6


def test_join_motions_foot_that_goes_elsewhere_steps_one_at_a_time() -> None:
    joined = join_motions(standing_motion(2.0, 60.0), _wide_stand(2.0, 0.08), 0.6)
    positions, _ = joined.kinematics()
    feet = positions[:, [JOINT["left_foot"], JOINT["right_foot"]]]
    lifted = feet[..., 2] - feet[0, :, 2] > 0.01
    assert lifted.any(axis=0).all()
    assert not lifted.all(axis=1).any()
    assert np.abs(np.diff(positions, axis=0)).max() * 60.0 < 2.0
    assert motion_faults(joined) == ()


def test_join_motions_small_difference_keeps_feet_on_the_floor() -> None:
    joined = join_motions(standing_motion(2.0, 60.0), _wide_stand(2.0, 0.004), 0.5)
    positions, _ = joined.kinematics()
    ankles = positions[:, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    assert np.abs(ankles - ankles[0])[..., 2].max() < 0.005


def test_join_motions_standing_and_lying_raises() -> None:
    stand = standing_motion(1.0, 60.0)
    lying = replace(tip_pelvis(stand, bend=-np.pi / 2), root=stand.root * [1.0, 1.0, 0.15])
    with pytest.raises(SeamError):
        join_motions(stand, lying)


def test_align_motion_heading_and_feet_are_equal_at_frames() -> None:
    stand = standing_motion(1.0, 60.0)
    aligned = align_motion(_turned(stand, 1.2, 3.0), 7, stand, 30)
    assert aligned.headings[7] == pytest.approx(0.0, abs=1e-9)
    for side, goal in foot_goals(stand).items():
        found = foot_goals(aligned)[side]
        assert isinstance(goal, FootGoal)
        assert np.asarray(found.ankle)[7] == pytest.approx(np.asarray(goal.ankle)[30], abs=1e-9)


def test_start_and_stop_gait_are_slow_at_their_ends() -> None:
    walk = _draw("walk_steps")
    middle = walk.crop(0.35 * walk.length_seconds, 0.8 * walk.length_seconds)
    for gait, slow, fast in ((start_gait(middle), 5, -20), (stop_gait(middle), -5, 20)):
        speed = np.linalg.norm(np.diff(gait.root[:, :2], axis=0), axis=1) * gait.fps
        assert speed[slow] < 0.6 * speed[fast]


def test_find_gesture_of_wave_is_one_arm_and_of_walk_is_none() -> None:
    gesture = find_gesture(_draw("wave", 3))
    assert gesture is not None
    assert len(gesture.arms) == 1
    assert find_gesture(_draw("walk_steps")) is None
    assert find_gesture(standing_motion(3.0, 60.0)) is None


def test_overlay_gesture_keeps_legs_and_raises_the_hand() -> None:
    gesture = find_gesture(_draw("wave", 3))
    assert gesture is not None
    walk = _draw("march_in_place", 1) if "march_in_place" in _KINDS else _draw("walk_steps", 1)
    motion = overlay_gesture(walk, gesture, 0.2)
    assert motion.root == pytest.approx(walk.root)
    assert motion.matrices[:, _LEGS] == pytest.approx(walk.matrices[:, _LEGS])
    wrist = JOINT[f"{gesture.arms[0]}_wrist"]
    assert motion.kinematics()[0][:, wrist, 2].max() > walk.kinematics()[0][:, wrist, 2].max() + 0.2
    assert motion.matrices[0] == pytest.approx(walk.matrices[0], abs=0.02)


@pytest.mark.parametrize("name", ["sequence", "gesture_over_legs"])
@pytest.mark.parametrize("seed", range(4))
def test_composition_without_captures_is_sound_and_names_two_actions(name: str, seed: int) -> None:
    draws = (
        _KINDS[name].author(np.random.default_rng([seed, attempt]), _NO_CAPTURES)
        for attempt in range(4)
    )
    clip = next(clip for clip in draws if not motion_faults(clip.motion))
    assert 2.0 < clip.motion.length_seconds < 10.0
    assert clip.captions[0].startswith("a person ")
    assert " and " in clip.captions[0]
    assert len(clip.captions) >= 4
    assert not any("None" in caption for caption in clip.captions)
    assert len(reword_caption(clip.captions[0])) == 5
    steps = np.abs(np.diff(clip.motion.kinematics()[0], axis=0)).max()
    assert steps * clip.motion.fps < 12.0


def test_compositions_have_unique_names_and_no_label() -> None:
    kinds: list[AuthoredKind] = [k for k in _KINDS.values() if k.group == "compositions"]
    assert len(kinds) > 10
    assert not any(kind.action for kind in kinds)
