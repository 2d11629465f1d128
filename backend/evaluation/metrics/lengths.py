"""Whether motions of any length go on moving: their joints' speed beside that of captures.

Transformer VAEs are known to stand still where a length is unusual (Cervantes et al., 2022). What
lasts half as long as usual is also done more quickly: captures of raised hands that are half as
long move twice as fast. So a length is compared with the captures that are nearest to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...data.features import joint_positions
from ...data.sequences import SequenceSet
from ...kinematics.math.rotations import Array
from ..experiments.evaluated_motions import EvaluatedMotion, LabelGenerator, real_motion
from ..report.tables import Cell, ResultTable

LENGTH_FACTORS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Lengths, as shares of the median of an action's captures."""
_SAME_LENGTH = 1e-3
"""Seconds by which lengths differ that are one: a capture and its mirror image."""
SPEED_TOLERANCE = 0.2
"""How far a speed may be from that of captures, as a share."""
NEAREST_CAPTURES = 20
"""Captures, mirrored ones counted, that a length is compared with."""
_ORDER = 31


@dataclass(frozen=True)
class LabelSpeeds:
    """How captures of one action move."""

    label: str
    lengths: Array
    """(N,) seconds of each capture."""
    speeds: Array
    """(N,) m/s of each, mean over joints and time."""

    @property
    def median_length(self) -> float:
        """Median length."""
        return float(np.median(self.lengths))

    @property
    def speed(self) -> float:
        """m/s, mean over captures."""
        return float(self.speeds.mean())

    def speed_at(self, seconds: float) -> float:
        """m/s, mean over the `NEAREST` captures to a length, and others that are as near."""
        away = np.abs(self.lengths - seconds)
        far = np.sort(away)[min(NEAREST_CAPTURES, len(away)) - 1]
        return float(self.speeds[away <= far + _SAME_LENGTH].mean())


@dataclass(frozen=True)
class LengthScores:
    """What one model does at one length."""

    name: str
    length_factor: float
    """Of the median length."""
    ratios: Array
    """(A,) speed of each action over that of its captures of this length."""
    overall_ratios: Array
    """(A,) the same over that of all its captures."""


def label_speeds(sequences: SequenceSet, labels: Sequence[str], fps: float) -> list[LabelSpeeds]:
    """How each of the labels is performed in the captures, looked at at about `fps`."""
    made = []
    for label in labels:
        own = [n for n, span in enumerate(sequences.spans) if span.action == label]
        speeds = [mean_speed(real_motion(sequences, n, fps)) for n in own]
        made.append(LabelSpeeds(label, sequences.durations[own].double().numpy(), np.array(speeds)))
    return made


def mean_speed(motion: EvaluatedMotion) -> float:
    """Speed of all joints in the world in m/s, averaged over joints and time."""
    joints = joint_positions(motion.rows)
    way = torch.linalg.vector_norm(torch.diff(joints, dim=0), dim=-1)
    return float((way / torch.diff(motion.times)[:, None]).mean())


def score_lengths(
    generator: LabelGenerator,
    real: Sequence[LabelSpeeds],
    length_factor: float,
    motions_per_label: int,
) -> LengthScores:
    """The speeds of `each` motions of every action, at a share of its median length."""
    ratios, of_all = [], []
    for pace in real:
        seconds = length_factor * pace.median_length
        made = generator.generate_from_labels(
            [pace.label] * motions_per_label,
            [seconds] * motions_per_label,
            list(range(motions_per_label)),
        )
        speed = np.mean([mean_speed(motion) for motion in made])
        ratios.append(speed / pace.speed_at(seconds))
        of_all.append(speed / pace.speed)
    return LengthScores(generator.name, length_factor, np.array(ratios), np.array(of_all))


def lengths_table(
    rows: Sequence[LengthScores], real: Sequence[LabelSpeeds], motions_per_label: int, command: str
) -> ResultTable:
    """Mean, slowest and quickest action of each model and length."""
    return ResultTable(
        title="Length of action-labelled motion: does it go on moving?",
        columns=(
            "method",
            "length / median",
            "joint speed / real → 1",
            "slowest action",
            "quickest action",
            "actions within 20 % ↑",
            "… / real of all lengths",
        ),
        rows=tuple(_cells(row, real) for row in rows),
        command=command,
        order=_ORDER,
        notes=(
            f"{len(real)} actions of the Bandai Namco set with medians of "
            f"{min(p.median_length for p in real):.1f} to "
            f"{max(p.median_length for p in real):.1f} s; "
            f"{motions_per_label} motions of each at each length, feet held where a model holds "
            "them.",
            f"Real: mean speed of all joints of the {NEAREST_CAPTURES} training motions of the "
            "action whose "
            "lengths are nearest; in the last column of all of them.",
            "The ACTOR-like rival has no places in time beyond 10 s: where that is too short for "
            "an action, there is no row.",
        ),
    )


def _cells(row: LengthScores, real: Sequence[LabelSpeeds]) -> tuple[Cell, ...]:
    slowest, quickest = int(row.ratios.argmin()), int(row.ratios.argmax())
    fitting = np.abs(row.ratios - 1) <= SPEED_TOLERANCE
    return (
        row.name,
        f"{row.length_factor:g}",
        f"{row.ratios.mean():.2f}",
        f"{row.ratios[slowest]:.2f} ({real[slowest].label})",
        f"{row.ratios[quickest]:.2f} ({real[quickest].label})",
        f"{int(fitting.sum())} of {len(fitting)}",
        f"{row.overall_ratios.mean():.2f}",
    )
