"""Prompts that describe two things at once."""

import pytest

from backend.text.compound_prompts import split_compound_prompt


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a person walks forward and waves", ("a person walks forward", "a person waves")),
        ("Walks forward, and waves.", ("a person walks forward", "a person waves")),
        ("a man runs while waving", ("a man runs", "a man is waving")),
        ("someone waves as they walk", ("someone waves", "someone walk")),
        ("the dancer turns and the dancer bows", ("the dancer turns", "the dancer bows")),
    ],
)
def test_split_compound_prompt_returns_two_sentences(prompt: str, parts: tuple[str, str]) -> None:
    assert split_compound_prompt(prompt) == parts


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "a person walks forward",
        "a person jumps up and down",
        "a person walks back and forth",
        "a person kicks with the left and the right leg",
        "a person walks and then sits down",
        "a person walks, turns and jumps and waves",
        "and",
        "a person and",
    ],
)
def test_split_compound_prompt_of_single_prompt_is_none(prompt: str) -> None:
    assert split_compound_prompt(prompt) is None
