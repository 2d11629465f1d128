"""Motions by their action from the command line: among blocks, and in a batch's table."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.__main__ import app
from backend.data.motion_set import save_motion_set
from backend.kinematics.body.take import Take, load_take
from backend.service.engine import model_engine
from backend.service.engine.model_engine import ModelEngine
from tests.support.motions import motion_set, write_tiny_actions, write_tiny_weights


@pytest.fixture(scope="module")
def prompts_alone(tmp_path_factory: pytest.TempPathFactory) -> ModelEngine:
    folder = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return ModelEngine(folder)


@pytest.fixture(scope="module")
def engine(prompts_alone: ModelEngine, tmp_path_factory: pytest.TempPathFactory) -> ModelEngine:
    folder = tmp_path_factory.mktemp("both")
    for path in prompts_alone._assets.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    write_tiny_actions(folder, tmp_path_factory.mktemp("run"))
    return ModelEngine(folder)


@pytest.fixture(autouse=True)
def _small(engine: ModelEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model_engine, "ModelEngine", lambda: engine)
    monkeypatch.chdir(tmp_path)


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "400"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _bent(take: Take) -> float:
    """Mean bend of the spine: "bend" bends it, "swing" does not."""
    return float(take.poses[:, 9].mean())


def _part(take: Take, first: float, last: float) -> Take:
    cut = slice(round(first * take.fps), round(last * take.fps))
    return Take(take.poses[cut], take.trans[cut], take.fps)


def test_sequence_command_mixes_prompts_and_labels() -> None:
    blocks = ("action=bend:1.5", "a person swings:1", "Action = swing:1.5", "action=bend:1.2")
    result = _run("sequence", *blocks, "--fps", 24, "--seed", 7, "--blend", 0.2, "-o", "row.npz")
    assert result.exit_code == 0, result.stderr
    take = load_take("row.npz")
    assert len(take) == round(5.2 * 24)
    found = [
        (block["model"], block["prompt"], block["action"], block["seconds"], block["seed"])
        for block in take.metadata["blocks"]
    ]
    assert found == [
        ("motioninr", "", "bend", 1.5, 7),
        ("nerm", "a person swings", None, 1.0, 8),
        ("motioninr", "", "swing", 1.5, 9),
        ("motioninr", "", "bend", 1.2, 10),
    ]
    bend, swing, again = (
        _bent(_part(take, *span)) for span in ((0.1, 1.4), (2.6, 3.9), (4.1, 5.1))
    )
    assert min(bend, again) > swing + 0.5
    assert _run("decode", "row.npz", "--fps", 48, "-o", "faster.bvh").exit_code == 0


def test_sequence_command_of_labels_loops() -> None:
    result = _run("sequence", "action=bend:1.5", "action=swing:1.5", "--loop", "-o", "row.npz")
    assert result.exit_code == 0, result.stderr
    take = load_take("row.npz")
    assert (len(take), take.metadata["model"]) == (91, "motioninr")
    assert abs(take.poses[0, 3:] - take.poses[-1, 3:]).max() < 1e-3


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (("swings:1", "action=swingg:1"), 'no label "swingg"; did you mean swing?'),
        (("action=:1",), "needs a label"),
        (("action=swing",), 'or "label=jump:2" ("action=swing" has no number of seconds'),
        (
            ("a person action=swing:1",),
            'not both (got "a person action=swing:1"): make two blocks of it',
        ),
        (("acton=swing:1",), 'is neither): write it without "acton="'),
        (("action=swing:99",), "Block 1's length must be"),
        (("action=swing a person:1",), 'no label "swing a person"; did you mean swing?'),
    ],
)
def test_blocks_that_cannot_be_are_refused(blocks: tuple[str, ...], words: str) -> None:
    result = _run("sequence", *blocks, "-o", "row.npz")
    assert result.exit_code == 1
    assert words in result.stderr
    assert not Path("row.npz").exists()


def test_batch_mixes_prompts_and_labels(engine: ModelEngine) -> None:
    Path("table.csv").write_text(
        "model,action,prompt,seconds,seed,steps,loop,output\n"
        "motioninr,bend,,1.5,4,,,bend\n"
        ",,a person swings,1,5,2,,words\n"
        "MotionINR,swing,,1.5,6,,yes,round\n"
    )
    result = _run("generate", "--batch", "table.csv", "--fps", 24, "--guidance", 2)
    assert result.exit_code == 0, result.stderr
    bend, words, swing = (load_take(f"takes/{name}.npz") for name in ("bend", "words", "round"))
    models = [take.metadata["model"] for take in (bend, words, swing)]
    assert models == ["motioninr", "nerm", "motioninr"]
    assert [len(take) for take in (bend, words, swing)] == [36, 24, 37]
    assert _bent(bend) > _bent(swing) + 0.5
    alone = ("--model", "motioninr", "--label", "bend", "--weights", engine._assets)
    same = ("--seconds", 1.5, "--fps", 24, "--seed", 4, "-o", "one.npz")
    assert _run("generate", *alone, *same).exit_code == 0
    assert abs(load_take("one.npz").joint_positions() - bend.joint_positions()).max() < 1e-3


def test_batch_label_option_is_default_of_rows() -> None:
    Path("table.csv").write_text("action,seconds,model\nbend,1,\nswing,1,\n,1,nerm\n")
    words = ("generate", "--batch", "table.csv", "--model", "motioninr")
    result = _run(*words)
    assert result.exit_code == 1 and "Line 4: The prompt is empty" in result.stderr
    assert _run(*words, "--action", "swing", "--steps", 2).exit_code == 0
    made = {path.name: load_take(path).metadata for path in Path("takes").iterdir()}
    found = {name: (info["model"], info["action"]) for name, info in made.items()}
    assert found == {
        "0002_bend.npz": ("motioninr", "bend"),
        "0003_swing.npz": ("motioninr", "swing"),
        "0004_swing.npz": ("nerm", "swing"),
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("motioninr,bnd,,", 'Line 2: The model knows no label "bnd"; did you mean bend?'),
        ("motioninr,,,", "Line 2: The model motioninr needs a label"),
        ("motioninr,bend,a person bends,", "Line 2: The model motioninr takes a label only"),
        ("motioninr,bend,,3", 'Line 2: the column "guidance" is for motions from prompts'),
        ("gan,bend,,", "Line 2: The field \"model\" must be 'nerm' or 'motioninr'"),
        (",,,", "Line 2: The prompt is empty"),
    ],
)
def test_batch_with_invalid_label_row_exits_with_sentence(row: str, words: str) -> None:
    Path("table.csv").write_text(f"model,action,prompt,guidance,seconds\n{row},1\n")
    result = _run("generate", "--batch", "table.csv")
    assert result.exit_code == 1
    assert words in result.stderr
    assert not Path("takes").exists() or not list(Path("takes").iterdir())


def test_batch_without_label_weights_exits_with_sentence(
    prompts_alone: ModelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_engine, "ModelEngine", lambda: prompts_alone)
    Path("table.csv").write_text("model,action,seconds\nmotioninr,bend,1\n")
    for words in (("generate", "--batch", "table.csv"), ("sequence", "action=bend:1")):
        result = _run(*words)
        assert result.exit_code == 1
        assert "weights for motions from a label alone are missing" in result.stderr


def test_generate_weights_option_with_batch_exits_with_sentence() -> None:
    words = ("generate", "--model", "motioninr", "--batch", "table.csv", "--weights", ".")
    result = _run(*words)
    assert result.exit_code == 2 and "and no --batch" in result.output


def test_generate_label_with_loop_returns_to_its_start() -> None:
    words = ("generate", "--model", "motioninr", "--label", "bend", "--seconds", 1.5, "--fps", 24)
    assert _run(*words, "--loop", "-o", "round.npz").exit_code == 0
    take = load_take("round.npz")
    assert len(take) == 37
    assert take.metadata["loop"] is True
    assert abs(take.poses[-1, 3:] - take.poses[0, 3:]).max() < 1e-3
    once = _run(*words, "-o", "once.npz")
    assert once.exit_code == 0 and len(load_take("once.npz")) == 36
    refused = _run(*words, "--loop", "--weights", ".")
    assert refused.exit_code == 2 and "does not support --loop" in refused.output
