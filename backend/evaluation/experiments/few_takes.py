"""Styles learnt from a few takes, beside a model without labels for each take.

The baseline is GANimator (Li et al., 2022): the same networks and training without FiLM, one take
per model. Pairs of takes are learnt by both. A style of two takes is compared with two models, so
it is trained twice: with as many steps as each of them, and with the steps of both together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...data.motion_set import MotionSet, MotionSetError
from ...kinematics.body.skeleton import forward_kinematics
from ...kinematics.math.rotations import Array
from ...protocol.generation_fields import STYLE_ORIGINALITY
from ...protocol.style_file import STYLE_FPS
from ...protocol.timeline import LabelBlock
from ...styles.features import FeatureLayout
from ...styles.generator_api import Style, StyleSpec
from ...styles.learn import TakeLabels, train_style
from ...styles.skeleton_graph import SkeletalMotion
from ...styles.train import LearnSettings
from ..metrics.few_takes import (
    SHORT_WINDOW,
    coverage,
    frame_distances,
    global_diversity,
    local_diversity,
    window_distances,
)
from ..metrics.movement import MEASURED_FPS, Movement, measure_movement
from ..report.tables import Scores, append_scores
from .speed import median_seconds


@dataclass(frozen=True)
class Excerpt:
    """Part of a clip, with a label."""

    clip: str
    start: float
    """First moment (seconds)."""
    end: float
    """Last moment (seconds)."""
    label: str

    def extract(self, motions: MotionSet) -> SkeletalMotion:
        """Cut the excerpt, at `STYLE_FPS` and on the floor.

        Raises:
            MotionSetError: The set has no such clip.
        """
        clip = next((clip for clip in motions if clip.name == self.clip), None)
        if clip is None:
            raise MotionSetError(f"The table needs the clip {self.clip}, which is not in the data.")
        motion = SkeletalMotion.from_take(clip.to_take())
        first, last = round(self.start * motion.fps), round(self.end * motion.fps)
        return motion.slice_frames(first, last + 1).resampled_at(STYLE_FPS).placed_on_floor()


WALK = Excerpt("o3de/Walk1", 4, 12, "walk")
RUN = Excerpt("o3de/Run1", 4, 12, "run")
JUMP = Excerpt("cmu/49_02", 0.5, 9, "jump")
SNEAK = Excerpt("o3de/Crouching1", 34, 42, "sneak")
PUNCH = Excerpt("cmu/02_05", 5, 14, "punch")
KICK = Excerpt("cmu/135_04", 0.5, 10, "kick")
SALSA = Excerpt("cmu_dance/salsa_05", 2, 10, "salsa")
INDIAN = Excerpt("cmu_dance/indian_08", 6, 14, "indian")
DANCE = replace(SALSA, label="dance")
SHIPPED_STYLE_TAKES = (WALK, RUN, JUMP, SNEAK, PUNCH, KICK, DANCE)
"""Takes that the shipped style was learnt from."""
TAKE_PAIRS = ((WALK, RUN), (SNEAK, JUMP), (PUNCH, KICK), (SALSA, INDIAN))


@dataclass(frozen=True)
class StyleExperiment:
    """Training and measurement of all models of a table."""

    folder: Path
    """Folder of all models; those it holds already are not trained again."""
    motions: MotionSet
    """Set with the clips of the takes."""
    settings: LearnSettings
    samples: int = 6
    """Motions sampled for each label."""
    length_factor: float = 2.0
    """Length of the motions, relative to their takes."""
    log: Callable[[str], None] = print

    def load_or_train(
        self,
        name: str,
        takes: Sequence[Excerpt],
        shape: Mapping[str, Any] | None = None,
        labels: Sequence[TakeLabels] | None = None,
    ) -> Style:
        """Load the style of some takes, or train it; `labels` replaces the takes' own."""
        path = self.folder / f"{name}.safetensors"
        if path.is_file():
            style = Style.load(path)
            blocks = -(-style.levels // self.settings.block)
            if style.origin.steps == self.settings.steps * blocks:
                return style
        self.log(f"Training {name}")
        trained = train_style(
            [take.extract(self.motions) for take in takes],
            labels or [take.label for take in takes],
            path,
            lambda *_: None,
            lambda: False,
            take_names=[take.clip for take in takes],
            folder=self.folder / f"{name}_{self.settings.steps}",
            settings=self.settings,
            config_fields=shape,
        )
        assert trained is not None  # only a stop request or a time limit gives None
        return trained


DIVERSITY_METRICS = {"coverage": "↑", "global diversity": "↑", "local diversity": "↑"}
"""Metric of a model -> better direction."""


def score_diversity(motion: SkeletalMotion, takes: Sequence[SkeletalMotion]) -> dict[str, float]:
    """Measure one motion against takes, all at `STYLE_FPS`.

    Jerk is relative to the takes; it rises with artefacts, which diversity counts as novelty.
    """
    features, real = pose_features(motion), [pose_features(take) for take in takes]
    real_jerk = np.mean([measure_motion(take).jerk for take in takes])
    return {
        "coverage": coverage(features, real),
        "global diversity": global_diversity(features, real),
        "local diversity": local_diversity(features, real),
        "jerk": measure_motion(motion).jerk / max(float(real_jerk), 1e-9),
    }


def mean_diversity(scores: Scores) -> tuple[float, ...]:
    """Means of the `DIVERSITY_METRICS` over the sampled motions."""
    return tuple(float(np.mean(scores[metric])) for metric in DIVERSITY_METRICS)


def pose_features(motion: SkeletalMotion) -> Array:
    """(T, 6J) rotations of a motion at `STYLE_FPS`, the root's without its heading."""
    layout = FeatureLayout(motion.body)
    return layout.encode_motion(motion)[:, : layout.rotation_channels]


def measure_motion(motion: SkeletalMotion) -> Movement:
    """Measure the movement of a motion at `MEASURED_FPS`."""
    return measure_movement(motion_joints(motion.resampled_at(MEASURED_FPS)), MEASURED_FPS)


def motion_joints(motion: SkeletalMotion) -> Array:
    """(T, J, 3) joint positions in metres."""
    return forward_kinematics(motion.body.skeleton, motion.matrices, motion.root)[0]


NETWORK_ORIGINALITY = 1.0
"""Originality at which a style uses its networks alone, as the paper describes."""


def sample_label_motion(
    style: Style, label: str, seconds: float, seed: int, originality: float
) -> SkeletalMotion:
    """Sample a motion of a label, without foot lock."""
    blocks = [LabelBlock(label, seconds)]
    return style.generate_motion(StyleSpec(blocks, seed, originality=originality))


def measure_diversity(
    style: Style,
    takes: Sequence[Excerpt],
    plan: StyleExperiment,
    originality: float = NETWORK_ORIGINALITY,
) -> Scores:
    """Measure a model's motions of each label against the label's own take."""
    scores: Scores = {}
    for take in takes:
        real = take.extract(plan.motions)
        for seed in range(plan.samples):
            motion = sample_label_motion(
                style, take.label, plan.length_factor * real.duration, seed, originality
            )
            append_scores(scores, score_diversity(motion, [real]))
    return scores


ALTERNATION_SECONDS = 4.0
"""Length of each label where labels alternate."""


def measure_alternating_diversity(
    style: Style, takes: Sequence[Excerpt], plan: StyleExperiment
) -> Scores:
    """Measure a style's networks where its labels alternate, each motion against all takes."""
    real = [take.extract(plan.motions) for take in takes]
    seconds = plan.length_factor * sum(motion.duration for motion in real)
    rounds = max(round(seconds / (ALTERNATION_SECONDS * len(takes))), 1)
    blocks = [LabelBlock(take.label, ALTERNATION_SECONDS) for take in takes] * rounds
    scores: Scores = {}
    for seed in range(plan.samples):
        spec = StyleSpec(blocks, seed, originality=NETWORK_ORIGINALITY)
        append_scores(scores, score_diversity(style.generate_motion(spec), real))
    return scores


@dataclass(frozen=True)
class PairResult:
    """Scores of one pair of takes; `short` to `pieces` are of one style of both takes."""

    labels: tuple[str, str]
    same_steps: Scores
    """Networks alone, label by label, trained for as many steps as each baseline."""
    double_steps: Scores
    """Networks alone, label by label, trained for the steps of both baselines."""
    alternating: Scores
    """Networks alone with double steps, where labels alternate: transitions are in no take."""
    pieces: Scores
    """Default originality with double steps: pieces of the takes, label by label."""
    baseline: Scores
    """Models without labels, one for each take."""


def compare_pairs(plan: StyleExperiment) -> list[PairResult]:
    """Train and measure a style of each pair, and a model without labels of each take."""
    doubled = replace(plan, settings=replace(plan.settings, steps=2 * plan.settings.steps))
    results = []
    for pair in TAKE_PAIRS:
        labels = pair[0].label, pair[1].label
        name = f"{'_'.join(labels)}_pair"
        same_steps = measure_diversity(plan.load_or_train(name, pair), pair, plan)
        style = doubled.load_or_train(f"{name}_longer", pair)
        double_steps, pieces = (
            measure_diversity(style, pair, plan, originality)
            for originality in (NETWORK_ORIGINALITY, STYLE_ORIGINALITY.default)
        )
        baseline: Scores = {}
        for take in pair:
            model = plan.load_or_train(f"{take.label}_alone", [take], {"film": False})
            for metric, values in measure_diversity(model, [take], plan).items():
                baseline.setdefault(metric, []).extend(values)
        alternating = measure_alternating_diversity(style, pair, plan)
        results.append(PairResult(labels, same_steps, double_steps, alternating, pieces, baseline))
        means = map(mean_diversity, (same_steps, double_steps, alternating, baseline))
        text = ", ".join(
            " / ".join(f"{mean:.3f}" for mean in by_model) for by_model in zip(*means, strict=True)
        )
        plan.log(
            f"{' + '.join(labels)}: coverage, global, local with the steps of one model / of both "
            f"/ alternating / baseline: {text}"
        )
    return results


def label_accuracy(
    style: Style,
    takes: Sequence[Excerpt],
    plan: StyleExperiment,
    originality: float = NETWORK_ORIGINALITY,
) -> dict[str, float]:
    """Label -> fraction of windows of its motions that are nearest to its own take."""
    real = [_label_features(take.extract(plan.motions)) for take in takes]
    accuracy = {}
    for number, take in enumerate(takes):
        correct = []
        for seed in range(plan.samples):
            motion = sample_label_motion(style, take.label, 4.0, seed, originality)
            features = _label_features(motion)
            distances = [window_distances(frame_distances(features, r), SHORT_WINDOW) for r in real]
            nearest = [distance.min(axis=1) for distance in distances]
            correct.append(np.argmin(nearest, axis=0) == number)
        accuracy[take.label] = float(np.concatenate(correct).mean())
    return accuracy


def _label_features(motion: SkeletalMotion) -> Array:
    """(T, D) poses of a motion at `STYLE_FPS`, and its root motion in m/s, rad/s and metres."""
    layout = FeatureLayout(motion.body)
    features = layout.encode_motion(motion)
    return np.concatenate(
        [features[:, : layout.rotation_channels], features[:, layout.root_slice]], axis=1
    )


@dataclass(frozen=True)
class TransitionMovement:
    """Movement around changes of label, and of the takes."""

    generated: list[Movement]
    real: list[Movement]

    def ratio(self, metric: str) -> float:
        """Mean of a metric of `Movement`, relative to the takes."""
        generated, real = (
            np.mean([getattr(movement, metric) for movement in movements])
            for movements in (self.generated, self.real)
        )
        return float(generated / max(real, 1e-9))


_TRANSITION_HALF_SECONDS = 0.75
"""Length of a transition on either side of a change of label."""


def measure_transitions(
    style: Style, takes: Sequence[Excerpt], plan: StyleExperiment
) -> TransitionMovement:
    """Measure transitions of every label into every other, with foot lock, and the takes."""
    generated, real = [], []
    for seed, take in enumerate(takes):
        for other in takes:
            if other is take:
                continue
            blocks = [LabelBlock(take.label, 2.5), LabelBlock(other.label, 2.5)]
            joints = style.generate_take(StyleSpec(blocks, seed), MEASURED_FPS).joint_positions()
            first, last = (
                round((2.5 + side * _TRANSITION_HALF_SECONDS) * MEASURED_FPS) for side in (-1, 1)
            )
            generated.append(measure_movement(joints[first : last + 1], MEASURED_FPS))
        joints = motion_joints(take.extract(plan.motions).resampled_at(MEASURED_FPS))
        window = round(2 * _TRANSITION_HALF_SECONDS * MEASURED_FPS)
        real += [
            measure_movement(joints[first : first + window + 1], MEASURED_FPS)
            for first in range(0, len(joints) - window, window)
        ]
    return TransitionMovement(generated, real)


def minute_generation_seconds(style: Style) -> float:
    """Median seconds to generate a minute of all labels in turn at 60 fps, with foot lock."""
    length = 60 / len(style.labels)
    spec = StyleSpec([LabelBlock(label, length) for label in style.labels], 0)
    return median_seconds({"": lambda: style.generate_take(spec, 60.0)}, 5)[""]
