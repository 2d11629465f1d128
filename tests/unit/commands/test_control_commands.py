"""Sounds on the command line: `control`, and `--wavlm` of `learn` and `blend`."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.kinematics.body.take import load_take, save_take
from backend.protocol.control_track import read_control_track
from backend.styles.generator_api import Style
from backend.styles.wavlm import WavLm
from tests.support.motions import swinging_take
from tests.support.sounds import tiny_wavlm, tone, write


def run(*words: str | Path):
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "300"})
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a take, its sound and a WavLM model."""
    folder = tmp_path_factory.mktemp("sounds")
    save_take(swinging_take(2.0, 30.0), folder / "take.npz")
    write(folder / "take.wav", tone(140, 2.0).samples[:, None])
    tiny_wavlm(folder / "wavlm", columns=6)
    return folder


def test_audio_features_command_writes_control_track(folder: Path, tmp_path: Path):
    out = tmp_path / "new" / "track.npz"
    assert run("audio-features", folder / "take.wav", "-o", out) == (
        0,
        f"{out}: 61 frames of 28 columns",
    )
    track = read_control_track(folder / "take.wav")
    found = read_control_track(out)
    assert np.allclose(found.values, track.values, atol=1e-6)
    assert found.columns == tuple(f"column {n}" for n in range(1, 29))
    assert [path.name for path in out.parent.iterdir()] == ["track.npz"]


def test_audio_features_command_uses_wavlm_folder(folder: Path, tmp_path: Path):
    out = tmp_path / "track.npz"
    code, output = run(
        "audio-features", folder / "take.wav", "--wavlm", folder / "wavlm", "-o", out
    )
    assert (code, output) == (0, f"{out}: 61 frames of 6 columns")
    track = read_control_track(folder / "take.wav", WavLm(folder / "wavlm"))
    assert np.allclose(read_control_track(out).values, track.values, atol=1e-6)


def test_learn_and_style_commands_use_wavlm_folder(folder: Path, tmp_path: Path):
    style, out = tmp_path / "style.safetensors", tmp_path / "made.npz"
    sound, wavlm = folder / "take.wav", ("--wavlm", folder / "wavlm")
    learn = ("learn", folder / "take.npz", "--labels", sound, "--steps", "1", "-o", style)
    code, output = run(*learn, *wavlm)
    assert code == 0, output
    assert Style.load(style).labels == tuple(f"WavLM {n}" for n in range(1, 7))
    code, output = run("style", sound, *wavlm, "--style", style, "-o", out)
    assert code == 0, output
    # Its file is as good as the sound: blending asks for the number of columns alone.
    run("audio-features", sound, *wavlm, "-o", tmp_path / "track.npz")
    code, output = run("style", tmp_path / "track.npz", "--style", style, "-o", tmp_path / "2.npz")
    assert code == 0, output
    assert np.allclose(load_take(out).poses, load_take(tmp_path / "2.npz").poses, atol=1e-3)
    code, output = run("style", sound, "--style", style, "-o", out)
    assert code == 1
    assert "a column for each of the style's 6 labels" in output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("audio-features", "take.npz"),
            "The sound must be an uncompressed .wav file (got take.npz).",
        ),
        (
            ("audio-features", "take.wav", "-o", "a.csv"),
            "The control track a.csv must end in .npz.",
        ),
        (("audio-features", "none.wav"), "There is no file"),
        (("audio-features", "take.wav", "--wavlm", "."), "must hold config.json and weights"),
        (("style", "walk:2", "--wavlm", "wavlm"), "--wavlm needs a .wav file"),
        (
            ("learn", "take.npz", "--labels", "walk", "--wavlm", "wavlm"),
            "--wavlm needs a .wav file (none is named): leave it out, or name one.",
        ),
    ],
)
def test_audio_features_command_with_invalid_files_exits_with_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
):
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    code, output = run(*words)
    assert code == 1
    assert sentence in output
    assert sorted(folder.iterdir()) == before
