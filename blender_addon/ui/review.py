"""The sub-panel *Review*."""

from typing import Any

import bpy

from ..operators.jobs.review_state import Variation, review_state
from ..rig.action.metadata import quality_notes
from .layout import SidebarPanel, draw_button
from .text import draw_paragraph

_COLUMNS = (("Seed", 0.3), ("Match", 0.46), ("Novelty", 1.0))
"""Headings, and the fraction of the remaining row that each takes."""
_SEED_DIGITS = 5
"""Digits that fit in the column."""


class ANYFRAME_PT_review(SidebarPanel, bpy.types.Panel):
    """The motions under review, to apply one of them."""

    bl_label = "Review"
    bl_parent_id = "ANYFRAME_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(review_state.variations)

    def draw(self, context: bpy.types.Context) -> None:
        layout: Any = self.layout
        width = context.region.width
        chosen = review_state.chosen_variation
        if chosen is None:
            return
        _draw_list(layout, context.window_manager)
        _draw_chosen(layout, context, chosen, width)
        if review_state.draw_error:
            draw_paragraph(layout, review_state.draw_error, width=width, icon="ERROR", alert=True)
        row = layout.row(align=True)
        row.scale_y = 1.3
        row.operator("anyframe.accept_variation", icon="CHECKMARK")
        row.operator("anyframe.discard_review", icon="X")


def _draw_list(layout: bpy.types.UILayout, manager: bpy.types.WindowManager | None) -> None:
    column = layout.column(align=True)
    title = None
    for index, variation in enumerate(review_state.variations):
        if variation.title != title:
            title = variation.title
            column.label(text=f"“{title}”")
            _draw_row(column.row(align=True), "", [heading for heading, _ in _COLUMNS])
        row = column.row(align=True)
        _draw_row(row, str(index), _variation_columns(variation), manager)


def _draw_row(
    row: bpy.types.UILayout,
    number: str,
    texts: list[str],
    manager: bpy.types.WindowManager | None = None,
) -> None:
    """Draw a row of the table; without a manager its heading, which has no number."""
    split = row.split(factor=0.16, align=True)
    if manager is None:
        split.label(text="")
    else:
        split.prop_enum(manager, "anyframe_variation", number)
    for text, (_, factor) in zip(texts, _COLUMNS, strict=True):
        if factor < 1.0:
            split = split.split(factor=factor, align=True)
        split.label(text=text)


def _variation_columns(variation: Variation) -> list[str]:
    info = variation.take.metadata
    novelty = info.get("novelty")
    distance = novelty.get("distance") if isinstance(novelty, dict) else None
    return [
        format_short_seed(variation.seed),
        *(
            f"{value:.2f}" if isinstance(value, float) else "–"
            for value in (info.get("score"), distance)
        ),
    ]


def format_short_seed(seed: int | None) -> str:
    """A seed for a narrow column: its last digits, as seeds of variations are consecutive."""
    if seed is None:
        return "–"
    digits = str(seed)
    return digits if len(digits) <= _SEED_DIGITS else f"…{digits[1 - _SEED_DIGITS :]}"


def _draw_chosen(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Variation, width: float
) -> None:
    if len(review_state.variations) > 1:
        row = layout.row(align=True)
        draw_button(row, "anyframe.step_variation", "TRIA_LEFT", "Previous", step=-1)
        draw_button(row, "anyframe.step_variation", "TRIA_RIGHT", "Next", step=1)
        layout.prop(context.window_manager, "anyframe_beside")
    row = layout.row(align=True)
    row.operator("anyframe.again_with_seed", icon="FILE_REFRESH")
    row.operator("anyframe.copy_seed", text="", icon="COPYDOWN")
    if chosen.problem:
        draw_paragraph(layout, chosen.problem, width=width, icon="ERROR", alert=True)
    elif context.scene is not None and chosen.target.resolve()[1] != context.scene:
        text = f"This motion is for the scene “{chosen.target.scene}”."
        draw_paragraph(layout, text, width=width, icon="INFO")


_variation_items_cache: list[tuple[str, str, str, int]] = []
"""The items of the enum: Blender needs a reference that lives on."""


def _variation_items(_manager: Any, _context: bpy.types.Context | None) -> list[Any]:
    _variation_items_cache[:] = [
        (str(n), str(n + 1), _describe_variation(variation), n)
        for n, variation in enumerate(review_state.variations)
    ]
    return _variation_items_cache


def _describe_variation(variation: Variation) -> str:
    """Tooltip of a variation's number."""
    seed = variation.seed
    remarks = quality_notes(variation.take.metadata)
    return " ".join(remarks if seed is None else [f"Seed {seed}.", *remarks])


def register() -> None:
    manager: Any = bpy.types.WindowManager
    manager.anyframe_variation = bpy.props.EnumProperty(
        name="Variation",
        description="The variation to show",
        items=_variation_items,
        get=lambda _manager: review_state.chosen_index,
        set=lambda _manager, index: review_state.update(chosen_index=index),
    )
    manager.anyframe_beside = bpy.props.BoolProperty(
        name="Side by Side",
        description="Show all variations beside each other instead of the chosen one in its place",
        get=lambda _manager: review_state.side_by_side,
        set=lambda _manager, beside: review_state.update(side_by_side=beside),
    )


def unregister() -> None:
    manager: Any = bpy.types.WindowManager
    del manager.anyframe_beside
    del manager.anyframe_variation
