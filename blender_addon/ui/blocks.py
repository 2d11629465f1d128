"""The sub-panel *Blocks*."""

from typing import Any

import bpy

from ..scene.blocks import scene_blocks
from .layout import (
    SubPanel,
    draw_button,
    draw_length,
    draw_list,
    draw_move_buttons,
    draw_prompt_fields,
    property_column,
)


class ANYFRAME_UL_blocks(bpy.types.UIList):
    """The blocks with their lengths; the selected one is edited below the list."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0
    ) -> None:
        split = layout.split(factor=0.76, align=True)
        title = item.action
        if item.model == "nerm":
            # A narrow list would show only this common beginning.
            title = item.prompt.removeprefix("a person ") or title
        split.label(text=title or "No prompt")
        seconds = split.row()
        seconds.alignment = "RIGHT"
        seconds.label(text=f"{item.seconds:.3g} s")


class ANYFRAME_PT_blocks(SubPanel, bpy.types.Panel):
    """Several motions in a row."""

    bl_label = "Blocks"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        blocks = scene_blocks(scene)
        side = draw_list(layout, "ANYFRAME_UL_blocks", blocks, ("blocks", "index"), rows=4)
        side.operator("anyframe.add_block", text="", icon="ADD")
        side.operator("anyframe.remove_block", text="", icon="REMOVE")
        side.separator()
        draw_move_buttons(side, "anyframe.move_block")
        if not blocks.blocks:
            layout.label(text="+ adds the prompt above as a block", icon="INFO")
            return
        if 0 <= blocks.index < len(blocks.blocks):
            block = blocks.blocks[blocks.index]
            draw_prompt_fields(layout, block)
            column = property_column(layout)
            for name in ("seconds", "blend", "seed"):
                column.prop(block, name)
        draw_length(layout, scene, sum(block.seconds for block in blocks.blocks))
        column = layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        column.operator("anyframe.generate_blocks", icon="PLAY")
        text = "Regenerate Selected Block"
        draw_button(column, "anyframe.generate_blocks", "FILE_REFRESH", text, again=blocks.index)
