"""Sentences in a narrow column, which Blender does not wrap by itself."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

PLACEHOLDER: dict[str, Any] = (
    {"placeholder": "a person walks forward"} if bpy.app.version >= (4, 1, 0) else {}
)
"""What a prompt's empty field shows, where Blender can."""

_CHARACTER_PIXELS = 6.5
_MARGIN_PIXELS = 60.0
_BOX_PIXELS = 16.0


def paragraph(
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
    scale = bpy.context.preferences.system.ui_scale or 1.0  # 0 where there is no window
    margin = _MARGIN_PIXELS + boxed * _BOX_PIXELS
    columns = int((width / scale - margin) / _CHARACTER_PIXELS)
    column = layout.column(align=True)
    column.alert = alert
    for line in textwrap.wrap(text, max(16, columns)):
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else icon
