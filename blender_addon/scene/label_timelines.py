"""Labels over time as a motion in a style is asked for with: coarse, fine, or for every level."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..backend.protocol.limits import LIMITS, LimitError, check_equal_length, check_timeline
from ..backend.protocol.timeline import LabelBlock, parse_timeline, timeline_seconds
from ..link.errors import JobError
from .timeline import timeline_from_rows

Timeline = tuple[LabelBlock, ...]


@dataclass(frozen=True)
class LabelTimelines:
    """What happens, and how it is done."""

    timeline: Timeline
    fine: Timeline = ()
    """For the finer levels; () for the same."""
    grid: Sequence[Timeline] = ()
    """A timeline for each level, from coarse to fine; () for none."""

    @property
    def duration(self) -> float:
        """Length of the motion."""
        return timeline_seconds(self.timeline)

    @property
    def title(self) -> str:
        """Names the action."""
        return " → ".join(span.label for span in self.timeline)

    def request_fields(self, fine_levels: int) -> dict[str, Any]:
        """As a request has it, with the number of fine levels, or 0 for half of all."""
        return {
            "timeline": _timeline_to_list(self.timeline),
            **({"fine": _timeline_to_list(self.fine)} if self.fine else {}),
            **({"fine_levels": fine_levels} if self.fine and fine_levels else {}),
            **({"grid": [_timeline_to_list(row) for row in self.grid]} if self.grid else {}),
        }

    def check_timelines(self, overlap: float) -> None:
        """Raise JobError or LimitError for the first thing that cannot be.

        Args:
            overlap: seconds in which one label passes into the next.
        """
        if self.fine and self.grid:
            raise JobError("A grid leaves nothing to say about the fine levels: leave out one.")
        rows = {"The timeline": self.timeline}
        if self.fine:
            rows["The fine timeline"] = self.fine
        rows |= {f"The timeline of level {n}": row for n, row in enumerate(self.grid, start=1)}
        for which, row in rows.items():
            labels, lengths = [span.label for span in row], [span.seconds for span in row]
            check_timeline(labels, lengths, overlap, subject=which)
            check_equal_length(which, timeline_seconds(row), self.duration)


def scene_label_timelines(blend: Any) -> LabelTimelines:
    """What a scene's lists say."""
    return LabelTimelines(
        timeline_from_rows(blend.coarse), () if blend.alike else timeline_from_rows(blend.fine)
    )


def parse_grid(text: str) -> list[Timeline]:
    """Timelines from JSON, a list of texts; JobError or LimitError if it is not that."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise JobError(
            'The grid is not a list of texts in JSON, such as ["walk:3,run:2", "sneak:5"].'
        )
    if len(told) > LIMITS.levels_max:
        raise LimitError(f"The grid has {len(told)} levels; the limit is {LIMITS.levels_max}.")
    return [parse_timeline(one) for one in told]


def _timeline_to_list(row: Timeline) -> list[dict[str, Any]]:
    return [{"label": span.label, "seconds": span.seconds} for span in row]
