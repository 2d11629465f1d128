"""Labels one after the other, each for a while: what happens in a take, or is wanted of one."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .style_file import StyleError

_MOST_TOLD = 40
"""Labels that a sentence names: of numbers that were learnt from there may be a thousand."""


@dataclass(frozen=True)
class LabelBlock:
    """One label for a while."""

    label: str
    seconds: float

    def __repr__(self) -> str:
        """Spell the block as the hashes in the names of run folders have it."""
        return f"Span(label={self.label!r}, seconds={self.seconds!r})"


def parse_timeline(text: str) -> tuple[LabelBlock, ...]:
    """ "walk:3,run:2.5" as spans.

    Raises:
        StyleError: it is written otherwise.
    """
    spans = []
    for part in text.split(","):
        label, colon, seconds = part.strip().rpartition(":")
        try:
            length = float(seconds)
        except ValueError:
            length = 0.0
        if not colon or not label.strip() or not 0 < length < np.inf:
            raise StyleError(
                f'The timeline has "{part.strip()}", which is no label with its seconds: write '
                '"walk:3,run:2".'
            )
        spans.append(LabelBlock(label.strip(), length))
    return tuple(spans)


def format_timeline(spans: Sequence[LabelBlock]) -> str:
    """`parse_timeline` back."""
    return ",".join(f"{span.label}:{span.seconds:g}" for span in spans)


def timeline_seconds(spans: Sequence[LabelBlock]) -> float:
    """Length of a timeline."""
    return sum(span.seconds for span in spans)


def group_consecutive(
    ranges: Sequence[tuple[float, float]], max_gap: float = 1e-3
) -> list[list[int]]:
    """Which ranges (start, end) follow each other: their numbers, in groups without a gap.

    Args:
        ranges: in the order of their times.
        apart: seconds that are no gap.
    """
    groups: list[list[int]] = []
    for n, (start, _) in enumerate(ranges):
        if n and start - ranges[n - 1][1] <= max_gap:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def check_label(label: str, known_labels: Sequence[str]) -> None:
    """Raise StyleError, with the nearest label, if a style does not know this one."""
    if label in known_labels:
        return
    near = difflib.get_close_matches(
        label.casefold(), [known.casefold() for known in known_labels], 1
    )
    meant = next((known for known in known_labels if near and known.casefold() == near[0]), None)
    known = ", ".join(known_labels[:_MOST_TOLD]) + (" …" if len(known_labels) > _MOST_TOLD else "")
    raise StyleError(
        f'The style knows no label "{label}"'
        + (f'; did you mean "{meant}"?' if meant else ".")
        + f" It knows: {known}."
    )
