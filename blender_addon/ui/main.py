"""The sidebar's tab *Anyframe* in the 3D view."""

from typing import Any

import bpy

from ..backend.protocol.limits import frame_count
from ..link import session
from ..link.http.jobs import Job
from ..operators.armature.in_place import is_in_place
from ..operators.common.generated_motion import has_generated_motion
from ..operators.common.target import (
    chosen_armature,
    has_several_selected_armatures,
    scene_fps,
    scene_settings,
)
from ..rig.armature.mapping import summarize_rig
from .outcome import draw_job_result
from .progress import draw_current_job_progress, is_loading_model
from .prompt_fields import draw_prompt_fields
from .text_wrap import draw_paragraph


class _Sidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"


class ANYFRAME_PT_main(_Sidebar, bpy.types.Panel):
    """Prompt to motion."""

    bl_label = "Anyframe"

    def draw(self, context: bpy.types.Context) -> None:
        """From top to bottom: what, for whom, go, how it goes."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        width = context.region.width
        _draw_request(layout, scene)
        armature = chosen_armature(context)
        _draw_target(layout, scene, armature, width)
        if not session.is_set_up():
            _draw_not_set_up(layout, width)
        go = layout.row()
        go.scale_y = 1.5
        go.enabled = armature is not None
        go.operator_context = "INVOKE_DEFAULT"
        go.operator("anyframe.generate", icon="PLAY")
        job = session.queue.current
        if job is not None:
            _draw_progress(layout, context, job)
        elif session.queue.last is not None:
            draw_job_result(layout, session.queue.last, width)


class ANYFRAME_PT_generated(_Sidebar, bpy.types.Panel):
    """What can be done with a motion after it was generated."""

    bl_label = "Generated Motion"
    bl_parent_id = "ANYFRAME_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen armature has a motion of Anyframe's, so that there is something to press."""
        return has_generated_motion(context) or is_in_place(chosen_armature(context)) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Sample it again, or blend it with another."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        layout.operator_context = "INVOKE_DEFAULT"
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = scene_settings(scene)
        column = layout.column(align=True)
        for name in ("speed", "part_start", "part_end"):
            column.prop(settings, name)
        column.prop(settings, "feet_again", text="Feet")
        column.operator("anyframe.decode", icon="FILE_REFRESH")
        column = layout.column(align=True)
        column.prop(settings, "blend_with")
        column.prop(settings, "share")
        column.operator("anyframe.interpolate", icon="IPO_EASE_IN_OUT")
        in_place = is_in_place(chosen_armature(context))
        row = layout.row()
        row.enabled = in_place is not None
        text = "Put Travel Back" if in_place else "Take Travel Out"
        toggle: Any = row.operator("anyframe.set_in_place", text=text, icon="CON_FOLLOWPATH")
        toggle.in_place = not in_place


class ANYFRAME_PT_files(_Sidebar, bpy.types.Panel):
    """Motions from and to files, and a body for them."""

    bl_label = "Motions and Characters"
    bl_parent_id = "ANYFRAME_PT_main"

    def draw(self, context: bpy.types.Context) -> None:
        """A button each."""
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
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
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
    if settings.variations == 1:  # several are reviewed in any case
        column.prop(settings, "review")


def _draw_target(
    layout: bpy.types.UILayout,
    scene: bpy.types.Scene,
    armature: bpy.types.Object | None,
    width: float,
) -> None:
    settings = scene_settings(scene)
    column = layout.column(align=True)
    split = column.column()
    split.use_property_split = True
    split.use_property_decorate = False
    split.prop(settings, "armature")
    if has_several_selected_armatures(bpy.context):
        split.prop(settings, "every")
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
    draw_current_job_progress(box, context, job)
    width = context.region.width
    draw_paragraph(box, job.message, width=width, boxed=True)
    if is_loading_model(job):
        text = "The model is loaded only once per Blender session."
        draw_paragraph(box, text, width=width, icon="INFO", boxed=True)
    waiting = len(session.queue.jobs) - 1
    if waiting:
        box.label(text=f"{waiting} more waiting")
