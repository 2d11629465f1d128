"""Command line: its output, and one sentence for every mistake."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import load_motion_set, save_motion_set
from backend.kinematics.mocap.bvh import write_bvh
from tests.support.motions import motion_set, swinging_take


def _run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "300"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.process
def test_prepare_reports_used_and_skipped_files(tmp_path: Path) -> None:
    source = tmp_path / "mocap" / "mine"
    source.mkdir(parents=True)
    write_bvh(swinging_take(1.0), source / "good.bvh")
    (source / "bad.bvh").write_text("HIERARCHY\n")
    code, text = _run("prepare", tmp_path / "mocap", "-o", tmp_path / "set.npz", "--workers", "1")
    assert code == 0
    assert "mine/bad" in text
    assert "MOTION" in text
    assert "Skipped (1)" in text
    assert len(load_motion_set(tmp_path / "set.npz")) == 1


@pytest.mark.process
def test_prepare_without_a_usable_file_fails(tmp_path: Path) -> None:
    (tmp_path / "bad.bvh").write_text("")
    code, text = _run("prepare", tmp_path / "bad.bvh", "-o", tmp_path / "set.npz")
    assert code == 1
    assert "nothing was written" in text
    code, text = _run("prepare", tmp_path / "none", "-o", tmp_path / "set.npz")
    assert code == 1
    assert "There is no folder" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "nerm-inr", "none.npz"), "There is no file none.npz"),
        (
            ("train", "nerm-diffusion", "set.npz", "--process", "magic"),
            "'magic' is not one of 'flow', 'clean', 'epsilon'",
        ),
        (("train", "nerm-diffusion", "set.npz", "--codes", "none"), "no stage 1 run"),
        (("train", "nerm-export", "data.npz", "-o", "out", "--inr", "none"), "no training run"),
        (("evaluate", "reconstruction", "none.npz"), "There is no file none.npz"),
    ],
)
def test_mistakes_are_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    save_motion_set(Path("set.npz"), motion_set(2))
    code, text = _run(*arguments)
    assert code in {1, 2}  # 2 where typer itself refuses
    assert words in text
    assert "Traceback" not in text


def test_train_command_in_slices_reports_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_motion_set(Path("set.npz"), motion_set(2))
    command = ("train", "nerm-inr", "set.npz", "--run", "run", "--steps", "6")
    code, text = _run(*command, "--time-limit", "0")
    assert (code, "the same command resumes it" in text) == (0, True)
    assert json.loads(Path("run/state.json").read_text())["step"] == 1
    code, text = _run(*command)
    assert (code, "finished" in text) == (0, True)
    assert Path("run/losses.png").exists() is False  # fewer steps than one point of the curve
