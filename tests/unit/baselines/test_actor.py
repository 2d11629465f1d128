"""The ACTOR-like rival, and how lengths and components are measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from backend.baselines.actor import Actor, ActorConfig, load_actor
from backend.baselines.frames import BASELINE_FPS, FrameDataset
from backend.baselines.mld import MldVaeConfig, evenly_spaced_dataset_frames
from backend.baselines.train import ActorTrainer
from backend.data.motion_set import MotionSet, save_motion_set
from backend.data.sequences import SequenceSet
from backend.evaluation.experiments.action_components import components_table
from backend.evaluation.experiments.action_lengths import (
    LabelSpeeds,
    label_speeds,
    lengths_table,
    mean_speed,
    score_lengths,
)
from backend.evaluation.experiments.action_to_motion import ACTION_METRICS
from backend.evaluation.generators import ActorGenerator, EvaluatedMotion, real_motions
from backend.nerm.sampler import MotionRequest
from backend.training.run import TrainingError
from backend.training.trainer import TrainingSettings
from tests.support.motions import labelled_clips

SMALL = ActorConfig(
    vae=MldVaeConfig(
        latent=12, width=16, encoder_layers=1, decoder_layers=1, feed_forward=16, cosines=16
    )
)
SHORT = TrainingSettings(steps=4, batch=8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("actor") / "set.npz"
    save_motion_set(path, labelled_clips())
    return path


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert ActorTrainer(data, SHORT, SMALL).run(folder)
    return folder


def make_initialised_actor() -> tuple[Actor, FrameDataset, torch.Tensor]:
    sequences = SequenceSet(MotionSet(labelled_clips()))
    frames = FrameDataset(sequences)
    labels = ("bend", "swing")
    actions = torch.tensor([labels.index(span.action) for span in sequences.spans])
    torch.manual_seed(0)
    actor = Actor(SMALL.model_copy(update={"actions": labels}))
    actor.init_from_frames(evenly_spaced_dataset_frames(frames, SMALL.vae.sampled), actions)
    return actor.eval(), frames, actions


@torch.inference_mode()
def test_actor_init_codes_are_standard_and_hold_motions() -> None:
    actor, frames, actions = make_initialised_actor()
    batch = frames.padded_batch(torch.arange(len(frames)), SMALL.vae.patch)
    mean, _ = actor.encode_frames(batch.values, batch.mask, actions)
    assert mean.mean(0).abs().max() < 0.3
    for action in (0, 1):
        spread = mean[actions == action].std(0)
        torch.testing.assert_close(spread, torch.ones(SMALL.vae.latent), atol=0.2, rtol=0)

    def error(code: torch.Tensor) -> float:
        made = actor.decode_frames(code, actions, batch.durations, batch.mask)
        return float((made - batch.values)[batch.mask].square().mean())

    assert error(mean) < 0.7 * error(torch.zeros_like(mean))
    # The mean motion is of the action that was labels for.
    other = actor.decode_frames(torch.zeros_like(mean), 1 - actions, batch.durations, batch.mask)
    wrong = float((other - batch.values)[batch.mask].square().mean())
    assert error(torch.zeros_like(mean)) < 0.9 * wrong


def test_actor_sample_motions_follows_length_and_seed(run: Path) -> None:
    sampler = load_actor(run)
    assert sampler.action_labels == ("bend", "swing")
    requests = [
        MotionRequest("", label, seconds, seed)
        for label, seconds, seed in (("bend", 1.0, 3), ("swing", 2.0, 4), ("swing", 2.0, 5))
    ]
    made = ActorGenerator("baseline", sampler).generate_motions(requests)
    assert [len(motion.times) for motion in made] == [21, 41, 41]
    assert float(made[1].times[-1]) == pytest.approx(40 / BASELINE_FPS)
    assert (made[1].rows - made[2].rows).abs().max() > 0.01
    again = ActorGenerator("baseline", sampler).generate_motions(requests[1:])
    torch.testing.assert_close(again[0].rows, made[1].rows, atol=1e-4, rtol=1e-4)


def test_train_actor_slices_match_uninterrupted(data: Path, run: Path, tmp_path: Path) -> None:
    done = False
    while not done:
        done = ActorTrainer(data, SHORT, SMALL).run(tmp_path, time_limit=0.0)
    whole = load_file(run / "state.safetensors")
    for key, value in load_file(tmp_path / "state.safetensors").items():
        torch.testing.assert_close(value, whole[key], msg=key)
    assert any("vae.decoder" in key for key in whole)


def test_train_actor_invalid_run_raises(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="train actor"):
        load_actor(tmp_path)
    clips = labelled_clips()
    for clip in clips:
        object.__setattr__(clip, "action", "")
    save_motion_set(tmp_path / "none.npz", clips)
    with pytest.raises(TrainingError, match="action label"):
        ActorTrainer(tmp_path / "none.npz", SHORT, SMALL).run(tmp_path / "run")


def test_action_speed_every_rate_in_metres_per_second() -> None:
    for fps in (20.0, 120.0):
        times = torch.arange(round(2 * fps)) / fps
        rows = torch.zeros(len(times), 135)
        rows[:, 0:132:6] = rows[:, 4:132:6] = 1.0
        rows[:, 133] = 1.5 * times
        assert mean_speed(EvaluatedMotion(rows, times)) == pytest.approx(1.5, rel=1e-3)


@dataclass(frozen=True)
class Slowed:
    """Gives back training motions, as if they lasted longer."""

    sequences: SequenceSet
    factor: float
    name: str = "slowed"
    known_labels: tuple[str, ...] = ("bend", "swing")

    def generate_motions(self, requests: Sequence[MotionRequest]) -> list[EvaluatedMotion]:
        motions = real_motions(self.sequences, 30.0)
        own = [span.action for span in self.sequences.spans]
        made = []
        for request in requests:
            fitting = [motions[n] for n, label in enumerate(own) if label == request.label]
            motion = fitting[request.seed % len(fitting)]
            made.append(EvaluatedMotion(motion.rows, motion.times * self.factor))
        return made


def test_action_components_detect_standing_still() -> None:
    sequences = SequenceSet(MotionSet(labelled_clips()))
    real = label_speeds(sequences, ("bend", "swing"), 30.0)
    assert real[0].median_length == pytest.approx(
        np.median([s.duration for s in sequences.spans if s.action == "bend"])
    )
    count = max(sum(s.action == a for s in sequences.spans) for a in ("bend", "swing"))
    same = score_lengths(Slowed(sequences, 1.0), real, 1.0, motions_per_label=count)
    np.testing.assert_allclose(same.ratios, 1.0, atol=0.1)
    slow = score_lengths(Slowed(sequences, 4.0), real, 3.0, motions_per_label=count)
    np.testing.assert_allclose(slow.ratios, 0.25, atol=0.05)
    table = lengths_table([same, slow], real, count, "command")
    assert [row[1] for row in table.rows] == ["1", "3"]
    assert [row[-2:] for row in table.rows] == [("2 of 2", "1.00"), ("0 of 2", "0.25")]


def test_action_lengths_compare_captures_of_same_length() -> None:
    pace = LabelSpeeds("raise", np.repeat([1.0, 1.5, 4.0], 24), np.repeat([3.0, 2.0, 1.0], 24))
    assert (pace.median_length, pace.speed) == (1.5, 2.0)
    assert [pace.speed_at(s) for s in (0.2, 1.0, 1.4, 4.0, 12.0)] == [3.0, 3.0, 2.0, 1.0, 1.0]
    few = LabelSpeeds("bow", np.array([1.0, 2.0]), np.array([2.0, 1.0]))
    assert few.speed_at(9.0) == 1.5


def test_action_components_table_includes_real_motion() -> None:
    def scores(novelty: float) -> dict[str, list[float]]:
        return {name: [1.0] for name in ACTION_METRICS} | {"MMS": [novelty]}

    table = components_table({"Real": scores(0.2), "8": scores(0.05)}, "command", 1)
    assert [row[2] for row in table.rows] == ["1.00", "0.25"]
