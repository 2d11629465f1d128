"""Captions from a small grammar.

In a template, ``{a|b}`` stands for one of its alternatives, ``[a|b]`` for one of them or nothing,
and ``<name>`` for a field. Alternatives nest.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

_FIELD = re.compile(r"<(\w+)>")
_GROUP = re.compile(r"\{([^{}\[\]]*)\}|\[([^{}\[\]]*)\]")

COUNT_WORDS: Mapping[int, tuple[str, ...]] = {
    1: ("once", "one time"),
    2: ("twice", "two times"),
    3: ("three times",),
    4: ("four times",),
    5: ("five times",),
    6: ("six times",),
}
"""Wordings of how often something is done."""
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class WordingError(ValueError):
    """A template that cannot be expanded."""


def expand_template(template: str, rng: np.random.Generator, **fields: str) -> str:
    """Return one expansion of a template, with single spaces.

    Raises:
        WordingError: a field is missing, or brackets do not match.
    """

    def choose(match: re.Match[str]) -> str:
        required, optional = match[1], match[2]
        if required is None:
            options = [*optional.split("|"), *[""] * len(optional.split("|"))]
        else:
            options = required.split("|")
        return options[rng.integers(len(options))]

    text = template
    while _GROUP.search(text):
        text = _GROUP.sub(choose, text)
    if re.search(r"[{}\[\]]", text):
        raise WordingError(f"Brackets of a template must match (got {template!r}).")
    try:
        text = _FIELD.sub(lambda match: fields[match[1]], text)
    except KeyError as error:
        raise WordingError(f"The template {template!r} needs the field {error}.") from error
    return " ".join(text.split()).replace(" ,", ",")


def write_captions(
    templates: Sequence[str], rng: np.random.Generator, count: int = 6, **fields: str
) -> tuple[str, ...]:
    """Return up to `count` different expansions; the first template is always among them."""
    captions: dict[str, None] = {}
    for attempt in range(4 * count):
        template = templates[0 if attempt == 0 else rng.integers(len(templates))]
        captions[expand_template(template, rng, **fields)] = None
        if len(captions) == count:
            break
    return tuple(captions)


def speed_word(rng: np.random.Generator, speed: float) -> str:
    """Return an adverb for a speed relative to the usual one; nothing if it is near that."""
    if speed < 0.87:
        return str(rng.choice(["slowly", "slowly", "at a slow pace"]))
    if speed > 1.15:
        return str(rng.choice(["quickly", "fast", "at a quick pace"]))
    return ""
