"""Motions without words: how halves are parted, and that copies and noise are repeats apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import MotionSet
from backend.data.sequences import SequenceSet
from backend.evaluation.experiments.unconditional import (
    score_unconditional,
    split_clips,
    unconditional_table,
)
from backend.evaluation.generators import (
    EvaluatedMotion,
    EvaluationError,
    real_motion,
    real_motions,
)
from backend.kinematics.math.rotations import Array
from backend.nerm.sampler import MotionRequest
from tests.support.motions import motion_set


class Means:
    """Embeds the mean direction of some joints, and their movement."""

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        return np.stack([torch.cat([r.mean(0)[6:12], r.std(0)[6:12]]).numpy() for r in rows])


@dataclass
class Copies:
    """Returns training motions with noise of this size; stores its requests."""

    sequences: SequenceSet
    noise: float
    requests: list[MotionRequest]
    name: str = "copies"
    known_labels: tuple[str, ...] = ()

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        self.requests += requests
        made = []
        for request in requests:
            motion = real_motion(self.sequences, request.seed % len(self.sequences), 30.0)
            generator = torch.Generator().manual_seed(request.seed)
            shake = self.noise * torch.randn(motion.rows.shape, generator=generator)
            made.append(EvaluatedMotion(motion.rows + shake, motion.times))
        return made


def copies(noise: float = 0.0) -> Copies:
    return Copies(SequenceSet(motion_set(24, 1.0)), noise, [])


def test_split_clips_gives_disjoint_halves() -> None:
    sequences = SequenceSet(motion_set(9, 1.0))
    one, other = split_clips(sequences, np.random.default_rng(0), 100)
    names = [{sequences.spans[n].name for n in half} for half in (one, other)]
    assert not names[0] & names[1]
    assert len(one) + len(other) == len(sequences)
    one, other = split_clips(sequences, np.random.default_rng(0), 3)
    assert (len(one), len(other)) == (3, 3)


def test_score_unconditional_ranks_similar_motions_first() -> None:
    motions = motion_set(24, 1.0)
    good, bad = (
        score_unconditional(motions, Means(), [model], 2).rows
        for model in (copies(), copies(noise=1.0))
    )
    assert list(good) == ["Real (other clips)", "copies"]
    assert good["Real (other clips)"] == bad["Real (other clips)"]
    near, far = good["copies"], bad["copies"]
    assert max(near["FID"]) < min(far["FID"])
    assert max(near["KID"]) < min(far["KID"])
    assert min(near["coverage"]) > max(far["coverage"])


def test_score_unconditional_requests_have_no_prompt_and_real_durations() -> None:
    motions, model = motion_set(24, 1.0), copies()
    result = score_unconditional(motions, Means(), [model], 2, max_motions=9)
    assert all(request.prompt == "" and request.label is None for request in model.requests)
    durations = set(SequenceSet(motions).durations.tolist())
    assert {request.seconds for request in model.requests} <= durations
    assert (
        len({request.seed for request in model.requests})
        == len(model.requests)
        == 2 * result.compared
    )
    assert (result.reference, result.compared) == (9, 9)


def test_score_unconditional_with_held_out_split_adds_a_row() -> None:
    motions = motion_set(30, 1.0)
    clips = [replace(clip, split="val" if n >= 24 else "train") for n, clip in enumerate(motions)]
    result = score_unconditional(MotionSet(clips), Means(), [copies()], 1)
    assert list(result.rows)[1] == "Real (held-out clips)"
    assert result.held_out == 12
    table = unconditional_table(result, 1, "command")
    assert table.order == 40
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert any("12 motions" in note for note in table.notes)


def test_score_unconditional_with_little_data_raises() -> None:
    with pytest.raises(EvaluationError, match="prepare more data"):
        score_unconditional(motion_set(2, 1.0), Means(), [copies()], 1)


def test_real_motion_uses_whole_fraction_of_native_rate() -> None:
    sequences = SequenceSet(motion_set(4, 1.0), mirrored=False)
    steps = [float(motion.times[1]) for motion in real_motions(sequences, 30.0)]
    assert steps == pytest.approx([1 / 24, 1 / 30, 1 / 30, 1 / 30])


def test_unconditional_command_without_weights_exits_with_sentence(tmp_path) -> None:
    arguments = ["evaluate", "unconditional", "none.npz", "--weights", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "missing or damaged" in " ".join(result.output.split())
