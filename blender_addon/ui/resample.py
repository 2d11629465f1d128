"""The sub-panel that fills in between the keys of what an armature plays."""

import bpy

from ..operators.common.target import scene_fps, scene_settings


class ANYFRAME_PT_resample(bpy.types.Panel):
    """What the armature plays, at another rate."""

    bl_label = "Resample"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """How densely, how slowly, and go."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = scene_settings(scene)
        column = layout.column(align=True)
        column.prop(settings, "resample_fps")
        if not settings.resample_fps:
            split = column.split(factor=0.4)  # under the value, as Blender's own split has it
            split.label(text="")
            split.label(text=f"Scene ({scene_fps(scene):.5g} fps)")
        column.prop(settings, "resample_slow")
        column = layout.column(align=True)
        column.prop(settings, "resample_holds")
        trust = column.row()
        trust.enabled = not settings.resample_exact
        trust.prop(settings, "resample_bound")
        column.prop(settings, "resample_exact")
        go = layout.column()
        go.operator_context = "INVOKE_DEFAULT"
        go.operator("anyframe.resample", icon="MOD_TIME")
