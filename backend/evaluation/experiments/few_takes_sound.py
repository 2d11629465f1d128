"""Whether a motion follows a sound: hands, to a sound that was made of hands.

No speech with motion is among the captures. So each take gets a sound that is as loud as its wrists
are fast, and a style hears that as it would hear speech. It is then given the sound of later parts
of the same clips, which it has not learnt, and what it makes is compared with those parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from ...data.motion_set import MotionSet
from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array
from ...protocol.audio_features import MelProsody, Sound
from ...protocol.control_track import Control
from ...styles.generator_api import Style
from ...styles.skeleton_graph import RATE, Motion
from .few_takes import Excerpt, Plan, joints_of, poses

TAKES = (
    Excerpt("cmu/13_18", 3, 13, "boxing"),
    Excerpt("cmu/13_26", 3, 13, "directing traffic"),
    Excerpt("cmu/29_05", 3, 13, "gestures"),
    Excerpt("cmu_dance/indian_04", 3, 13, "dance"),
)
"""What is learnt."""
APART, HELD_OUT = 1.0, 8.0
"""Seconds between what is learnt of a clip and what is held out, and of that."""

SAMPLES_PER_SECOND = 16_000
PITCH, OVERTONES = 140.0, 40
"""Hz of the hum, the same in all takes, and how many multiples of it sound, the nth 1/n as loud."""
LOUDEST = 4.0
"""m/s of the wrists at which the hum is as loud as it gets."""

_WRISTS = [SMPL.names.index(name) for name in ("left_wrist", "right_wrist")]


def later(take: Excerpt) -> Excerpt:
    """The part of a take's clip that is held out."""
    start = take.end + APART
    return replace(take, start=start, end=start + HELD_OUT)


def wrist_speed(motion: Motion) -> Array:
    """(T,) m/s in each frame, the mean of both wrists."""
    wrists = joints_of(motion)[:, _WRISTS]
    return np.linalg.norm(np.gradient(wrists, axis=0), axis=-1).mean(axis=1) * motion.fps


def sound_of(motion: Motion) -> Sound:
    """A hum whose amplitude goes with the speed of the wrists."""
    times = np.arange(round(motion.seconds * SAMPLES_PER_SECOND) + 1) / SAMPLES_PER_SECOND
    hum = sum(np.sin(2 * np.pi * n * PITCH * times) / n for n in range(1, OVERTONES + 1))
    frames = np.arange(len(motion)) / motion.fps
    loud = np.clip(np.interp(times, frames, wrist_speed(motion)) / LOUDEST, 0, 1)
    return Sound(loud * hum / np.abs(hum).max(), SAMPLES_PER_SECOND)


def control_of(motion: Motion) -> Control:
    """What a style hears of the sound of a motion at `RATE`."""
    features = MelProsody()
    return Control(features.track(sound_of(motion)), features.columns)


def sound_style(motions: MotionSet, plan: Plan) -> Style:
    """The style of `TAKES` that hears their sound."""
    heard = [control_of(take.motion(motions)) for take in TAKES]
    return plan.model("sound", motions, TAKES, labels=heard)


@dataclass(frozen=True)
class Followed:
    """How motions go with sounds, by the take whose later sound they were made to."""

    own: dict[str, list[float]] = field(default_factory=dict)
    """Of each motion the correlation over time of its wrists' speed with that of the capture which
    the sound was made of."""
    others: dict[str, list[float]] = field(default_factory=dict)
    """The same with those that the other takes' sounds were made of, their mean: chance."""
    apart: dict[str, list[float]] = field(default_factory=dict)
    """Of each two motions to one sound the mean distance of their poses (6D, all joints): what is
    left to the seed."""


def followed(
    style: Style, takes: Sequence[Excerpt], motions: MotionSet, plan: Plan, originality: float
) -> Followed:
    """How motions go with the sounds of parts that were not learnt."""
    real = [later(take).motion(motions) for take in takes]
    speeds = [wrist_speed(motion) for motion in real]
    found = Followed()
    for number, take in enumerate(takes):
        track = control_of(real[number]).track
        drawn = [
            style.played(track, seed, originality=originality).motion(RATE)
            for seed in range(plan.samples)
        ]
        found.apart[take.label] = [
            float(np.linalg.norm(poses(one) - poses(other), axis=1).mean())
            for one, other in combinations(drawn, 2)
        ]
        for made in drawn:
            each = [correlation(wrist_speed(made), speed) for speed in speeds]
            own = each.pop(number)
            found.own.setdefault(take.label, []).append(own)
            found.others.setdefault(take.label, []).append(float(np.mean(each)))
    return found


def correlation(one: Array, other: Array) -> float:
    """Pearson's, over the frames that both (T,) and (R,) have."""
    frames = min(len(one), len(other))
    one, other = one[:frames] - one[:frames].mean(), other[:frames] - other[:frames].mean()
    return float(one @ other / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-12))
