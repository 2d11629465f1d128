"""`learn` and `style` on the command line, also by their older words."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.commands.styles import _TIME_RANGE, _frame_range
from backend.kinematics.body.take import load_take, save_take
from backend.kinematics.mocap.bvh import read_bvh, write_bvh
from backend.protocol.control_track import ControlTrack
from backend.styles.generator_api import Style, StyleSpec
from backend.styles.learn import label_takes
from backend.styles.style import shipped_style_path
from backend.training.weight_files import read_manifest
from tests.support.motions import swinging_take


def run(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


def output_of(result) -> str:
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    save_take(swinging_take(5.0, 60.0, seed=1), folder / "a.npz")
    write_bvh(swinging_take(3.0, 30.0, seed=2), folder / "b.bvh")
    save_take(swinging_take(1.0, 60.0), folder / "short.npz")
    return folder


@pytest.fixture(scope="module")
def style(folder: Path) -> Path:
    path = folder / "style.safetensors"
    result = run(
        "learn", folder / "a.npz@1-4", folder / "b.bvh", "--label", "walk", "--label", "run",
        "--steps", "1", "--licence", "CC0-1.0", "--note", "two takes", "-o", path,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "walk, run from 6 s" in output_of(result)
    return path


def test_learn_writes_labels_and_origin_to_file(style: Path):
    learnt = Style.load(style)
    assert learnt.labels == ("walk", "run")
    assert learnt.origin.licence == "CC0-1.0"
    assert learnt.origin.note == "two takes"
    assert learnt.origin.takes == ("a.npz@1-4", "b.bvh")
    assert learnt.origin.seconds == pytest.approx(3.0 + 89 / 30, abs=0.01)
    assert learnt.origin.steps == 4


def test_learn_with_time_limit_resumes_later(folder: Path):
    path = folder / "later.safetensors"
    words = ("learn", folder / "a.npz", "--labels", "walk", "--steps", "1", "--time-limit", "0")
    for _ in range(3):
        result = run(*words, "-o", path)
        assert result.exit_code == 0
        assert "run the same command again" in output_of(result)
        assert not path.exists()
    assert run(*words, "-o", path).exit_code == 0
    assert path.exists()


def test_learn_with_label_timeline_learns_all_labels(folder: Path):
    path = folder / "turns.safetensors"
    words = ("learn", folder / "a.npz", "--labels", "walk:2,run:3", "--steps", "1", "-o", path)
    assert run(*words).exit_code == 0
    assert Style.load(path).labels == ("walk", "run")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("a.npz", "short.npz", "--labels", "x", "y"), "short.npz must last at least 1.50 s"),
        (("none.npz", "--labels", "x"), "There is no file"),
        (("a.npz", "--labels", "x", "y"), "got 1 takes and 2 labels"),
        (("a.npz@2-9", "--labels", "x"), "a.npz: The range must end within the motion"),
        (
            ("a.npz@3-2", "--labels", "x"),
            "a.npz: The range must end after its start (got 3 s to 2 s)",
        ),
        (("a.npz", "--labels", "x:2,y:b"), "is no label with its seconds"),
        (("a.npz", "--labels", "x", "--skeleton", "own"), "needs a .bvh file"),
    ],
)
def test_learn_with_invalid_arguments_reports_error(
    folder: Path, words: tuple[str, ...], sentence: str
):
    named = [folder / word if ".npz" in word else word for word in words]
    result = run("learn", *named, "-o", folder / "no.safetensors")
    assert result.exit_code == 1
    assert sentence in output_of(result)
    assert run("learn", folder / "a.npz", "--labels", "x", "-o", folder / "s.npz").exit_code == 1


def test_blend_with_timeline_writes_take(style: Path, tmp_path: Path):
    out = tmp_path / "new" / "take.npz"
    words = (
        "blend",
        "walk:3,run:3",
        "--style",
        style,
        "--fine",
        "run:6",
        "--overlap",
        "0.4",
        "--originality",
        "0.5",
    )
    result = run(*words, "--fps", "60", "--seed", "1", "-o", out)
    assert result.exit_code == 0, result.output
    assert "360 frames at 60 fps" in output_of(result)
    take = load_take(out)
    assert take.metadata["wanted"] == "walk:3,run:3"
    assert take.metadata["fine"] == "run:6"
    expected = Style.load(style).generate_take(
        StyleSpec("walk:3,run:3", seed=1, fine="run:6", overlap=0.4, originality=0.5), 60
    )
    assert np.array_equal(take.poses, expected.poses)
    loop = run("blend", "walk:2", "--style", style, "--loop", "--no-lock-feet", "-o", out)
    assert "61 frames at 30 fps" in output_of(loop)
    assert load_take(out).metadata["lock_feet"] is False


def test_blend_with_control_file_writes_take(style: Path, tmp_path: Path):
    np.savez(tmp_path / "control.npz", control=np.tile([0.3, 0.7], (7, 60, 1)))
    out = tmp_path / "take.npz"
    result = run("blend", tmp_path / "control.npz", "--style", style, "-o", out)
    assert result.exit_code == 0, result.output
    assert len(load_take(out)) == 60
    np.savez(tmp_path / "other.npz", track=np.zeros(3))
    for name, sentence in (("other", 'no array called "control"'), ("none", "There is no file")):
        failed = run("blend", tmp_path / f"{name}.npz", "--style", style, "-o", out)
        assert failed.exit_code == 1
        assert sentence in output_of(failed)


def test_blend_with_invalid_arguments_reports_error(style: Path, tmp_path: Path):
    for words, sentence in (
        (("wolk:2",), 'did you mean "walk"'),
        (("walk",), "is no label with its seconds"),
        (("walk:2", "--fine", "run:3"), "must have the same length"),
        (("walk:2", "--fps", "0.1"), "frame rate must be between 1 and 1000 fps"),
        (("walk:2", "-o", "take.fbx"), "must end in .npz or .bvh"),
        (("walk:2", "--style", str(tmp_path / "none.safetensors")), "There is no style"),
    ):
        result = run("blend", "--style", style, *words)
        assert result.exit_code == 1
        assert sentence in output_of(result)


def test_learn_and_blend_on_native_skeleton_write_bvh(folder: Path, tmp_path: Path):
    path = tmp_path / "own.safetensors"
    words = ("learn", folder / "b.bvh@0-2.5", "--labels", "walk", "--skeleton", "own")
    assert run(*words, "--steps", "1", "-o", path).exit_code == 0
    made = run("blend", "walk:2", "--style", path, "--fps", "24", "-o", tmp_path / "made.bvh")
    assert made.exit_code == 0, made.output
    motion = read_bvh(tmp_path / "made.bvh")
    assert motion.rest.names == read_bvh(folder / "b.bvh").rest.names
    assert len(motion) == 48
    assert motion.fps == 24
    refused = run("blend", "walk:2", "--style", path, "-o", tmp_path / "made.npz")
    assert refused.exit_code == 1
    assert "another skeleton must be a .bvh" in output_of(refused)


def test_blend_without_style_uses_shipped_style(monkeypatch, style: Path, tmp_path: Path):
    ships = shipped_style_path
    monkeypatch.setattr("backend.styles.style.shipped_style_path", lambda: ships(tmp_path))
    result = run("blend", "walk:2", "-o", tmp_path / "take.npz")
    assert result.exit_code == 1
    assert "none ships with this Anyframe" in output_of(result)
    result = run("train", "style-export", style, "-o", tmp_path)
    assert result.exit_code == 0, result.output
    assert "6 s of 2 takes" in output_of(result)
    entry = read_manifest(tmp_path)["style.safetensors"]
    assert (entry["licence"], entry["steps"], entry["sequences"]) == ("CC0-1.0", 4, 2)
    assert run("blend", "walk:2", "-o", tmp_path / "take.npz").exit_code == 0
    whole = style.read_bytes()
    (tmp_path / "style.safetensors").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "was changed" in output_of(run("blend", "walk:2", "-o", tmp_path / "take.npz"))
    (tmp_path / "style.safetensors").write_bytes(b"x")
    assert run("train", "style-export", tmp_path / "style.safetensors").exit_code == 1


@pytest.mark.parametrize(
    ("part", "lead_in", "frames"),
    [("2-3", 0.0, (60, 91)), ("2-3", 0.5, (45, 76)), ("0-1", 0.5, (0, 16))],
)
def test_learn_with_part_of_take_counts_from_file_start(
    part: str, lead_in: float, frames: tuple[int, int]
):
    match = _TIME_RANGE.fullmatch(f"a.bvh@{part}")
    assert match is not None
    assert _frame_range(match, Path("a.bvh"), 30.0, 5.0, lead_in) == frames


def test_learn_with_control_track_counts_from_file_start():
    take = swinging_take(2.0, 30.0)
    take.metadata["lead_in"] = 0.5
    track = np.arange(round((take.duration + 0.5) * 30) + 1)[:, None] / 30.0
    _, (made,) = label_takes([take], [ControlTrack(track, ("time",))], ["a"])
    assert made.track[0, 0] == pytest.approx(0.5)
    assert made.track[-1, 0] == pytest.approx(take.duration + 0.5)
