"""The fields that say what a motion is made from, of the panel and of a block alike."""

from __future__ import annotations

from typing import Any

import bpy

from ..operators.jobs.prompt_suggestions import known_actions
from .text_wrap import LABEL_PLACEHOLDER, PLACEHOLDER


def draw_words(layout: bpy.types.UILayout, asked: Any) -> None:
    """Prompt or label.

    Args:
        layout: to draw into.
        asked: has `model`, `prompt` and `action`.
    """
    column = layout.column(align=True)
    column.row(align=True).prop(asked, "model", expand=True)
    if asked.model == "nerm":
        column.prop(asked, "prompt", text="", **PLACEHOLDER)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(asked, "action", **LABEL_PLACEHOLDER)
        return
    column.prop(asked, "action", text="", icon="VIEWZOOM")
    known, label = known_actions(asked.model), asked.action.strip()
    if known.get(label):
        column.label(text=f"Learnt from {known[label]}", icon="INFO")
    elif label and known and label not in known:
        column.label(text=f"The backend does not know the label “{label}”", icon="ERROR")
