"""Text in a narrow column, which Blender does not wrap by itself."""

import textwrap
from typing import Any

import bpy


def placeholder(text: str) -> dict[str, Any]:
    """Argument of `UILayout.prop` for a hint in an empty text field; Blender 4.1 and later."""
    return {"placeholder": text} if bpy.app.version >= (4, 1, 0) else {}


PROMPT_PLACEHOLDER = placeholder("a person walks forward")
LABEL_PLACEHOLDER = placeholder("optional")
"""Hint of the label's field beside a prompt."""

_CHARACTER_PIXELS = 6.5
_MARGIN_PIXELS = 60.0
_BOX_PIXELS = 16.0
"""Measured in Blender's default theme, at a UI scale of 1."""


def ui_scale() -> float:
    """Pixels of the screen for one pixel of the interface; 1 where there is no window."""
    return bpy.context.preferences.system.ui_scale or 1.0


def characters_per_line(width: float, *, boxed: bool = False) -> int:
    """Characters that fit in a line after an icon, in a region `width` pixels wide."""
    margin = _MARGIN_PIXELS + boxed * _BOX_PIXELS
    return max(16, int((width / ui_scale() - margin) / _CHARACTER_PIXELS))


def truncate(text: str, length: int) -> str:
    """Cut a long text at its end; Blender would leave out its middle."""
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
    """Draw a text over as many lines as it needs in a region `width` pixels wide; red for alerts.

    The icon stands before the first line; `boxed` means that the layout is in a box.
    """
    column = layout.column(align=True)
    column.alert = alert
    for line in textwrap.wrap(text, characters_per_line(width, boxed=boxed)):
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else icon
