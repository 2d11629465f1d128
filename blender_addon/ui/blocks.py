"""The sub-panel *Blocks*."""

from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..rig.action.fcurves import scene_fps
from ..scene.blocks import scene_blocks
from ..scene.target import scene_settings
from .layout import RowList, SubPanel, draw_list, draw_prompt_fields, property_column


class ANYFRAME_UL_blocks(RowList, bpy.types.UIList):
    """The blocks with their lengths; the selected one is edited below the list."""

    def draw_row(
        self, context: bpy.types.Context, layout: bpy.types.UILayout, data: Any, item: Any
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

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        blocks = scene_blocks(scene)
        side = draw_list(layout, "ANYFRAME_UL_blocks", blocks, ("blocks", "index"), rows=4)
        side.operator("anyframe.add_block", text="", icon="ADD")
        side.operator("anyframe.remove_block", text="", icon="REMOVE")
        side.separator()
        up: Any = side.operator("anyframe.move_block", text="", icon="TRIA_UP")
        up.up = True
        down: Any = side.operator("anyframe.move_block", text="", icon="TRIA_DOWN")
        down.up = False
        if not blocks.blocks:
            layout.label(text="+ adds the prompt above as a block", icon="INFO")
            return
        if 0 <= blocks.index < len(blocks.blocks):
            block = blocks.blocks[blocks.index]
            draw_prompt_fields(layout, block)
            column = property_column(layout)
            for name in ("seconds", "blend", "seed"):
                column.prop(block, name)
        seconds = sum(block.seconds for block in blocks.blocks)
        frames = frame_count(seconds, scene_fps(scene)) + scene_settings(scene).loop
        layout.label(text=f"{seconds:.4g} s · {frames} frames", icon="TIME")
        column = layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        column.operator("anyframe.generate_blocks", icon="PLAY")
        again: Any = column.operator(
            "anyframe.generate_blocks", text="Regenerate Selected Block", icon="FILE_REFRESH"
        )
        again.again = blocks.index
