"""The sub-panel that says how a motion is put on the armature: its keys, its place, its ground."""

import bpy

from ..operators.common.target import chosen_armature, scene_settings


class ANYFRAME_PT_placement(bpy.types.Panel):
    """How a motion is put on the armature."""

    bl_label = "Keys and Place"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """How many keys, where to, on what."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = scene_settings(scene)
        column = layout.column(align=True)
        column.prop(settings, "keying")
        if settings.keying == "EVERY_NTH":
            column.prop(settings, "key_step")
        elif settings.keying == "SPARSE":
            column.prop(settings, "key_distance")
            column.prop(settings, "key_angle")
        column = layout.column(align=True)
        for name in ("destination", "part", "fade"):
            column.prop(settings, name)
        column = layout.column(align=True)
        travels = column.column(align=True)
        travels.enabled = settings.part in {"BODY", "LOWER_BODY"}
        travels.prop(settings, "carrier")
        travels.prop(settings, "in_place")
        column.prop(settings, "where_it_stands")
        column = layout.column(align=True)
        column.prop(settings, "limbs")
        column.prop(settings, "plant_feet")
        row = column.row(align=True)
        row.prop(settings, "ground")
        cursor = row.row(align=True)
        cursor.enabled = chosen_armature(context) is not None
        cursor.operator("anyframe.ground_at_cursor", text="", icon="PIVOT_CURSOR")
        layout.prop(settings, "asset")
