"""The fields that say what a motion is made from, of the panel and of a block alike."""

from __future__ import annotations

from typing import Any

import bpy

from ..operators.jobs.prompt_suggestions import known_motion_labels
from .text_wrap import LABEL_PLACEHOLDER, PROMPT_PLACEHOLDER


def draw_prompt_fields(layout: bpy.types.UILayout, fields: Any) -> None:
    """Prompt or label.

    Args:
        layout: to draw into.
        asked: has `model`, `prompt` and `action`.
    """
    column = layout.column(align=True)
    column.row(align=True).prop(fields, "model", expand=True)
    if fields.model == "nerm":
        column.prop(fields, "prompt", text="", **PROMPT_PLACEHOLDER)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(fields, "action", **LABEL_PLACEHOLDER)
        return
    column.prop(fields, "action", text="", icon="VIEWZOOM")
    known, label = known_motion_labels(fields.model), fields.action.strip()
    if known.get(label):
        column.label(text=f"Learnt from {known[label]}", icon="INFO")
    elif label and known and label not in known:
        column.label(text=f"The backend does not know the label “{label}”", icon="ERROR")
