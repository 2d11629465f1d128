"""Sequences, loops and compound prompts, by an engine with very small weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.data.motion_set import save_motion_set
from backend.embedding.embedder import EmbeddingNovelty
from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.body.take import Take, load_take, take_to_bytes
from backend.service.engine import compound_prompts
from backend.service.engine.compound_prompts import PromptLayer
from backend.service.engine.interface import EngineError
from backend.service.engine.latents import source_text
from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import (
    Block,
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    SequenceRequest,
)
from tests.support.motions import motion_set, write_tiny_weights


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> ModelEngine:
    folder: Path = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    made = ModelEngine(folder)
    made._candidate_sampler.embedder = None
    return made


def _ignore(step: int, total: int, message: str = "") -> None:
    pass


def _blocks(*changes: dict[str, Any]) -> SequenceRequest:
    first = {"prompt": "a person swings", "seconds": 2.0, "seed": 3}
    second = {"prompt": "a person drifts", "seconds": 1.5, "seed": 4}
    third = {"action": "swing", "seconds": 1.0, "seed": 5}
    blocks = [
        {**one, **change} for one, change in zip((first, second, third), changes, strict=True)
    ]
    return SequenceRequest(blocks=[Block(**one) for one in blocks], fps=30.0, steps=4)


def test_generate_sequence_joins_blocks_in_one_take(engine: ModelEngine) -> None:
    seen: list[tuple[int, int]] = []
    take = engine.generate_sequence(
        _blocks({}, {}, {}), None, lambda step, total, _message="": seen.append((step, total))
    )
    assert len(take) == round(4.5 * 30)
    assert take.metadata["seconds"] == 4.5
    assert [block["seed"] for block in take.metadata["blocks"]] == [3, 4, 5]
    assert source_text(take.metadata) == "a person swings → a person drifts → swing"
    assert (seen[0], seen[-1]) == ((0, 5), (5, 5))
    json.dumps(take.metadata)
    # No seam is seen: no step at one is larger than the largest elsewhere.
    joints = take.joint_positions()
    steps = np.linalg.norm(np.diff(joints - joints[:, :1], axis=0), axis=-1).max(axis=1)
    near = np.zeros(len(steps), dtype=bool)
    for seam in (2.0, 3.5):
        near[round((seam - 0.2) * 30) : round((seam + 0.2) * 30)] = True
    assert steps[near].max() < 2 * steps[~near].max()


def test_generate_sequence_twice_gives_same_take(engine: ModelEngine) -> None:
    one, again = (engine.generate_sequence(_blocks({}, {}, {}), None, _ignore) for _ in range(2))
    np.testing.assert_array_equal(one.poses, again.poses)
    np.testing.assert_array_equal(one.trans, again.trans)


def test_generate_sequence_with_reused_blocks_leaves_them_unchanged(engine: ModelEngine) -> None:
    free = {"lock_feet": False}
    before = engine.generate_sequence(_blocks({}, {}, {}).model_copy(update=free), None, _ignore)
    before = load_take(take_to_bytes(before))
    request = _blocks({"kept": 0}, {"seed": 40}, {"kept": 2}).model_copy(update=free)
    after = engine.generate_sequence(request, before, _ignore)
    drawn = [
        [block["drawn"]["latent"] for block in take.metadata["blocks"]] for take in (before, after)
    ]
    assert [one == other for one, other in zip(*drawn, strict=True)] == [True, False, True]
    settled = round(1.8 * 30)  # there the seam begins
    np.testing.assert_allclose(after.poses[:settled], before.poses[:settled], atol=1e-5)
    everything = _blocks({"kept": 0}, {"kept": 1}, {"kept": 2}).model_copy(update=free)
    np.testing.assert_array_equal(
        engine.generate_sequence(everything, before, _ignore).poses, before.poses
    )


@pytest.mark.parametrize("sent", [False, True])
def test_generate_sequence_with_missing_block_raises(engine: ModelEngine, sent: bool) -> None:
    before = engine.generate_sequence(_blocks({}, {}, {}), None, _ignore) if sent else None
    with pytest.raises(EngineError, match="no block 8 to reuse"):
        engine.generate_sequence(_blocks({"kept": 7}, {}, {}), before, _ignore)


def test_generate_sequence_with_unknown_label_raises(engine: ModelEngine) -> None:
    with pytest.raises(EngineError, match='no label "swang"; did you mean swing'):
        engine.generate_sequence(_blocks({}, {}, {"action": "swang"}), None, _ignore)


def test_decode_sequence_at_other_rate_and_range_matches(engine: ModelEngine) -> None:
    take = load_take(take_to_bytes(engine.generate_sequence(_blocks({}, {}, {}), None, _ignore)))
    faster = engine.decode_take(DecodeRequest(fps=60.0), take, _ignore)
    np.testing.assert_allclose(faster.joint_positions()[::2], take.joint_positions(), atol=1e-4)
    part = engine.decode_take(DecodeRequest(fps=30.0, start=1.0, end=3.0, speed=0.5), take, _ignore)
    assert len(part) == 120
    np.testing.assert_allclose(
        part.joint_positions()[::2], take.joint_positions()[30:90], atol=1e-4
    )
    assert (part.metadata["start"], part.metadata["end"], part.metadata["speed"]) == (1.0, 3.0, 0.5)
    whole = engine.decode_take(DecodeRequest(fps=30.0), part, _ignore)
    np.testing.assert_allclose(whole.joint_positions(), take.joint_positions(), atol=1e-4)
    with pytest.raises(EngineError, match=r"ends at 4\.5 s .got 5 s."):
        engine.decode_take(DecodeRequest(fps=30.0, end=5.0), take, _ignore)


@pytest.mark.parametrize(
    "damage",
    [
        {"blocks": []},
        {"blocks": [7]},
        {"blocks": "walk"},
        {"blocks": [{"prompt": "a"}]},
        {"loop": None, "blocks": None},
    ],
    ids=str,
)
def test_decode_sequence_with_damaged_blocks_raises(
    engine: ModelEngine, damage: dict[str, Any]
) -> None:
    take = engine.generate_sequence(_blocks({}, {}, {}), None, _ignore)
    take.metadata = {**take.metadata, **damage}
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(DecodeRequest(fps=30.0), take, _ignore)


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan"), 100.0])
def test_decode_sequence_with_invalid_playback_rate_raises(
    engine: ModelEngine, pace: float
) -> None:
    take = engine.generate_sequence(_blocks({}, {}, {}), None, _ignore)
    take.metadata["blocks"][1]["pace"] = pace
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(DecodeRequest(fps=30.0), take, _ignore)


def _looping(**changes: Any) -> GenerateRequest:
    values = {"prompt": "a person swings", "seconds": 2.0, "fps": 30.0, "steps": 4, "loop": True}
    return GenerateRequest(**{**values, **changes})


def test_generate_loop_repeats_first_frame_at_end(engine: ModelEngine) -> None:
    take = engine.generate_take(_looping(), _ignore)
    assert len(take) == _looping().output_frames == 61
    np.testing.assert_allclose(take.poses[-1, 3:], take.poses[0, 3:], atol=2e-3)
    assert (take.metadata["prompt"], take.metadata["seed"], take.metadata["loop"]) == (
        "a person swings",
        0,
        True,
    )
    slower = engine.decode_take(DecodeRequest(fps=30.0, speed=0.5), take, _ignore)
    assert len(slower) == 121


def test_generate_loop_with_variations_matches_single_seeds(engine: ModelEngine) -> None:
    takes = engine.generate_variations(_looping(variations=2, seed=6), _ignore)
    assert [take.metadata["seed"] for take in takes] == [6, 7]
    alone = engine.generate_take(_looping(seed=7), _ignore)
    np.testing.assert_array_equal(takes[1].poses, alone.poses)


def test_interpolate_sequences_raises(engine: ModelEngine) -> None:
    take = engine.generate_sequence(_blocks({}, {}, {}), None, _ignore)
    with pytest.raises(EngineError, match="must have a single latent"):
        engine.interpolate_takes(InterpolateRequest(fps=30.0), take, take, _ignore)


class Judge:
    """Embedder for which the whole motion shows each clause with the score `shown`."""

    def __init__(self, shown: float) -> None:
        self.shown = shown

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> np.ndarray:
        return (
            np.eye(3, dtype=np.float32)[: len(rows)] if len(rows) == 3 else self._plain(len(rows))
        )

    def embed_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        if len(prompts) == 2:  # of the whole motion both, of its own each clause has 1
            return np.array([[self.shown, 1.0, 0.0], [self.shown, 0.0, 1.0]], dtype=np.float32)
        return self._plain(len(prompts))

    def is_match(self, score: float) -> bool:
        return True

    def knows_prompt(self, embedding: np.ndarray) -> bool:
        return True

    def measure_novelty(self, embedding: np.ndarray) -> EmbeddingNovelty:
        return EmbeddingNovelty(0.5, "clip_3", 0.25)

    @staticmethod
    def _plain(count: int) -> np.ndarray:
        return np.tile(np.array([[1.0, 0.0, 0.0]], dtype=np.float32), (count, 1))


@pytest.fixture
def two_things(engine: ModelEngine, monkeypatch: pytest.MonkeyPatch) -> ModelEngine:
    """Engine for which the second of two motions is a gesture of the right arm."""
    lengths: list[int] = []

    def gesture(joints: np.ndarray, fps: float) -> str | None:
        lengths.append(len(joints))
        return "RIGHT_ARM" if len(lengths) == 1 else None

    monkeypatch.setattr(compound_prompts, "arm_gesture_part", gesture)
    monkeypatch.setattr(compound_prompts, "are_arms_free", lambda joints: True)
    monkeypatch.setattr(engine._candidate_sampler, "embedder", Judge(0.2))
    monkeypatch.setattr(engine._compound_prompts, "_layers_by_prompt", {})
    return engine


def test_generate_compound_prompt_overlays_gesture(
    two_things: ModelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = two_things
    recipe = engine._compound_prompts.split_into_layers("a person walks and waves", None)
    assert recipe == (PromptLayer("a person walks"), PromptLayer("a person waves", "RIGHT_ARM"))
    draw = engine._candidate_sampler.sample_latents

    def differently(*arguments: Any) -> Tensor:
        codes = draw(*arguments)
        return codes + torch.arange(len(codes))[:, None]

    monkeypatch.setattr(engine._candidate_sampler, "sample_latents", differently)
    request = GenerateRequest(
        prompt="a person walks and waves", seconds=2.0, fps=30.0, seed=5, steps=4, lock_feet=False
    )
    take = engine.generate_take(request, _ignore)
    assert [layer["part"] for layer in take.metadata["over"]] == ["RIGHT_ARM"]
    assert take.metadata["score"] == pytest.approx(1.0)
    arm, others = SMPL.index("right_elbow"), [SMPL.index(name) for name in ("left_hip", "head")]
    below = engine._sampler.decode_take(
        torch.tensor(take.metadata["latent"]), 2.0, 30.0, lock_feet=False
    )
    np.testing.assert_allclose(_turns(take, others), _turns(below, others), atol=1e-5)
    assert np.abs(_turns(take, [arm]) - _turns(below, [arm])).max() > 1e-3
    again = engine.decode_take(DecodeRequest(fps=30.0), load_take(take_to_bytes(take)), _ignore)
    np.testing.assert_allclose(again.poses, take.poses, atol=1e-5)
    with pytest.raises(EngineError, match="must have a single latent"):
        engine.interpolate_takes(InterpolateRequest(fps=30.0), take, take, _ignore)


def test_split_into_layers_of_prompt_shown_by_one_motion_has_one_layer(
    two_things: ModelEngine,
) -> None:
    two_things._candidate_sampler.embedder = Judge(0.9)
    recipe = two_things._compound_prompts.split_into_layers("a person walks and waves", None)
    assert recipe == (PromptLayer("a person walks and waves"),)


def test_split_into_layers_of_label_or_single_clause_has_one_layer(two_things: ModelEngine) -> None:
    of = two_things._compound_prompts.split_into_layers
    assert of("a person walks and waves", "swing") == (PromptLayer("a person walks and waves"),)
    assert of("a person walks", None) == (PromptLayer("a person walks"),)


def _turns(take: Take, joints: list[int]) -> np.ndarray:
    return take.local_matrices()[:, joints]
