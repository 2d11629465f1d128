"""The sub-panel that makes motions in a style: a timeline of labels, coarse and fine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..backend.protocol.timeline import LabelBlock, timeline_seconds
from ..link import session
from ..link.files.style_library import SHIPPED_STYLE
from ..operators.common.target import scene_fps, scene_settings
from ..scene.sound_control import sound_duration
from ..scene.style_choice import (
    chosen_style,
    chosen_style_follows_sound,
    describe_labels,
    style_settings,
)
from ..scene.timeline import timeline_from_rows
from .text_wrap import draw_paragraph, placeholder, ui_scale

_DEFAULT_LEVELS = 7
"""That are drawn while no style is chosen."""
_COLOUR_COUNT = 20
_MIN_COLUMNS, _MAX_COLUMNS = 4, 24
"""Columns of the picture,"""
_CELL_PIXELS = 20.0
"""each so wide,"""
_MARGIN_PIXELS = 44.0
"""in what the panel leaves of the region."""


class ANYFRAME_UL_spans(bpy.types.UIList):
    """The labels of a timeline."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: Any,
        active_data: Any,
        active_property: str | None,
        index: Any = 0,
        flt_flag: Any = 0,
    ) -> None:
        """Label and seconds, to be typed here."""
        split = layout.split(factor=0.7, align=True)
        colour: Any = label_icon(item.label, available_labels(data))
        split.prop(item, "label", text="", icon=colour, emboss=False)
        split.prop(item, "seconds", text="", emboss=False)


class ANYFRAME_PT_blend(bpy.types.Panel):
    """A motion in a style."""

    bl_label = "Blend"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The style, what happens, how it is done, both as a picture, and go."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        blend = style_settings(scene)
        width = context.region.width
        layout.prop(blend, "style", text="", icon="VIEWZOOM", **placeholder(SHIPPED_STYLE))
        facts, by_sound = chosen_style(blend), chosen_style_follows_sound(blend)
        if facts is not None:
            whose = "It" if blend.style else SHIPPED_STYLE
            does = "follows the sound" if by_sound else f"knows {describe_labels(facts)}"
            draw_paragraph(layout, f"{whose} {does}", width=width, icon="INFO")
        elif blend.style:
            draw_paragraph(layout, f"There is no style “{blend.style}”", width=width, icon="ERROR")
        elif not session.style_library().styles:
            layout.label(text="Learn a style first, or import one", icon="INFO")
        if by_sound:
            column = _property_column(layout)
            column.prop(blend, "sound_seconds")
            first = scene.frame_current + scene.frame_subframe
            seconds = sound_duration(scene, first, blend.sound_seconds)
        else:
            seconds = _draw_labels(layout, blend, width)
            column = _property_column(layout)
            if not blend.alike:
                column.prop(blend, "fine_levels")
            column.prop(blend, "overlap")
        column.prop(blend, "originality", slider=True)
        frames = frame_count(seconds, scene_fps(scene)) + scene_settings(scene).loop
        layout.label(text=f"{seconds:.4g} s · {frames} frames", icon="TIME")
        go = layout.row()
        go.operator_context = "INVOKE_DEFAULT"
        go.operator("anyframe.blend", icon="PLAY")


def _property_column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def _draw_labels(layout: bpy.types.UILayout, blend: Any, width: float) -> float:
    """What happens, how it is done, and both as a picture; returns the seconds of it."""
    _draw_list(layout, blend, fine=False)
    layout.prop(blend, "alike")
    if not blend.alike:
        _draw_list(layout, blend, fine=True)
    coarse = timeline_from_rows(blend.coarse)
    fine = coarse if blend.alike else timeline_from_rows(blend.fine)
    facts = chosen_style(blend)
    levels = facts.levels if facts else _DEFAULT_LEVELS
    if coarse and fine:
        count = min(blend.fine_levels or levels // 2, levels - 1)
        rows = [coarse] * (levels - count) + [fine] * count
        _draw_grid(layout, rows, available_labels(blend), width)
    return timeline_seconds(coarse)


def available_labels(blend: Any) -> tuple[str, ...]:
    """What the chosen style knows; else what the timelines name."""
    facts = chosen_style(blend)
    if facts is not None:
        return facts.labels
    return tuple(dict.fromkeys(row.label for row in (*blend.coarse, *blend.fine)))


def label_icon(label: str, known: Sequence[str]) -> str:
    """An icon in a label's own colour; a warning if it is not known."""
    if label not in known:
        return "ERROR"
    return f"COLORSET_{known.index(label) % _COLOUR_COUNT + 1:02}_VEC"


def _draw_list(layout: bpy.types.UILayout, blend: Any, *, fine: bool) -> None:
    name = "fine" if fine else "coarse"
    row = layout.row()
    row.template_list("ANYFRAME_UL_spans", name, blend, name, blend, f"{name}_index", rows=3)
    side = row.column(align=True)
    add: Any = side.operator("anyframe.add_span", text="", icon="ADD")
    remove: Any = side.operator("anyframe.remove_span", text="", icon="REMOVE")
    up: Any = side.operator("anyframe.move_span", text="", icon="TRIA_UP")
    down: Any = side.operator("anyframe.move_span", text="", icon="TRIA_DOWN")
    for button in (add, remove, up, down):
        button.fine = fine
    up.up, down.up = True, False


def sample_labels(spans: Sequence[LabelBlock], columns: int) -> list[str]:
    """What a timeline says in the middle of each of so many equal parts of its time."""
    ends = list(accumulate(span.seconds for span in spans))
    middles = [ends[-1] * (column + 0.5) / columns for column in range(columns)]
    return [spans[min(bisect_right(ends, when), len(spans) - 1)].label for when in middles]


def _draw_grid(
    layout: bpy.types.UILayout,
    rows: Sequence[Sequence[LabelBlock]],
    known: Sequence[str],
    width: float,
) -> None:
    """Levels from coarse to fine, each with its labels over time in their colours."""
    columns = int((width / ui_scale() - _MARGIN_PIXELS) / _CELL_PIXELS)
    box = layout.box().column(align=True)
    box.label(text="Coarse: what happens")
    for spans in rows:
        row = box.row(align=True)
        for label in sample_labels(spans, min(max(columns, _MIN_COLUMNS), _MAX_COLUMNS)):
            icon: Any = label_icon(label, known)
            row.label(text="", icon=icon)
    box.label(text="Fine: how it is done")
