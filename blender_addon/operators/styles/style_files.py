"""Styles from and to files: one file is all that another animator needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...backend.protocol.atomic_write import write_atomically
from ...backend.protocol.style_file import STYLE_SUFFIX
from ...link import session
from ...link.errors import JobError
from ...scene.style_choice import (
    choose_style_if_none,
    describe_labels,
    search_styles,
    style_settings,
)
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error

_NO_STYLE = "Choose a style first."


class _StyleFileMixin:
    """A file of a style. Beside, not above, `bpy.types.Operator` in a class' bases: there Blender
    does not look for properties."""

    filepath: bpy.props.StringProperty(
        name="File", description="A style's .safetensors file", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default=f"*{STYLE_SUFFIX}", options={"HIDDEN"})


class _StyleMixin:
    """Operators on a style that has a name, likewise."""

    style: bpy.props.StringProperty(
        name="Style",
        description="Its name; if empty, the one chosen in the panel Blend",
        search=search_styles,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen, or a name may be given."""
        operator: Any = cls
        scene = context.scene
        there = scene is not None and (bpy.app.background or bool(style_settings(scene).style))
        return poll_result(operator, there, _NO_STYLE)


class ANYFRAME_OT_import_style(_StyleFileMixin, bpy.types.Operator):
    """Put a style from a file beside those that were learnt here, and choose it"""

    bl_idname = "anyframe.import_style"
    bl_label = "Import Style"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(
        name="Name", description="That it gets; the file's if empty", options={"SKIP_SAVE"}
    )
    overwrite: bpy.props.BoolProperty(
        name="Overwrite",
        description="Replace a style of this name",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Copy it, if it is whole."""
        path, shelf = Path(bpy.path.abspath(self.filepath)), session.style_library()
        name = self.name or path.stem
        try:
            if shelf.has_style(name) and not self.overwrite:
                raise JobError(
                    f"There is a style “{name}” already: give the other a name, or overwrite it."
                )
            facts = shelf.import_style(path, name)
        except USER_ERRORS as error:
            return report_error(self, error)
        choose_style_if_none(context.scene, name)
        session.redraw()
        self.report({"INFO"}, f"“{name}” knows {describe_labels(facts)}.")
        return {"FINISHED"}


class ANYFRAME_OT_export_style(_StyleMixin, _StyleFileMixin, bpy.types.Operator):
    """Write a style to a file that can be given to others"""

    bl_idname = "anyframe.export_style"
    bl_label = "Export Style"
    bl_options = {"REGISTER"}

    check_existing: bpy.props.BoolProperty(
        name="Warn Before Overwriting", default=True, options={"HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose its name and ask for the file."""
        name = self.style or style_settings(context.scene).style
        self.filepath = bpy.path.clean_name(name) + STYLE_SUFFIX
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Copy it, if it is whole."""
        path = Path(bpy.path.abspath(self.filepath))
        name = self.style or style_settings(context.scene).style
        try:
            if path.suffix.lower() != STYLE_SUFFIX:
                raise JobError(
                    f"“{path.name}” does not end in {STYLE_SUFFIX}, as a style's file does."
                )
            data = session.style_library().read_style_bytes(name)
            write_atomically(path, lambda part: part.write_bytes(data))
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, f"Wrote “{name}” to {path}")
        return {"FINISHED"}


class ANYFRAME_OT_delete_style(_StyleMixin, bpy.types.Operator):
    """Delete a style's file; motions that were made in it stay"""

    bl_idname = "anyframe.delete_style"
    bl_label = "Delete Style"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Delete it."""
        chosen = style_settings(context.scene)
        name = self.style or chosen.style
        try:
            session.style_library().delete_style(name)
        except USER_ERRORS as error:
            return report_error(self, error)
        if chosen.style == name:
            chosen.style = ""
        session.redraw()
        self.report({"INFO"}, f"“{name}” is deleted.")
        return {"FINISHED"}
