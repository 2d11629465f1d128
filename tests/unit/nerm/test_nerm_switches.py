"""Stage 1's switches: each trains, and each does what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from backend.data.motion_set import save_motion_set
from backend.data.sequences import SequenceSet
from backend.nerm.codebook import CodebookTrainer, CodebookTraining
from backend.nerm.frame_rates import resample_sequences
from backend.nerm.inr import InrConfig, InrDecoder
from backend.nerm.time_encoding import CodebookConfig
from backend.nerm.train_inr import InrTrainer, InrTraining
from backend.training.pca_init import fit_pca_map
from backend.training.run import TrainingError
from tests.support.motions import motion_set

BOOK = CodebookConfig(entries=12, entry_width=8, latents=6, width=16, heads=2, mixing_layers=1)
TINY = InrConfig(
    latent=8,
    width=16,
    blocks=1,
    modulation_width=8,
    encoder_width=8,
    encoder_frames=16,
    root_width=16,
    root_blocks=1,
    codebook=BOOK,
)
FEW = InrTraining(steps=4, propose_steps=2, batch=4)


def _with(changes: dict[str, object]) -> tuple[InrTraining, InrConfig]:
    """The tiny setting with some changes, sorted by whose they are."""
    shape = {key: value for key, value in changes.items() if key in InrConfig.model_fields}
    training = {key: value for key, value in changes.items() if key not in shape}
    training = InrTraining(**{**vars(FEW), **training})  # pyright: ignore
    return training, TINY.model_copy(update=shape)


@pytest.fixture(scope="module")
def one_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "set.npz"
    save_motion_set(path, motion_set(1))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"time_encoding": "none"},
        {"time_normalised": False},
        {"linear_start": False},
        {"variational": False},
        {"encoder": False, "linear_start": False},
        {"encoder": False, "variational": False},
        {"rates": "fixed"},
        {"rates": "progressive", "fixed_steps": 2},
        {"scattered": 0, "clip": 8},
        {"root": "own"},
    ],
    ids=lambda changes: " ".join(changes) or "default",
)
def test_train_inr_each_switch_trains_on_one_clip(
    one_clip: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    training, config = _with(changes)
    assert InrTrainer(one_clip, training, config).run(tmp_path)
    tensors = load_file(tmp_path / "state.safetensors")
    assert all(bool(value.isfinite().all()) for value in tensors.values())
    assert bool(tensors["codes/mean"].any())
    assert ("encoder/head.0.weight" in tensors) == training.encoder
    assert ("decoder/basis" in tensors) == config.has_linear_part
    assert json.loads((tmp_path / "state.json").read_text())["step"] == 4


def test_train_inr_codebook_is_trained_first_and_frozen(
    one_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = CodebookTraining(steps=3, batch=8)
    monkeypatch.setattr("backend.nerm.codebook.CodebookTraining", lambda: short)
    training, config = _with({"time_encoding": "codebook"})
    assert not InrTrainer(one_clip, training, config).run(tmp_path, time_limit=0)
    assert json.loads((tmp_path / "codebook" / "state.json").read_text())["step"] == 1
    while not InrTrainer(one_clip, training, config).run(tmp_path, time_limit=0):
        pass
    learnt = load_file(tmp_path / "codebook" / "state.safetensors")["quantiser/entries"]
    used = load_file(tmp_path / "state.safetensors")["decoder/encoding.attention.entries"]
    assert bool(learnt.any())
    torch.testing.assert_close(used, learnt, atol=0, rtol=0)


def test_train_codebook_lowers_reconstruction_error(tmp_path: Path) -> None:
    from accelerate import Accelerator

    sequences = SequenceSet(motion_set(3))
    book = CodebookConfig(entries=24, entry_width=48)
    settings = CodebookTraining(steps=75, batch=16)
    trainer = CodebookTrainer(sequences, book, Accelerator(), settings)
    entries, _ = trainer.train_entries(tmp_path)
    assert entries is not None
    assert len(entries.unique(dim=0)) == book.entries
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    first, _, last = (float(line.split(",")[2]) for line in lines if "rebuilding" in line)
    assert last < 0.9 * first


def test_codebook_attention_eval_caches_latents() -> None:
    decoder = InrDecoder(TINY.model_copy(update={"time_encoding": "codebook"})).eval()
    attention = decoder.encoding.attention
    assert attention is not None
    attention.set_codebook(torch.randn(12, 8))
    arguments = torch.rand(2, 5), torch.randn(2, 8), torch.tensor([1.0, 2.0])
    torch.nn.init.normal_(decoder.pose.weight)
    fresh = decoder(*arguments)[0]
    with torch.no_grad():
        assert attention.codebook_latents() is attention.codebook_latents()
        torch.testing.assert_close(decoder(*arguments)[0], fresh)
        attention.set_codebook(torch.randn(12, 8))
        assert not torch.allclose(decoder(*arguments)[0], fresh, atol=1e-4)
        cached = attention.codebook_latents()
        decoder.load_state_dict(decoder.state_dict())
        assert attention.codebook_latents() is not cached


def test_inr_decoder_unnormalised_time_ignores_duration() -> None:
    torch.manual_seed(0)
    times, z = torch.rand(1, 5), torch.randn(1, 8)
    for normalised in (True, False):
        decoder = InrDecoder(TINY.model_copy(update={"time_normalised": normalised}))
        torch.nn.init.normal_(decoder.pose.weight)
        short = decoder(times, z, torch.tensor([1.0]))[0]
        long = decoder(times, z, torch.tensor([4.0]))[0]
        assert torch.allclose(short, long, atol=1e-5) is not normalised


def test_resample_sequences_shared_times_keep_frames() -> None:
    sequences = SequenceSet(motion_set())
    fixed = resample_sequences(sequences, 20.0)
    assert len(fixed) == len(sequences)
    assert set(fixed.fps.tolist()) == {20.0}
    torch.testing.assert_close(fixed.durations, sequences.durations)
    assert int(sequences.is_mirrored.sum()) == len(sequences) // 2
    for i in range(len(sequences)):
        index = torch.tensor([i])
        count = int(fixed.frames[i])
        made = fixed.batch_frames(index, torch.arange(count)[None])
        assert float(made.times.max()) <= float(sequences.durations[i]) + 1e-6
        if float(sequences.fps[i]) % 20 == 0:
            stride = round(float(sequences.fps[i]) / 20)
            real = sequences.batch_frames(index, stride * torch.arange(count)[None])
            torch.testing.assert_close(made.rows, real.rows, atol=1e-5, rtol=0)
            torch.testing.assert_close(made.times, real.times)
            torch.testing.assert_close(made.contacts, real.contacts)


def test_train_inr_without_variational_codes_are_points(one_clip: Path, tmp_path: Path) -> None:
    training, config = _with({"variational": False, "steps": 25, "propose_steps": 10})
    assert InrTrainer(one_clip, training, config).run(tmp_path)
    log_variance = load_file(tmp_path / "state.safetensors")["codes/log_variance"]
    assert float(log_variance.max()) < -20
    assert "kl" not in (tmp_path / "losses.csv").read_text()


def test_train_inr_longer_run_refines_codes(one_clip: Path, tmp_path: Path) -> None:
    training, config = _with({})
    assert InrTrainer(one_clip, training, config).run(tmp_path)
    before = load_file(tmp_path / "state.safetensors")
    training, config = _with({"steps": 7})
    assert InrTrainer(one_clip, training, config).run(tmp_path)
    after = load_file(tmp_path / "state.safetensors")
    torch.testing.assert_close(after["encoder/head.0.weight"], before["encoder/head.0.weight"])
    assert not torch.equal(after["codes/mean"], before["codes/mean"])


def test_training_run_resume_drops_later_losses(one_clip: Path, tmp_path: Path) -> None:
    assert InrTrainer(one_clip, *_with({"steps": 25})).run(tmp_path)
    path = tmp_path / "losses.csv"
    once = path.read_text()
    path.write_text(once + "50,kl,1.5\n")  # logged, then stopped before it was saved
    assert InrTrainer(one_clip, *_with({"steps": 30})).run(tmp_path)
    assert path.read_text() == once


def test_training_run_other_settings_names_them(one_clip: Path, tmp_path: Path) -> None:
    assert InrTrainer(one_clip, *_with({})).run(tmp_path)
    with pytest.raises(TrainingError, match=r"config\.time_encoding, training\.rates"):
        InrTrainer(one_clip, *_with({"time_encoding": "none", "rates": "fixed"})).run(tmp_path)
    with pytest.raises(TrainingError, match="already at step 4"):
        InrTrainer(one_clip, *_with({"steps": 3})).run(tmp_path)


@pytest.mark.parametrize("like", [True, False])
def test_fit_pca_map_single_or_equal_sequences_is_finite(like: bool) -> None:
    rows = torch.randn(1, 16, 135).expand(3 if like else 1, -1, -1)
    principal = fit_pca_map(rows, 8, 12)
    for part in (
        principal.encoder_weight,
        principal.encoder_shift,
        principal.decoder_basis,
        principal.decoder_offset,
    ):
        assert bool(part.isfinite().all())
    assert not bool(principal.encoder_weight.any())


@pytest.mark.slow
def test_train_two_processes_match_one(tmp_path: Path) -> None:
    """Odd batches, a checkpoint between, several phases: same weights as one process."""
    data = tmp_path / "set.npz"
    save_motion_set(data, motion_set(4))
    options = ["--batch", "7", "--propose-steps", "3", "--precision", "no", "--width", "16"]
    options += ["--blocks", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}

    def run(folder: str, steps: int, processes: int, *more: str) -> dict[str, torch.Tensor]:
        launcher = [sys.executable]
        module = ["-m", "backend"]
        if processes > 1:
            logs = tmp_path / f"logs_{steps}"
            launcher += ["-m", "torch.distributed.run", "--master_port", "29641"]
            launcher += ["--nproc_per_node", str(processes), "--log_dir", str(logs)]
            launcher += ["--redirects", "3"]
            # The launcher would read --run as an option of its own.
            module = ["-m", "--", "backend"]
        command = [*launcher, *module, "train", "nerm-inr", str(data)]
        command += ["--run", str(tmp_path / folder), "--steps", str(steps), *options, *more]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        if processes > 1:
            logged = [path.read_text() for path in sorted(logs.rglob("stderr.log"))]
            assert len(logged) == processes
            assert ["The run in" in text for text in logged] == [True, False]
        return load_file(tmp_path / folder / "state.safetensors")

    alone = run("alone", 6, 1)
    run("together", 2, 2)
    together = run("together", 6, 2)
    for name in ("decoder/pose.weight", "decoder/time.weight", "codes/mean", "codes/log_variance"):
        torch.testing.assert_close(together[name], alone[name], atol=2e-5, rtol=1e-3, msg=name)
