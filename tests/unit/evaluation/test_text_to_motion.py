"""Text-to-motion table: texts, motions and scores."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.data.motion_set import Caption, MotionSet, MotionSetError, save_motion_set
from backend.data.sequences import SequenceSet
from backend.embedding.embedder import Embedder, load_embedder
from backend.embedding.encoders import EmbedderConfig
from backend.embedding.export import export_embedder
from backend.embedding.train import EmbedderTrainer, EmbedderTraining
from backend.evaluation.experiments.text_to_motion import (
    EVALUATION_FPS,
    TEXT_TO_MOTION_METRICS,
    generate_for_captions,
    sample_captures,
    score_motions,
    text_to_motion_table,
)
from backend.evaluation.generators import NermGenerator
from backend.evaluation.report.published import TEXT_TO_MOTION
from backend.nerm.sampler import DEFAULT_GUIDANCE_SCALE, NermSampler
from backend.nerm.weights import load_weights
from tests.support.motions import motion_set, write_tiny_weights

TEXTS = tuple(f"a person does the {n}th of many swings" for n in range(36))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three clips of six captioned parts in each split: 36 sequences with mirrored ones."""
    clips = [
        replace(
            clip,
            name=f"{split}_{n}",
            split=split,
            captions=tuple(
                Caption(0.1 * part, 0.1 * part + 0.7, TEXTS[12 * n + 2 * part + which])
                for part in range(6)
                for which in range(2)
            ),
        )
        for split in ("train", "val")
        for n, clip in enumerate(motion_set(clips=3, seconds=1.3))
    ]
    path = tmp_path_factory.mktemp("data") / "set.npz"
    save_motion_set(path, clips)
    return path


@pytest.fixture(scope="module")
def sampler(data: Path, tmp_path_factory: pytest.TempPathFactory) -> NermSampler:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny_weights(folder, data, folder / "runs")
    return NermSampler(load_weights(folder), torch.device("cpu"))


@pytest.fixture(scope="module")
def generator(sampler: NermSampler) -> NermGenerator:
    return NermGenerator("NeRM", sampler, EVALUATION_FPS, DEFAULT_GUIDANCE_SCALE, 2)


@pytest.fixture(scope="module")
def embedder(
    data: Path, sampler: NermSampler, tmp_path_factory: pytest.TempPathFactory
) -> Embedder:
    folder = tmp_path_factory.mktemp("embedder")
    small = EmbedderConfig(
        dimensions=8, width=16, heads=2, feed_forward=16, motion_layers=1, text_layers=1, waves=4
    )
    training = EmbedderTraining(steps=2, batch=8, clips=4)
    EmbedderTrainer(data, training, small).run(folder / "run")
    export_embedder(folder / "run", data, folder, "for tests")
    return load_embedder(folder, sampler.text_encoder)


def _sequences(clips: int) -> SequenceSet:
    own = [
        replace(clip, captions=(Caption(0.0, 2.0, TEXTS[0]), Caption(0.0, 2.0, TEXTS[n])))
        for n, clip in enumerate(motion_set(clips))
    ]
    return SequenceSet(MotionSet(own))


def test_sample_captures_has_unique_texts_and_disjoint_others() -> None:
    sequences = _sequences(6)
    pairs, others = sample_captures(sequences, 5, np.random.default_rng(0))
    assert len(set(pairs.texts)) == len(pairs.texts) == 5
    own = {(*m.rows[0].tolist(), len(m.rows)) for m in pairs.motions}
    assert len(others.motions) == 5
    assert not own & {(*m.rows[0].tolist(), len(m.rows)) for m in others.motions}
    by_text = {text: span for span in sequences.spans for text in span.texts}
    for text, seconds in zip(pairs.texts, pairs.durations, strict=True):
        assert any(text in span.texts for span in sequences.spans)
        assert seconds == pytest.approx(by_text[text].duration, abs=0.1)


def test_sample_captures_are_at_about_thirty_fps() -> None:
    pairs, _ = sample_captures(_sequences(4), 4, np.random.default_rng(0))
    for motion in pairs.motions:
        assert 1 / float(motion.times[1] - motion.times[0]) == pytest.approx(30.0, abs=6.1)


def test_generate_for_captions_has_requested_lengths(generator: NermGenerator) -> None:
    made = generate_for_captions(generator, TEXTS[:3], [0.7, 1.0, 2.0], seed=5)
    assert [len(motion.rows) for motion in made.motions] == [21, 30, 60]
    again = generate_for_captions(generator, TEXTS[1:2], [1.0], seed=6)
    assert torch.allclose(again.motions[0].rows, made.motions[1].rows, atol=1e-3)


def test_score_motions_ranks_real_above_broken(embedder: Embedder) -> None:
    pairs, _ = sample_captures(_sequences(12), 12, np.random.default_rng(0))
    real = pairs.embed(embedder)
    same = score_motions(embedder, pairs, real)
    assert same["FID"] == pytest.approx(0.0, abs=1e-4)
    assert same["coverage"] == 1.0
    shaken = [replace(m, rows=m.rows + 0.3 * torch.randn_like(m.rows)) for m in pairs.motions]
    broken = score_motions(embedder, replace(pairs, motions=shaken), real)
    assert broken["FID"] > 0.01
    # R-precision needs a batch of 32 pairs.
    assert not any(name.startswith("R@") for name in same)


def test_text_to_motion_table_has_rows_of_both_splits(
    data: Path,
    generator: NermGenerator,
    embedder: Embedder,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = text_to_motion_table(data, generator, embedder, limit=36, repeats=2, multimodal=1)
    assert [row[0] for row in table.rows] == [
        "Real, training split",
        "Generated, training split",
        "Generated at originality 1, training split",
        "Real, held-out clips",
        "Generated, held-out clips",
        "Generated at originality 1, held-out clips",
    ]
    assert all(
        len(row) == len(table.columns) == 1 + len(TEXT_TO_MOTION_METRICS) for row in table.rows
    )
    real, made = (dict(zip(TEXT_TO_MOTION_METRICS, row[1:], strict=True)) for row in table.rows[:2])
    assert real["MultiModality"] is None
    # All sequences are measured, so none is left to compare the real ones with.
    assert real["FID"] is None
    assert None not in made.values()
    assert "±" in str(made["FID"])
    assert capsys.readouterr().err.count("Repeat") == 4
    assert any("of the real row's" in note for note in table.notes)


def test_text_to_motion_table_with_few_captions_raises(
    generator: NermGenerator, embedder: Embedder, tmp_path: Path
) -> None:
    save_motion_set(tmp_path / "set.npz", motion_set(2))
    with pytest.raises(MotionSetError, match="32 different captions"):
        text_to_motion_table(tmp_path / "set.npz", generator, embedder, 36, 1, 1)


def test_published_text_to_motion_table_names_its_source() -> None:
    table = TEXT_TO_MOTION
    assert any(row[0] == "NeRM, native rates" and "0.389" in str(row[1]) for row in table.rows)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "published" in table.title
