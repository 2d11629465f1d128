"""Import, export and deletion of styles."""

from pathlib import Path

import bpy

from ...backend.protocol.atomic_write import write_atomically
from ...backend.protocol.style_file import STYLE_SUFFIX
from ...link import session
from ...link.errors import JobError
from ...scene.style_settings import (
    choose_style_if_none,
    describe_labels,
    search_styles,
    style_settings,
)
from ..common.errors import OperatorResult, enabled_in_scene, reports_errors
from ..common.mixins import ConfirmMixin, OpenFileMixin, SaveFileMixin, argument


class _StyleFileMixin:
    """The file of a style."""

    filepath: bpy.props.StringProperty(
        name="File", description="A style's .safetensors file", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default=f"*{STYLE_SUFFIX}", options={"HIDDEN"})


class _StyleMixin:
    """The name of a style."""

    style: argument(
        "Style",
        "Name of the style; if empty, the one chosen in the panel Generate in Style",
        search=search_styles,
    )

    poll = enabled_in_scene(lambda scene: style_settings(scene).style, "Choose a style first.")

    def style_name(self, context: bpy.types.Context) -> str:
        return self.style or style_settings(context.scene).style


class ANYFRAME_OT_import_style(OpenFileMixin, _StyleFileMixin, bpy.types.Operator):
    """Add a style from a file to the library and choose it"""

    bl_idname = "anyframe.import_style"
    bl_label = "Import Style"
    bl_options = {"REGISTER"}

    name: argument("Name", "New name of the style; if empty, that of the file")
    overwrite: argument("Overwrite", "Replace a style of this name", False)

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        path, library = Path(bpy.path.abspath(self.filepath)), session.style_library()
        name = self.name or path.stem
        if library.has_style(name) and not self.overwrite:
            raise JobError(
                f"There is a style “{name}” already: choose another name, or overwrite it."
            )
        style = library.import_style(path, name)
        choose_style_if_none(context.scene, name)
        session.redraw()
        return f"“{name}” knows {describe_labels(style)}."


class ANYFRAME_OT_export_style(_StyleMixin, SaveFileMixin, _StyleFileMixin, bpy.types.Operator):
    """Write a style to a file that can be given to others"""

    bl_idname = "anyframe.export_style"
    bl_label = "Export Style"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Propose its name and ask for the file."""
        self.filepath = bpy.path.clean_name(self.style_name(context)) + STYLE_SUFFIX
        return super().invoke(context, event)

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        path, name = Path(bpy.path.abspath(self.filepath)), self.style_name(context)
        if path.suffix.lower() != STYLE_SUFFIX:
            raise JobError(f"The file name must end in {STYLE_SUFFIX} (got “{path.name}”).")
        data = session.style_library().read_style_bytes(name)
        write_atomically(path, lambda temporary: temporary.write_bytes(data))
        return f"Wrote “{name}” to {path}"


class ANYFRAME_OT_delete_style(_StyleMixin, ConfirmMixin, bpy.types.Operator):
    """Delete a style's file; motions that were generated in it stay"""

    bl_idname = "anyframe.delete_style"
    bl_label = "Delete Style"
    bl_options = {"REGISTER"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        settings, name = style_settings(context.scene), self.style_name(context)
        session.style_library().delete_style(name)
        if settings.style == name:
            settings.style = ""
        session.redraw()
        return f"“{name}” is deleted."
