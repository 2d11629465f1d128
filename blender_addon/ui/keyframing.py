"""The sub-panel *Keyframing & Placement*."""

import bpy

from ..scene.target import chosen_armature, scene_settings
from .layout import SubPanel, property_column


class ANYFRAME_PT_placement(SubPanel, bpy.types.Panel):
    """Options of applying motions to the armature."""

    bl_label = "Keyframing & Placement"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, scene_settings(context.scene)
        assert layout is not None
        column = property_column(layout, align=True)
        column.prop(settings, "keying")
        if settings.keying == "EVERY_NTH":
            column.prop(settings, "key_step")
        elif settings.keying == "SPARSE":
            column.prop(settings, "key_distance")
            column.prop(settings, "key_angle")
        column = property_column(layout, align=True)
        for name in ("destination", "part", "fade"):
            column.prop(settings, name)
        column = property_column(layout, align=True)
        root_motion = column.column(align=True)
        root_motion.enabled = settings.part in {"BODY", "LOWER_BODY"}
        root_motion.prop(settings, "carrier")
        root_motion.prop(settings, "in_place")
        column.prop(settings, "where_it_stands")
        column = property_column(layout, align=True)
        column.prop(settings, "limbs")
        column.prop(settings, "plant_feet")
        row = column.row(align=True)
        row.prop(settings, "ground")
        cursor = row.row(align=True)
        cursor.enabled = chosen_armature(context) is not None
        cursor.operator("anyframe.ground_at_cursor", text="", icon="PIVOT_CURSOR")
        property_column(layout).prop(settings, "asset")
