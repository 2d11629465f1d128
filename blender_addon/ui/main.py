"""The tab *Anyframe* in the sidebar of the 3D view."""

from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..link import session
from ..link.http.jobs import Job
from ..rig.action.fcurves import scene_fps
from ..rig.armature.mapping import summarize_rig
from ..scene.target import chosen_armature, has_several_selected_armatures, scene_settings
from .job_result import draw_job_result
from .layout import SidebarPanel, SubPanel, draw_prompt_fields, invoke_row, property_column
from .progress import draw_job_progress, is_loading_model
from .text import draw_paragraph


class ANYFRAME_PT_main(SidebarPanel, bpy.types.Panel):
    """Prompt, target, *Generate* and progress."""

    bl_label = "Anyframe"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        width = context.region.width
        _draw_request(layout, scene)
        armature = chosen_armature(context)
        _draw_target(layout, scene, armature, width)
        if not session.is_set_up():
            _draw_not_set_up(layout, width)
        button = invoke_row(layout)
        button.scale_y = 1.5
        button.enabled = armature is not None
        button.operator("anyframe.generate", icon="PLAY")
        if session.queue.current is not None:
            _draw_progress(layout, context, session.queue.current)
        elif session.queue.last is not None:
            draw_job_result(layout, session.queue.last, width)


class ANYFRAME_PT_files(SidebarPanel, bpy.types.Panel):
    """Motion files and new characters."""

    bl_label = "Motions and Characters"
    bl_parent_id = "ANYFRAME_PT_main"

    def draw(self, context: Any) -> None:
        column = self.layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        column.operator("anyframe.import_take", text="Import Motion…", icon="IMPORT")
        column.operator("anyframe.export_take", text="Export Motion…", icon="EXPORT")
        column = self.layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        column.operator("anyframe.add_character", icon="OUTLINER_OB_ARMATURE")
        column.operator("anyframe.add_smpl_character", text="Add SMPL Character…")


def _draw_request(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    settings = scene_settings(scene)
    draw_prompt_fields(layout, settings)
    column = property_column(layout)
    length = column.row(align=True)
    length.prop(settings, "seconds", text="Length")
    length.prop(settings, "frames", text="")
    row = column.row(align=True)
    row.prop(settings, "seed")
    lock = "LOCKED" if settings.lock_seed else "UNLOCKED"
    row.prop(settings, "lock_seed", text="", icon=lock)
    if settings.model == "nerm":
        column.prop(settings, "originality")
    column.prop(settings, "lock_feet")
    column.prop(settings, "loop")
    column.prop(settings, "variations")
    if settings.variations == 1:  # several are always reviewed
        column.prop(settings, "review")


def _draw_target(
    layout: bpy.types.UILayout,
    scene: bpy.types.Scene,
    armature: bpy.types.Object | None,
    width: float,
) -> None:
    settings = scene_settings(scene)
    column = layout.column(align=True)
    properties = property_column(column)
    properties.prop(settings, "armature")
    if has_several_selected_armatures(bpy.context):
        properties.prop(settings, "every")
    info = column.column(align=True)
    if armature is None:
        info.label(text="No armature chosen", icon="INFO")
        add = info.row()
        add.scale_y = 1.5
        add.operator("anyframe.add_character", icon="OUTLINER_OB_ARMATURE")
    else:
        if settings.armature != armature:
            info.label(text=armature.name, icon="ARMATURE_DATA")
        _draw_mapping(info, armature, width)
    rate = scene_fps(scene)
    frames = frame_count(settings.seconds, rate) + settings.loop
    info.label(text=f"{rate:.5g} fps · {frames} frames", icon="TIME")


def _draw_mapping(layout: bpy.types.UILayout, armature: bpy.types.Object, width: float) -> None:
    summary = summarize_rig(armature)
    if summary.mapped_count:
        total = summary.mapped_count + len(summary.missing_joints)
        layout.label(
            text=f"{summary.preset} · {summary.mapped_count} of {total} bones", icon="CHECKMARK"
        )
    else:
        draw_paragraph(layout, summary.error, width=width, icon="ERROR")


def _draw_not_set_up(layout: bpy.types.UILayout, width: float) -> None:
    status = session.installer().status
    box = layout.box()
    text = status.headline if status.busy else f"{status.headline}."
    draw_paragraph(box, text, width=width, icon="INFO", boxed=True)
    if not status.busy:
        box.operator("anyframe.show_preferences", icon="PREFERENCES")


def _draw_progress(layout: bpy.types.UILayout, context: bpy.types.Context, job: Job) -> None:
    box = layout.box()
    draw_job_progress(box, context, job)
    width = context.region.width
    draw_paragraph(box, job.message, width=width, boxed=True)
    if is_loading_model(job):
        text = "The model is loaded only once per Blender session."
        draw_paragraph(box, text, width=width, icon="INFO", boxed=True)
    waiting = len(session.queue.jobs) - 1
    if waiting:
        box.label(text=f"{waiting} more waiting")


class ANYFRAME_PT_placement(SubPanel, bpy.types.Panel):
    """Options of applying motions to the armature."""

    bl_label = "Keyframing & Placement"

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, scene_settings(context.scene)
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
