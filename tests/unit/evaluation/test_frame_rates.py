"""Comparison at many frame rates, with an embedder that measures speed and jerk."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.baselines.frames import BASELINE_FPS
from backend.baselines.interpolation import upsample_rows
from backend.data.features import ROTATION_CHANNELS, joint_positions
from backend.data.motion_set import MocapClip, MotionSet
from backend.data.sequences import SequenceSet
from backend.evaluation.experiments.frame_rates import (
    MotionAtRate,
    captured_motions,
    choose_motions,
    compare_frame_rates,
    interpolated_motions,
    mean_jerk,
)
from backend.evaluation.experiments.speed import median_seconds
from backend.evaluation.generators import EvaluatedMotion
from backend.evaluation.metrics.clips import CLIP_FID_RATES, CLIP_FRAMES, embed_clips
from tests.support.motions import swinging_take


class SpeedEmbedder:
    """Embeds mean joint speed, its deviation and mean acceleration."""

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> np.ndarray:
        found = []
        for row, time in zip(rows, times, strict=True):
            assert len(row) == CLIP_FRAMES
            rate = 1 / float(time[1] - time[0])
            joints = joint_positions(row)
            speed = torch.diff(joints, dim=0).norm(dim=-1) * rate
            change = torch.diff(joints, n=2, dim=0).norm(dim=-1) * rate**2
            found.append([float(speed.mean()), float(speed.std()), 0.1 * float(change.mean())])
        return np.array(found)


@pytest.fixture(scope="module")
def sequences() -> SequenceSet:
    clips = []
    for n in range(8):
        take = swinging_take(4.0, 24.0 if n == 7 else 120.0, seed=n)
        clips.append(
            MocapClip(f"clip_{n}", take.poses[:, :66], take.trans, take.fps, description="swings")
        )
    return SequenceSet(MotionSet(clips))


def trembling(motion: MotionAtRate, fps: float) -> EvaluatedMotion:
    real = motion(fps)
    rows = real.rows.clone()
    noise = torch.randn(len(rows), 3, generator=torch.Generator().manual_seed(0))
    rows[:, ROTATION_CHANNELS:] += 0.01 * noise
    return EvaluatedMotion(rows, real.times)


def test_choose_motions_takes_long_native_captures(sequences: SequenceSet) -> None:
    specs, others = choose_motions(sequences, 100)
    assert len(specs) == len(others) == 7
    numbers = {*specs, *others}
    assert len(numbers) == 14
    assert all(sequences.spans[n].fps == 120 for n in numbers)
    assert choose_motions(sequences, 3) == choose_motions(sequences, 3)
    assert len(choose_motions(sequences, 3)[0]) == 3


def test_compare_frame_rates_ranks_real_motion_first(
    sequences: SequenceSet,
) -> None:
    specs, others = choose_motions(sequences, 100)
    requests = list(specs.values())
    real = captured_motions(sequences, specs)
    steps = np.arange(int(requests[0].seconds * BASELINE_FPS) + 1) / BASELINE_FPS
    rows = [upsample_rows(m(120.0).rows, 120.0, steps, "linear") for m in real]
    systems = {
        "trembling": [partial(trembling, motion) for motion in real],
        "linear": interpolated_motions(rows, requests, "linear"),
        "cubic": interpolated_motions(rows, requests, "cubic"),
    }
    found = compare_frame_rates(
        SpeedEmbedder(),  # pyright: ignore[reportArgumentType]
        captured_motions(sequences, others),
        real,
        systems,
        repeats=2,
    )
    by_name = {row.name: row for row in found}
    assert [row.clip_fid.shape for row in found] == [(len(CLIP_FID_RATES), 2)] * 4
    assert by_name["real motion"].jerk == pytest.approx(1.0)
    assert by_name["trembling"].jerk > 2
    truth = by_name["real motion"].clip_fid.mean(1)
    assert by_name["trembling"].clip_fid[-1].mean() > 10 * truth[-1]
    # At the baseline rate interpolated frames are the original frames.
    assert by_name["cubic"].clip_fid[0].mean() == pytest.approx(truth[0], rel=0.5)


def test_mean_jerk_of_a_body_at_rest_is_zero(sequences: SequenceSet) -> None:
    still = captured_motions(sequences, choose_motions(sequences, 1)[0])[0](120.0)
    rows = still.rows[:1].expand(200, -1)
    assert mean_jerk([lambda fps: EvaluatedMotion(rows, torch.arange(200) / fps)]) == 0


def test_embed_clips_with_the_same_seed_is_repeatable(sequences: SequenceSet) -> None:
    captures = captured_motions(sequences, choose_motions(sequences, 4)[0])
    motions = [capture(60.0) for capture in captures]
    first, again = (embed_clips(SpeedEmbedder(), motions, 60.0, 2, seed=3) for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], first[1])


def test_evaluated_motion_from_take_has_its_poses() -> None:
    take = swinging_take(0.5)
    matrices, root = take.local_matrices(), take.root_positions()
    rows = EvaluatedMotion.from_take(take).rows
    assert np.allclose(rows[:, ROTATION_CHANNELS:], root, atol=1e-5)
    assert np.allclose(rows[:, :3], matrices[:, 0, :, 0], atol=1e-5)


def test_median_seconds_runs_calls_in_turn() -> None:
    order: list[str] = []
    calls = {name: partial(order.append, name) for name in ("a", "b")}
    found = median_seconds(calls, rounds=2)
    assert order == ["a", "b"] * 3
    assert set(found) == {"a", "b"}
