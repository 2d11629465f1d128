"""Control by sound: the synthetic sound, and the correlation of motion with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.data.motion_set import MocapClip, MotionSet
from backend.evaluation.experiments import few_takes_sound
from backend.evaluation.experiments.few_takes import Excerpt, StyleExperiment, pose_features
from backend.evaluation.experiments.few_takes_sound import (
    FULL_VOLUME_SPEED,
    correlate_with_sound,
    correlation,
    held_out_part,
    hum_control,
    synthesize_hum,
    train_sound_style,
    wrist_speed,
)
from backend.kinematics.math.rotations import axis_rotation
from backend.protocol.audio_features import MelProsody
from backend.protocol.style_file import STYLE_FPS
from backend.styles.generator_api import StyleSpec
from backend.styles.skeleton_graph import SMPL_BODY, SkeletalMotion
from backend.styles.train import LearnSettings
from tests.support.motions import swinging_take

ONE = Excerpt("one", 0.0, 2.0, "box")
OTHER = Excerpt("other", 0.5, 2.5, "wave")
LOUDNESS = MelProsody().columns.index("loudness")


@pytest.fixture(scope="module")
def motions() -> MotionSet:
    clips = []
    for number, name in enumerate(("one", "other")):
        take = swinging_take(5.0, 60.0, seed=number)
        clips.append(MocapClip(name, take.poses[:, :66], take.trans, take.fps))
    return MotionSet(clips)


@pytest.fixture
def plan(tmp_path: Path, motions: MotionSet) -> StyleExperiment:
    few = LearnSettings(steps=1, batch=2, window=9, critic_steps=1)
    return StyleExperiment(tmp_path, motions, few, samples=2, log=lambda line: None)


def sliding(speeds: np.ndarray) -> SkeletalMotion:
    """A body that does not move but slides at so many m/s after each frame."""
    still = np.broadcast_to(np.eye(3), (len(speeds) + 1, len(SMPL_BODY), 3, 3))
    root = np.zeros((len(speeds) + 1, 3))
    root[1:, 0] = np.cumsum(speeds) / STYLE_FPS
    return SkeletalMotion(SMPL_BODY, still, root, STYLE_FPS)


def test_held_out_part_of_a_take_starts_after_it():
    assert held_out_part(ONE) == replace(ONE, start=3.0, end=11.0)


def test_sound_takes_of_one_clip_do_not_overlap():
    clips = [take.clip for take in few_takes_sound.SOUND_TAKES]
    assert len(set(clips)) == len(clips)


def test_wrist_speed_of_a_sliding_body_is_in_metres_per_second():
    assert np.allclose(wrist_speed(sliding(np.full(10, 0.7))), 0.7)
    turning = sliding(np.zeros(30))
    turns = axis_rotation("Y", np.arange(31) / STYLE_FPS)
    matrices = np.array(turning.matrices)
    matrices[:, SMPL_BODY.skeleton.names.index("left_shoulder")] = turns
    # An arm's length at one radian a second; the other arm stands still.
    found = wrist_speed(replace(turning, matrices=matrices))
    assert found[1:-1].std() < 1e-6
    assert 0.2 < found[5] < 0.3


def test_synthesize_hum_volume_follows_wrist_speed():
    speeds = np.repeat([0.0, 0.5, 1.0, 2 * FULL_VOLUME_SPEED], 30)
    sound = synthesize_hum(sliding(speeds))
    assert sound.row_count == 121
    loud = [
        np.sqrt((sound.samples[round(s * 16_000) :][:1600] ** 2).mean())
        for s in (0.4, 1.4, 2.4, 3.4)
    ]
    assert loud[0] == 0
    assert loud[2] == pytest.approx(2 * loud[1], rel=0.01)
    assert loud[3] == pytest.approx(FULL_VOLUME_SPEED * loud[2], rel=0.01)
    assert np.abs(sound.samples).max() <= 1


def test_hum_control_correlates_with_wrist_speed(motions: MotionSet):
    motion = ONE.extract(motions)
    control = hum_control(motion)
    assert control.columns == MelProsody().columns
    assert control.values.shape == (len(motion), len(control.columns))
    assert correlation(control.values[:, LOUDNESS], wrist_speed(motion)) > 0.9


def test_correlation_of_unequal_lengths_uses_common_frames():
    one = np.array([1.0, 3.0, 2.0, 5.0])
    assert correlation(one, 2 * one + 7) == pytest.approx(1)
    assert correlation(one, -one) == pytest.approx(-1)
    assert correlation(one, np.append(one, 99.0)) == pytest.approx(1)
    assert correlation(np.append(one, 99.0), one) == pytest.approx(1)
    assert correlation(one, np.full(4, 2.0)) == 0


def test_train_sound_style_uses_controls_of_its_takes(motions, plan: StyleExperiment, monkeypatch):
    monkeypatch.setattr(few_takes_sound, "SOUND_TAKES", (ONE, OTHER))
    style = train_sound_style(plan)
    assert style.labels == MelProsody().columns
    for take, track in zip((ONE, OTHER), style.matcher.tracks, strict=True):
        expected = hum_control(take.extract(motions)).values
        assert np.allclose(track.numpy(), expected, atol=2e-3)  # halves in the file


class Obeys:
    """Plays the held-out motion of a sound, or always the first."""

    def __init__(self, real: list[SkeletalMotion], ignores_sound: bool) -> None:
        self.real, self.ignores_sound = real, ignores_sound
        self.tracks = [hum_control(motion).values for motion in real]
        self.calls: list[tuple[int, float]] = []

    def generate_motion(self, spec: StyleSpec) -> SkeletalMotion:
        number = [np.array_equal(spec.conditioning, track) for track in self.tracks].index(True)
        self.calls.append((spec.seed, spec.originality))
        return self.real[0 if self.ignores_sound else number]


@pytest.mark.parametrize("ignores_sound", [False, True])
def test_correlate_with_sound_separates_following_from_ignoring(
    motions, plan: StyleExperiment, monkeypatch, ignores_sound: bool
):
    monkeypatch.setattr(few_takes_sound, "HELD_OUT_GAP", 0.25)
    monkeypatch.setattr(few_takes_sound, "HELD_OUT_SECONDS", 2.0)
    real = [held_out_part(take).extract(motions) for take in (ONE, OTHER)]
    style = Obeys(real, ignores_sound)
    found = correlate_with_sound(style, (ONE, OTHER), plan, 0.3)  # type: ignore[arg-type]
    assert style.calls == [(0, 0.3), (1, 0.3)] * 2
    between = correlation(*(wrist_speed(motion) for motion in real))
    assert abs(between) < 0.9
    assert found.matching == {
        "box": pytest.approx([1.0] * 2),
        "wave": pytest.approx([between if ignores_sound else 1.0] * 2),
    }
    assert found.mismatched == {
        "box": pytest.approx([between] * 2),
        "wave": pytest.approx([1.0 if ignores_sound else between] * 2),
    }
    assert found.seed_distances == {"box": [0.0], "wave": [0.0]}


def test_correlate_with_sound_measures_distance_of_seeds(
    motions, plan: StyleExperiment, monkeypatch
):
    monkeypatch.setattr(few_takes_sound, "HELD_OUT_SECONDS", 1.0)
    one, other = (held_out_part(take).extract(motions) for take in (ONE, OTHER))

    class Wavers:
        """Plays another motion at every other seed."""

        def generate_motion(self, spec: StyleSpec) -> SkeletalMotion:
            return other if spec.seed % 2 else one

    found = correlate_with_sound(Wavers(), (ONE, OTHER), replace(plan, samples=3), 0.0)  # type: ignore[arg-type]
    far = np.linalg.norm(pose_features(one) - pose_features(other), axis=1).mean()
    for apart in found.seed_distances.values():
        assert apart == pytest.approx([far, 0.0, far])
