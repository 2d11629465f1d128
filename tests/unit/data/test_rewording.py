import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.data.caption_templates import ACTION_PHRASES, mirror_caption, reword_caption
from backend.data.verb_forms import (
    base_form,
    imperative_predicate,
    participle,
    participle_predicate,
)


@pytest.mark.parametrize(
    ("third", "base", "ing"),
    [
        ("waves", "wave", "waving"),
        ("punches", "punch", "punching"),
        ("dances", "dance", "dancing"),
        ("carries", "carry", "carrying"),
        ("lies", "lie", "lying"),
        ("goes", "go", "going"),
        ("does", "do", "doing"),
        ("sits", "sit", "sitting"),
        ("squats", "squat", "squatting"),
        ("boxes", "box", "boxing"),
        ("throws", "throw", "throwing"),
        ("tiptoes", "tiptoe", "tiptoeing"),
        ("staggers", "stagger", "staggering"),
        ("sneaks", "sneak", "sneaking"),
        ("plays", "play", "playing"),
        ("crouches", "crouch", "crouching"),
        ("ducks", "duck", "ducking"),
        ("freezes", "freeze", "freezing"),
    ],
)
def test_verb_forms_follow_spelling(third: str, base: str, ing: str) -> None:
    assert base_form(third) == base
    assert participle(base) == ing


@pytest.mark.parametrize(
    ("predicate", "imperative", "ing"),
    [
        ("sits down", "sit down", "sitting down"),
        ("walks forward and waves", "walk forward and wave", "walking forward and waving"),
        ("slowly sits, then nods", "slowly sit, then nod", "slowly sitting, then nodding"),
        ("waves both arms and legs", "wave both arms and legs", "waving both arms and legs"),
        ("takes two steps and turns", "take two steps and turn", "taking two steps and turning"),
        ("is waving", "wave", "waving"),
        ("walks while waving", "walk while waving", "walking while waving"),
        ("is painting a wall", None, "painting a wall"),
        ("is dizzy", None, None),
        ("slowly walked backwards", None, None),
        ("who walks", None, None),
    ],
)
def test_predicate_forms_convert_each_verb(
    predicate: str, imperative: str | None, ing: str | None
) -> None:
    assert imperative_predicate(predicate) == imperative
    assert participle_predicate(predicate) == ing


def test_reword_caption_includes_imperative_and_participle_or_noun() -> None:
    wordings = reword_caption("a person raises the left hand")
    assert wordings[0] == "someone raises the left hand"
    assert wordings[-1] == "raises the left hand"
    assert "raise the left hand" in wordings
    assert wordings[2].endswith("raising the left hand")


@given(st.sampled_from([phrase for group in ACTION_PHRASES.values() for phrase in group]))
def test_reword_caption_is_bounded_and_repeatable(phrase: str) -> None:
    text = f"a person {phrase}"
    wordings = reword_caption(text)
    assert 3 <= len(wordings) <= 5
    assert wordings == reword_caption(text)
    assert text not in wordings
    assert all(wording == wording.strip() for wording in wordings)


def test_reword_caption_subjects_vary_between_captions() -> None:
    subjects = {reword_caption(f"a person walks {n} steps")[1].split(" walk")[0] for n in range(99)}
    assert {"he", "she", "they", "a woman", "the man", "the character"} <= subjects
    assert not any("zombie" in subject for subject in subjects)


def test_reword_caption_they_takes_base_form() -> None:
    found = [reword_caption(f"a person walks {n} steps")[1] for n in range(99)]
    they = [wording for wording in found if wording.startswith("they")]
    assert they
    assert all(re.fullmatch(r"they walk \d+ steps", wording) for wording in they)


def test_reword_caption_comparison_becomes_subject() -> None:
    found = {reword_caption(f"a person walks like a zombie {n} times")[1] for n in range(9)}
    assert any(re.fullmatch(r"a zombie walks \d times", wording) for wording in found)


def test_reword_caption_possessive_agrees_with_subject() -> None:
    for n in range(99):
        wording = reword_caption(f"a person raises their arm {n} times")[1]
        if wording.startswith(("she ", "a woman ", "the woman ", "a girl ")):
            assert "her arm" in wording
        if wording.startswith(("he ", "a man ", "the man ", "a guy ")):
            assert "his arm" in wording


@given(st.sampled_from(["left", "right"]), st.integers(0, 30))
def test_reword_caption_names_side_of_caption(side: str, number: int) -> None:
    other = mirror_caption(side)
    for wording in reword_caption(f"a person waves the {side} hand {number} times"):
        assert side in wording
        assert other not in wording
