"""The sub-panel that learns styles from takes."""

from __future__ import annotations

from typing import Any

import bpy

from ..link import session
from ..operators.styles.learn import previewable_training_job
from ..scene.style_choice import describe_labels, style_settings
from ..scene.training_takes import training_settings
from .progress import draw_job_progress
from .text_wrap import draw_paragraph


class ANYFRAME_UL_lessons(bpy.types.UIList):
    """The takes and what happens in them."""

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
        """Action and label; one of them where they are the same."""
        gone = item.action not in bpy.data.actions
        sign: Any = "ERROR" if gone else "NLA" if item.strip else "ACTION"
        if item.label == item.action and not (item.markers or item.sound):
            layout.prop(item, "label", text="", icon=sign, emboss=False)
            return
        split = layout.split(factor=0.6, align=True)
        # In a narrow list all that begin alike would look alike.
        split.label(text=item.action.removeprefix("a person "), icon=sign)
        if item.sound:
            split.label(text="by sound", icon="SOUND")
        elif item.markers:
            split.label(text="by markers", icon="MARKER_HLT")
        else:
            split.prop(item, "label", text="", emboss=False)


class ANYFRAME_PT_learn(bpy.types.Panel):
    """A style from a few takes."""

    bl_label = "Learn"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The takes, the style's name, go, and how it goes."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        learning = training_settings(scene)
        row = layout.row()
        row.template_list("ANYFRAME_UL_lessons", "", learning, "takes", learning, "index", rows=3)
        side = row.column(align=True)
        side.operator("anyframe.add_lesson", text="", icon="ADD")
        side.operator("anyframe.remove_lesson", text="", icon="REMOVE")
        if not learning.takes:
            layout.label(text="+ adds what the armature plays", icon="INFO")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        if 0 <= learning.index < len(learning.takes):
            item = learning.takes[learning.index]
            if item.label != item.action:  # which may be cut in the list
                draw_paragraph(column, item.action, width=context.region.width, icon="ACTION")
            label = column.row()
            label.enabled = not (item.markers or item.sound)
            label.prop(item, "label")
            markers = column.row()
            markers.enabled = not item.sound
            markers.prop(item, "markers", text="From Markers")
            column.prop(item, "sound")
        column.prop(learning, "name", text="Style")
        column.prop(learning, "steps")
        job = session.queue.learning_job
        if job is None:
            go = layout.row()
            go.operator_context = "INVOKE_DEFAULT"
            go.operator("anyframe.learn", icon="OUTLINER_OB_LIGHT")
        else:
            box = layout.box()
            draw_job_progress(box, context, job, "anyframe.stop_learning")
            draw_paragraph(
                box, f"“{job.title}”: {job.message}", width=context.region.width, boxed=True
            )
            shown = box.row()
            shown.enabled = previewable_training_job() is not None
            shown.operator_context = "INVOKE_DEFAULT"
            shown.operator("anyframe.preview_style", icon="HIDE_OFF")
        _draw_styles(layout, style_settings(scene).style, context.region.width)


def _draw_styles(layout: bpy.types.UILayout, chosen: str, width: float) -> None:
    """The styles that there are, and files."""
    known = session.style_library().styles
    column = layout.column(align=True)
    for name, facts in known.items():
        icon = "LAYER_ACTIVE" if name == chosen else "LAYER_USED"
        draw_paragraph(column, f"{name}: {describe_labels(facts)}", width=width, icon=icon)
    buttons = layout.row(align=True)
    buttons.operator_context = "INVOKE_DEFAULT"
    buttons.operator("anyframe.import_style", text="Import…", icon="IMPORT")
    out = buttons.row(align=True)
    out.enabled = chosen in known
    out.operator("anyframe.export_style", text="Export…", icon="EXPORT")
    out.operator("anyframe.delete_style", text="", icon="TRASH")
