"""The style engine with very small networks: training with interruptions, and generation."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.take import Take
from backend.protocol.control_track import ControlTrack
from backend.protocol.style_file import (
    STYLE_HEADER_KEY,
    StyleError,
    parse_style_info,
    read_style_info,
)
from backend.protocol.timeline import LabelBlock
from backend.service.engine.interface import EngineError, JobCancelled, TrainingTake
from backend.service.engine.styles import WORK_FOLDER_VARIABLE, StyleEngine
from backend.service.schema.limits import LIMITS
from backend.service.schema.style_requests import BlendRequest, LearnRequest
from backend.styles.networks import StyleConfig
from backend.styles.style import STYLE_FILE, StyleFile, StyleOrigin, read_style_bytes, write_style
from backend.training.weight_files import add_manifest_entry
from tests.support.motions import swinging_take
from tests.unit.styles.test_style import takes_of, untrained

STEPS = LIMITS.learn_steps_min
SHAPE = {"levels": 2, "widths": (2,), "kernel": 3}
TAKES = [{"name": "a", "label": "walk"}, {"name": "b", "label": "run"}]


@pytest.fixture
def styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StyleEngine:
    monkeypatch.setenv(WORK_FOLDER_VARIABLE, str(tmp_path / "work"))
    return StyleEngine("cpu", tmp_path / "assets", network_config=SHAPE)


def training_takes(*labels: str) -> list[TrainingTake]:
    take = swinging_take(2.0, 30.0)
    return [TrainingTake(label, take, (LabelBlock(label, take.duration),)) for label in labels]


def learn(
    styles: StyleEngine, *, until: int | None = None, labels: tuple[str, ...] = ("walk", "run")
) -> tuple[bytes, list[int], list[Take]]:
    """Return the style, the reported steps and the previews; stop after step `until`."""
    steps: list[int] = []
    previews: list[Take] = []

    def progress(step: int, total: int, message: str = "") -> None:
        del total, message
        steps.append(step)
        if step == until:
            raise JobCancelled

    request = LearnRequest(name="mine", takes=TAKES, steps=STEPS, licence="CC0-1.0")  # pyright: ignore
    try:
        data = styles.learn_style(request, training_takes(*labels), progress, previews.append)
    except JobCancelled:
        data = b""
    return data, steps, previews


def test_learn_style_after_cancel_resumes_to_same_style(styles: StyleEngine) -> None:
    data, steps, _ = learn(styles, until=4)
    assert (data, steps) == (b"", [0, 1, 2, 3, 4])
    data, steps, previews = learn(styles)
    assert steps == [0, *range(5, STEPS + 1)]
    assert len(previews) == 1
    read = read_style_bytes(data, "mine")
    assert read.network.config.labels == ("walk", "run")
    assert (read.origin.licence, read.origin.note) == ("CC0-1.0", "mine")
    again, steps, _ = learn(styles)
    assert (again, steps) == (data, [0])


def test_learn_style_with_other_takes_uses_other_run(styles: StyleEngine, tmp_path: Path) -> None:
    first = learn(styles)[0]
    other, steps, _ = learn(styles, labels=("run", "walk"))
    assert steps[-1] == STEPS and other != first
    assert len(list((tmp_path / "work").iterdir())) == 2


def test_learn_style_with_damaged_run_starts_again(styles: StyleEngine, tmp_path: Path) -> None:
    learn(styles, until=4)
    (run,) = (tmp_path / "work").iterdir()
    (run / "state.json").write_text("{", encoding="utf-8")
    assert learn(styles, until=2)[1] == [0, 1, 2]
    state = run / "state.safetensors"
    state.write_bytes(state.read_bytes()[:100])
    assert learn(styles)[1] == [*range(STEPS + 1)]


def test_learn_style_with_run_of_other_version_starts_again(
    styles: StyleEngine, tmp_path: Path
) -> None:
    learn(styles, until=4)
    (run,) = (tmp_path / "work").iterdir()
    state = json.loads((run / "state.json").read_text(encoding="utf-8"))
    state["settings"]["config"]["film_width"] += 1
    (run / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert learn(styles)[1] == [*range(STEPS + 1)]


def test_learn_style_with_unreadable_run_reports_it_and_leaves_it(
    styles: StyleEngine, tmp_path: Path
) -> None:
    learn(styles, until=4)
    (run,) = (tmp_path / "work").iterdir()
    weights = (run / "state.safetensors").read_bytes()
    state = run / "state.json"
    text = state.read_text(encoding="utf-8")
    state.unlink()
    state.mkdir()
    with pytest.raises(EngineError, match="cannot be read"):
        learn(styles)
    assert (run / "state.safetensors").read_bytes() == weights
    state.rmdir()
    state.write_text(text, encoding="utf-8")
    assert learn(styles)[1] == [0, *range(5, STEPS + 1)]


def test_limits_store_more_runs_than_can_be_queued() -> None:
    assert LIMITS.runs_kept > LIMITS.queued_learning


def test_learn_style_preempted_at_preview_still_sends_it(styles: StyleEngine) -> None:
    _, steps, previews = learn(styles, until=STEPS)
    assert steps[-1] == STEPS and len(previews) == 1


def test_learn_style_removes_oldest_runs(styles: StyleEngine, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for n in range(LIMITS.runs_kept):
        old = work / f"learn-{n}"
        old.mkdir()
        os.utime(old, (n, n))
    (work / "other").mkdir()
    learn(styles, until=1)
    left = {one.name for one in work.iterdir()}
    assert "learn-0" not in left and {"learn-1", "other"} <= left
    assert len(left) == LIMITS.runs_kept + 1


def test_work_folder_comes_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WORK_FOLDER_VARIABLE, raising=False)
    styles = StyleEngine("cpu", Path("nowhere"), network_config=SHAPE)
    learn(styles, until=2)
    assert learn(styles, until=4)[1] == [0, 3, 4]
    styles.free_memory()
    assert learn(StyleEngine("cpu", Path("nowhere"), network_config=SHAPE), until=6)[1] == [0, 5, 6]


def test_learn_style_with_control_tracks_learns_columns(
    styles: StyleEngine, tmp_path: Path
) -> None:
    take, columns = swinging_take(2.0, 30.0), ("loudness", "pitch")
    request = LearnRequest(
        name="mine", takes=[{"name": "talk"}], columns=list(columns), steps=STEPS
    )  # pyright: ignore

    def learnt(track: np.ndarray) -> bytes:
        training_take = TrainingTake("talk", take, ControlTrack(track, columns))
        return styles.learn_style(request, [training_take], lambda *_: None, lambda _: None)

    data = learnt(np.random.default_rng(0).random((len(take), 2)))
    assert read_style_bytes(data, "mine").network.config.labels == columns
    assert learnt(np.zeros((len(take), 2))) != data  # a silent sound has its columns, too
    assert len(list((tmp_path / "work").iterdir())) == 2  # another sound is another run

    def made(track: np.ndarray) -> Take:
        request = BlendRequest(control_seconds=2.0, fps=24.0, style="talk")  # pyright: ignore
        return styles.generate_in_style(request, data, track, lambda *_: None)[0]

    loud = made(np.ones((60, 2)))
    assert (len(loud), loud.metadata["prompt"]) == (48, "talk")
    assert not np.allclose(loud.poses, made(np.zeros((60, 2))).poses)
    with pytest.raises(EngineError, match="column for each of the style's 2"):
        made(np.ones((60, 3)))


def test_learn_style_with_invalid_takes_raises(styles: StyleEngine) -> None:
    request = LearnRequest(name="mine", takes=TAKES, steps=STEPS)  # pyright: ignore
    short = [TrainingTake("a", swinging_take(0.1, 30.0), (LabelBlock("walk", 1.0),))]
    with pytest.raises(EngineError, match="must last at least"):
        styles.learn_style(request, short, lambda *_: None, lambda _: None)


def test_shortest_training_take_covers_training_patch() -> None:
    shortest = StyleConfig(labels=("a",)).min_seconds
    assert shortest <= LIMITS.learn_take_min < shortest + 0.1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("style") / "mine.safetensors"
    network = untrained()
    origin = StyleOrigin("CC0-1.0", "", ("a",), 7.5)
    write_style(path, StyleFile(network, takes_of(network), origin))
    return path.read_bytes()


def blend(styles: StyleEngine, data: bytes | None, **fields: object) -> list[Take]:
    timeline = [{"label": "walk", "seconds": 1.0}, {"label": "run", "seconds": 1.0}]
    request = BlendRequest(**{"timeline": timeline, "fps": 24.0, **fields})  # pyright: ignore
    return styles.generate_in_style(request, data, None, lambda *_: None)


def test_generate_in_style_returns_takes_with_metadata(styles: StyleEngine, data: bytes) -> None:
    first, second = blend(styles, data, variations=2, seed=3, style="mine")
    assert len(first) == 48 and first.fps == 24.0
    assert not np.array_equal(first.poses, second.poses)
    (alone,) = blend(styles, data, seed=4)
    assert np.array_equal(alone.poses, second.poses)
    metadata = {key: second.metadata[key] for key in ("model", "style", "seed", "wanted", "prompt")}
    assert metadata == {
        "model": "multires", "style": "mine", "seed": 4, "wanted": "walk:1,run:1",
        "prompt": "walk → run",
    }  # fmt: skip
    assert second.metadata["hash"] == parse_style_info(data, "it").hash
    (looped,) = blend(styles, data, loop=True)
    assert len(looped) == 49


def apart(one: Take, other: Take) -> float:
    """Return the largest distance between joints in metres."""
    return float(np.linalg.norm(one.joint_positions() - other.joint_positions(), axis=-1).max())


def test_generate_in_style_with_grid_uses_timeline_of_each_level(
    styles: StyleEngine, data: bytes
) -> None:
    row = [{"label": "walk", "seconds": 1.0}, {"label": "run", "seconds": 1.0}]
    fine = [{"label": "run", "seconds": 2.0}]
    (plain,) = blend(styles, data)
    (alike,) = blend(styles, data, grid=[row] * 4)
    assert np.array_equal(alike.poses, plain.poses)
    (by_fine,) = blend(styles, data, fine=fine)
    (by_grid,) = blend(styles, data, grid=[row, row, fine, fine])
    assert np.array_equal(by_grid.poses, by_fine.poses)
    assert apart(by_fine, plain) > 0.01
    assert by_grid.metadata["grid"] == ["walk:1,run:1"] * 2 + ["run:2"] * 2


def test_generate_in_style_stores_originality(styles: StyleEngine, data: bytes) -> None:
    (near,), (free,) = (blend(styles, data, originality=value) for value in (0.0, 1.0))
    assert (near.metadata["originality"], free.metadata["originality"]) == (0.0, 1.0)
    assert np.array_equal(near.poses, blend(styles, data)[0].poses)
    assert apart(near, free) > 0.01
    for originality in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="originality"):
            blend(styles, data, originality=originality)


def test_generate_in_style_with_invalid_request_raises(styles: StyleEngine, data: bytes) -> None:
    with pytest.raises(EngineError, match="none ships"):
        blend(styles, None)
    with pytest.raises(EngineError, match='did you mean "walk"'):
        blend(styles, data, timeline=[{"label": "wlak", "seconds": 1.0}])
    with pytest.raises(EngineError, match="must be 12345678"):
        blend(styles, data, hash="1234567890")
    with pytest.raises(EngineError, match='"mine" is no style'):
        blend(styles, data[:99], style="mine")


def test_list_models_includes_shipped_style(
    styles: StyleEngine, data: bytes, tmp_path: Path
) -> None:
    assert styles.list_models() == []
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / STYLE_FILE).write_bytes(data)
    add_manifest_entry(tmp_path / "assets", STYLE_FILE, "CC0-1.0", 12, 1)
    (info,) = styles.list_models()
    assert (info.name, info.licence, info.actions) == ("multires", "CC0-1.0", ["walk", "run"])
    (own,) = blend(styles, None, hash=info.hash)
    assert np.array_equal(own.poses, blend(styles, data)[0].poses)
    (tmp_path / "assets" / STYLE_FILE).write_bytes(b"x")
    with pytest.raises(EngineError, match="install Anyframe again"):
        styles.list_models()
    with pytest.raises(EngineError, match=r"style\.safetensors is damaged or was changed"):
        blend(styles, None)


def test_read_style_with_vast_networks_raises(data: bytes) -> None:
    metadata = parse_style_info(data, "it").settings
    for changes in ({"film_width": 20_000}, {"levels": 99}, {"kernel": 999}, {"widths": [500]}):
        with pytest.raises(ValueError, match="less than or equal to"):
            StyleConfig.model_validate({**metadata["config"], **changes})


def test_read_style_with_nested_or_huge_header_raises() -> None:
    for text in ("[" * 100_000, json.dumps({"__metadata__": {STYLE_HEADER_KEY: "[" * 100_000}})):
        data = struct.pack("<Q", len(text)) + text.encode()
        with pytest.raises(StyleError, match=r"is no style|is damaged"):
            parse_style_info(data, "it")


def test_read_style_info_matches_file(data: bytes, tmp_path: Path) -> None:
    facts = parse_style_info(data, "it")
    assert (facts.labels, facts.levels, facts.seconds) == (("walk", "run"), 4, 7.5)
    assert facts.joints[0] == "pelvis"
    path = tmp_path / "mine.safetensors"
    path.write_bytes(data[:-4])
    assert read_style_info(path) == facts  # what lies behind the header is not looked at
    with pytest.raises(StyleError, match="cut short"):
        parse_style_info(data[:-4], "it")
    with pytest.raises(StyleError, match="There is no style"):
        read_style_info(tmp_path / "nothing")
