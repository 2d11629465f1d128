"""``generate --batch``: tables good and bad, rows that fail, files that are there already."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from backend.__main__ import app
from backend.kinematics.body.take import Take, load_take
from backend.kinematics.mocap.bvh import read_bvh
from backend.service.engine import model_engine
from backend.service.engine.interface import ProgressCallback
from tests.service.fake_engine import FakeEngine


class Engine(FakeEngine):
    made = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1

    def do_interrupt(self, take: Take, progress: ProgressCallback) -> Take:
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Engine.made = 0
    monkeypatch.setattr(model_engine, "ModelEngine", Engine)
    monkeypatch.chdir(tmp_path)


def run(*arguments: object) -> Result:
    words = ["generate", "--batch", "table.csv", *map(str, arguments)]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "400"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def write(text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    Path("table.csv").write_bytes(data)


def script(**deed: Any) -> str:
    """A cell that has the engine do something."""
    return '"' + json.dumps(deed).replace('"', '""') + '"'


def files(folder: str = "takes") -> list[str]:
    root = Path(folder)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_batch_writes_a_file_per_row(tmp_path: Path) -> None:
    write(
        "prompt,seconds,fps,seed,output\n"
        "a person walks,2,24,5,\n"
        '"jumps, then ""waves""",1.5,23.976,6,sub/jump\n'
        "\n"
        "Gehen ÄÖ 走る,1,120,7,walk.BVH\n"
    )
    result = run("-o", "out/motions")
    assert result.exit_code == 0, result.stderr
    assert files("out/motions") == ["0002_a_person_walks.npz", "sub/jump.npz", "walk.BVH"]
    take = load_take("out/motions/sub/jump.npz")
    assert take.metadata["prompt"] == 'jumps, then "waves"'
    assert (len(take), take.fps, take.metadata["seed"]) == (36, 23.976, 6)
    assert len(read_bvh("out/motions/walk.BVH").rotations) == 120
    assert "3 of 3 rows done." in result.stdout
    assert Engine.made == 1


def test_batch_options_are_defaults_of_empty_cells() -> None:
    write("PROMPT, Seed ,action,lock_feet\nwalks,,walk,\nwaves,9,,no\n")
    assert run("--fps", 60, "--seconds", 1, "--seed", 4, "--action", "jump").exit_code == 0
    first, second = (load_take(f"takes/{name}") for name in files())
    assert (len(first), first.metadata["seed"], first.metadata["lock_feet"]) == (60, 4, True)
    assert (second.metadata["seed"], second.metadata["lock_feet"]) == (9, False)


@pytest.mark.parametrize(
    "text",
    [
        "prompt;seconds;fps\r\nwalks;1,5;24\r\n",
        "prompt\tseconds\tfps\nwalks\t1.5\t24\n",
        "\ufeffprompt,seconds,fps\nwalks,1.5,24\n",
        "prompt,seconds,fps\nwalks,1.5,24",
    ],
    ids=["semicolons", "tabs", "bom", "no last newline"],
)
def test_read_table_accepts_other_delimiters_and_encodings(text: str) -> None:
    write(text)
    assert run().exit_code == 0
    assert len(load_take("takes/0002_walks.npz")) == 36


def test_batch_with_variations_numbers_files() -> None:
    write("prompt,variations,output\nwalks,2,walk\nwaves,1,\n")
    assert run("--format", "bvh").exit_code == 0
    assert files() == ["0003_waves.bvh", "walk_0.bvh", "walk_1.bvh"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "unknown: none"),
        ("walks\n", 'unknown: "walks"'),
        ("prompt,speed,mood\nwalks,1,2\n", 'unknown: "speed", "mood"'),
        ("prompt,prompt\na,b\n", '"prompt" must occur once'),
        ("seconds,fps\n1,24\n", 'needs a column "prompt"'),
        ("prompt\n\n \n", "has no rows"),
        (
            "prompt,seconds\nwalks,1\nwalks,fast\n",
            'Line 3: the column "seconds" must hold a number (got “fast”)',
        ),
        (
            "prompt,seed\nwalks,1.5\n",
            'Line 2: the column "seed" must hold a whole number (got “1.5”)',
        ),
        ("prompt,loop\nwalks,maybe\n", "must hold “yes” or “no” (got “maybe”)"),
        ("prompt,seconds\nwalks,99\n", "Line 2: The length must be between"),
        ("prompt,seconds\n,2\n", "Line 2: The prompt is empty"),
        ('prompt\n"a\nb\nc"\n\n,\n"d",e\n', "Line 7: it has 2 cells and the header 1"),
        ("prompt\nwalks, then jumps\n", "put text with a comma in quotes"),
        ("prompt,action\nwalks,wlk\n", 'Line 2: The model knows no label "wlk"; did you mean wal'),
        ("prompt,output\na,x\nb,X.npz\n", "Line 3: it writes X.npz, as line 2 does"),
        ("prompt,output,variations\na,x,2\nb,x_1,1\n", "Line 3: it writes x_1.npz"),
        ("prompt,output\na,../x\n", "inside the folder"),
        ("prompt,output\na,/tmp/x\n", "inside the folder"),
        ("prompt,output\na,C:x\n", "inside the folder"),
        ("prompt,output\na,..\\x\n", "inside the folder"),
        ('prompt,output\na,"x\ny"\n', "inside the folder"),
        (b"prompt\n\xff\xfe\n", "must be in UTF-8"),
        ('prompt\n"open\n', "cannot be read"),
        ("prompt\n" + "walks\n" * 10_001, "at most 10000 rows"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_batch_with_bad_table_exits_before_generating(text: str | bytes, words: str) -> None:
    write(text)
    result = run()
    assert result.exit_code == 1
    assert words in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
    assert not Path("takes").exists() or files() == []
    assert result.stdout == ""


def test_batch_without_table_exits_with_sentence() -> None:
    result = run()
    assert (result.exit_code, "There is no table" in result.stderr) == (1, True)


def test_batch_with_failing_row_continues() -> None:
    deeds = [{"do": "refuse"}, {"do": "steps"}, {"do": "raise"}, {"do": "memory"}, {"do": "nan"}]
    rows = "".join(f"{script(**deed)},{n}\n" for n, deed in enumerate(deeds))
    write(f"prompt,output\n{rows}[red]walks[/red],[red]last\n")
    result = run()
    assert result.exit_code == 1
    assert files() == ["1.npz", "[red]last.npz"]
    for words in (
        "The weights are damaged",
        "ZeroDivisionError: a b c",
        "not enough memory",
        "not finite",
        "[red]last.npz",
        "2 of 6 rows done, 4 failed.",
    ):
        assert words in result.stdout, words
    assert result.stdout.index("The weights are damaged") < result.stdout.index("done")


def test_batch_with_unwritable_file_fails_that_row() -> None:
    Path("takes").mkdir()
    Path("takes/in_the_way").touch()
    write("prompt,output\nwalks,in_the_way/x\nwaves,y\n")
    result = run()
    assert result.exit_code == 1
    assert "cannot be written" in result.stdout
    assert files() == ["in_the_way", "y.npz"]


def test_batch_with_existing_files_needs_a_decision() -> None:
    write("prompt,output,seed\nwalks,x,1\nwaves,y,1\n")
    Path("takes").mkdir()
    Path("takes/y.npz").write_bytes(b"old")
    refused = run()
    assert refused.exit_code == 1 and Engine.made == 0
    assert "1 of 2 rows exist already (line 3: takes/y.npz)" in refused.stderr
    assert files() == ["y.npz"]
    result = run("--existing", "skip")
    assert result.exit_code == 0
    assert "1 of 2 rows done, 1 skipped." in result.stdout
    assert Path("takes/y.npz").read_bytes() == b"old"
    assert load_take("takes/x.npz").metadata["prompt"] == "walks"
    assert run("--existing", "skip").exit_code == 0
    assert Engine.made == 1, "no model is loaded for nothing"
    assert run("--existing", "overwrite").exit_code == 0
    assert load_take("takes/y.npz").metadata["prompt"] == "waves"


def test_batch_with_missing_variations_generates_the_row_again() -> None:
    write("prompt,output,variations\nwalks,x,2\n")
    Path("takes").mkdir()
    Path("takes/x_0.npz").touch()
    assert run("--existing", "skip").exit_code == 0
    assert [load_take(f"takes/{name}").metadata["seed"] for name in files()] == [0, 1]


def test_batch_interrupted_leaves_finished_files() -> None:
    write(f"prompt,output\nwalks,x\n{script(do='interrupt')},y\nwaves,z\n")
    result = run()
    assert result.exit_code == 130
    assert files() == ["x.npz"]
    assert "1 of 3 rows done, 2 not started." in result.stdout


def test_generate_with_conflicting_options_exits_with_sentence() -> None:
    write("prompt\nwalks\n")
    assert run("a person walks").exit_code == 2
    for option in (("--format", "bvh"), ("--existing", "skip")):
        result = CliRunner().invoke(app, ["generate", "walks", *option])
        assert result.exit_code == 2 and "--batch" in result.output
    assert run("--format", "fbx").exit_code == 2
    assert not Path("takes").exists()
