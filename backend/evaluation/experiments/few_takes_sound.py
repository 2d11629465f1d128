"""Correlation of generated motion with the sound that controls it.

The captures contain no speech. Each take therefore gets a synthetic sound, as loud as its wrists
are fast, and a style is trained on that sound's audio features. The style is then given the sound
of later, held-out parts of the same clips, and its motions are compared with those parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

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
"""Takes that the style is trained on."""
HELD_OUT_GAP, HELD_OUT_SECONDS = 1.0, 8.0
"""Seconds between the training take and the held-out part of a clip, and of that part."""

SAMPLE_RATE = 16_000
HUM_FREQUENCY, HUM_HARMONICS = 140.0, 40
"""Frequency (Hz) and number of harmonics of the hum; the nth harmonic has amplitude 1/n."""
FULL_VOLUME_SPEED = 4.0
"""Speed of the wrists (m/s) at which the hum reaches full volume."""

_WRISTS = [SMPL.names.index(name) for name in ("left_wrist", "right_wrist")]


def held_out_part(take: Excerpt) -> Excerpt:
    """Held-out part of a take's clip."""
    start = take.end + HELD_OUT_GAP
    return replace(take, start=start, end=start + HELD_OUT_SECONDS)


def wrist_speed(motion: SkeletalMotion) -> Array:
    """(T,) speed in each frame (m/s), mean of both wrists."""
    wrists = motion_joints(motion)[:, _WRISTS]
    return np.linalg.norm(np.gradient(wrists, axis=0), axis=-1).mean(axis=1) * motion.fps


def synthesize_hum(motion: SkeletalMotion) -> Sound:
    """Make a hum whose amplitude follows the speed of the wrists."""
    times = np.arange(round(motion.duration * SAMPLE_RATE) + 1) / SAMPLE_RATE
    hum = sum(
        np.sin(2 * np.pi * n * HUM_FREQUENCY * times) / n for n in range(1, HUM_HARMONICS + 1)
    )
    frames = np.arange(len(motion)) / motion.fps
    loud = np.clip(np.interp(times, frames, wrist_speed(motion)) / FULL_VOLUME_SPEED, 0, 1)
    return Sound(loud * hum / np.abs(hum).max(), SAMPLE_RATE)


def hum_control(motion: SkeletalMotion) -> ControlTrack:
    """Audio features of the hum of a motion at `STYLE_FPS`."""
    features = MelProsody()
    return ControlTrack(features.extract(synthesize_hum(motion)), features.columns)


def train_sound_style(plan: StyleExperiment) -> Style:
    """Load or train the style of `SOUND_TAKES` that follows their sound."""
    controls = [hum_control(take.extract(plan.motions)) for take in SOUND_TAKES]
    return plan.load_or_train("sound", SOUND_TAKES, labels=controls)


@dataclass(frozen=True)
class SoundCorrelations:
    """Correlation of motions with sounds, by the take whose held-out sound controls them."""

    matching: dict[str, list[float]] = field(default_factory=dict)
    """Correlation of the wrists' speed over time with the capture of the sound."""
    mismatched: dict[str, list[float]] = field(default_factory=dict)
    """Mean correlation with the captures of the other takes' sounds: chance level."""
    seed_distances: dict[str, list[float]] = field(default_factory=dict)
    """Mean pose distance (6D, all joints) of each two motions of one sound: effect of the seed."""


def correlate_with_sound(
    style: Style,
    takes: Sequence[Excerpt],
    plan: StyleExperiment,
    originality: float,
) -> SoundCorrelations:
    """Correlate motions with the sounds of held-out parts."""
    real = [held_out_part(take).extract(plan.motions) for take in takes]
    speeds = [wrist_speed(motion) for motion in real]
    results = SoundCorrelations()
    for number, take in enumerate(takes):
        track = hum_control(real[number]).values
        samples = [
            style.generate_motion(StyleSpec(track, seed, originality=originality))
            for seed in range(plan.samples)
        ]
        results.seed_distances[take.label] = [
            float(np.linalg.norm(pose_features(a) - pose_features(b), axis=1).mean())
            for a, b in combinations(samples, 2)
        ]
        for motion in samples:
            values = [correlation(wrist_speed(motion), speed) for speed in speeds]
            matching = values.pop(number)
            results.matching.setdefault(take.label, []).append(matching)
            results.mismatched.setdefault(take.label, []).append(float(np.mean(values)))
    return results


def correlation(first: Array, second: Array) -> float:
    """Pearson correlation of signals (T,) and (R,) over their common frames."""
    frames = min(len(first), len(second))
    first, second = first[:frames] - first[:frames].mean(), second[:frames] - second[:frames].mean()
    return float(first @ second / max(np.linalg.norm(first) * np.linalg.norm(second), 1e-12))
