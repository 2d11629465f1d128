"""The sub-panel *Generate in Style*: timelines of labels, or the sound that a motion follows."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import bpy

from ..backend.protocol.timeline import LabelBlock, timeline_seconds
from ..link import session
from ..link.files.style_library import SHIPPED_STYLE
from ..scene.style_settings import (
    chosen_style,
    chosen_style_follows_sound,
    describe_labels,
    sound_duration,
    style_settings,
    timeline_from_rows,
)
from .layout import (
    SubPanel,
    draw_button,
    draw_length,
    draw_list,
    draw_move_buttons,
    invoke_row,
    property_column,
)
from .text import draw_paragraph, placeholder, ui_scale

_DEFAULT_LEVELS = 7
"""Levels of the drawn grid while no style is chosen."""
_COLOUR_COUNT = 20
"""Icons "COLORSET_…" of Blender."""
_MIN_COLUMNS, _MAX_COLUMNS = 4, 24
"""Columns of the drawn grid."""
_CELL_PIXELS = 20.0
"""Width of a column."""
_MARGIN_PIXELS = 44.0
"""Width of the region that the grid cannot use."""


class ANYFRAME_UL_spans(bpy.types.UIList):
    """The labels of a timeline with their seconds."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0
    ) -> None:
        split = layout.split(factor=0.7, align=True)
        colour: Any = label_icon(item.label, available_labels(data))
        split.prop(item, "label", text="", icon=colour, emboss=False)
        split.prop(item, "seconds", text="", emboss=False)


class ANYFRAME_PT_blend(SubPanel, bpy.types.Panel):
    """A motion in a style."""

    bl_label = "Generate in Style"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        settings = style_settings(scene)
        width = context.region.width
        layout.prop(settings, "style", text="", icon="VIEWZOOM", **placeholder(SHIPPED_STYLE))
        style, follows_sound = chosen_style(settings), chosen_style_follows_sound(settings)
        if style is not None:
            subject = "It" if settings.style else SHIPPED_STYLE
            ability = "follows the sound" if follows_sound else f"knows {describe_labels(style)}"
            draw_paragraph(layout, f"{subject} {ability}", width=width, icon="INFO")
        elif settings.style:
            text = f"There is no style “{settings.style}”"
            draw_paragraph(layout, text, width=width, icon="ERROR")
        elif not session.style_library().styles:
            layout.label(text="Learn a style first, or import one", icon="INFO")
        if follows_sound:
            column = property_column(layout)
            column.prop(settings, "sound_seconds")
            seconds = sound_duration(scene, settings.sound_seconds)
        else:
            seconds = _draw_labels(layout, settings, width)
            column = property_column(layout)
            if not settings.alike:
                column.prop(settings, "fine_levels")
            column.prop(settings, "overlap")
        column.prop(settings, "originality", slider=True)
        draw_length(layout, scene, seconds)
        invoke_row(layout).operator("anyframe.blend", icon="PLAY")


def _draw_labels(layout: bpy.types.UILayout, settings: Any, width: float) -> float:
    """Draw the timelines as lists and as a grid; returns their seconds."""
    _draw_timeline(layout, settings, fine=False)
    layout.prop(settings, "alike")
    if not settings.alike:
        _draw_timeline(layout, settings, fine=True)
    coarse = timeline_from_rows(settings.coarse)
    fine = coarse if settings.alike else timeline_from_rows(settings.fine)
    style = chosen_style(settings)
    levels = style.levels if style else _DEFAULT_LEVELS
    if coarse and fine:
        fine_levels = min(settings.fine_levels or levels // 2, levels - 1)
        rows = [coarse] * (levels - fine_levels) + [fine] * fine_levels
        _draw_grid(layout, rows, available_labels(settings), width)
    return timeline_seconds(coarse)


def available_labels(settings: Any) -> tuple[str, ...]:
    """Labels of the chosen style; without one, those of the timelines."""
    style = chosen_style(settings)
    if style is not None:
        return style.labels
    return tuple(dict.fromkeys(row.label for row in (*settings.coarse, *settings.fine)))


def label_icon(label: str, labels: Sequence[str]) -> str:
    """Icon in the colour of a label; a warning if the label is not available."""
    if label not in labels:
        return "ERROR"
    return f"COLORSET_{labels.index(label) % _COLOUR_COUNT + 1:02}_VEC"


def _draw_timeline(layout: bpy.types.UILayout, settings: Any, *, fine: bool) -> None:
    name = "fine" if fine else "coarse"
    names = (name, f"{name}_index")
    side = draw_list(layout, "ANYFRAME_UL_spans", settings, names, rows=3, list_id=name)
    draw_button(side, "anyframe.add_span", "ADD", "", fine=fine)
    draw_button(side, "anyframe.remove_span", "REMOVE", "", fine=fine)
    draw_move_buttons(side, "anyframe.move_span", fine=fine)


def sample_labels(blocks: Sequence[LabelBlock], columns: int) -> list[str]:
    """Labels of a timeline in the middle of each of `columns` equal parts of its time."""
    ends = list(accumulate(block.seconds for block in blocks))
    middles = [ends[-1] * (column + 0.5) / columns for column in range(columns)]
    return [blocks[min(bisect_right(ends, when), len(blocks) - 1)].label for when in middles]


def _draw_grid(
    layout: bpy.types.UILayout,
    rows: Sequence[Sequence[LabelBlock]],
    labels: Sequence[str],
    width: float,
) -> None:
    """Draw levels from coarse to fine as rows of coloured icons."""
    columns = int((width / ui_scale() - _MARGIN_PIXELS) / _CELL_PIXELS)
    box = layout.box().column(align=True)
    box.label(text="Coarse: what happens")
    for blocks in rows:
        row = box.row(align=True)
        for label in sample_labels(blocks, min(max(columns, _MIN_COLUMNS), _MAX_COLUMNS)):
            icon: Any = label_icon(label, labels)
            row.label(text="", icon=icon)
    box.label(text="Fine: how it is done")
