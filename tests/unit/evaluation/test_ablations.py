"""Ablations: equal captures for all, a switch each, and tables of what is there."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from backend.data.motion_set import MocapClip, load_motion_set, save_motion_set
from backend.data.sequences import SequenceSet
from backend.evaluation.experiments import ablations
from backend.evaluation.experiments.ablation_tables import ablation_tables
from backend.evaluation.experiments.ablations import (
    CLIP_FID_RATES,
    VARIANTS,
    AblationMeasures,
    AblationProtocol,
    read_measures,
    run_variant,
)
from backend.evaluation.generators import EvaluationError
from backend.nerm.denoiser import DenoiserConfig
from backend.nerm.inr import InrConfig
from tests.support.motions import swinging_take

FEW = AblationProtocol(captures=3, steps=4, diffusion_steps=3, batch=4, reconstruction_sequences=2)


def _captures(path: Path, fps: float = 120.0) -> Path:
    clips = []
    for n in range(5):
        take = swinging_take(4.0 + 0.2 * n, fps, seed=n)
        words = {"action": "swing", "description": "a swinging body"}
        clips.append(MocapClip(f"clip_{n}", take.poses[:, :66], take.trans, take.fps, **words))  # pyright: ignore
    save_motion_set(path, clips)
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = InrConfig(latent=8, width=16, blocks=1, modulation_width=8, encoder_width=8)
    monkeypatch.setattr(
        ablations, "_DECODER_CONFIG", shape.model_copy(update={"linear_start": False})
    )
    denoiser = DenoiserConfig(tokens=4, width=16, layers=1, feed_forward=16)
    monkeypatch.setattr(ablations, "_DENOISER", denoiser)


class _HeightEmbedder:
    """Motions by their root's mean place and rate."""

    def embed_motions(self, rows: list, times: list) -> np.ndarray:
        return np.array([[*r[:, -3:].mean(0), *r[0, :3]] for r in rows])


def test_run_variant_stores_and_reuses_measurements(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _captures(tmp_path / "set.npz")
    first = run_variant("seconds", data, tmp_path / "runs", FEW, None)
    assert first.sequences == 6
    assert len(first.mre) == len(CLIP_FID_RATES)
    assert first.clip_fid == ()
    assert read_measures(tmp_path / "runs", "seconds") == first
    (tmp_path / "embedder").mkdir()
    (tmp_path / "embedder" / "embedder.safetensors").write_bytes(b"one")
    monkeypatch.setattr(ablations, "load_embedder", lambda folder: _HeightEmbedder())
    second = run_variant("seconds", data, tmp_path / "runs", FEW, tmp_path / "embedder")
    assert second.mre == first.mre
    assert np.shape(second.clip_fid) == (len(CLIP_FID_RATES), ablations.CLIP_REPEATS)
    assert min(min(each) for each in second.clip_fid) > 0

    def again(*_: object) -> None:
        raise AssertionError("measured twice")

    monkeypatch.setattr(ablations, "_measure_generated", again)
    third = run_variant("seconds", data, tmp_path / "runs", FEW, tmp_path / "embedder")
    assert third == second


def test_capture_subset_has_whole_sequences(tmp_path: Path) -> None:
    data = _captures(tmp_path / "set.npz")
    chosen = load_motion_set(ablations._capture_subset(data, tmp_path / "runs", FEW))
    assert len(chosen) == 3
    sequences = SequenceSet(chosen, mirrored=False)
    assert len(sequences) == 3
    whole = {clip.name: clip for clip in load_motion_set(data)}
    for clip in chosen:
        source = whole[clip.name.rsplit("_", 1)[0]]
        assert len(clip) <= len(source)
        np.testing.assert_allclose(clip.poses, source.poses[: len(clip)], atol=2e-4)
        assert clip.action == source.action


def test_run_variant_with_slow_captures_raises(tmp_path: Path) -> None:
    data = _captures(tmp_path / "set.npz", fps=30.0)
    with pytest.raises(EvaluationError, match="two captures or more"):
        run_variant("simple", data, tmp_path / "runs", FEW, None)


def test_variants_differ_in_one_switch() -> None:
    training = {field.name for field in fields(ablations.InrTraining)}
    assert not training & set(InrConfig.model_fields)
    for name, variant in VARIANTS.items():
        assert len(variant) == (name != "simple")
        assert set(variant) <= training | set(InrConfig.model_fields)


def test_ablation_tables_have_measured_and_published_rows() -> None:
    measures = AblationMeasures(
        sequences=6, mre=(50.0,) * 5, mre_spread=(5.0,) * 5, pose=(40.0,) * 5
    )
    tables = ablation_tables({"simple": measures, "none": measures}, None, FEW, "typed")
    encodings = tables["ablation_time_encoding"]
    assert [row[0] for row in encodings.rows] == [
        "none",
        "simple",
        "NeRM (paper): none",
        "NeRM (paper): simple",
        "NeRM (paper): codebook",
    ]
    assert encodings.rows[0][1:] == ("0.050",) * 5 + (None,) * 5
    for table in tables.values():
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert ablation_tables({}, None, FEW, "typed") == {}
