"""Joint speed of motions of any length, beside that of captures.

Transformer VAEs are known to stand still at unusual lengths (Cervantes et al., 2022). Shorter
motions are also faster in the data: captures of raised hands that take half the time move twice as
fast. Each length is therefore compared with the captures nearest to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from ...baselines.actor import load_actor
from ...console import err, report_errors
from ...data.features import joint_positions
from ...data.motion_set import load_motion_set
from ...data.sequences import MAX_SECONDS, SequenceSet
from ...kinematics.math.rotations import Array
from ...motioninr.sampler import MotionInrSampler
from ...motioninr.weights import load_motioninr
from ...nerm.sampler import MotionRequest
from ...training.run import TrainingError
from ...training.weight_files import WeightsError
from ..generators import (
    ActorGenerator,
    EvaluatedMotion,
    EvaluationError,
    MotionGenerator,
    MotionInrGenerator,
    real_motion,
)
from ..metrics.action_classifier import load_classifier
from ..options import CLASSIFIER_RUN, ActorRun, Classifier, Fps, LabelledData
from ..report.published import ACTION_ORDER
from ..report.tables import Cell, ResultTable, publish_table
from .action_to_motion import load_reference

LENGTH_FACTORS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Lengths relative to the median length of a label's captures."""
SPEED_TOLERANCE = 0.2
"""Largest relative difference from the captures' speed that counts as the same speed."""
NEAREST_CAPTURES = 20
"""Captures that a length is compared with, mirrored ones counted."""
_SAME_LENGTH = 1e-3
"""Seconds within which lengths are equal, as those of a capture and its mirror image."""


def action_lengths(
    data: LabelledData,
    motioninr: Annotated[Path, typer.Option(help="Folder of MotionINR's weight file.")],
    actor: ActorRun = None,
    classifier: Classifier = CLASSIFIER_RUN,
    each: Annotated[int, typer.Option(help="Motions of each label and length.", min=1)] = 10,
    fps: Fps = 30.0,
) -> None:
    """Joint speed of motions of 0.5 to 3 times the usual length, beside that of captures."""
    with report_errors(WeightsError, EvaluationError, TrainingError):
        motions = load_motion_set(data)
        labels = load_reference(motions, load_classifier(classifier)).labels
        real = label_speeds(SequenceSet(motions), labels, fps)
        sampler = MotionInrSampler(load_motioninr(motioninr))
        longest = max(speeds.median_length for speeds in real)
        rows = _score_all(MotionInrGenerator("MotionINR (ours)", sampler, fps), real, each)
        if actor is not None:
            baseline = ActorGenerator("ACTOR-like", load_actor(actor))
            rows += _score_all(baseline, real, each, MAX_SECONDS / longest)
    option = " --actor RUN" if actor else ""
    command = (
        f"python -m backend evaluate action-lengths DATA --motioninr FOLDER{option} --each {each}"
    )
    publish_table("action-lengths", lengths_table(rows, real, each, command))


@dataclass(frozen=True)
class LabelSpeeds:
    """Lengths and speeds of the captures of one label."""

    label: str
    lengths: Array
    """(N,) seconds of each capture."""
    speeds: Array
    """(N,) m/s of each capture, mean over joints and time."""

    @property
    def median_length(self) -> float:
        return float(np.median(self.lengths))

    @property
    def speed(self) -> float:
        """Mean over all captures (m/s)."""
        return float(self.speeds.mean())

    def speed_at(self, seconds: float) -> float:
        """Mean over the `NEAREST_CAPTURES` to a length and over all that are as near (m/s)."""
        distances = np.abs(self.lengths - seconds)
        limit = np.sort(distances)[min(NEAREST_CAPTURES, len(distances)) - 1]
        return float(self.speeds[distances <= limit + _SAME_LENGTH].mean())


@dataclass(frozen=True)
class LengthScores:
    """Speeds of one model's motions of one length."""

    name: str
    length_factor: float
    """Length relative to the label's median."""
    ratios: Array
    """(L,) speed for each label, relative to its captures of this length."""
    overall_ratios: Array
    """(L,) speed for each label, relative to all its captures."""


def label_speeds(sequences: SequenceSet, labels: Sequence[str], fps: float) -> list[LabelSpeeds]:
    """Measure the captures of each label at about `fps`."""
    results = []
    for label in labels:
        members = [n for n, span in enumerate(sequences.spans) if span.action == label]
        speeds = [mean_speed(real_motion(sequences, n, fps)) for n in members]
        lengths = sequences.durations[members].double().numpy()
        results.append(LabelSpeeds(label, lengths, np.array(speeds)))
    return results


def mean_speed(motion: EvaluatedMotion) -> float:
    """World-space speed of the joints (m/s), averaged over joints and time."""
    joints = joint_positions(motion.rows)
    distances = torch.linalg.vector_norm(torch.diff(joints, dim=0), dim=-1)
    return float((distances / torch.diff(motion.times)[:, None]).mean())


def _score_all(
    generator: MotionGenerator, real: Sequence[LabelSpeeds], each: int, largest: float = np.inf
) -> list[LengthScores]:
    rows = []
    for factor in LENGTH_FACTORS:
        if factor <= largest:
            err.print(f"{generator.name}: {factor:g} × the median", highlight=False)
            rows.append(score_lengths(generator, real, factor, each))
    return rows


def score_lengths(
    generator: MotionGenerator,
    real: Sequence[LabelSpeeds],
    length_factor: float,
    motions_per_label: int,
) -> LengthScores:
    """Measure the speed of generated motions at a multiple of each label's median length."""
    ratios, overall_ratios = [], []
    for captures in real:
        seconds = length_factor * captures.median_length
        requests = [
            MotionRequest("", captures.label, seconds, seed) for seed in range(motions_per_label)
        ]
        speed = np.mean([mean_speed(motion) for motion in generator.generate_motions(requests)])
        ratios.append(speed / captures.speed_at(seconds))
        overall_ratios.append(speed / captures.speed)
    return LengthScores(generator.name, length_factor, np.array(ratios), np.array(overall_ratios))


def lengths_table(
    rows: Sequence[LengthScores], real: Sequence[LabelSpeeds], motions_per_label: int, command: str
) -> ResultTable:
    """Table of the mean, the slowest and the fastest label of each model and length."""
    medians = [captures.median_length for captures in real]
    return ResultTable(
        title="Length of labelled motion: does it keep moving?",
        columns=(
            "method",
            "length / median",
            "joint speed / real → 1",
            "slowest label",
            "fastest label",
            "labels within 20 % ↑",
            "… / real of all lengths",
        ),
        rows=tuple(_cells(row, real) for row in rows),
        command=command,
        order=ACTION_ORDER + 1,
        notes=(
            f"{len(real)} labels of the Bandai Namco set with medians of {min(medians):.1f} to "
            f"{max(medians):.1f} s; {motions_per_label} motions of each at each length, with foot "
            "lock where a model has it.",
            f"Real: mean speed of all joints of the label's {NEAREST_CAPTURES} training motions "
            "nearest in length; in the last column, of all of them.",
            "The ACTOR-like baseline has no time embedding beyond 10 s: where a label needs more, "
            "there is no row.",
        ),
    )


def _cells(row: LengthScores, real: Sequence[LabelSpeeds]) -> tuple[Cell, ...]:
    slowest, fastest = int(row.ratios.argmin()), int(row.ratios.argmax())
    within = np.abs(row.ratios - 1) <= SPEED_TOLERANCE
    return (
        row.name,
        f"{row.length_factor:g}",
        f"{row.ratios.mean():.2f}",
        f"{row.ratios[slowest]:.2f} ({real[slowest].label})",
        f"{row.ratios[fastest]:.2f} ({real[fastest].label})",
        f"{int(within.sum())} of {len(within)}",
        f"{row.overall_ratios.mean():.2f}",
    )
