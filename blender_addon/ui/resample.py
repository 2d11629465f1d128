"""The sub-panels *Generated Motion* and *Resample*: other rates of existing motions."""

from typing import Any

import bpy

from ..operators.armature.pose import is_in_place
from ..operators.common.generated_motion import has_generated_motion
from ..rig.action.fcurves import scene_fps
from ..scene.target import chosen_armature, scene_settings
from .layout import SidebarPanel, SubPanel, draw_button, invoke_row, property_column


class ANYFRAME_PT_generated(SidebarPanel, bpy.types.Panel):
    """Operations on a motion after it was generated."""

    bl_label = "Generated Motion"
    bl_parent_id = "ANYFRAME_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_generated_motion(context) or is_in_place(chosen_armature(context)) is not None

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, scene_settings(context.scene)
        layout.operator_context = "INVOKE_DEFAULT"
        column = property_column(layout, align=True)
        for name in ("speed", "part_start", "part_end", "feet_again"):
            column.prop(settings, name)
        column.operator("anyframe.decode", icon="FILE_REFRESH")
        column = property_column(layout, align=True)
        column.prop(settings, "blend_with")
        column.prop(settings, "share")
        column.operator("anyframe.interpolate", icon="IPO_EASE_IN_OUT")
        in_place = is_in_place(chosen_armature(context))
        row = layout.row()
        row.enabled = in_place is not None
        text = "Restore Root Motion" if in_place else "Remove Root Motion"
        draw_button(row, "anyframe.set_in_place", "CON_FOLLOWPATH", text, in_place=not in_place)


class ANYFRAME_PT_resample(SubPanel, bpy.types.Panel):
    """The armature's animation at another rate."""

    bl_label = "Resample"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        settings = scene_settings(scene)
        column = property_column(layout)
        column.prop(settings, "resample_fps")
        if not settings.resample_fps:
            split = column.split(factor=0.4)  # below the value, as Blender splits properties
            split.label(text="")
            split.label(text=f"Scene ({scene_fps(scene):.5g} fps)")
        column.prop(settings, "resample_slow")
        column = property_column(layout, align=True)
        column.prop(settings, "resample_holds")
        max_error = column.row()
        max_error.enabled = not settings.resample_exact
        max_error.prop(settings, "resample_bound")
        column.prop(settings, "resample_exact")
        invoke_row(layout).operator("anyframe.resample", icon="MOD_TIME")
