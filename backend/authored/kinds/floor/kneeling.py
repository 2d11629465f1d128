"""Kneeling on one knee or both, getting up again, and tying a shoe."""

from dataclasses import dataclass

import numpy as np

from ...body.base_clips import BaseClips, sample_motion
from ...body.limbs import OTHER_SIDE, SIDES, SIGN, ArmGoal, reach
from ...body.motion import JOINT, AuthoredMotion
from ...body.timing import Key, key_track
from ...catalogue import AuthoredClip, authored
from ...draws import draw_tempo
from ...gestures.posing import (
    Pose,
    PoseKey,
    hand_on_thigh,
    hang_arms,
    pose_body,
    side_pose,
    step_foot,
    step_offsets,
)
from ...wording import write_captions

_GROUP = "kneeling"
_KNEELING_HEIGHT = 0.535
"""Metres of the pelvis joint above the floor, over a thigh that stands upright on its knee."""
_TOE_BEHIND_HIP = 0.435
"""Metres from the hip back to the toes of a kneeling leg."""
_TOE_BEFORE_HIP = 0.09
"""Metres from the hip forward to the toes of somebody who stands."""
_TURN_SECONDS = 0.2
"""Seconds over which a motion that is played forward and back changes its direction."""
_TUCKED = 1.3
"""Radians by which the heel of a kneeling foot is raised."""


@dataclass(frozen=True)
class _Kneel:
    """When and how somebody kneels; times in seconds."""

    side: str
    """Side of the knee that goes down, or that goes down first."""
    both: bool
    start: float
    step: float
    """Seconds that the first step takes."""
    low: float
    """When the first knee is on the floor."""
    second: float
    """When both knees are on the floor; `low` on one knee."""
    stride: float
    """Metres from the toes of one foot to those of the other."""
    back: bool
    """Whether the kneeling leg steps back, or the other one forward."""


def _draw_kneel(rng: np.random.Generator, both: bool, duration: float) -> _Kneel:
    start, step = rng.uniform(0.4, 0.7), rng.uniform(0.45, 0.6) * duration
    low = start + rng.uniform(1.15, 1.4) * duration
    return _Kneel(
        side=SIDES[rng.integers(2)],
        both=both,
        start=start,
        step=step,
        low=low,
        second=low + rng.uniform(0.7, 0.9) * duration if both else low,
        stride=rng.uniform(0.76, 0.83),
        back=rng.uniform() < 0.5,
    )


def _kneel_body(
    base: AuthoredMotion, kneel: _Kneel, poses: list[PoseKey]
) -> tuple[AuthoredMotion, np.ndarray]:
    """Kneel, and then do `poses`, which are relative to the kneeling one.

    Returns:
        The motion, and how far it has come down, (T,) from 0 to 1.
    """
    times, other = base.times, OTHER_SIDE[kneel.side]
    down = float(base.root[:, 2].mean()) - _KNEELING_HEIGHT
    steps_back = kneel.stride if kneel.back else 0.0
    back = steps_back - (_TOE_BEHIND_HIP + _TOE_BEFORE_HIP)
    low = Pose(down, back, tip=0.08, bend=0.1, head_bend=0.15)
    # A leg that steps back has to reach farther from the hip.
    lowered_by, moved_by = (0.5, 0.9) if kneel.back else (0.32, 0.6)
    halfway = Pose(lowered_by * down, moved_by * back, tip=0.2, bend=0.15, head_bend=0.2)
    stepping = kneel.side if kneel.back else other
    shift = side_pose(Pose(0.02, side=-0.05), stepping)
    keys = [PoseKey(kneel.start), PoseKey(kneel.start + 0.3 * kneel.step, shift)]
    keys += [PoseKey(kneel.start + 0.2 + kneel.step, halfway, passing=True)]
    keys += [PoseKey(kneel.low, low)]
    if kneel.both:
        leaning = side_pose(Pose(side=0.05, lean=0.05), kneel.side)
        middle = 0.5 * (kneel.low + kneel.second)
        keys += [PoseKey(middle, _add(low, leaning))]
        keys += [PoseKey(kneel.second, low._replace(bend=0.05))]
    keys += [PoseKey(key.time, _add(low, key.pose), key.passing) for key in poses]
    lowered = key_track(times, [Key(kneel.start + 0.5 * kneel.step, 0.0), Key(kneel.low, 1.0)])
    move = np.array([0.0, kneel.stride if kneel.back else -kneel.stride])
    step = step_offsets(times, kneel.start + 0.12, kneel.step, move)
    offsets = {stepping: step, OTHER_SIDE[stepping]: np.zeros_like(step)}
    pitches = {kneel.side: _TUCKED * lowered, other: np.zeros(len(base))}
    if kneel.both:
        seconds = kneel.second - kneel.low
        offsets[other] = offsets[other] + step_offsets(
            times, kneel.low + 0.05, seconds, (0.0, kneel.stride), 0.04
        )
        pitches[other] = _TUCKED * key_track(
            times, [Key(kneel.low, 0.0), Key(kneel.low + 0.6 * seconds, 1.0)]
        )
    feet = {side: step_foot(base, side, offsets[side], pitches[side]) for side in SIDES}
    motion = pose_body(base, keys, feet=feet, balance=0.0, knees_out=0.1)
    return hang_arms(motion, base, 0.7), lowered


def _add(pose: Pose, other: Pose) -> Pose:
    return Pose(*(a + b for a, b in zip(pose, other, strict=True)))


def _rest_hands(
    motion: AuthoredMotion, rng: np.random.Generator, kneel: _Kneel, lowered: np.ndarray
) -> AuthoredMotion:
    """Put hands on the thighs: on that of the raised knee, which helps, or on both."""
    sides = SIDES if kneel.both else [OTHER_SIDE[kneel.side]]
    late = key_track(motion.times, [Key(kneel.low, 0.0), Key(kneel.second + 0.3, 1.0)])
    for side in sides:
        along = rng.uniform(0.62, 0.75) if kneel.both else rng.uniform(0.72, 0.85)
        weights = late if kneel.both else lowered
        motion = reach(motion, side, hand_on_thigh(motion, side, along), weights)
    return motion


def _draw_kneeling(
    rng: np.random.Generator, base_clips: BaseClips, duration: float, both: bool
) -> tuple[AuthoredMotion, _Kneel]:
    """Return somebody who kneels down and stays there for a while."""
    kneel = _draw_kneel(rng, both, duration)
    held = rng.uniform(0.8, 1.8)
    glance = Pose(head_twist=rng.uniform(-0.4, 0.4), bend=-0.05, head_bend=rng.uniform(-0.2, 0.1))
    end = kneel.second + held
    base = base_clips.draw_stand(rng, end)
    motion, lowered = _kneel_body(base, kneel, [PoseKey(kneel.second + 0.7, glance)])
    return _rest_hands(motion, rng, kneel, lowered), kneel


_KNEES = {
    ("left", False): "the left knee",
    ("right", False): "the right knee",
    ("left", True): "both knees",
    ("right", True): "both knees",
}


@authored("kneel_down", group=_GROUP, action="kneel", weight=2.0)
def kneel_down(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Kneel down on one knee or both, and stay there."""
    tempo = draw_tempo(rng)
    motion, kneel = _draw_kneeling(rng, base_clips, tempo.duration, rng.uniform() < 0.5)
    number = "both knees" if kneel.both else "one knee"
    templates = (
        f"a person kneels down on {number}",
        "a person {kneels|kneels down|goes down} on <knee> [<speed>]",
        f"a person {{drops|gets down|lowers themselves}} [<speed>] {{to|onto}} {number}",
        "a person kneels [down] [on the {floor|ground}] [<speed>]",
        "a person is kneeling down",
        f"kneeling on {number}",
        "kneel {down|on <knee>}",
    )
    captions = write_captions(templates, rng, knee=_KNEES[kneel.side, kneel.both], speed=tempo.word)
    return AuthoredClip(motion, captions)


@authored("rise_from_knees", group=_GROUP, action="get_up")
def rise_from_knees(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Get up from one knee or both."""
    tempo = draw_tempo(rng)
    motion, kneel = _draw_kneeling(rng, base_clips, tempo.duration, rng.uniform() < 0.5)
    number = "both knees" if kneel.both else "one knee"
    templates = (
        "a person stands up from kneeling",
        "a person {gets|stands|rises} up from <knee> [<speed>]",
        f"a person kneels on {number} and {{stands|gets}} up [<speed>]",
        "a person who is kneeling {gets|stands} up",
        "a person {rises|gets up} from a kneeling position",
        "standing up from {kneeling|<knee>}",
        "{stand|get} up from your {knees|knee}" if kneel.both else "{stand|get} up from one knee",
    )
    captions = write_captions(templates, rng, knee=_KNEES[kneel.side, kneel.both], speed=tempo.word)
    return AuthoredClip(motion.reversed(), captions)


@authored("kneel_and_rise", group=_GROUP, action="kneel", weight=1.5)
def kneel_and_rise(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Kneel down and stand up again."""
    tempo = draw_tempo(rng)
    both = rng.uniform() < 0.3
    kneel = _draw_kneel(rng, both, min(tempo.duration, 1.2) if both else tempo.duration)
    held = rng.uniform(0.4, 1.2)
    turn = kneel.second + held
    base = base_clips.draw_stand(rng, turn)
    motion, lowered = _kneel_body(base, kneel, [PoseKey(turn - 0.1, Pose(bend=-0.05))])
    motion = _rest_hands(motion, rng, kneel, lowered)
    motion = _there_and_back(motion, rng.uniform(0.9, 1.1))
    number = "both knees" if both else "one knee"
    templates = (
        "a person kneels down and stands up again",
        "a person {kneels|goes down} on <knee> and {stands|gets} {back up|up again} [<speed>]",
        f"a person kneels on {number}, then {{gets|stands}} [back] up",
        "a person {drops|gets down} {to|onto} <knee> and rises [again] [<speed>]",
        "a person kneels [down] and {gets|stands} up",
        f"kneeling on {number} and standing up",
        "kneel down and {stand|get} up [again]",
    )
    captions = write_captions(templates, rng, knee=_KNEES[kneel.side, both], speed=tempo.word)
    return AuthoredClip(motion, captions)


def _there_and_back(motion: AuthoredMotion, speed: float) -> AuthoredMotion:
    """Return the motion followed by itself backwards, at `speed`; it slows down to turn back."""
    last, ease = len(motion) - 1, _TURN_SECONDS * motion.fps
    span = np.sqrt((last + ease) ** 2 - ease**2)
    frame = np.arange(-span, span / speed)
    frame = np.where(frame > 0, speed * frame, frame)
    position = last + ease - np.hypot(frame, ease)
    return sample_motion(motion, np.clip(position, 0.0, last), motion.fps)


@authored("tie_shoe", group=_GROUP, action="tie_shoe")
def tie_shoe(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Kneel on one knee, tie the shoe in front with both hands, and stand up."""
    duration = rng.uniform(0.8, 1.05)
    kneel = _draw_kneel(rng, False, duration)
    front = OTHER_SIDE[kneel.side]
    tied, half = kneel.low + 0.3, rng.uniform(1.0, 1.6)
    over = side_pose(Pose(tip=0.42, bend=0.5, head_bend=0.3, down=0.02, twist=0.12), front)
    base = base_clips.draw_stand(rng, tied + half)
    keys = [PoseKey(tied, over), PoseKey(tied + 0.5 * half, over.scaled(1.06))]
    motion, lowered = _kneel_body(base, kneel, [*keys, PoseKey(tied + half, over)])
    positions, world = motion.kinematics()
    ankle = positions[:, JOINT[f"{front}_ankle"]]
    foot = world[:, JOINT[f"{front}_ankle"]]
    phase = 2 * np.pi * rng.uniform(0.9, 1.5) * (base.times - tied)
    busy = key_track(base.times, [Key(tied - 0.1, 0.0), Key(tied + 0.3, 1.0)])
    for side in SIDES:
        lace = np.stack(
            [
                SIGN[side] * (0.05 + busy * 0.025 * np.sin(phase)),
                0.12 + busy * 0.02 * np.sin(2 * phase + 1.0),
                0.01 + busy * 0.02 * np.cos(phase),
            ],
            axis=1,
        )
        wrist = ankle + np.einsum("tij,tj->ti", foot, lace)
        goal = ArmGoal(wrist, frame="world", elbow=(1.0, 0.3, -0.3))
        motion = reach(motion, side, goal, lowered**2)
    motion = _there_and_back(motion, rng.uniform(0.95, 1.1))
    templates = (
        "a person ties their shoe",
        f"a person ties {{the|their}} {front} {{shoe|shoelace|shoelaces}}",
        f"a person kneels [down] on the {kneel.side} knee and ties {{the|their}} {front} shoe",
        "a person {kneels|goes down on one knee} and ties {a|their} {shoe|shoelace}, "
        "then {stands|gets} up",
        "a person {bends|kneels} down to {tie|lace|fix} {a|their} shoe",
        "a person is tying {a|their} shoe",
        "tying {a shoe|the shoelaces}",
        f"tie your {front} shoe",
    )
    return AuthoredClip(motion, write_captions(templates, rng))
