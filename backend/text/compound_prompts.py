"""Split prompts that describe two things at once, such as "walks forward and waves"."""

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
"""Words that start no clause: "up and down", "the left and the right hand"."""


def split_compound_prompt(prompt: str) -> tuple[str, str] | None:
    """Return the two sentences of a compound prompt; None for any other.

    Both get the subject of the prompt, or "a person": ``a person walks and waves`` becomes ``a
    person walks`` and ``a person waves``.
    """
    parts = _JOINT.split(normalize_prompt(prompt))
    if len(parts) != 2:
        return None
    first, second = (part.strip() for part in parts)
    match = _SUBJECT.match(first + " ")
    subject = match[1] if match else "a person"
    first = first[len(match[0]) :] if match else first
    second = _SUBJECT.sub("", second + " ").strip()
    if not first or not second or second.split()[0] in _NO_VERB:
        return None
    return f"{subject} {_predicate(first)}", f"{subject} {_predicate(second)}"


def _predicate(clause: str) -> str:
    """Return a clause as a predicate: "waving" becomes "is waving"."""
    return f"is {clause}" if clause.split(maxsplit=1)[0].endswith("ing") else clause
