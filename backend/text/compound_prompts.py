"""A prompt that says two things at once, taken apart: "walks forward and waves"."""

from __future__ import annotations

import re

from .encoder import normalize_prompt

_PEOPLE = "person|man|woman|human|figure|character|boy|girl|dancer|player|fighter"
_SUBJECT = re.compile(rf"^((?:an?|the|this|one) (?:{_PEOPLE})|someone|somebody) ")
_JOINT = re.compile(r",? (?:and|while|as (?:he|she|they)) (?!then\b)")
_NO_VERB = frozenset(
    {
        *("back", "backward", "backwards", "down", "forth", "forward", "forwards", "up"),
        *("from", "left", "right", "off", "on", "out", "over", "the", "then", "to", "with"),
    }
)
"""Words that no second clause begins with: "up and down", "the left and the right hand"."""


def split_compound_prompt(prompt: str) -> tuple[str, str] | None:
    """The two sentences of a prompt that says two things at once; None of any other.

    Each gets the prompt's subject, or "a person": ``a person walks and waves`` is ``a person
    walks`` and ``a person waves``.
    """
    parts = _JOINT.split(normalize_prompt(prompt))
    if len(parts) != 2:
        return None
    first, second = (part.strip() for part in parts)
    found = _SUBJECT.match(first + " ")
    subject = found[1] if found else "a person"
    first = first[len(found[0]) :] if found else first
    own = _SUBJECT.match(second + " ")
    second = second[len(own[0]) :] if own else second
    if not first or not second or second.split()[0] in _NO_VERB:
        return None
    return f"{subject} {_predicate(first)}", f"{subject} {_predicate(second)}"


def _predicate(clause: str) -> str:
    """A clause as the rest of a sentence: "waving" is something that someone *is* doing."""
    return f"is {clause}" if clause.split(maxsplit=1)[0].endswith("ing") else clause
