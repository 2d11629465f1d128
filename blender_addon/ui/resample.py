"""The sub-panels *Generated Motion* and *Resample*: other rates of existing motions."""

from typing import Any

import bpy

from ..operators.armature.in_place import is_in_place
from ..operators.common.generated_motion import has_generated_motion
from ..rig.action.fcurves import scene_fps
from ..scene.target import chosen_armature, scene_settings
from .layout import SidebarPanel, SubPanel, draw_button, property_column


class ANYFRAME_PT_generated(SidebarPanel, bpy.types.Panel):
    """Operations on a motion after it was generated."""

    bl_label = "Generated Motion"
    bl_parent_id = "ANYFRAME_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_generated_motion(context) or is_in_place(chosen_armature(context)) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, scene_settings(context.scene)
        assert layout is not None
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
        toggle: Any = row.operator("anyframe.set_in_place", text=text, icon="CON_FOLLOWPATH")
        toggle.in_place = not in_place


class ANYFRAME_PT_resample(SubPanel, bpy.types.Panel):
    """The armature's animation at another rate."""

    bl_label = "Resample"

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
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
        draw_button(layout, "anyframe.resample", "MOD_TIME")
