"""What is wanted of a motion in a style: labels, each for a while, kept in each scene."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ..backend.protocol.limits import DEFAULT_OVERLAP_SECONDS, DEFAULT_STYLE_ORIGINALITY, LIMITS
from ..backend.protocol.timeline import LabelBlock
from .sound_control import SOUND_SECONDS
from .style_choice import search_style_labels, search_styles, style_settings

LABEL_OVERLAP: dict[str, Any] = {
    "name": "Overlap",
    "description": "Seconds in which one label passes into the next",
    "default": DEFAULT_OVERLAP_SECONDS,
    "soft_max": 2.0,
    "step": 10,
    "precision": 2,
}
STYLE_ORIGINALITY: dict[str, Any] = {
    "name": "Originality",
    "description": "From 0, put together of pieces of the takes that the style was learnt from, to "
    "1, as its networks make it",
    "default": DEFAULT_STYLE_ORIGINALITY,
    "soft_max": 1.0,
    "precision": 2,
    "subtype": "FACTOR",
}
FINE_LEVELS: dict[str, Any] = {
    "name": "Fine Levels",
    "description": "How many of the finest levels go by the fine labels; 0 for half of all",
    "default": 0,
    "soft_max": LIMITS.levels_max,
}
"""What an operator asks and what the panel asks are the same properties."""


class AnyframeTimelineBlock(bpy.types.PropertyGroup):
    """One label for a while."""

    label: bpy.props.StringProperty(
        name="Label",
        description="One of those that the style knows",
        search=search_style_labels,
        search_options={"SUGGESTION"},
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="How long",
        default=3.0,
        min=0.0,
        soft_min=0.1,
        soft_max=60.0,
        step=50,
        precision=2,
    )


class AnyframeStyleSettings(bpy.types.PropertyGroup):
    """What a motion in a style is to be."""

    style: bpy.props.StringProperty(
        name="Style",
        description="That the motion is made in",
        search=search_styles,
    )
    coarse: bpy.props.CollectionProperty(type=AnyframeTimelineBlock)
    coarse_index: bpy.props.IntProperty(name="Part", description="The part that is chosen")
    alike: bpy.props.BoolProperty(
        name="All Levels Alike",
        description="How it is done goes by the same labels as what happens",
        default=True,
    )
    fine: bpy.props.CollectionProperty(type=AnyframeTimelineBlock)
    fine_index: bpy.props.IntProperty(name="Part", description="The fine part that is chosen")
    fine_levels: bpy.props.IntProperty(**FINE_LEVELS, min=0)
    sound_seconds: bpy.props.FloatProperty(**SOUND_SECONDS, min=0.0)
    overlap: bpy.props.FloatProperty(**LABEL_OVERLAP, min=0.0)
    originality: bpy.props.FloatProperty(**STYLE_ORIGINALITY, min=0.0, max=1.0)


def timeline_from_rows(rows: Any) -> tuple[LabelBlock, ...]:
    """The rows of a list as a timeline."""
    # Blender keeps 24 bits: 0.4 is to be what it is everywhere else.
    return tuple(LabelBlock(row.label.strip(), round(row.seconds, 4)) for row in rows)


def restore_style_settings(scene: Any, request: Mapping[str, Any]) -> None:
    """Fill a scene's fields with what a motion in a style was asked for with."""
    blend = style_settings(scene)
    blend.style = str(request.get("style") or blend.style)
    blend.overlap = float(request.get("overlap", DEFAULT_OVERLAP_SECONDS))
    blend.originality = float(request.get("originality", DEFAULT_STYLE_ORIGINALITY))
    blend.fine_levels = int(request.get("fine_levels") or 0)
    if "control_seconds" in request:
        blend.sound_seconds = float(request["control_seconds"])
        return
    blend.alike = not request.get("fine")
    for rows, told in ((blend.coarse, request["timeline"]), (blend.fine, request.get("fine"))):
        rows.clear()
        for span in told or []:
            row = rows.add()
            row.label, row.seconds = str(span["label"]), float(span["seconds"])


def register() -> None:
    """Add the fields to every scene."""
    scene: Any = bpy.types.Scene
    scene.anyframe_blend = bpy.props.PointerProperty(type=AnyframeStyleSettings)


def unregister() -> None:
    """Take them away from Blender; what is in the file stays."""
    scene: Any = bpy.types.Scene
    del scene.anyframe_blend
