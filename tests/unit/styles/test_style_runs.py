"""Runs of style training: resumed, damaged, or with other data."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from backend.styles.train import LearnSettings, StyleTrainer
from backend.training.run import TrainingError, TrainingRun
from tests.unit.styles.test_style_training import FEW, TAKES, examples, run


def test_resumed_run_equals_unbroken_run(tmp_path: Path):
    whole = run(tmp_path / "whole.safetensors", licence="mine", note="two takes")
    assert whole is not None
    calls = 0

    def every_other() -> bool:
        nonlocal calls
        calls += 1
        return calls % 2 == 0

    slices = 0
    while run(tmp_path / "cut.safetensors", every_other, licence="mine", note="two takes") is None:
        slices += 1
    assert slices == 2  # of 6 steps, those after the 2nd and the 4th
    files = [tmp_path / name for name in ("whole.safetensors", "cut.safetensors")]
    one, other = (load_file(file) for file in files)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert files[0].read_bytes() == files[1].read_bytes()
    states = [load_file(file.with_suffix(".run") / "state.safetensors") for file in files]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_time_limit_stops_run_after_a_step(tmp_path: Path):
    steps = []
    out = tmp_path / "s.safetensors"
    for _ in range(6):
        done = run(out, progress=lambda *reports: steps.append(reports[0]), time_limit=0.0)
        if done is not None:
            break
    assert steps == [1, 2, 3, 4, 5, 6]
    assert out.is_file()


def test_progress_exception_stops_run_resumably(tmp_path: Path):
    reports = []

    def progress(step: int, total: int, eta: float | None, message: str) -> None:
        reports.append((step, total, message))
        assert eta is not None
        assert eta >= 0
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s.safetensors", progress=progress)
    assert run(tmp_path / "s.safetensors", progress=lambda *more: reports.append(more)) is not None
    assert [line[0] for line in reports] == [1, 2, 3, 4, 5, 6]
    assert {line[1] for line in reports} == {6}
    assert reports[0][2] == "Level 2 of 3"
    assert reports[-1][3] == "Level 3 of 3"


def test_run_killed_between_checkpoint_files_resumes(tmp_path: Path):
    whole = run(tmp_path / "whole.safetensors")
    out = tmp_path / "cut.safetensors"
    state = out.with_suffix(".run") / "state.json"
    run(out, time_limit=0.0)
    older = state.read_bytes()
    run(out, time_limit=0.0)
    state.write_bytes(older)
    again = run(out)
    assert whole is not None
    assert again is not None
    assert again.hash == whole.hash


@pytest.mark.parametrize("name", ["state.json", "state.safetensors"])
def test_damaged_checkpoint_raises_training_error(tmp_path: Path, name: str):
    out = tmp_path / "cut.safetensors"
    run(out, time_limit=0.0)
    torn = out.with_suffix(".run") / name
    torn.write_bytes(torn.read_bytes()[:20])
    with pytest.raises(TrainingError, match="damaged, or of another version"):
        run(out)


def test_resumed_run_closes_checkpoint_file(tmp_path: Path):
    out = tmp_path / "cut.safetensors"
    run(out, time_limit=0.0)
    learning = StyleTrainer(examples(), FEW)
    TrainingRun(out.with_suffix(".run"), learning.total, settings=learning.settings_record).resume(
        learning.state, frozenset({"generator_optimiser", "critic_optimiser"})
    )
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("Only Linux tells which files are mapped.")
    assert str(out.with_suffix(".run")) not in maps.read_text(encoding="utf-8")


def test_interrupted_step_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = run(tmp_path / "whole.safetensors")
    generators = StyleTrainer._train_generators
    calls = []

    def breaks(self, *reports):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return generators(self, *reports)

    monkeypatch.setattr(StyleTrainer, "_train_generators", breaks)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut.safetensors")
    again = run(tmp_path / "cut.safetensors")
    assert whole is not None
    assert again is not None
    assert again.hash == whole.hash


def test_run_folder_of_other_takes_or_settings_raises(tmp_path: Path):
    out = tmp_path / "s.safetensors"
    assert run(out, lambda: True) is None
    with pytest.raises(TrainingError, match="data"):
        run(out, takes=TAKES[::-1])
    with pytest.raises(TrainingError, match=r"training\.batch"):
        run(out, settings=LearnSettings(steps=3, batch=3, window=9, critic_steps=2))
