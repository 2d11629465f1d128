"""The add-on's preferences: the backend's Python, or its set-up."""

import time

import bpy

from ..link import session
from ..link.installer import SetupState, SetupStatus
from .remote import RemoteFields, draw_place
from .text import paragraph


class AnyframePreferences(RemoteFields, bpy.types.AddonPreferences):
    """Where the backend comes from."""

    bl_idname = session.ADDON

    torch: bpy.props.EnumProperty(
        name="PyTorch",
        description="Which build of PyTorch Set up downloads",
        items=(
            ("CPU", "For the processor", "Small download; motions take about a second"),
            ("PYPI", "PyPI's own", "On Linux with CUDA, about 3 GB; for graphics cards by NVIDIA"),
        ),
    )
    python: bpy.props.StringProperty(
        name="Python of the Backend",
        description="A Python that has the backend's requirements, in place of the one that Set up \
makes; leave empty to use that",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Show how the set-up stands and what can be done."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if draw_place(layout, self, context.region.width):
            return
        if not self.python:
            _draw_setup(layout.box(), session.installer().status, context.region.width, self)
        layout.prop(self, "python")


def _draw_setup(
    box: bpy.types.UILayout, status: SetupStatus, width: float, settings: AnyframePreferences
) -> None:
    ready = status.state is SetupState.READY
    row = box.row()
    row.label(text=_headline(status), icon="CHECKMARK" if ready else "INFO")
    if status.busy:
        row.operator("anyframe.cancel_setup", icon="X")
        if status.line:
            paragraph(box, status.line[:160], width=width)
        return
    if status.error:
        paragraph(box, status.error, width=width, icon="ERROR", alert=True)
    if not ready:
        box.prop(settings, "torch")
    buttons = box.row()
    text = "Set up" if status.state is SetupState.ABSENT else "Set up again"
    buttons.operator("anyframe.setup_backend", text=text, icon="IMPORT")
    if status.state is not SetupState.ABSENT:
        buttons.operator("anyframe.remove_backend", icon="TRASH")


def _headline(status: SetupStatus) -> str:
    if status.busy:
        seconds = int(time.monotonic() - status.began)
        return f"{status.state.value}…  {seconds // 60}:{seconds % 60:02d}"
    size = f" ({status.size / 2**20:.0f} MB)" if status.size else ""
    return f"{status.state.value}{size}"
