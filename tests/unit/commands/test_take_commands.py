"""``generate``, ``decode`` and ``interpolate`` from the command line, with very small weights."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from backend.__main__ import app
from backend.data.motion_set import save_motion_set
from backend.kinematics.body.take import Take, load_take, save_take
from backend.service.engine import model_engine
from tests.support.motions import motion_set, swinging_take, write_tiny_weights


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> model_engine.ModelEngine:
    folder = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return model_engine.ModelEngine(folder)


@pytest.fixture(autouse=True)
def _small(
    engine: model_engine.ModelEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(model_engine, "ModelEngine", lambda: engine)
    monkeypatch.chdir(tmp_path)


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "300"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _generate(name: str, *arguments: object) -> Take:
    words = ("a person swings", "--seconds", 2, "--fps", 30, "--steps", 3)
    assert _run("generate", *words, *arguments, "-o", name).exit_code == 0
    return load_take(name)


def test_generate_variations_write_numbered_files() -> None:
    words = ("a person swings", "--seconds", 2, "--steps", 3, "--seed", 4)
    result = _run("generate", *words, "--variations", 3, "-o", "out/swing.npz")
    assert result.exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "swing_0.npz", "swing_1.npz", "swing_2.npz",
    ]  # fmt: skip
    assert [load_take(f"out/swing_{n}.npz").metadata["seed"] for n in range(3)] == [4, 5, 6]
    assert result.stdout.count("60 frames at 30 fps") == 3


def test_generate_passes_lock_feet_and_candidates() -> None:
    assert _generate("held.npz").metadata["lock_feet"] is True
    assert _generate("free.npz", "--no-lock-feet", "--candidates", 2).metadata["lock_feet"] is False


def test_generate_note_is_on_stderr(
    engine: model_engine.ModelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    variations = engine.generate_variations

    def noted(*arguments: object) -> list[Take]:
        takes = variations(*arguments)
        takes[0].metadata["note"] = "The motion [hardly] matches."
        return takes

    monkeypatch.setattr(engine, "generate_variations", noted)
    result = _run("generate", "Tomaten", "--seconds", 1, "--steps", 2, "-o", "t.npz")
    assert result.exit_code == 0
    assert "t.npz: The motion [hardly] matches." in result.stderr
    assert "hardly" not in result.stdout


def test_decode_command_samples_a_part() -> None:
    whole = _generate("whole.npz", "--no-lock-feet")
    part = ("--fps", 60, "--speed", 2, "--start", 0.5, "--end", 1.5)
    result = _run("decode", "whole.npz", *part, "-o", "part.npz")
    assert result.exit_code == 0, result.output
    take = load_take("part.npz")
    assert (len(take), take.fps) == (30, 60.0)
    np.testing.assert_allclose(take.joint_positions(), whole.joint_positions()[15:45], atol=1e-4)
    assert take.metadata["lock_feet"] is False
    assert _run("decode", "part.npz", "--lock-feet", "-o", "back.bvh").exit_code == 0
    assert Path("back.bvh").read_text().startswith("HIERARCHY")


def test_interpolate_command_blends_two_takes() -> None:
    first, second = _generate("a.npz"), _generate("b.npz", "--seed", 9)
    for factor, source in ((0, first), (1, second)):
        result = _run("interpolate", "a.npz", "b.npz", "--factor", factor, "-o", "between.npz")
        assert result.exit_code == 0, result.output
        take = load_take("between.npz")
        np.testing.assert_allclose(take.joint_positions(), source.joint_positions(), atol=1e-3)
        assert take.metadata["share"] == factor


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("generate", "walk", "--candidates", 17), "candidates must be between 1 and 16 (got 17)"),
        (("generate", "walk", "--variations", 0), "variations must be between 1 and 16 (got 0)"),
        (("generate", "walk", "--guidance", 21), "guidance must be between 0 and 20 (got 21)"),
        (("generate", "walk", "--steps", 0), "steps must be between 1 and 1000 (got 0)"),
        (("decode", "none.npz"), "There is no file none.npz"),
        (("decode", "foreign.npz"), "holds no latent"),
        (("decode", "text.npz"), "is not a readable .npz"),
        (("decode", "good.npz", "--speed", 0), "speed must be between 0.1 and 10 (got 0)"),
        (("decode", "good.npz", "--start", 2), "start before the motion ends at 2 s"),
        (("decode", "good.npz", "--start", 1, "--end", 0.5), "(got 1 s to 0.5 s)"),
        (("decode", "good.npz", "--end", 3), "ends at 2 s (got 3 s)"),
        (("decode", "good.npz", "--fps", "nan"), "frame rate must be"),
        (("decode", "good.npz", "-o", "x.txt"), "must end in .npz or .bvh"),
        (("decode", "other.npz"), "other weights"),
        (("interpolate", "good.npz", "none.npz"), "There is no file none.npz"),
        (("interpolate", "good.npz", "foreign.npz"), "holds no latent"),
        (("interpolate", "good.npz", "other.npz"), "other weights"),
        (("interpolate", "good.npz", "good.npz", "--share", 1.5), "share of the second motion"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_mistakes_are_sentences(
    engine: model_engine.ModelEngine, arguments: tuple[object, ...], words: str
) -> None:
    info = {"hash": engine.list_models()[0].hash, "latent": [0.0] * 16, "seconds": 2.0}
    for name, metadata in (("foreign", {}), ("good", info), ("other", {**info, "hash": "x"})):
        take = swinging_take(1.0)
        take.metadata = metadata
        save_take(take, f"{name}.npz")
    Path("text.npz").write_text("text")
    before = sorted(Path().iterdir())
    result = _run(*arguments)
    assert result.exit_code == 1
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert sorted(Path().iterdir()) == before


def test_generate_loop_ends_on_first_frame() -> None:
    take = _generate("loop.npz", "--loop")
    assert len(take) == 61
    np.testing.assert_allclose(take.poses[0, 3:], take.poses[-1, 3:], atol=1e-3)


def test_sequence_command_joins_blocks() -> None:
    blocks = ("a person swings:2", "a person: drifts:1.5")
    result = _run(
        "sequence", *blocks, "--fps", 24, "--seed", 7, "--transition", 0.2, "-o", "row.npz"
    )
    assert result.exit_code == 0
    assert "row.npz: 84 frames at 24 fps" in result.stdout
    blocks_made = [
        (block["prompt"], block["seconds"], block["seed"], block["blend"])
        for block in load_take("row.npz").metadata["blocks"]
    ]
    assert blocks_made == [("a person swings", 2.0, 7, 0.2), ("a person: drifts", 1.5, 8, 0.2)]
    assert _run("decode", "row.npz", "--fps", 48, "-o", "faster.bvh").exit_code == 0


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (("walks",), ['"walks" has no number of seconds', '"walks forward:3"']),
        (("walks:long",), ['"walks:long" has no number']),
        (("walks:3", ":2"), ["prompt is empty"]),
        (("walks:3", "runs:0.1"), ["Block 2's length", "0.1"]),
    ],
)
def test_blocks_that_cannot_be_are_refused(blocks: tuple[str, ...], words: list[str]) -> None:
    result = _run("sequence", *blocks, "-o", "row.npz")
    assert result.exit_code != 0
    missing = [word for word in words if word not in result.stderr]
    assert not missing, result.stderr
    assert not Path("row.npz").exists()
