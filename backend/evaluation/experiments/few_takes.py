"""Styles learnt from a few takes, beside a model of each take alone that knows no labels.

The rival is what GANimator is: the same networks and the same training without FiLM, one take in
one model. Pairs of takes are learnt by both. A style of two takes stands beside two models, so it
is learnt twice: with as many steps as each of them has, and with the steps of both together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...data.motion_set import MotionSet, MotionSetError
from ...kinematics.body.skeleton import forward_kinematics
from ...kinematics.math.rotations import Array
from ...protocol.limits import DEFAULT_STYLE_ORIGINALITY
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
from ..metrics.movement import MEASURED_FPS as MOVEMENT_RATE
from ..metrics.movement import Movement, measure_movement

LogLine = Callable[[str], None]


@dataclass(frozen=True)
class Excerpt:
    """A part of a take, and what happens in it."""

    clip: str
    start: float
    """Seconds."""
    end: float
    label: str

    def extract(self, motions: MotionSet) -> SkeletalMotion:
        """It, at `RATE` and on the floor.

        Raises:
            MotionSetError: the set has no such clip.
        """
        clip = next((clip for clip in motions if clip.name == self.clip), None)
        if clip is None:
            raise MotionSetError(f"The data has no clip {self.clip}, which the table is about.")
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
"""What the style that ships was learnt from."""
TAKE_PAIRS = ((WALK, RUN), (SNEAK, JUMP), (PUNCH, KICK), (SALSA, INDIAN))


@dataclass(frozen=True)
class StyleExperiment:
    """How models are trained and looked at."""

    folder: Path
    """Of all models; what is there already is not trained again."""
    settings: LearnSettings
    samples: int = 6
    """Motions drawn for each label."""
    length_factor: float = 2.0
    """Times the takes' own."""
    log: LogLine = print

    def load_or_train(
        self,
        name: str,
        motions: MotionSet,
        takes: Sequence[Excerpt],
        shape: Mapping[str, Any] | None = None,
        labels: Sequence[TakeLabels] | None = None,
    ) -> Style:
        """The style of some takes, trained if it is not there; by other labels than their own if
        given."""
        path = self.folder / f"{name}.safetensors"
        if path.is_file():
            style = Style.load(path)
            blocks = -(-style.levels // self.settings.block)
            if style.origin.steps == self.settings.steps * blocks:
                return style
        self.log(f"Training {name}")
        found = train_style(
            [take.extract(motions) for take in takes],
            labels or [take.label for take in takes],
            path,
            _silent,
            _never,
            take_names=[take.clip for take in takes],
            folder=self.folder / f"{name}_{self.settings.steps}",
            settings=self.settings,
            config_fields=shape,
        )
        assert found is not None  # nothing stops it but an interrupt, after which it goes on
        return found


@dataclass(frozen=True)
class DiversityScores:
    """What a model makes of its takes, a number for each motion that was drawn."""

    coverage: list[float] = field(default_factory=list)
    global_diversity: list[float] = field(default_factory=list)
    local_diversity: list[float] = field(default_factory=list)
    jerk: list[float] = field(default_factory=list)
    """Times the takes' own: what is wrong, which diversity counts as new."""

    def add_motion(self, made: SkeletalMotion, takes: Sequence[SkeletalMotion]) -> None:
        """Measure one motion against takes, all at `RATE`."""
        own, real = pose_features(made), [pose_features(take) for take in takes]
        self.coverage.append(coverage(own, real))
        self.global_diversity.append(global_diversity(own, real))
        self.local_diversity.append(local_diversity(own, real))
        usual = np.mean([measure_motion(take).jerk for take in takes])
        self.jerk.append(measure_motion(made).jerk / max(float(usual), 1e-9))

    def extend(self, other: DiversityScores) -> None:
        """Add what was measured elsewhere."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            mine.extend(theirs)

    @property
    def means(self) -> tuple[float, float, float]:
        """Coverage, global and local diversity."""
        return tuple(
            float(np.mean(v)) for v in (self.coverage, self.global_diversity, self.local_diversity)
        )  # type: ignore[return-value]


def pose_features(motion: SkeletalMotion) -> Array:
    """(T, 6J) rotations of a motion at `RATE`, the root's without its heading."""
    layout = FeatureLayout(motion.body)
    return layout.encode_motion(motion)[:, : layout.rotation_channels]


def measure_motion(motion: SkeletalMotion) -> Movement:
    """How the joints of a motion move, looked at at `MOVEMENT_RATE`."""
    return measure_movement(motion_joints(motion.resampled_at(MOVEMENT_RATE)), MOVEMENT_RATE)


def motion_joints(motion: SkeletalMotion) -> Array:
    """(T, J, 3) metres."""
    return forward_kinematics(motion.body.skeleton, motion.matrices, motion.root)[0]


NETWORK_ORIGINALITY = 1.0
"""Originality at which a style's networks are by themselves: what the paper describes."""


def sample_label_motion(
    style: Style, label: str, seconds: float, seed: int, originality: float
) -> SkeletalMotion:
    """A motion of a label as it is drawn, feet as they are."""
    spans = [LabelBlock(label, seconds)]
    return style.generate_motion(StyleSpec(spans, seed, originality=originality))


def measure_diversity(
    style: Style,
    takes: Sequence[Excerpt],
    motions: MotionSet,
    plan: StyleExperiment,
    originality: float = NETWORK_ORIGINALITY,
) -> DiversityScores:
    """Measures of a model over its labels, each against its own take."""
    found = DiversityScores()
    for take in takes:
        real = take.extract(motions)
        for seed in range(plan.samples):
            made = sample_label_motion(
                style, take.label, plan.length_factor * real.duration, seed, originality
            )
            found.add_motion(made, [real])
    return found


ALTERNATION_SECONDS = 4.0
"""Seconds that each label has where labels take turns."""


def measure_alternating_diversity(
    style: Style, takes: Sequence[Excerpt], motions: MotionSet, plan: StyleExperiment
) -> DiversityScores:
    """Measures of a style's networks where its labels take turns, each motion against all takes."""
    real = [take.extract(motions) for take in takes]
    seconds = plan.length_factor * sum(motion.duration for motion in real)
    rounds = max(round(seconds / (ALTERNATION_SECONDS * len(takes))), 1)
    spans = [LabelBlock(take.label, ALTERNATION_SECONDS) for take in takes] * rounds
    found = DiversityScores()
    for seed in range(plan.samples):
        made = style.generate_motion(StyleSpec(spans, seed, originality=NETWORK_ORIGINALITY))
        found.add_motion(made, real)
    return found


@dataclass(frozen=True)
class PairResult:
    """One pair of takes."""

    labels: tuple[str, str]
    short: DiversityScores
    """Of the networks alone, label by label, of a style with as many steps as each rival has."""
    longer: DiversityScores
    """The same of a style with the steps of both rivals."""
    turns: DiversityScores
    """Of that one where labels take turns: what passes between them is in no take."""
    pieces: DiversityScores
    """Of that one as styles are used: put together of pieces of the takes."""
    baseline: DiversityScores


def compare_pairs(motions: MotionSet, plan: StyleExperiment) -> list[PairResult]:
    """Styles of both takes of each pair, beside a model of each take that knows no labels."""
    together = replace(plan, settings=replace(plan.settings, steps=2 * plan.settings.steps))
    results = []
    for pair in TAKE_PAIRS:
        labels = pair[0].label, pair[1].label
        name = f"{'_'.join(labels)}_pair"
        short = measure_diversity(plan.load_or_train(name, motions, pair), pair, motions, plan)
        style = together.load_or_train(f"{name}_longer", motions, pair)
        longer, pieces = (
            measure_diversity(style, pair, motions, plan, originality)
            for originality in (NETWORK_ORIGINALITY, DEFAULT_STYLE_ORIGINALITY)
        )
        rival = DiversityScores()
        for take in pair:
            alone = plan.load_or_train(f"{take.label}_alone", motions, [take], {"film": False})
            rival.extend(measure_diversity(alone, [take], motions, plan))
        turns = measure_alternating_diversity(style, pair, motions, plan)
        results.append(PairResult(labels, short, longer, turns, pieces, rival))
        compared = zip(short.means, longer.means, turns.means, rival.means, strict=True)
        told = ", ".join(" / ".join(f"{mean:.3f}" for mean in means) for means in compared)
        plan.log(
            f"{' + '.join(labels)}: coverage, global, local of the steps of one model / of both / "
            f"in turn / rival: {told}"
        )
    return results


def label_accuracy(
    style: Style,
    takes: Sequence[Excerpt],
    motions: MotionSet,
    plan: StyleExperiment,
    originality: float = NETWORK_ORIGINALITY,
) -> dict[str, float]:
    """For each label the share of windows of its motions that are nearest to its own take."""
    real = [_label_features(take.extract(motions)) for take in takes]
    found = {}
    for number, take in enumerate(takes):
        right = []
        for seed in range(plan.samples):
            made = _label_features(sample_label_motion(style, take.label, 4.0, seed, originality))
            costs = [window_distances(frame_distances(made, own), SHORT_WINDOW) for own in real]
            nearest = [cost.min(axis=1) for cost in costs]
            right.append(np.argmin(nearest, axis=0) == number)
        found[take.label] = float(np.concatenate(right).mean())
    return found


def _label_features(motion: SkeletalMotion) -> Array:
    """(T, D) of a motion at `RATE`: poses, and the root's way in m/s, rad/s and metres."""
    layout = FeatureLayout(motion.body)
    features = layout.encode_motion(motion)
    return np.concatenate(
        [features[:, : layout.rotation_channels], features[:, layout.root_slice]], axis=1
    )


@dataclass(frozen=True)
class TransitionMovement:
    """Movement about changes of label, and of the takes."""

    generated: list[Movement]
    real: list[Movement]

    def ratio(self, measure: str) -> float:
        """Mean of what was made over that of the takes."""
        made, real = (np.mean([getattr(m, measure) for m in some]) for some in vars(self).values())
        return float(made / max(real, 1e-9))


_TRANSITION_HALF_SECONDS = 0.75
"""Seconds on either side of a change of label that count as the transition."""


def measure_transitions(
    style: Style, takes: Sequence[Excerpt], motions: MotionSet
) -> TransitionMovement:
    """Every label into every other, feet held as users get them, beside the takes cut alike."""
    made, real = [], []
    for seed, take in enumerate(takes):
        for other in takes:
            if other is take:
                continue
            spans = [LabelBlock(take.label, 2.5), LabelBlock(other.label, 2.5)]
            joints = style.generate_take(StyleSpec(spans, seed), MOVEMENT_RATE).joint_positions()
            first, last = (
                round((2.5 + side * _TRANSITION_HALF_SECONDS) * MOVEMENT_RATE) for side in (-1, 1)
            )
            made.append(measure_movement(joints[first : last + 1], MOVEMENT_RATE))
        joints = motion_joints(take.extract(motions).resampled_at(MOVEMENT_RATE))
        window = round(2 * _TRANSITION_HALF_SECONDS * MOVEMENT_RATE)
        real += [
            measure_movement(joints[first : first + window + 1], MOVEMENT_RATE)
            for first in range(0, len(joints) - window, window)
        ]
    return TransitionMovement(made, real)


def minute_generation_seconds(style: Style) -> float:
    """Median seconds in which a minute of all labels in turn is made at 60 fps, feet held: of five,
    after a warm-up."""
    each = 60 / len(style.labels)
    spans = [LabelBlock(label, each) for label in style.labels]
    taken = []
    for seed in range(6):
        begun = time.perf_counter()
        style.generate_take(StyleSpec(spans, seed), 60.0)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken[1:]))


def _silent(step: int, total: int, eta: float | None, message: str) -> None:
    """Models tell when they begin; that is enough."""


def _never() -> bool:
    return False
