"""The sub-panel *Learn Style*: training takes, progress, and the library of styles."""

from typing import Any

import bpy

from ..link import session
from ..operators.styles.learn import previewable_training_job
from ..scene.style_settings import describe_labels, style_settings
from ..scene.training_takes import training_settings
from .layout import SubPanel, draw_list, invoke_row, property_column
from .progress import draw_job_progress
from .text import draw_paragraph


class ANYFRAME_UL_lessons(bpy.types.UIList):
    """The training takes with their labels."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0
    ) -> None:
        is_missing = item.action not in bpy.data.actions
        symbol: Any = "ERROR" if is_missing else "NLA" if item.strip else "ACTION"
        if item.label == item.action and not (item.markers or item.sound):
            layout.prop(item, "label", text="", icon=symbol, emboss=False)
            return
        split = layout.split(factor=0.6, align=True)
        # A narrow list would show only this common beginning.
        split.label(text=item.action.removeprefix("a person "), icon=symbol)
        if item.sound:
            split.label(text="by sound", icon="SOUND")
        elif item.markers:
            split.label(text="by markers", icon="MARKER_HLT")
        else:
            split.prop(item, "label", text="", emboss=False)


class ANYFRAME_PT_learn(SubPanel, bpy.types.Panel):
    """A style from a few takes."""

    bl_label = "Learn Style"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        settings = training_settings(scene)
        side = draw_list(layout, "ANYFRAME_UL_lessons", settings, ("takes", "index"), rows=3)
        side.operator("anyframe.add_lesson", text="", icon="ADD")
        side.operator("anyframe.remove_lesson", text="", icon="REMOVE")
        if not settings.takes:
            layout.label(text="+ adds what the armature plays", icon="INFO")
        column = property_column(layout)
        width = context.region.width
        if 0 <= settings.index < len(settings.takes):
            _draw_take(column, settings.takes[settings.index], width)
        column.prop(settings, "name", text="Style")
        column.prop(settings, "steps")
        job = session.queue.learning_job
        if job is None:
            invoke_row(layout).operator("anyframe.learn", icon="OUTLINER_OB_LIGHT")
        else:
            box = layout.box()
            draw_job_progress(box, context, job, "anyframe.stop_learning")
            draw_paragraph(box, f"“{job.title}”: {job.message}", width=width, boxed=True)
            preview = invoke_row(box)
            preview.enabled = previewable_training_job() is not None
            preview.operator("anyframe.preview_style", icon="HIDE_OFF")
        _draw_library(layout, style_settings(scene).style, width)


def _draw_take(column: bpy.types.UILayout, item: Any, width: float) -> None:
    if item.label != item.action:  # the list may truncate its name
        draw_paragraph(column, item.action, width=width, icon="ACTION")
    label = column.row()
    label.enabled = not (item.markers or item.sound)
    label.prop(item, "label")
    markers = column.row()
    markers.enabled = not item.sound
    markers.prop(item, "markers", text="From Markers")
    column.prop(item, "sound")


def _draw_library(layout: bpy.types.UILayout, chosen: str, width: float) -> None:
    known = session.style_library().styles
    column = layout.column(align=True)
    for name, style in known.items():
        icon = "LAYER_ACTIVE" if name == chosen else "LAYER_USED"
        draw_paragraph(column, f"{name}: {describe_labels(style)}", width=width, icon=icon)
    buttons = invoke_row(layout, align=True)
    buttons.operator("anyframe.import_style", text="Import…", icon="IMPORT")
    chosen_buttons = buttons.row(align=True)
    chosen_buttons.enabled = chosen in known
    chosen_buttons.operator("anyframe.export_style", text="Export…", icon="EXPORT")
    chosen_buttons.operator("anyframe.delete_style", text="", icon="TRASH")
