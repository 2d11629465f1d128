"""Styles in a scene: the chosen style, its control track or timelines of labels, and settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..backend.protocol.control_track import ControlTrack, is_audio_conditioned, read_control_track
from ..backend.protocol.generation_fields import OVERLAP, STYLE_ORIGINALITY
from ..backend.protocol.limits import (
    LIMITS,
    LimitError,
    check_control_seconds,
    check_equal_length,
    check_timeline,
)
from ..backend.protocol.style_file import STYLE_FPS, StyleInfo
from ..backend.protocol.timeline import LabelBlock, parse_timeline, timeline_seconds
from ..link import session
from ..link.errors import JobError
from ..link.http.client import BLEND
from ..rig.action.fcurves import scene_fps
from ..rig.errors import RigError
from ..rig.read.sound import last_sound_frame, read_scene_sound
from . import fields
from .target import scene_frame

_MAX_LISTED_LABELS = 12
"""Labels of a style that lists show: a style of numbers may have a thousand columns."""


def style_settings(scene: Any) -> Any:
    """The style settings of a scene (`style_settings.AnyframeStyleSettings`)."""
    return scene.anyframe_blend


def chosen_style(settings: Any) -> StyleInfo | None:
    """The style of a scene's settings; fast enough for draw functions."""
    library = session.style_library()
    return library.styles.get(library.resolve_name(settings.style))


def chosen_style_follows_sound(settings: Any) -> bool:
    style = chosen_style(settings)
    return style is not None and is_audio_conditioned(style.labels)


def describe_labels(style: StyleInfo) -> str:
    """Labels of a style in one line."""
    if is_audio_conditioned(style.labels):
        return "the sound of the scene"
    more = len(style.labels) - _MAX_LISTED_LABELS
    listed = ", ".join(style.labels[:_MAX_LISTED_LABELS])
    return f"{listed} and {more} more" if more > 0 else listed


def search_style_labels(block: Any, _context: Any, text: str) -> list[str]:
    """Labels of the chosen style, for the `search` of a property."""
    style = chosen_style(style_settings(block.id_data))
    return [label for label in style.labels if text.lower() in label.lower()] if style else []


def search_styles(_owner: Any, _context: Any, text: str) -> list[tuple[str, str]]:
    """Names of styles with their labels, for the `search` of a property."""
    return [
        (name, describe_labels(style))
        for name, style in session.style_library().styles.items()
        if text.lower() in name.lower()
    ]


def choose_style_if_none(scene: Any, name: str) -> None:
    """Choose a style in a scene's panel, unless one is chosen there."""
    if scene is not None and not style_settings(scene).style:
        style_settings(scene).style = name


def style_payload(request: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The file that a request for a motion in a style needs, found by its hash.

    Empty if the backend has that style already, and for any other request. JobError if the style
    is no longer in the library, StyleError if its file is damaged.
    """
    if request["kind"] != BLEND:
        return ()
    digest = request["hash"]
    models = session.queue.capabilities.get("models", [])
    if any((model.get("name"), model.get("hash")) == ("multires", digest) for model in models):
        return ()
    library = session.style_library()
    name = library.name_of_hash(digest)
    if not name:
        raise JobError(
            f"The style “{request['style']}” of this motion was deleted or learnt anew: import its "
            "file in the panel Learn Style."
        )
    return (library.read_style_bytes(name),)


def sound_duration(scene: bpy.types.Scene, seconds: float) -> float:
    """Length in seconds of a motion that follows the scene's sound from the current frame.

    A requested length of 0 stands for the whole rest of the sound. The result is in whole rows of a
    control track; 0 if no sound plays.
    """
    if not seconds:
        start, end = scene_frame(scene), last_sound_frame(scene, scene_frame(scene))
        seconds = 0.0 if end is None else (end - start) / scene_fps(scene)
        seconds = min(seconds, LIMITS.timeline_seconds_max)
    return round(round(seconds * STYLE_FPS) / STYLE_FPS, 4)


def resolve_control_track(
    scene: bpy.types.Scene, style: StyleInfo, style_name: str, control_file: str, seconds: float
) -> ControlTrack | None:
    """The control track of a motion in a style, from the current frame; None if it uses labels.

    It is read from `control_file`, or from the sound for `seconds` (`sound_duration`) without one.
    JobError if the file has other columns than the style; RigError, StyleError or LimitError if
    there is no such sound or file.
    """
    if control_file:
        control = read_control_track(Path(bpy.path.abspath(control_file)))
        if control.values.shape[-1] != len(style.labels):
            raise JobError(
                f"The control track of “{style_name}” must have {len(style.labels)} columns (got "
                f"{control.values.shape[-1]}): give it numbers of the kind that it was learnt from."
            )
    elif not is_audio_conditioned(style.labels):
        return None
    else:
        length = sound_duration(scene, seconds)
        if not length:
            raise RigError(
                f"No sound plays from frame {scene_frame(scene):.5g} on: add a sound strip in the "
                "Video Sequencer, or go to a frame before one."
            )
        check_control_seconds(length)
        control = read_scene_sound(scene, scene_frame(scene), round(length * STYLE_FPS))
    check_control_seconds(control.values.shape[-2] / STYLE_FPS)
    return control


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
        """Raise JobError or LimitError for the first timeline that is not valid."""
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
