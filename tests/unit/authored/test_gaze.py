import numpy as np
import pytest

from backend.authored.body.motion import JOINT
from backend.authored.catalogue import AuthoredClip
from backend.kinematics.math.rotations import Array
from tests.support.authored_clips import draw_kind

_SEEDS = range(4)


def _gaze(clip: AuthoredClip) -> Array:
    """Return directions (T, 3) of the face: to the body's left, back and up at the start."""
    _, world = clip.motion.kinematics()
    return world[:, JOINT["head"], :, 2]


def _caption_side(clip: AuthoredClip) -> float:
    text = " ".join(clip.captions)
    assert ("left" in text) != ("right" in text), text
    return 1.0 if "left" in text else -1.0


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("name", ["look_to_side", "look_over_shoulder"])
def test_look_sideways_face_turns_to_the_side_of_the_caption(name: str, seed: int) -> None:
    clip = draw_kind(name, seed)
    yaw = np.degrees(np.arctan2(_gaze(clip)[:, 0], -_gaze(clip)[:, 1])) * _caption_side(clip)
    assert yaw.max() > (80.0 if name == "look_over_shoulder" else 50.0)
    assert abs(yaw[-1]) < 10.0


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(("name", "sign"), [("look_up", 1.0), ("look_down", -1.0)])
def test_look_vertical_face_tips_that_far(name: str, sign: float, seed: int) -> None:
    rise = np.degrees(np.arcsin(_gaze(draw_kind(name, seed))[:, 2]))
    change = sign * (rise - rise[0])
    assert change.max() > 30.0
    assert abs(change[-1]) < 10.0


@pytest.mark.parametrize("seed", _SEEDS)
def test_look_around_face_turns_to_both_sides(seed: int) -> None:
    gaze = _gaze(draw_kind("look_around", seed))
    yaw = np.degrees(np.arctan2(gaze[:, 0], -gaze[:, 1]))
    assert yaw.max() > 30.0
    assert yaw.min() < -30.0


@pytest.mark.parametrize("seed", _SEEDS)
def test_tilt_head_crown_tips_to_the_side_of_the_caption(seed: int) -> None:
    clip = draw_kind("tilt_head", seed)
    _, world = clip.motion.kinematics()
    crown = world[:, JOINT["head"], 0, 1] * _caption_side(clip)
    assert np.degrees(np.arcsin(crown.max())) > 20.0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["nod", "shake_head"])
def test_repeated_head_movement_repeats_as_captioned(name: str, seed: int) -> None:
    words = {"once": 1, "one time": 1, "twice": 2, "two times": 2, "three times": 3}
    words |= {"four times": 4, "five times": 5}
    clip = draw_kind(name, seed)
    text = " ".join(clip.captions)
    expected = {count for word, count in words.items() if word in text} or {1}
    gaze = _gaze(clip)
    track = -gaze[:, 2] if name == "nod" else np.arctan2(gaze[:, 0], -gaze[:, 1])
    level = 0.5 * (track.min() + track.max()) if name == "nod" else 0.0
    margin = 0.1 * (track.max() - track.min())
    assert {_count_peaks(track - level, margin)} == expected


def _count_peaks(track: Array, margin: float) -> int:
    """Count crossings from below -margin to above it; standing still is neither."""
    count, below = 0, True
    for value in track:
        if below and value > margin:
            count, below = count + 1, False
        elif value < -margin:
            below = True
    return count
