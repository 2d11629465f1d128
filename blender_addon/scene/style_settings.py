"""Settings of a motion in a style, stored in each scene, and its timelines of labels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..backend.protocol.generation_fields import OVERLAP, STYLE_ORIGINALITY
from ..backend.protocol.limits import LIMITS, LimitError, check_equal_length, check_timeline
from ..backend.protocol.timeline import LabelBlock, parse_timeline, timeline_seconds
from ..link.errors import JobError
from . import fields
from .style_choice import search_style_labels, search_styles, style_settings

Timeline = tuple[LabelBlock, ...]


class AnyframeTimelineBlock(bpy.types.PropertyGroup):
    """A label with its length."""

    label: bpy.props.StringProperty(
        name="Label",
        description="A label of the style",
        search=search_style_labels,
        search_options={"SUGGESTION"},
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="Length of the label",
        default=3.0,
        min=0.0,
        soft_min=0.1,
        soft_max=60.0,
        step=50,
        precision=2,
    )


class AnyframeStyleSettings(bpy.types.PropertyGroup):
    """Settings for *Generate in Style*."""

    style: bpy.props.StringProperty(
        name="Style", description="Style of the motion", search=search_styles
    )
    coarse: bpy.props.CollectionProperty(type=AnyframeTimelineBlock)
    coarse_index: bpy.props.IntProperty(name="Label", description="The selected label")
    alike: bpy.props.BoolProperty(
        name="Same Labels on All Levels",
        description="Use the same labels for what happens and for how it is done",
        default=True,
    )
    fine: bpy.props.CollectionProperty(type=AnyframeTimelineBlock)
    fine_index: bpy.props.IntProperty(name="Label", description="The selected fine label")
    fine_levels: bpy.props.IntProperty(**fields.FINE_LEVELS, min=0)
    sound_seconds: bpy.props.FloatProperty(**fields.SOUND_SECONDS, min=0.0)
    overlap: bpy.props.FloatProperty(**fields.LABEL_OVERLAP, min=0.0)
    originality: bpy.props.FloatProperty(**fields.STYLE_ORIGINALITY, min=0.0, max=1.0)


@dataclass(frozen=True)
class LabelTimelines:
    """Timelines of labels: for all levels of a style, for its fine levels, or one for each."""

    timeline: Timeline
    fine: Timeline = ()
    """Timeline of the fine levels; empty for the same one."""
    grid: Sequence[Timeline] = ()
    """A timeline for each level, from coarse to fine; empty for none."""

    @property
    def duration(self) -> float:
        """Length of the motion in seconds."""
        return timeline_seconds(self.timeline)

    @property
    def title(self) -> str:
        """Name of the Action."""
        return " → ".join(block.label for block in self.timeline)

    def request_fields(self, fine_levels: int) -> dict[str, Any]:
        """The timelines as a request has them; `fine_levels` of 0 means half of all levels."""
        return {
            "timeline": _timeline_to_list(self.timeline),
            **({"fine": _timeline_to_list(self.fine)} if self.fine else {}),
            **({"fine_levels": fine_levels} if self.fine and fine_levels else {}),
            **({"grid": [_timeline_to_list(row) for row in self.grid]} if self.grid else {}),
        }

    def check_timelines(self, overlap: float) -> None:
        """Raise JobError or LimitError for the first timeline that is not valid.

        Args:
            overlap: Seconds in which one label passes into the next.
        """
        if self.fine and self.grid:
            raise JobError("A grid has its own fine levels: leave out the grid or the fine labels.")
        rows = {"The timeline": self.timeline}
        if self.fine:
            rows["The fine timeline"] = self.fine
        rows |= {f"The timeline of level {n}": row for n, row in enumerate(self.grid, start=1)}
        for subject, row in rows.items():
            labels, lengths = [block.label for block in row], [block.seconds for block in row]
            check_timeline(labels, lengths, overlap, subject=subject)
            check_equal_length(subject, timeline_seconds(row), self.duration)


def timeline_from_rows(rows: Any) -> Timeline:
    """The rows of a list as a timeline."""
    # Blender stores 24 bits: rounding gives 0.4 as every other client sends it.
    return tuple(LabelBlock(row.label.strip(), round(row.seconds, 4)) for row in rows)


def scene_label_timelines(settings: Any) -> LabelTimelines:
    """The timelines in a scene's lists."""
    return LabelTimelines(
        timeline_from_rows(settings.coarse),
        () if settings.alike else timeline_from_rows(settings.fine),
    )


def parse_grid(text: str) -> list[Timeline]:
    """Timelines from a JSON list of texts; JobError or LimitError if it is something else."""
    try:
        rows = json.loads(text)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise JobError(
            'The grid must be a list of texts in JSON, such as ["walk:3,run:2", "sneak:5"].'
        )
    if len(rows) > LIMITS.levels_max:
        raise LimitError(
            f"The grid must have at most {LIMITS.levels_max} levels (got {len(rows)})."
        )
    return [parse_timeline(row) for row in rows]


def restore_style_settings(scene: Any, request: Mapping[str, Any]) -> None:
    """Set a scene's style settings to those of a request."""
    settings = style_settings(scene)
    settings.style = str(request.get("style") or settings.style)
    settings.overlap = float(request.get("overlap", OVERLAP.default))
    settings.originality = float(request.get("originality", STYLE_ORIGINALITY.default))
    settings.fine_levels = int(request.get("fine_levels") or 0)
    if "control_seconds" in request:
        settings.sound_seconds = float(request["control_seconds"])
        return
    settings.alike = not request.get("fine")
    for rows, blocks in (
        (settings.coarse, request["timeline"]),
        (settings.fine, request.get("fine")),
    ):
        rows.clear()
        for block in blocks or []:
            row = rows.add()
            row.label, row.seconds = str(block["label"]), float(block["seconds"])


def _timeline_to_list(timeline: Timeline) -> list[dict[str, Any]]:
    return [{"label": block.label, "seconds": block.seconds} for block in timeline]
