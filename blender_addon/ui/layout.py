"""Bases of panels, and pieces of layout that several panels share."""

from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..rig.action.fcurves import scene_fps
from ..scene.prompt_suggestions import known_motion_labels
from ..scene.target import scene_settings
from .text import LABEL_PLACEHOLDER, PROMPT_PLACEHOLDER


class SidebarPanel:
    """A panel in the tab *Anyframe* of the 3D view's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    layout: Any


class SubPanel(SidebarPanel):
    """A sub-panel, closed at first."""

    bl_parent_id = "ANYFRAME_PT_main"
    bl_options = {"DEFAULT_CLOSED"}


def property_column(layout: bpy.types.UILayout, *, align: bool = False) -> bpy.types.UILayout:
    """A column of properties with their names on the left and without keyframe buttons."""
    column = layout.column(align=align)
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def draw_list(
    layout: bpy.types.UILayout,
    list_type: str,
    owner: Any,
    names: tuple[str, str],
    *,
    rows: int,
    list_id: str = "",
) -> bpy.types.UILayout:
    """Draw the list with these names of collection and index, and return a column for buttons.

    `list_id` is the name of one of several lists of the same type in a panel.
    """
    row = layout.row()
    collection, index = names
    row.template_list(list_type, list_id, owner, collection, owner, index, rows=rows)
    return row.column(align=True)


def draw_button(
    layout: bpy.types.UILayout, operator: str, icon: Any, text: str | None = None, **properties: Any
) -> None:
    """Draw the button of an operator with properties, and with its label if there is no text."""
    named: dict[str, Any] = {} if text is None else {"text": text}
    button: Any = layout.operator(operator, icon=icon, **named)
    for name, value in properties.items():
        setattr(button, name, value)


def draw_move_buttons(layout: bpy.types.UILayout, operator: str, **properties: Any) -> None:
    draw_button(layout, operator, "TRIA_UP", "", up=True, **properties)
    draw_button(layout, operator, "TRIA_DOWN", "", up=False, **properties)


def draw_length(layout: bpy.types.UILayout, scene: bpy.types.Scene, seconds: float) -> None:
    """Draw the seconds and frames of a motion."""
    frames = frame_count(seconds, scene_fps(scene)) + scene_settings(scene).loop
    layout.label(text=f"{seconds:.4g} s · {frames} frames", icon="TIME")


def invoke_row(layout: bpy.types.UILayout, *, align: bool = False) -> bpy.types.UILayout:
    """A row of operators that use the panel's settings or ask for something."""
    row = layout.row(align=align)
    row.operator_context = "INVOKE_DEFAULT"
    return row


def draw_prompt_fields(layout: bpy.types.UILayout, owner: Any) -> None:
    """Draw prompt and label of a property group with `model`, `prompt` and `action`."""
    column = layout.column(align=True)
    column.row(align=True).prop(owner, "model", expand=True)
    if owner.model == "nerm":
        column.prop(owner, "prompt", text="", **PROMPT_PLACEHOLDER)
        property_column(layout).prop(owner, "action", **LABEL_PLACEHOLDER)
        return
    column.prop(owner, "action", text="", icon="VIEWZOOM")
    known, label = known_motion_labels(owner.model), owner.action.strip()
    if known.get(label):
        column.label(text=f"Learnt from {known[label]}", icon="INFO")
    elif label and known and label not in known:
        column.label(text=f"The backend does not know the label “{label}”", icon="ERROR")
