"""The text–motion embedder: features, training, file and scores."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.features import align_heading
from backend.data.motion_set import AUTHORED_SOURCE, Caption, MotionSet, save_motion_set
from backend.data.sequences import SequenceSet
from backend.embedding.augmentation import ViewSampler, corrupt_motion
from backend.embedding.captions import CaptionTable, distinguishing_words
from backend.embedding.embedder import EMBEDDER_FILE, Embedder, load_embedder, pose_rows_of_take
from backend.embedding.encoders import EmbedderConfig
from backend.embedding.export import export_embedder, typical_distance
from backend.embedding.frame_features import (
    FEATURE_SIZES,
    FRAME_WIDTH,
    MAX_FRAMES,
    batch_motions,
    frame_features,
)
from backend.embedding.train import EmbedderTrainer, EmbedderTraining
from backend.training.run import TrainingError
from backend.training.weight_files import WeightsError
from tests.support.motions import motion_set, swinging_take

SMALL = EmbedderConfig(
    dimensions=8,
    width=16,
    heads=2,
    feed_forward=16,
    motion_layers=1,
    text_layers=1,
    waves=4,
)
TRAINING = EmbedderTraining(steps=4, batch=8, clips=4)
POSITIONS, VELOCITIES, ACCELERATIONS, FEET = (
    slice(sum(FEATURE_SIZES[:n]), sum(FEATURE_SIZES[: n + 1])) for n in (1, 2, 3, 4)
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "set.npz"
    save_motion_set(path, motion_set(clips=4, seconds=1.5))
    return path


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "embedder"
    assert EmbedderTrainer(data, TRAINING, SMALL).run(folder)
    return folder


@pytest.fixture(scope="module")
def exported(data: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export_embedder(run, data, folder, "for tests")
    return folder


@pytest.fixture(scope="module")
def embedder(exported: Path) -> Embedder:
    return load_embedder(exported)


def _swinging(fps: float, seconds: float = 1.5) -> tuple[torch.Tensor, torch.Tensor]:
    take = swinging_take(seconds, fps, seed=3)
    return pose_rows_of_take(take), torch.from_numpy(take.times).float()


def test_frame_features_are_independent_of_start_position() -> None:
    rows, times = _swinging(30.0)
    moved = align_heading(rows, torch.tensor(1.3), torch.tensor([4.0, -7.0]))
    here, there = (frame_features(batch_motions([r], [times])) for r in (rows, moved))
    assert here.shape == (1, MAX_FRAMES if len(rows) > MAX_FRAMES else len(rows), FRAME_WIDTH)
    assert torch.allclose(here, there, atol=2e-3)


@pytest.mark.parametrize("fps", [20.0, 50.0, 120.0])
def test_frame_features_have_same_velocities_at_any_rate(fps: float) -> None:
    rows, _ = _swinging(30.0, 1.0)
    standing = rows[:1].repeat(round(fps), 1)
    seconds = torch.arange(len(standing)) / fps
    standing[:, 132] += 0.8 * seconds
    features = frame_features(batch_motions([standing], [seconds]))[0]
    speed = features[:, VELOCITIES].reshape(len(features), 22, 3).norm(dim=-1)
    assert torch.allclose(speed, torch.tensor(0.8), atol=2e-3)
    assert features[:, ACCELERATIONS].max() < 0.05


def test_frame_features_have_same_velocities_at_irregular_times() -> None:
    rows, _ = _swinging(30.0, 1.0)
    times = torch.tensor([0.0, 0.01, 0.05, 0.2, 0.21, 0.5])
    sliding = rows[:1].repeat(len(times), 1)
    sliding[:, 133] += 0.5 * times
    features = frame_features(batch_motions([sliding], [times]))[0]
    speed = features[:, VELOCITIES].reshape(len(features), 22, 3).norm(dim=-1)
    assert torch.allclose(speed, torch.tensor(0.5), atol=2e-3)


def test_frame_features_show_jitter_of_thinned_motion() -> None:
    rows, times = _swinging(120.0, 6.0)
    assert len(rows) > 4 * MAX_FRAMES
    trembling = rows.clone()
    trembling[:, 132:] += 0.002 * torch.randn(
        len(rows), 3, generator=torch.Generator().manual_seed(0)
    )
    calm, shaken = (frame_features(batch_motions([r], [times]))[0] for r in (rows, trembling))
    assert len(calm) == MAX_FRAMES
    seen = shaken[:, ACCELERATIONS].mean() - calm[:, ACCELERATIONS].mean()
    assert seen > 1.0


def test_frame_features_show_sliding_of_low_feet() -> None:
    rows, times = _swinging(30.0, 1.0)
    standing = rows[:1].repeat(len(rows), 1)
    sliding = standing.clone()
    sliding[:, 132] += 0.5 * times
    floating = sliding.clone()
    floating[:, 134] += 1.0
    still, slid, flown = (
        frame_features(batch_motions([r], [times]))[0, :, FEET]
        for r in (standing, sliding, floating)
    )
    assert still.max() < 1e-3
    assert slid.max() > 1.0
    assert flown.max() < 1e-3


def test_batch_motions_with_invalid_times_raises() -> None:
    rows, times = _swinging(30.0)
    with pytest.raises(ValueError, match="T times"):
        batch_motions([rows], [times[1:]])
    with pytest.raises(ValueError, match="T > 0"):
        batch_motions([rows[:0]], [times[:0]])
    with pytest.raises(ValueError, match="must increase"):
        batch_motions([rows], [torch.zeros_like(times)])


def test_distinguishing_words_are_sides_paces_numbers_directions() -> None:
    text = "a person slowly kicks twice with the left leg, turning counter-clockwise"
    assert distinguishing_words(text) == {"slowly", "twice", "left", "counter-clockwise"}
    assert distinguishing_words("a person walks") == frozenset()


def test_same_meaning_separates_captions_with_other_sides() -> None:
    clip = motion_set(1)[0]
    words = (
        "a person kicks with the left leg",
        "a person kicks with their left leg",
        "a person sits on the floor",
    )
    captions = tuple(Caption(0.0, 2.0, text) for text in words)
    spans = SequenceSet(MotionSet([replace(clip, captions=captions)])).spans
    known = CaptionTable(spans)
    kick, again, sits = (known.texts.index(text) for text in words)
    other = known.texts.index("a person kicks with the right leg")
    same = known.same_meaning(torch.tensor([kick, again, other, sits]))
    expected = torch.eye(4, dtype=torch.bool)
    expected[0, 1] = expected[1, 0] = True
    assert torch.equal(same, expected)
    assert known.mentions_side(kick)
    assert not known.mentions_side(sits)
    twin = [known.texts[n] for n in known.sequence_captions[1]]
    assert twin[:2] == ["a person kicks with the right leg", "a person kicks with their right leg"]


def test_sample_unrelated_has_no_repeats() -> None:
    known = CaptionTable(SequenceSet(motion_set(1)).spans)
    tokens, mask = known.sample_unrelated(6, random.Random(0))
    assert tokens.shape[:2] == mask.shape
    assert mask.any(1).all()
    means = (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    assert torch.pdist(means).min() > 0.1


def test_render_view_of_mirrored_sequence_is_mirrored() -> None:
    sequences = SequenceSet(motion_set(clips=2, seconds=1.0))
    viewer, half = ViewSampler(sequences), len(sequences) // 2
    seen = viewer.whole_sequences(torch.tensor([0, half]), 1000.0)
    rows = sequences.batch_frames(
        torch.tensor([half]), torch.arange(int(sequences.frames[0]))[None]
    ).rows
    own = batch_motions([rows[0]], [seen.times[1, :, 1]])
    assert torch.allclose(frame_features(own)[0], frame_features(seen)[1], atol=2e-3)
    assert not torch.allclose(frame_features(seen)[0], frame_features(seen)[1], atol=0.1)


def test_views_stay_in_sequence_and_corruption_changes_only_motion() -> None:
    sequences = SequenceSet(motion_set(clips=4, seconds=1.0))
    viewer = ViewSampler(sequences)
    generator = torch.Generator().manual_seed(0)
    index = torch.arange(len(sequences)).repeat(20)
    for view in (
        viewer.sample_long_view(index, generator),
        viewer.sample_short_view(index, generator),
    ):
        assert (view.start >= 0).all()
        assert (view.start + view.frames <= sequences.frames[index]).all()
        assert (sequences.fps[index] / view.stride >= 14.9).all()
    clean = viewer.render_view(index, view, 16)
    assert clean.rows.shape[1] <= 16
    assert (torch.diff(clean.times[..., 1], dim=1)[clean.mask[:, 1:]] > 0).all()
    spoilt = corrupt_motion(clean, generator)
    assert torch.equal(spoilt.rows[..., :132], clean.rows[..., :132])
    assert torch.equal(spoilt.times, clean.times)
    moved = (spoilt.joints - clean.joints).abs().amax((1, 2, 3, 4))
    assert (moved > 0).all()
    assert moved.max() < 2.0


def test_resumed_training_equals_unbroken_training(data: Path, run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert not EmbedderTrainer(data, TRAINING, SMALL).run(folder, 0.0)
    assert EmbedderTrainer(data, TRAINING, SMALL).run(folder)
    from safetensors.torch import load_file

    whole, parts = (load_file(f / "state.safetensors") for f in (run, folder))
    assert whole.keys() == parts.keys()
    assert all(torch.allclose(whole[key], parts[key], atol=1e-5) for key in whole)


def test_training_without_captions_raises(tmp_path: Path) -> None:
    still = replace(motion_set(1)[0], captions=(), description="", action="")
    still.poses[:], still.trans[:] = still.poses[0], still.trans[0]
    save_motion_set(tmp_path / "set.npz", [still])
    with pytest.raises(TrainingError, match="training motions with captions"):
        EmbedderTrainer(tmp_path / "set.npz", TRAINING, SMALL).run(tmp_path / "run")


def test_training_authored_fraction_sets_weights_of_captioned_sequences(tmp_path: Path) -> None:
    clips = motion_set(3)
    clips[0] = replace(clips[0], source=AUTHORED_SOURCE)
    save_motion_set(tmp_path / "set.npz", clips)
    trainer = EmbedderTrainer(tmp_path / "set.npz", replace(TRAINING, authored_fraction=0.4), SMALL)
    sources = [span.source for span in trainer.sequences.spans]
    authored = torch.tensor([source == AUTHORED_SOURCE for source in sources])
    assert float(trainer.weights[authored].sum() / trainer.weights.sum()) == pytest.approx(0.4)


def test_training_on_one_clip_works(tmp_path: Path) -> None:
    save_motion_set(tmp_path / "set.npz", motion_set(1))
    assert EmbedderTrainer(tmp_path / "set.npz", TRAINING, SMALL).run(tmp_path / "run")
    export_embedder(tmp_path / "run", tmp_path / "set.npz", tmp_path / "out", "for tests")
    lone = load_embedder(tmp_path / "out")
    found = lone.measure_novelty(lone.training_stats.embeddings[0])
    assert found.nearest == "clip_0"
    assert found.typical == 0.0


def test_embed_motions_is_independent_of_batch(embedder: Embedder) -> None:
    motions = [_swinging(24.0), _swinging(120.0, 0.5), _swinging(60.0, 4.0)]
    together = embedder.embed_motions(*zip(*motions, strict=True))
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for rows, times, vector in zip(*zip(*motions, strict=True), together, strict=True):
        assert np.allclose(embedder.embed_motions([rows], [times])[0], vector, atol=1e-5)
    assert embedder.embed_motions([], []).shape == (0, 8)
    assert embedder.embed_prompts([]).shape == (0, 8)


def test_embed_motions_depends_on_seconds(embedder: Embedder) -> None:
    rows, times = _swinging(60.0)
    same, later, slower = embedder.embed_motions([rows] * 3, [times, times + 5.0, 3 * times])
    assert np.allclose(same, later, atol=1e-4)
    assert np.linalg.norm(same - slower) > 1e-2


def test_embed_motions_of_single_frame_is_finite(embedder: Embedder) -> None:
    rows, times = _swinging(30.0)
    assert np.isfinite(embedder.embed_motions([rows[:1]], [times[:1]])).all()


def test_is_match_separates_best_and_worst_score(embedder: Embedder) -> None:
    known = embedder.training_stats
    assert embedder.is_match(1.0)
    assert not embedder.is_match(-1.0)
    assert np.all(np.diff(known.matched) >= 0)
    assert np.all(np.diff(known.mismatched) >= 0)


def test_measure_novelty_of_training_motion_is_zero(embedder: Embedder) -> None:
    known = embedder.training_stats
    found = embedder.measure_novelty(known.embeddings[2])
    assert found.distance < 1e-3
    assert found.nearest == known.clips[2]
    opposite = embedder.measure_novelty(-known.embeddings[2])
    assert opposite.distance > found.distance
    assert found.typical == opposite.typical > 0


def test_typical_distance_ignores_same_clip() -> None:
    points = np.array([[0.0], [0.1], [1.0], [1.2]])
    # The nearest of another clip: 1.0, 0.9, 0.9, 1.1.
    assert typical_distance(points, np.array([0, 0, 1, 1])) == pytest.approx(0.95)


def test_exported_file_is_small_listed_and_verified(exported: Path, tmp_path: Path) -> None:
    entry = json.loads((exported / "weights.json").read_text())[EMBEDDER_FILE]
    assert entry["steps"] == TRAINING.steps
    assert entry["licence"] == "for tests"
    with pytest.raises(WeightsError, match="list of weights"):
        load_embedder(tmp_path)
    listed = (exported / "weights.json").read_text()
    (tmp_path / "weights.json").write_text(listed)
    with pytest.raises(WeightsError, match="is missing"):
        load_embedder(tmp_path)
    content = bytearray((exported / EMBEDDER_FILE).read_bytes())
    content[-1] ^= 1
    (tmp_path / EMBEDDER_FILE).write_bytes(content)
    with pytest.raises(WeightsError, match="damaged or was changed"):
        load_embedder(tmp_path)


def test_export_with_other_data_raises(run: Path, tmp_path: Path) -> None:
    save_motion_set(tmp_path / "set.npz", motion_set(clips=2))
    with pytest.raises(WeightsError, match=r"with \d+ sequences"):
        export_embedder(run, tmp_path / "set.npz", tmp_path / "out", "for tests")
    with pytest.raises(WeightsError, match="no training run"):
        export_embedder(tmp_path, tmp_path / "set.npz", tmp_path / "out", "for tests")


def test_train_and_export_commands_write_embedder(data: Path, tmp_path: Path) -> None:
    command = ["train", "embedder", data, "--run", tmp_path / "run", "--steps", "1", "--batch", "4"]
    result = CliRunner().invoke(app, [str(part) for part in command])
    assert result.exit_code == 0, result.output
    assert "finished" in result.output
    command = ["train", "embedder-export", data, "--run", tmp_path / "run", "-o", tmp_path / "out"]
    result = CliRunner().invoke(app, [str(part) for part in command])
    assert result.exit_code == 0, result.output
    assert load_embedder(tmp_path / "out").embed_prompts(["a person walks"]).shape == (1, 128)
