"""The engine's requests, with very small weights and a fake embedder."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.data.motion_set import save_motion_set
from backend.embedding.embedder import EMBEDDER_FILE, EmbeddingNovelty
from backend.kinematics.body.take import Take
from backend.playback.clip import BodyPartLayer
from backend.playback.pose_sampling import DecodedPoses
from backend.protocol.generation_fields import CANDIDATES
from backend.protocol.limits import LIMITS
from backend.service.engine.candidates import GeneratedCandidate
from backend.service.engine.interface import EngineError
from backend.service.engine.latents import Latent
from backend.service.engine.model_engine import ModelEngine
from backend.service.engine.ranking import candidate_seed
from backend.service.engine.sampling import Timings
from backend.service.schema.requests import DecodeRequest, GenerateRequest, InterpolateRequest
from tests.support.motions import motion_set, write_tiny_weights


class FakeEmbedder:
    """Returns the given scores in turn, and records the motions and texts."""

    def __init__(self, *matches: float) -> None:
        self.matches = matches
        self.seen: list[tuple[Tensor, Tensor]] = []
        self.words: list[str] = []
        self.known = True

    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> np.ndarray:
        self.seen += zip(rows, times, strict=True)
        cosine = np.array([self.matches[n % len(self.matches)] for n in range(len(rows))])
        return np.stack([cosine, np.sqrt(1 - cosine**2)], axis=1).astype(np.float32)

    def embed_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        self.words += prompts
        return np.array([[1.0, 0.0]] * len(prompts), dtype=np.float32)

    def is_match(self, score: float) -> bool:
        return score >= 0.25

    def knows_prompt(self, embedding: np.ndarray) -> bool:
        return self.known

    def measure_novelty(self, embedding: np.ndarray) -> EmbeddingNovelty:
        return EmbeddingNovelty(float(np.float32(1) - embedding[0]), "clip_3", 0.25)


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return folder


@pytest.fixture(scope="module")
def loaded(assets: Path) -> ModelEngine:
    return ModelEngine(assets)


@pytest.fixture
def engine(loaded: ModelEngine) -> ModelEngine:
    """Engine without an embedder, until a test sets one."""
    loaded._candidate_sampler.embedder = None
    return loaded


@pytest.fixture
def judged(engine: ModelEngine) -> FakeEmbedder:
    """Embedder, set in the engine, that scores the third of four candidates best."""
    embedder = FakeEmbedder(0.3, 0.1, 0.9, 0.2)
    engine._candidate_sampler.embedder = embedder
    return embedder


def _ignore(step: int, total: int, message: str = "") -> None:
    pass


def _request(**changes: object) -> GenerateRequest:
    values = {"prompt": "a person swings", "seconds": 2.0, "fps": 30.0, "seed": 5, "steps": 4}
    return GenerateRequest.model_validate({**values, **changes})


def _same(first: Take, second: Take) -> None:
    np.testing.assert_allclose(first.joint_positions(), second.joint_positions(), atol=1e-4)


def test_generate_without_embedder_uses_seed_alone(engine: ModelEngine) -> None:
    info = engine.generate_take(_request(candidates=8), _ignore).metadata
    assert (info["candidates"], info["candidate"]) == (1, 0)
    assert not {"score", "novelty", "note"} & set(info)
    assert "score" not in info["timings"]
    assert info["latent"] == engine.generate_take(_request(), _ignore).metadata["latent"]


def test_generate_returns_best_candidate(engine: ModelEngine, judged: FakeEmbedder) -> None:
    take = engine.generate_take(_request(candidates=4), _ignore)
    assert (take.metadata["candidates"], take.metadata["candidate"]) == (4, 2)
    assert take.metadata["score"] == pytest.approx(0.9)
    assert take.metadata["novelty"] == {
        "distance": pytest.approx(0.1), "nearest": "clip_3", "typical": 0.25,
    }  # fmt: skip
    assert "note" not in take.metadata
    assert set(take.metadata["timings"]) == {"text", "diffusion", "score", "decode"}
    assert judged.words == ["a person swings"]
    json.dumps(take.metadata)
    # What was judged is what is given.
    rows, times = judged.seen[2]
    assert float(times[1] - times[0]) == pytest.approx(1 / 20)
    again, _ = engine._sampler.decode_rows(
        torch.tensor(take.metadata["latent"]), 2.0, times.numpy()
    )
    torch.testing.assert_close(rows, again, atol=1e-4, rtol=1e-4)


def test_generate_with_one_candidate_matches_seed(
    engine: ModelEngine, judged: FakeEmbedder
) -> None:
    one = engine.generate_take(_request(candidates=1), _ignore)
    assert one.metadata["score"] == pytest.approx(0.3)
    engine._candidate_sampler.embedder = None
    _same(one, engine.generate_take(_request(), _ignore))


def test_generate_by_default_samples_several_candidates_of_one_motion(
    engine: ModelEngine, judged: FakeEmbedder
) -> None:
    assert (
        engine.generate_take(_request(), _ignore).metadata["candidates"] == CANDIDATES.fallback > 1
    )
    several = engine.generate_variations(_request(variations=2), _ignore)
    assert [take.metadata["candidates"] for take in several] == [1, 1]


def test_score_motions_subtracts_foot_skate(
    engine: ModelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine._candidate_sampler.embedder = FakeEmbedder(0.5, 0.49)
    decode = engine._sampler.decode_rows
    calls: list[int] = []

    def sliding(
        code: Tensor, seconds: float, times: np.ndarray, over: Sequence[BodyPartLayer]
    ) -> tuple[Tensor, Tensor]:
        rows, _ = decode(code, seconds, times)
        rows = rows[:1].repeat(len(times), 1)  # stands still
        calls.append(len(times))
        if len(calls) == 1:
            rows[:, 132] += 0.4 * torch.from_numpy(times).float()  # as a whole, at 0.4 m/s
        return rows, torch.ones(len(times), 4)

    monkeypatch.setattr(engine._sampler, "decode_rows", sliding)
    slips, stands = engine._candidate_sampler.score_motions(
        [engine._candidate_sampler.decode_for_scoring(code, 2.0) for code in torch.randn(2, 16)],
        "swing",
        Timings(),
    )
    assert slips.metadata["score"] > stands.metadata["score"]
    assert slips.total == pytest.approx(0.5 - 0.2, abs=1e-3)
    assert stands.total == pytest.approx(0.49, abs=1e-3)


def test_generate_unknown_words_with_low_score_notes_english(engine: ModelEngine) -> None:
    engine._candidate_sampler.embedder = embedder = FakeEmbedder(0.2)
    embedder.known = False
    note = engine.generate_take(_request(prompt="Preis der Tomaten"), _ignore).metadata["note"]
    assert "learned no motion like this prompt (score 0.20)" in note
    assert "in plain English" in note and "seed" not in note


def test_generate_known_words_with_low_score_offers_another_seed(engine: ModelEngine) -> None:
    engine._candidate_sampler.embedder = FakeEmbedder(0.2)
    note = engine.generate_take(_request(prompt="a person jumps"), _ignore).metadata["note"]
    assert "may not show all of the prompt (score 0.20): try another seed" in note
    assert "English" not in note


def test_generate_high_score_adds_no_note(engine: ModelEngine) -> None:
    engine._candidate_sampler.embedder = embedder = FakeEmbedder(0.3)
    embedder.known = False
    assert "note" not in engine.generate_take(_request(prompt="tomatoes"), _ignore).metadata


def test_generate_with_label_alone_scores_by_label(
    engine: ModelEngine, judged: FakeEmbedder
) -> None:
    info = engine.generate_take(_request(prompt=" ", action="swing"), _ignore).metadata
    assert judged.words == ["swing"]
    assert "score" in info


def test_generate_variations_match_single_seeds(engine: ModelEngine) -> None:
    together = engine.generate_variations(_request(variations=3, seed=7), _ignore)
    assert [take.metadata["seed"] for take in together] == [7, 8, 9]
    for take in together:
        _same(take, engine.generate_take(_request(seed=take.metadata["seed"]), _ignore))
    assert together[0].metadata["latent"] != together[1].metadata["latent"]


def test_generate_variations_have_separate_candidates(
    engine: ModelEngine, judged: FakeEmbedder
) -> None:
    together = engine.generate_variations(_request(variations=2, candidates=4), _ignore)
    alone = engine.generate_take(_request(seed=6, candidates=4), _ignore)
    assert [take.metadata["candidate"] for take in together] == [2, 2]
    _same(together[1], alone)


def test_generate_progress_counts_steps_and_takes(
    engine: ModelEngine, judged: FakeEmbedder
) -> None:
    seen: list[tuple[int, int]] = []
    engine.generate_variations(
        _request(variations=3), lambda step, total, message="": seen.append((step, total))
    )
    assert [total for _, total in seen] == [7] * len(seen)
    assert [step for step, _ in seen] == sorted(step for step, _ in seen)
    assert (seen[0][0], seen[-1][0]) == (0, 7)


@pytest.mark.parametrize("seed", [0, 1, LIMITS.seed_max])
def test_candidate_seed_is_in_range_and_unique(seed: int) -> None:
    seeds = [candidate_seed(seed, n) for n in range(16)]
    assert seeds[0] == seed
    assert len(set(seeds)) == 16
    assert all(0 <= each <= LIMITS.seed_max for each in seeds)
    assert not set(seeds) & {candidate_seed(seed ^ 1, n) for n in range(16)}


def test_decode_range_at_other_speed_matches_motion(engine: ModelEngine) -> None:
    whole = engine.generate_take(_request(seconds=4.0, fps=30.0, lock_feet=False), _ignore)
    part = engine.decode_take(
        DecodeRequest(fps=60.0, start=1.0, end=3.0, speed=2.0), whole, _ignore
    )
    assert len(part) == 60
    # Half a second of the take is a second of the motion, which begins at its own first.
    np.testing.assert_allclose(part.joint_positions(), whole.joint_positions()[30:90], atol=1e-4)
    stored = {key: part.metadata[key] for key in ("start", "end", "speed", "seconds")}
    assert stored == {"start": 1.0, "end": 3.0, "speed": 2.0, "seconds": 4.0}
    again = engine.decode_take(DecodeRequest(fps=30.0), part, _ignore)
    _same(again, whole)
    assert not {"start", "end", "speed"} & set(again.metadata)


def test_decode_range_end_slightly_beyond_motion_is_clipped(engine: ModelEngine) -> None:
    whole = engine.generate_take(_request(), _ignore)
    part = engine.decode_take(DecodeRequest(fps=30.0, start=1.0, end=2.0005), whole, _ignore)
    assert (len(part), part.metadata["end"]) == (30, 2.0)


def test_decode_and_interpolate_use_foot_lock_of_takes(
    engine: ModelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    foot_locks: list[bool] = []
    take = DecodedPoses.to_take

    def watched(decoded: DecodedPoses, lock_feet: bool) -> Take:
        foot_locks.append(lock_feet)
        return take(decoded, lock_feet)

    monkeypatch.setattr(DecodedPoses, "to_take", watched)
    held = engine.generate_take(_request(), _ignore)
    free = engine.generate_take(_request(lock_feet=False), _ignore)
    assert (held.metadata["lock_feet"], free.metadata["lock_feet"]) == (True, False)
    for source in (held, free):
        engine.decode_take(DecodeRequest(fps=24.0), source, _ignore)
        turned = engine.decode_take(
            DecodeRequest(fps=24.0, lock_feet=foot_locks[-1] is False), source, _ignore
        )
        assert turned.metadata["lock_feet"] is not source.metadata["lock_feet"]
    engine.interpolate_takes(InterpolateRequest(fps=24.0), held, free, _ignore)
    engine.interpolate_takes(InterpolateRequest(fps=24.0), held, held, _ignore)
    engine.interpolate_takes(InterpolateRequest(fps=24.0, lock_feet=True), held, free, _ignore)
    assert foot_locks == [True, False, True, False, False, True, False, True, True]


def test_decode_candidates_scores_motion_as_decoded_for_scoring(engine: ModelEngine) -> None:
    """A motion that is decoded for its take is scored as one decoded for scoring."""
    codes = torch.randn(3, 16)
    candidates = [GeneratedCandidate(Latent(code, 2.0, lock_feet=True)) for code in codes]
    seen, takes = engine._decode_candidates(candidates, 120.0, Timings(), lambda n: None)
    for one, code, take in zip(seen, codes, takes, strict=True):
        apart = engine._candidate_sampler.decode_for_scoring(code, 2.0)
        assert len(take) == 240
        np.testing.assert_allclose(one.times, apart.times, atol=1e-6)
        np.testing.assert_allclose(one.rows, apart.rows, atol=1e-4)
        np.testing.assert_allclose(one.contacts, apart.contacts, atol=1e-4)


def test_interpolate_takes_is_between_both(engine: ModelEngine) -> None:
    first = engine.generate_take(_request(seconds=2.0), _ignore)
    second = engine.generate_take(_request(seconds=4.0, prompt="", action="drift", seed=8), _ignore)

    def between(factor: float) -> Take:
        return engine.interpolate_takes(
            InterpolateRequest(fps=30.0, share=factor), first, second, _ignore
        )

    _same(between(0.0), first)
    _same(between(1.0), second)
    middle = between(0.5)
    assert len(middle) == 90
    assert middle.metadata["between"] == ["a person swings", "drift"]
    assert (middle.metadata["share"], middle.metadata["seconds"]) == (0.5, 3.0)
    json.dumps(middle.metadata)
    faster = engine.decode_take(DecodeRequest(fps=60.0), middle, _ignore)
    np.testing.assert_allclose(faster.joint_positions()[::2], middle.joint_positions(), atol=1e-4)
    beyond = engine.interpolate_takes(InterpolateRequest(fps=30.0), middle, first, _ignore)
    assert beyond.metadata["between"] == ["a person swings / drift", "a person swings"]


def test_interpolate_takes_states_novelty(engine: ModelEngine, judged: FakeEmbedder) -> None:
    take = engine.generate_take(_request(), _ignore)
    judged.words.clear()
    info = engine.interpolate_takes(InterpolateRequest(fps=30.0), take, take, _ignore).metadata
    assert info["novelty"]["nearest"] == "clip_3"
    assert judged.words == [] and "score" not in info


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"start": 2.0}, "before the motion ends at 2 s"),
        ({"end": 2.5}, "ends at 2 s .got 2.5 s."),
    ],
)
def test_decode_range_outside_motion_raises(
    engine: ModelEngine, part: dict[str, float], words: str
) -> None:
    take = engine.generate_take(_request(), _ignore)
    with pytest.raises(EngineError, match=words):
        engine.decode_take(DecodeRequest.model_validate({"fps": 30.0, **part}), take, _ignore)


@pytest.mark.parametrize("which", [0, 1])
def test_interpolate_takes_of_other_weights_raises(engine: ModelEngine, which: int) -> None:
    takes = [engine.generate_take(_request(), _ignore) for _ in range(2)]
    takes[which].metadata["hash"] = "0" * 16
    with pytest.raises(EngineError, match="other weights"):
        engine.interpolate_takes(InterpolateRequest(fps=30.0), *takes, _ignore)


@pytest.mark.parametrize(
    "seconds", [None, "x", -1.0, float("nan"), 1e9, 10**400], ids=lambda value: str(value)[:9]
)
def test_decode_latent_without_length_raises(engine: ModelEngine, seconds: object) -> None:
    take = engine.generate_take(_request(), _ignore)
    take.metadata["seconds"] = seconds
    with pytest.raises(EngineError, match="damaged"):
        engine.decode_take(DecodeRequest(fps=30.0), take, _ignore)


def _changed_list(assets: Path, folder: Path, change: object) -> Path:
    shutil.copytree(assets, folder, ignore=shutil.ignore_patterns("runs"))
    path = folder / "weights.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(change(manifest)))  # pyright: ignore[reportCallIssue]
    return folder


def test_engine_with_weights_of_other_version_raises(assets: Path, tmp_path: Path) -> None:
    def newer(manifest: dict) -> dict:
        manifest["nerm_decoder.safetensors"]["format"] = 99
        return manifest

    with pytest.raises(EngineError, match=r"another version.*format 99.*install Anyframe again"):
        ModelEngine(_changed_list(assets, tmp_path / "newer", newer))
    for name, change in (("list", lambda _: []), ("words", lambda m: dict.fromkeys(m, "x"))):
        with pytest.raises(EngineError, match="list of weights"):
            ModelEngine(_changed_list(assets, tmp_path / name, change))


def test_engine_with_weights_listed_without_format_loads(assets: Path, tmp_path: Path) -> None:
    def older(manifest: dict) -> dict:
        for entry in manifest.values():
            entry.pop("format", None)
        return manifest

    folder = _changed_list(assets, tmp_path / "older", older)
    assert ModelEngine(folder).list_models()[0].licence == "for tests"


def test_engine_with_damaged_embedder_raises(assets: Path, tmp_path: Path) -> None:
    def listed(manifest: dict) -> dict:
        return {**manifest, EMBEDDER_FILE: {"sha256": "0" * 64, "licence": "x"}}

    folder = _changed_list(assets, tmp_path / "listed", listed)
    with pytest.raises(EngineError, match=f"{EMBEDDER_FILE} is missing"):
        ModelEngine(folder)
    (folder / EMBEDDER_FILE).write_bytes(b"other")
    with pytest.raises(EngineError, match=f"{EMBEDDER_FILE} is damaged"):
        ModelEngine(folder)
