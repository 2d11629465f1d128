"""Bases of panels and lists, and pieces of layout that several panels share."""

from typing import Any

import bpy

from ..scene.prompt_suggestions import known_motion_labels
from .text import LABEL_PLACEHOLDER, PROMPT_PLACEHOLDER


class SidebarPanel:
    """A panel in the tab *Anyframe* of the 3D view's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"


class SubPanel(SidebarPanel):
    """A sub-panel, closed at first."""

    bl_parent_id = "ANYFRAME_PT_main"
    bl_options = {"DEFAULT_CLOSED"}


class RowList:
    """A list with one row for each item; derived classes have `draw_row`."""

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
        """Call `draw_row` with those arguments that the lists of this add-on need."""
        self.draw_row(context, layout, data, item)

    def draw_row(
        self, context: bpy.types.Context, layout: bpy.types.UILayout, data: Any, item: Any
    ) -> None:
        raise NotImplementedError


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
    """Draw a list and return the column for its buttons.

    Args:
        layout: Layout to draw in.
        list_type: Class name of the `UIList`.
        owner: Property group with the list.
        names: Names of the collection and of the index of the selected item.
        rows: Height of the list.
        list_id: Name for one of several lists of the same type in a panel.
    """
    row = layout.row()
    collection, index = names
    row.template_list(list_type, list_id, owner, collection, owner, index, rows=rows)
    return row.column(align=True)


def draw_button(layout: bpy.types.UILayout, operator: str, icon: Any, **properties: Any) -> None:
    """Draw the button of an operator that uses the panel's settings."""
    row = layout.row()
    row.operator_context = "INVOKE_DEFAULT"
    button: Any = row.operator(operator, icon=icon)
    for name, value in properties.items():
        setattr(button, name, value)


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
