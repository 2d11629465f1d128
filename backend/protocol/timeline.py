"""Label timelines: labels in a row, each with a length, of a take or of a motion to generate."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .style_file import StyleError

_MAX_LISTED_LABELS = 40
"""Labels that an error lists; a style of a control track may have a thousand."""


@dataclass(frozen=True)
class LabelBlock:
    """One label with its length."""

    label: str
    seconds: float

    def __repr__(self) -> str:
        """Return the form that the hashes in names of run folders contain."""
        return f"Span(label={self.label!r}, seconds={self.seconds!r})"


def parse_timeline(text: str) -> tuple[LabelBlock, ...]:
    """Parse "walk:3,run:2.5".

    Raises:
        StyleError: The text has another form.
    """
    blocks = []
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
        blocks.append(LabelBlock(label.strip(), length))
    return tuple(blocks)


def format_timeline(blocks: Sequence[LabelBlock]) -> str:
    return ",".join(f"{block.label}:{block.seconds:g}" for block in blocks)


def timeline_seconds(blocks: Sequence[LabelBlock]) -> float:
    return sum(block.seconds for block in blocks)


def group_consecutive(
    ranges: Sequence[tuple[float, float]], max_gap: float = 1e-3
) -> list[list[int]]:
    """Group the indices of ranges (start, end) whose gaps are at most `max_gap` seconds."""
    groups: list[list[int]] = []
    for n, (start, _) in enumerate(ranges):
        if n and start - ranges[n - 1][1] <= max_gap:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def check_label(label: str, known_labels: Sequence[str]) -> None:
    """Raise StyleError, with the nearest label, if a style does not know a label."""
    if label in known_labels:
        return
    by_folded = {known.casefold(): known for known in reversed(known_labels)}
    closest = difflib.get_close_matches(label.casefold(), list(by_folded), 1)
    hint = f'; did you mean "{by_folded[closest[0]]}"?' if closest else "."
    listed = ", ".join(known_labels[:_MAX_LISTED_LABELS])
    more = " …" if len(known_labels) > _MAX_LISTED_LABELS else ""
    raise StyleError(f'The style knows no label "{label}"{hint} It knows: {listed}{more}.')
