import numpy as np
import pytest

from backend.authored.wording import WordingError, expand_template, write_captions


def test_expand_template_alternatives_and_fields_are_filled_in() -> None:
    rng = np.random.default_rng(0)
    seen = {
        expand_template("a person {waves|greets} [with the <side> hand]", rng, side="left")
        for _ in range(60)
    }
    assert seen == {
        "a person waves",
        "a person greets",
        "a person waves with the left hand",
        "a person greets with the left hand",
    }


def test_expand_template_nested_groups_expand_inside_out() -> None:
    text = expand_template("a {big {dog}|big {dog}}[]", np.random.default_rng(0))
    assert text == "a big dog"


@pytest.mark.parametrize("template", ["a {dog", "a dog]", "a <side> hand"])
def test_expand_template_wrong_template_is_refused(template: str) -> None:
    with pytest.raises(WordingError):
        expand_template(template, np.random.default_rng(0))


def test_write_captions_returns_different_captions_with_the_first_template() -> None:
    templates = ("a person bows", "a person {bows|bends} [deeply|low]")
    captions = write_captions(templates, np.random.default_rng(0), 4)
    assert captions[0] == "a person bows"
    assert len(set(captions)) == len(captions) == 4
