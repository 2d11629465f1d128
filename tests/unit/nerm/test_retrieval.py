"""A memory pulls drawn codes towards what was learnt, and words choose what."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from backend.data.motion_set import save_motion_set
from backend.embedding.nerm_retrieval import export_retrieval, load_sampler
from backend.nerm.diffusion import RectifiedFlow, make_noise_process
from backend.nerm.retrieval import RetrievalPrior
from backend.nerm.sampler import MotionRequest, NermSampler
from backend.nerm.weights import RETRIEVAL_FILE, load_weights
from backend.training.weight_files import WeightsError, write_weights
from tests.support.motions import motion_set, write_tiny_weights

SIZE = 6
MEAN, STD = torch.full((SIZE,), 0.5), torch.full((SIZE,), 2.0)


def _memory(count: int = 12, embeddings: torch.Tensor | None = None) -> RetrievalPrior:
    codes = torch.randn(count, SIZE, generator=torch.Generator().manual_seed(1))
    if embeddings is None:
        embeddings = torch.zeros(count, 0)
    return RetrievalPrior(MEAN + STD * 3 * codes, embeddings)


def _halfway(noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """A network that believes half of what it sees."""
    return (1 - 0.5 * level[:, None]) * noisy


def _drawn(memory: RetrievalPrior, originality: float, steps: int = 10) -> torch.Tensor:
    """Distance (20,) of drawn codes to the nearest that is remembered."""
    noise = torch.randn(20, SIZE, generator=torch.Generator().manual_seed(2))
    predict = memory.retrieval_guided(_halfway, MEAN, STD, originality)
    drawn = RectifiedFlow().denoise(predict, noise, steps, lambda _: None) * STD + MEAN
    return torch.cdist(drawn, memory.codes).min(dim=1).values


def test_retrieval_guided_full_originality_returns_predictor() -> None:
    assert _memory().retrieval_guided(_halfway, MEAN, STD, 1.0) is _halfway


def test_retrieval_guided_less_originality_ends_nearer_to_codes() -> None:
    memory = _memory()
    apart = [float(_drawn(memory, originality).mean()) for originality in (1.0, 0.7, 0.35, 0.0)]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.15 * apart[0]


def test_retrieval_guided_no_originality_ends_on_a_code() -> None:
    assert float(_drawn(_memory(), 0.0, steps=400).max()) < 0.05


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 40))
def test_retrieval_guided_stays_between_prediction_and_codes(
    originality: float, level: float, count: int
) -> None:
    memory = _memory(count)
    noisy = torch.randn(3, SIZE, generator=torch.Generator().manual_seed(4))
    levels = torch.full((3,), level)
    free = _halfway(noisy, levels)
    pulled = memory.retrieval_guided(_halfway, MEAN, STD, originality)(noisy, levels)
    known = (memory.codes - MEAN) / STD
    low = torch.minimum(free, known.min(dim=0).values) - 1e-5
    high = torch.maximum(free, known.max(dim=0).values) + 1e-5
    assert bool(((pulled >= low) & (pulled <= high)).all())
    if level == 1.0:
        torch.testing.assert_close(pulled, free)


def test_retrieval_guided_similarity_chooses_code() -> None:
    codes = torch.zeros(2, SIZE)
    codes[0, 0], codes[1, 0] = 1.0, -1.0
    memory = RetrievalPrior(codes, torch.eye(2))
    zero, one = torch.zeros(SIZE), torch.ones(SIZE)

    def still(noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(noisy)

    likeness = memory.similarity(torch.eye(2), [None, None])
    near = memory.retrieval_guided(still, zero, one, 0.0, likeness)(
        torch.zeros(2, SIZE), torch.zeros(2)
    )
    torch.testing.assert_close(near, codes, atol=1e-3, rtol=0)
    blank = memory.retrieval_guided(still, zero, one, 0.0)(torch.zeros(2, SIZE), torch.zeros(2))
    torch.testing.assert_close(blank, torch.zeros(2, SIZE))


def test_gumbel_noise_seeds_favour_different_codes() -> None:
    memory = _memory(12)
    codes = (memory.codes - MEAN) / STD
    middle = codes.mean(dim=0)
    generator = torch.Generator().manual_seed(0)
    chance = torch.stack([memory.gumbel_noise(generator) for _ in range(300)])
    assert chance.shape == (300, 12)

    def still(noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        return middle.expand_as(noisy)

    noisy, level = torch.zeros(300, SIZE), torch.zeros(300)
    drawn = memory.retrieval_guided(still, MEAN, STD, 0.0, noise=chance)(noisy, level)
    near = torch.cdist(drawn, codes).argmin(dim=1)
    assert len(near.unique()) > 3
    alone = memory.retrieval_guided(still, MEAN, STD, 0.0)(noisy, level)
    assert torch.allclose(alone, alone[:1].expand_as(alone))


def test_similarity_label_counts_as_much_as_text() -> None:
    memory = RetrievalPrior(torch.zeros(3, SIZE), torch.eye(3), labels=("walk", "", "jump"))
    words = torch.eye(3)[[0, 1]]
    torch.testing.assert_close(
        memory.similarity(words, ["jump", None]),
        torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
    )
    labelled = memory.similarity(None, ["walk", ""])
    torch.testing.assert_close(labelled, torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))


@pytest.mark.parametrize(
    ("process", "codes"), [("flow", True), ("clean", True), ("epsilon", False)]
)
def test_make_noise_process_predicts_codes_or_noise(process: str, codes: bool) -> None:
    assert make_noise_process(process).predicts_codes is codes  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights with a memory; beside them, in "runs", what they come from."""
    folder = tmp_path_factory.mktemp("weights")
    save_motion_set(folder / "set.npz", motion_set())
    write_tiny_weights(folder, folder / "set.npz", folder / "runs")
    return folder


def test_load_weights_includes_retrieval_prior(folder: Path) -> None:
    weights = load_weights(folder)
    assert weights.retrieval is not None
    codes = load_file(folder / "runs" / "inr" / "state.safetensors")["codes/mean"]
    torch.testing.assert_close(weights.retrieval.codes, codes, atol=1e-2, rtol=1e-2)
    manifest = json.loads((folder / "weights.json").read_text())
    assert set(manifest[RETRIEVAL_FILE]) >= {"sha256", "licence", "steps", "sequences"}


def test_sample_codes_without_prior_ignores_originality(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.safetensors"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((folder / "weights.json").read_text())
    del manifest[RETRIEVAL_FILE]
    (tmp_path / "weights.json").write_text(json.dumps(manifest))
    without, having = load_weights(tmp_path), load_weights(folder)
    assert without.retrieval is None
    assert without.digest != having.digest
    requests = [MotionRequest("a person swings", None, 2.0, seed) for seed in range(3)]
    drawn = []
    for weights, originality in ((without, 0.0), (having, 1.0), (having, 0.0)):
        sampler = NermSampler(weights, torch.device("cpu"))
        condition = sampler.condition(requests)
        assert (condition.similarity is None) == (weights.retrieval is None)
        drawn.append(sampler.sample_codes(condition, range(3), originality=originality))
    torch.testing.assert_close(drawn[0], drawn[1], rtol=0, atol=0)
    assert not torch.allclose(drawn[0], drawn[2], atol=1e-3)


def test_condition_embedded_texts_give_similarity(folder: Path) -> None:
    sampler, embedder = load_sampler(folder, torch.device("cpu"))
    assert embedder is None
    memory = RetrievalPrior(
        sampler.weights.retrieval.codes, torch.eye(len(sampler.weights.retrieval.codes))
    )  # pyright: ignore
    weights = load_weights(folder)
    object.__setattr__(weights, "retrieval", memory)

    def read(words: object) -> np.ndarray:
        return np.ones((len(words), len(memory.codes)), np.float32)  # pyright: ignore

    reading = NermSampler(weights, torch.device("cpu"), sampler.text_encoder, read)
    requests = [MotionRequest("walk", None, 2.0, 0), MotionRequest("", None, 2.0, 0)]
    likeness = reading.condition(requests).similarity
    assert likeness is not None
    assert float(likeness[0].min()) == 1.0
    assert float(likeness[1].abs().max()) == 0.0
    part = reading.condition(requests).select(torch.tensor([0, 0, 1]))
    assert part.similarity is not None
    assert part.similarity.shape == (3, len(memory.codes))


def test_load_weights_prior_of_other_networks_raises(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.*"):
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    state = json.loads((folder / "runs" / "inr" / "state.json").read_text())
    other = {
        "codes": torch.zeros(3, 5),
        "embeddings": torch.zeros(3, 0),
        "actions": torch.zeros(3, dtype=torch.int16),
    }
    settings = {"embedder": "", "actions": ["walk"]}
    write_weights(tmp_path, RETRIEVAL_FILE, other, settings, state, "for tests")
    with pytest.raises(WeightsError, match="another version"):
        load_weights(tmp_path)
    save_file(other, tmp_path / RETRIEVAL_FILE)
    with pytest.raises(WeightsError, match="damaged"):
        load_weights(tmp_path)


def test_export_retrieval_other_data_raises(folder: Path, tmp_path: Path) -> None:
    save_motion_set(tmp_path / "other.npz", motion_set()[:1])
    with pytest.raises(WeightsError, match="learnt"):
        export_retrieval(folder / "runs" / "inr", tmp_path / "other.npz", tmp_path, "for tests")
