"""Prompts that the shipped embedder knows, and others.

None of these prompts was looked at when the limit was chosen, and none is a training caption of an
unrelated prompt.
"""

import pytest

from backend.embedding.embedder import Embedder, load_embedder

ENGLISH = (
    "a person hops twice",
    "the man turns left",
    "a woman runs backwards",
    "someone punches with the left fist",
    "a person bends over and touches the toes",
    "jumps over an obstacle",
    "a person sneaks",
    "a tired person walks",
    "the person kneels",
    "a dancer spins around",
    "a person swings a sword",
    "a person paddles a canoe",
    "a person scratches their head",
    "a person walks in a circle",
    "a person balances",
    "marches in place",
)
OTHER_LANGUAGES = (
    "jemand tritt mit dem linken bein",
    "die person tanzt",
    "un enfant court",
    "elle danse",
    "el niño camina despacio",
    "un uomo balla",
    "ele corre rápido",
    "девушка танцует",
    "他在跑步",
    "彼は歩く",
    "de man loopt vooruit",
    "mężczyzna biegnie",
)
NO_MOTION = (
    "gleep zorp",
    "hjkl",
    "a slice of pizza",
    "the moon orbits the earth",
    "tax return form",
    "blue sky thinking",
    "sudo apt install",
    "thank you very much",
    "98765 4321",
    "a wooden chair",
    "interest rates",
    "zzxxcc vvbb",
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


@pytest.mark.parametrize(
    ("prompts", "known", "least"),
    [(ENGLISH, True, 16), (OTHER_LANGUAGES, False, 12), (NO_MOTION, False, 10)],
    ids=["english", "other_languages", "no_motion"],
)
def test_knows_prompt_separates_kinds_of_prompts(
    embedder: Embedder, prompts: tuple[str, ...], known: bool, least: int
) -> None:
    verdicts = [embedder.knows_prompt(vector) for vector in embedder.embed_prompts(prompts)]
    right = verdicts.count(known)
    print(f"{right} of {len(prompts)} taken for {'known' if known else 'unknown'}")
    wrong = [p for p, verdict in zip(prompts, verdicts, strict=True) if verdict != known]
    assert right >= least, wrong


def test_knows_prompt_of_common_caption_is_true(embedder: Embedder) -> None:
    (vector,) = embedder.embed_prompts(["a person jumps"])
    assert embedder.knows_prompt(vector)
