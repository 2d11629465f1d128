"""Sentences in a narrow column, which Blender does not wrap by itself."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy


def placeholder(text: str) -> dict[str, Any]:
    """The argument of `UILayout.prop` that has an empty text field show a hint, where Blender can
    (4.1 and later)."""
    return {"placeholder": text} if bpy.app.version >= (4, 1, 0) else {}


PROMPT_PLACEHOLDER = placeholder("a person walks forward")
"""Of a prompt's field."""
LABEL_PLACEHOLDER = placeholder("optional")
"""Of the label's field beside a prompt."""

_CHARACTER_PIXELS = 6.5
_MARGIN_PIXELS = 60.0
_BOX_PIXELS = 16.0


def ui_scale() -> float:
    """How many pixels one of the interface is; 1 where there is no window."""
    return bpy.context.preferences.system.ui_scale or 1.0


def characters_per_line(width: float, *, boxed: bool = False) -> int:
    """How many characters a line has room for, with an icon before them.

    Args:
        width: of the region in pixels.
        boxed: as in `paragraph`.
    """
    margin = _MARGIN_PIXELS + boxed * _BOX_PIXELS
    return max(16, int((width / ui_scale() - margin) / _CHARACTER_PIXELS))


def truncate(text: str, length: int) -> str:
    """The beginning of a text that is too long for a line; Blender would leave out its middle."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def draw_paragraph(
    layout: bpy.types.UILayout,
    text: str,
    *,
    width: float,
    icon: Any = "NONE",
    alert: bool = False,
    boxed: bool = False,
) -> None:
    """Draw a sentence over as many lines as it needs.

    Args:
        width: of the region in pixels.
        icon: shown before the first line.
        alert: draw it in red.
        boxed: the layout is in a box, which takes some of the width.
    """
    column = layout.column(align=True)
    column.alert = alert
    for line in textwrap.wrap(text, characters_per_line(width, boxed=boxed)):
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else icon
