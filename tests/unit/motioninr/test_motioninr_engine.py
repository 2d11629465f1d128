"""MotionINR in the engine: takes, sequences, decoding and errors."""

import json
from pathlib import Path

import numpy as np
import pytest

from backend.data.motion_set import save_motion_set
from backend.kinematics.body.take import Take
from backend.protocol.limits import LimitError
from backend.service.engine.interface import EngineError
from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import (
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    SequenceRequest,
    make_request,
)
from tests.support.motions import motion_set, write_tiny_actions, write_tiny_weights

SWING = {"model": "motioninr", "action": "swing", "seconds": 1.5}


@pytest.fixture(scope="module")
def prompts_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return folder


@pytest.fixture(scope="module")
def engine(prompts_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelEngine:
    assets = tmp_path_factory.mktemp("both")
    for path in prompts_alone.glob("*.*"):
        (assets / path.name).write_bytes(path.read_bytes())
    write_tiny_actions(assets, tmp_path_factory.mktemp("run"))
    return ModelEngine(assets)


def _ignore(step: int, total: int, message: str = "") -> None:
    pass


def generated(engine: ModelEngine, **changes: object) -> Take:
    return engine.generate_take(
        make_request(GenerateRequest, **{**SWING, "fps": 30.0, **changes}), _ignore
    )


def same(one: Take, other: Take) -> None:
    np.testing.assert_allclose(one.joint_positions(), other.joint_positions(), atol=1e-4)


def test_engine_lists_both_models(engine: ModelEngine) -> None:
    nerm, by_action = engine.list_models()
    assert (nerm.name, by_action.name) == ("nerm", "motioninr")
    assert by_action.actions == ["bend", "swing"]
    assert not nerm.data
    assert by_action.data["bend"].captures == 5
    data = by_action.data["swing"]
    assert 0.9 < data.shortest < data.median < data.longest < 2.5
    assert by_action.hash != nerm.hash


def test_generate_with_label_returns_take_with_metadata(engine: ModelEngine) -> None:
    request = make_request(GenerateRequest, **SWING, fps=24.0, seed=4, variations=3)
    steps: list[tuple[int, int]] = []
    takes = engine.generate_variations(
        request, lambda step, total, message="": steps.append((step, total))
    )
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [(len(t), t.fps, t.metadata["seed"]) for t in takes] == [
        (36, 24, 4),
        (36, 24, 5),
        (36, 24, 6),
    ]
    assert np.abs(takes[0].joint_positions() - takes[1].joint_positions()).max() > 0.05
    info = takes[1].metadata
    assert (info["model"], info["action"]) == ("motioninr", "swing")
    assert info["novelty"]["nearest"].startswith("clip_")
    json.dumps(info)
    same(takes[1], generated(engine, fps=24.0, seed=5))


def test_generate_with_unusual_length_adds_note(engine: ModelEngine) -> None:
    long = generated(engine, seconds=6.0)
    assert len(long) == 180
    assert "several motions" in long.metadata["note"]
    assert "note" not in generated(engine).metadata


def test_generate_with_invalid_request_raises(engine: ModelEngine, prompts_alone: Path) -> None:
    with pytest.raises(EngineError, match="did you mean swing"):
        generated(engine, action="swingg")
    for fields, sentence in (
        ({"action": None}, "needs a label"),
        ({"prompt": "walks"}, "takes a label only"),
    ):
        with pytest.raises(LimitError, match=sentence):
            generated(engine, **fields)
    with pytest.raises(LimitError, match="model"):
        generated(engine, model="gan")
    with pytest.raises(EngineError, match="missing"):
        generated(ModelEngine(prompts_alone))


@pytest.mark.parametrize("seconds", [1.5, 6.0])
def test_decode_take_reproduces_motion_at_other_rates(engine: ModelEngine, seconds: float) -> None:
    take = generated(engine, seconds=seconds)
    again = engine.decode_take(make_request(DecodeRequest, fps=60.0), take, _ignore)
    assert len(again) == 2 * len(take)
    np.testing.assert_allclose(again.joint_positions()[::2], take.joint_positions(), atol=2e-3)
    part = engine.decode_take(
        make_request(DecodeRequest, fps=30.0, start=0.5, end=1.0), take, _ignore
    )
    np.testing.assert_allclose(part.joint_positions(), take.joint_positions()[15:30], atol=1e-4)
    assert part.metadata["note" if seconds > 3 else "action"]


def test_sequence_mixes_prompts_and_labels(engine: ModelEngine) -> None:
    blocks = [
        {"prompt": "a person swings", "seconds": 1.0, "seed": 1},
        {**SWING, "seed": 2},
        {**SWING, "action": "bend", "seconds": 5.0, "seed": 3},
    ]
    request = make_request(SequenceRequest, blocks=blocks, fps=30.0, steps=2)
    take = engine.generate_sequence(request, None, _ignore)
    assert len(take) == 225
    blocks_metadata = take.metadata["blocks"]
    assert [block["model"] for block in blocks_metadata] == ["nerm", "motioninr", "motioninr"]
    assert (take.metadata["model"], blocks_metadata[1]["drawn"]["model"]) == ("nerm", "motioninr")
    assert "several motions" in take.metadata["note"]
    assert take.metadata["note"].count("Too few captures") == 1
    json.dumps(take.metadata)
    assert np.linalg.norm(np.diff(take.joint_positions(), axis=0), axis=-1).max() * 30 < 8
    # What is drawn of an action is as long as what is shown of it: 0.4 s pass on either side.
    np.testing.assert_allclose([blocks_metadata[n]["drawn"]["seconds"] for n in (1, 2)], [1.9, 5.2])
    # The last bends its spine.
    spine = take.poses[:, 9]
    assert spine[-90:].mean() > spine[:60].mean() + 0.4
    same(engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore), take)
    again = [{**blocks[0], "kept": 0}, {**blocks[1], "seed": 9}, {**blocks[2], "kept": 2}]
    other = engine.generate_sequence(
        make_request(SequenceRequest, blocks=again, fps=30.0, steps=2), take, _ignore
    )
    blocks_metadata[1]["drawn"]["hash"] = "0"
    with pytest.raises(EngineError, match="other weights"):
        engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore)
    drawn = [
        [block["drawn"]["latent"] for block in one.metadata["blocks"]] for one in (take, other)
    ]
    assert [a == b for a, b in zip(*drawn, strict=True)] == [True, False, True]


def test_sequence_of_labels_can_loop(engine: ModelEngine) -> None:
    take = generated(engine, loop=True)
    assert len(take) == 46
    assert (take.metadata["model"], take.metadata["action"], take.metadata["seed"]) == (
        "motioninr",
        "swing",
        0,
    )
    first, last = take.poses[[0, -1], 3:]
    np.testing.assert_allclose(first, last, atol=1e-4)
    same(engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore), take)


def test_interpolate_between_label_takes(engine: ModelEngine) -> None:
    one, other = generated(engine), generated(engine, action="bend", seconds=1.2)
    request = make_request(InterpolateRequest, fps=30.0, share=0.5)
    half = engine.interpolate_takes(request, one, other, _ignore)
    assert half.metadata["between"] == ["swing", "bend"]
    bent = [take.poses[:, 9].mean() for take in (one, half, other)]
    assert bent[0] < bent[1] < bent[2]
    prompted = engine.generate_take(
        make_request(GenerateRequest, prompt="a person swings", seconds=1.5, fps=30.0), _ignore
    )
    with pytest.raises(EngineError, match="two of a kind"):
        engine.interpolate_takes(request, prompted, one, _ignore)
    with pytest.raises(EngineError, match="one motion each"):
        engine.interpolate_takes(request, one, generated(engine, seconds=6.0), _ignore)
    with pytest.raises(EngineError, match="sequences, loops"):
        engine.interpolate_takes(request, one, generated(engine, loop=True), _ignore)
    held = request.model_copy(update={"fps": 60.0, "lock_feet": False})
    free = engine.interpolate_takes(held, one, other, _ignore)
    assert (len(free), free.metadata["seconds"], free.metadata["lock_feet"]) == (81, 1.35, False)
    assert (free.metadata["model"], free.metadata["hash"]) == ("motioninr", one.metadata["hash"])
    assert free.metadata["novelty"]["distance"] > 0
    same(engine.decode_take(make_request(DecodeRequest, fps=60.0), free, _ignore), free)
    other.metadata["hash"] = "0"
    with pytest.raises(EngineError, match="other weights"):
        engine.interpolate_takes(request, one, other, _ignore)


@pytest.mark.parametrize(
    "damage",
    [
        {"latent": [1.0, 2.0]},
        {"latent": []},
        {"latent": "swing"},
        {"seconds": float("nan")},
        {"seconds": -1},
    ],
)
def test_decode_of_damaged_take_raises(engine: ModelEngine, damage: dict[str, object]) -> None:
    take = generated(engine)
    take.metadata |= damage
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore)


def test_decode_of_invalid_segments_or_other_weights_raises(engine: ModelEngine) -> None:
    take = generated(engine)
    endless = [1e9, *take.metadata["latent"][1:]]
    take.metadata["latent"] = endless * 2
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore)
    take.metadata["hash"] = "0"
    with pytest.raises(EngineError, match="other weights"):
        engine.decode_take(make_request(DecodeRequest, fps=30.0), take, _ignore)
