"""The sub-panel with the list of blocks."""

from __future__ import annotations

from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..operators.common.target import scene_fps, scene_settings
from ..scene.blocks import scene_blocks
from .prompt_fields import draw_prompt_fields


class ANYFRAME_UL_blocks(bpy.types.UIList):
    """What each block shows, and for how long."""

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
        """Words and seconds; they are typed below the list, where there is room for them."""
        split = layout.split(factor=0.76, align=True)
        # In a narrow list all that begin alike would look alike.
        words = item.action
        if item.model == "nerm":
            words = item.prompt.removeprefix("a person ") or words
        split.label(text=words or "No words")
        seconds = split.row()
        seconds.alignment = "RIGHT"
        seconds.label(text=f"{item.seconds:.3g} s")


class ANYFRAME_PT_blocks(bpy.types.Panel):
    """Several motions in a row."""

    bl_label = "Blocks"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The list, the chosen block, and go."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        listed = scene_blocks(scene)
        row = layout.row()
        row.template_list("ANYFRAME_UL_blocks", "", listed, "blocks", listed, "index", rows=4)
        side = row.column(align=True)
        side.operator("anyframe.add_block", text="", icon="ADD")
        side.operator("anyframe.remove_block", text="", icon="REMOVE")
        side.separator()
        up: Any = side.operator("anyframe.move_block", text="", icon="TRIA_UP")
        up.up = True
        down: Any = side.operator("anyframe.move_block", text="", icon="TRIA_DOWN")
        down.up = False
        if not listed.blocks:
            layout.label(text="+ adds what is above as a block", icon="INFO")
            return
        if 0 <= listed.index < len(listed.blocks):
            _draw_block(layout, listed.blocks[listed.index])
        seconds = sum(block.seconds for block in listed.blocks)
        frames = frame_count(seconds, scene_fps(scene)) + scene_settings(scene).loop
        layout.label(text=f"{seconds:.4g} s · {frames} frames", icon="TIME")
        column = layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        column.operator("anyframe.generate_blocks", icon="PLAY")
        again: Any = column.operator(
            "anyframe.generate_blocks", text="Draw Chosen Block Again", icon="FILE_REFRESH"
        )
        again.again = listed.index


def _draw_block(layout: bpy.types.UILayout, block: Any) -> None:
    draw_prompt_fields(layout, block)
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    for name in ("seconds", "blend", "seed"):
        column.prop(block, name)
