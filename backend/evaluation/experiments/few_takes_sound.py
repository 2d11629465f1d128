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
from ...protocol.control_track import ControlTrack
from ...styles.generator_api import Style, StyleSpec
from ...styles.skeleton_graph import SkeletalMotion
from .few_takes import Excerpt, StyleExperiment, motion_joints, pose_features

SOUND_TAKES = (
    Excerpt("cmu/13_18", 3, 13, "boxing"),
    Excerpt("cmu/13_26", 3, 13, "directing traffic"),
    Excerpt("cmu/29_05", 3, 13, "gestures"),
    Excerpt("cmu_dance/indian_04", 3, 13, "dance"),
)
"""What is learnt."""
HELD_OUT_GAP, HELD_OUT_SECONDS = 1.0, 8.0
"""Seconds between what is learnt of a clip and what is held out, and of that."""

SAMPLE_RATE = 16_000
HUM_FREQUENCY, HUM_HARMONICS = 140.0, 40
"""Hz of the hum, the same in all takes, and how many multiples of it sound, the nth 1/n as loud."""
FULL_VOLUME_SPEED = 4.0
"""m/s of the wrists at which the hum is as loud as it gets."""

_WRISTS = [SMPL.names.index(name) for name in ("left_wrist", "right_wrist")]


def held_out_part(take: Excerpt) -> Excerpt:
    """The part of a take's clip that is held out."""
    start = take.end + HELD_OUT_GAP
    return replace(take, start=start, end=start + HELD_OUT_SECONDS)


def wrist_speed(motion: SkeletalMotion) -> Array:
    """(T,) m/s in each frame, the mean of both wrists."""
    wrists = motion_joints(motion)[:, _WRISTS]
    return np.linalg.norm(np.gradient(wrists, axis=0), axis=-1).mean(axis=1) * motion.fps


def synthesize_hum(motion: SkeletalMotion) -> Sound:
    """A hum whose amplitude goes with the speed of the wrists."""
    times = np.arange(round(motion.duration * SAMPLE_RATE) + 1) / SAMPLE_RATE
    hum = sum(
        np.sin(2 * np.pi * n * HUM_FREQUENCY * times) / n for n in range(1, HUM_HARMONICS + 1)
    )
    frames = np.arange(len(motion)) / motion.fps
    loud = np.clip(np.interp(times, frames, wrist_speed(motion)) / FULL_VOLUME_SPEED, 0, 1)
    return Sound(loud * hum / np.abs(hum).max(), SAMPLE_RATE)


def hum_control(motion: SkeletalMotion) -> ControlTrack:
    """What a style hears of the sound of a motion at `RATE`."""
    features = MelProsody()
    return ControlTrack(features.extract(synthesize_hum(motion)), features.columns)


def train_sound_style(motions: MotionSet, plan: StyleExperiment) -> Style:
    """The style of `TAKES` that hears their sound."""
    heard = [hum_control(take.extract(motions)) for take in SOUND_TAKES]
    return plan.load_or_train("sound", motions, SOUND_TAKES, labels=heard)


@dataclass(frozen=True)
class SoundCorrelations:
    """How motions go with sounds, by the take whose later sound they were made to."""

    matching: dict[str, list[float]] = field(default_factory=dict)
    """Of each motion the correlation over time of its wrists' speed with that of the capture which
    the sound was made of."""
    mismatched: dict[str, list[float]] = field(default_factory=dict)
    """The same with those that the other takes' sounds were made of, their mean: chance."""
    seed_distances: dict[str, list[float]] = field(default_factory=dict)
    """Of each two motions to one sound the mean distance of their poses (6D, all joints): what is
    left to the seed."""


def correlate_with_sound(
    style: Style,
    takes: Sequence[Excerpt],
    motions: MotionSet,
    plan: StyleExperiment,
    originality: float,
) -> SoundCorrelations:
    """How motions go with the sounds of parts that were not learnt."""
    real = [held_out_part(take).extract(motions) for take in takes]
    speeds = [wrist_speed(motion) for motion in real]
    found = SoundCorrelations()
    for number, take in enumerate(takes):
        track = hum_control(real[number]).values
        drawn = [
            style.generate_motion(StyleSpec(track, seed, originality=originality))
            for seed in range(plan.samples)
        ]
        found.seed_distances[take.label] = [
            float(np.linalg.norm(pose_features(one) - pose_features(other), axis=1).mean())
            for one, other in combinations(drawn, 2)
        ]
        for made in drawn:
            each = [correlation(wrist_speed(made), speed) for speed in speeds]
            own = each.pop(number)
            found.matching.setdefault(take.label, []).append(own)
            found.mismatched.setdefault(take.label, []).append(float(np.mean(each)))
    return found


def correlation(first: Array, second: Array) -> float:
    """Pearson's, over the frames that both (T,) and (R,) have."""
    frames = min(len(first), len(second))
    first, second = first[:frames] - first[:frames].mean(), second[:frames] - second[:frames].mean()
    return float(first @ second / max(np.linalg.norm(first) * np.linalg.norm(second), 1e-12))
