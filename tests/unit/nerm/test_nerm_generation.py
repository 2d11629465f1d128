"""From training to takes with very small weights: resuming, exporting, loading, generating."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from backend.data.motion_set import AUTHORED_SOURCE, save_motion_set
from backend.nerm.inr import InrConfig
from backend.nerm.sampler import MotionRequest, NermSampler
from backend.nerm.train_diffusion import DiffusionTrainer, DiffusionTraining
from backend.nerm.train_inr import InrTrainer, InrTraining
from backend.nerm.weights import load_weights
from backend.service.engine.interface import EngineError, JobCancelled
from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import DecodeRequest, GenerateRequest
from backend.training.run import TrainingError
from backend.training.weight_files import WeightsError
from tests.support.motions import motion_set, write_tiny_weights

TINY = InrConfig(latent=8, width=16, blocks=1, modulation_width=8, encoder_width=8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "set.npz"
    save_motion_set(path, motion_set())
    return path


@pytest.fixture(scope="module")
def assets(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    write_tiny_weights(folder, data, folder / "runs")
    return folder


@pytest.fixture(scope="module")
def engine(assets: Path) -> ModelEngine:
    return ModelEngine(assets)


def _ignore(step: int, total: int, message: str = "") -> None:
    pass


def _request(**changes: object) -> GenerateRequest:
    values = {"prompt": "a person swings", "seconds": 2.0, "fps": 30.0, "seed": 5, "steps": 4}
    return GenerateRequest.model_validate({**values, **changes})


def test_train_inr_resumed_matches_uninterrupted(data: Path, tmp_path: Path) -> None:
    training = InrTraining(steps=6, propose_steps=3, batch=4)
    assert InrTrainer(data, training, TINY).run(tmp_path / "whole")
    slices = 1
    while not InrTrainer(data, training, TINY).run(tmp_path / "sliced", time_limit=1e-9):
        slices += 1
        assert slices <= training.steps + 1
    assert slices > 2
    whole = load_file(tmp_path / "whole" / "state.safetensors")
    sliced = load_file(tmp_path / "sliced" / "state.safetensors")
    assert whole.keys() == sliced.keys()
    for name, value in whole.items():
        torch.testing.assert_close(sliced[name], value, atol=1e-5, rtol=1e-4)


def test_train_inr_other_settings_raises(data: Path, tmp_path: Path) -> None:
    training = InrTraining(steps=2, batch=4)
    InrTrainer(data, training, TINY).run(tmp_path)
    with pytest.raises(TrainingError, match="other settings"):
        InrTrainer(data, InrTraining(steps=2, batch=5), TINY).run(tmp_path)


def test_train_inr_more_steps_continues_finished_run(data: Path, tmp_path: Path) -> None:
    assert InrTrainer(data, InrTraining(steps=4, batch=4), TINY).run(tmp_path)
    assert InrTrainer(data, InrTraining(steps=6, batch=4), TINY).run(tmp_path)
    assert json.loads((tmp_path / "state.json").read_text())["step"] == 6


def test_train_inr_run_without_authored_fraction_resumes(data: Path, tmp_path: Path) -> None:
    assert InrTrainer(data, InrTraining(steps=2, batch=4), TINY).run(tmp_path)
    saved = json.loads((tmp_path / "state.json").read_text())
    del saved["settings"]["training"]["authored_fraction"]
    (tmp_path / "state.json").write_text(json.dumps(saved))
    assert InrTrainer(data, InrTraining(steps=3, batch=4), TINY).run(tmp_path)


def test_train_inr_authored_fraction_of_captures_alone_raises(data: Path) -> None:
    with pytest.raises(TrainingError, match="authored"):
        InrTrainer(data, InrTraining(authored_fraction=0.5), TINY)


def test_train_inr_and_diffusion_authored_fraction_sets_weights(tmp_path: Path) -> None:
    clips = motion_set()
    clips[0] = replace(clips[0], source=AUTHORED_SOURCE)
    save_motion_set(tmp_path / "set.npz", clips)
    training = InrTraining(steps=2, propose_steps=1, batch=4, authored_fraction=0.3)
    inr = InrTrainer(tmp_path / "set.npz", training, TINY)
    assert inr.run(tmp_path / "inr")
    diffusion = DiffusionTrainer(
        tmp_path / "set.npz", tmp_path / "inr", DiffusionTraining(steps=1, authored_fraction=0.3)
    )
    sources = [span.source for span in inr.sequences.spans]
    for trainer in (inr, diffusion):
        fraction = sum(
            weight
            for weight, source in zip(trainer.weights.tolist(), sources, strict=True)
            if source == AUTHORED_SOURCE
        )
        assert fraction == pytest.approx(0.3)


def test_train_diffusion_without_stage_1_raises(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="stage 1"):
        DiffusionTrainer(data, tmp_path / "none", DiffusionTraining(steps=1)).run(tmp_path / "run")


def test_engine_generate_returns_frames_at_each_rate(engine: ModelEngine) -> None:
    for seconds, fps, frames in ((2.0, 30.0, 60), (4.0, 24000 / 1001, 96), (1.0, 1.0, 1)):
        take = engine.generate_take(_request(seconds=seconds, fps=fps), _ignore)
        assert len(take) == frames
        assert take.fps == fps
        assert np.isfinite(take.poses).all()


def test_engine_same_request_returns_same_take(engine: ModelEngine) -> None:
    first, second = (engine.generate_take(_request(), _ignore) for _ in range(2))
    np.testing.assert_array_equal(first.poses, second.poses)
    np.testing.assert_array_equal(first.trans, second.trans)
    other = engine.generate_take(_request(seed=6), _ignore)
    assert other.metadata["latent"] != first.metadata["latent"]


def test_engine_latent_decodes_at_any_rate(engine: ModelEngine) -> None:
    slow = engine.generate_take(_request(fps=24.0), _ignore)
    fast = engine.decode_take(DecodeRequest(fps=120.0), slow, _ignore)
    assert len(fast) == 5 * len(slow)
    np.testing.assert_allclose(fast.joint_positions()[::5], slow.joint_positions(), atol=1e-4)
    assert fast.metadata["prompt"] == slow.metadata["prompt"]


def test_engine_take_metadata_holds_origin(engine: ModelEngine) -> None:
    info = engine.generate_take(_request(action="swing"), _ignore).metadata
    assert info["licence"] == "for tests"
    assert info["prompt"] == "a person swings"
    assert info["action"] == "swing"
    assert info["seed"] == 5
    assert set(info["timings"]) == {"text", "diffusion", "decode"}
    json.dumps(info)


def test_engine_prompt_label_or_neither_generates(assets: Path) -> None:
    sampler = NermSampler(load_weights(assets), torch.device("cpu"))
    words = (("swing", None), ("", "swing"), ("", None))
    requests = [MotionRequest(prompt, action, 2.0, 0) for prompt, action in words]
    apart = [
        sampler.sample_codes(sampler.condition([request]), [0], steps=3)[0] for request in requests
    ]
    together = sampler.sample_codes(sampler.condition(requests), [0, 0, 0], steps=3)
    torch.testing.assert_close(together, torch.stack(apart), atol=1e-4, rtol=1e-4)
    assert len({tuple(code.tolist()) for code in apart}) == 3


def test_engine_cancelled_stops_between_steps(engine: ModelEngine) -> None:
    seen: list[int] = []

    def progress(step: int, total: int, message: str = "") -> None:
        seen.append(step)
        if step == 2:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        engine.generate_take(_request(), progress)
    assert seen[-1] == 2


def test_engine_unknown_label_names_similar_labels(engine: ModelEngine) -> None:
    with pytest.raises(EngineError, match="did you mean swing"):
        engine.generate_take(_request(action="swinging"), _ignore)


def test_engine_latent_of_other_weights_raises(engine: ModelEngine) -> None:
    take = engine.generate_take(_request(), _ignore)
    take.metadata["hash"] = "0" * 16
    with pytest.raises(EngineError, match="other weights"):
        engine.decode_take(DecodeRequest(fps=30.0), take, _ignore)


@pytest.mark.parametrize("latent", [[1.0], "x", [float("nan")] * 16, None])
def test_engine_damaged_latent_raises(engine: ModelEngine, latent: object) -> None:
    take = engine.generate_take(_request(), _ignore)
    take.metadata["latent"] = latent
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(DecodeRequest(fps=30.0), take, _ignore)


@pytest.mark.parametrize("name", ["nerm_decoder.safetensors", "nerm_denoiser.safetensors"])
def test_load_weights_missing_truncated_or_changed_raises(
    assets: Path, tmp_path: Path, name: str
) -> None:
    def broken(how: str) -> Path:
        folder = tmp_path / how
        shutil.copytree(assets, folder, ignore=shutil.ignore_patterns("runs"))
        return folder

    missing, short, changed = broken("missing"), broken("short"), broken("changed")
    (missing / name).unlink()
    data = (short / name).read_bytes()
    (short / name).write_bytes(data[: len(data) // 2])
    (changed / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    for folder, words in ((missing, "missing"), (short, "damaged"), (changed, "damaged")):
        with pytest.raises(WeightsError, match=words):
            load_weights(folder)
        with pytest.raises(EngineError, match="install Anyframe again"):
            ModelEngine(folder)
    with pytest.raises(WeightsError, match="list of weights"):
        load_weights(tmp_path / "nowhere")
