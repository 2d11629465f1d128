"""The add-on's preferences: the environment of the backend, a Python instead of it, or a server."""

import sys
import time
from typing import Any

import bpy

from ..link import session
from ..link.errors import BackendError
from ..link.http.remote import origin_of, parse_address
from ..link.setup.accelerators import Accelerator
from ..link.setup.installer import Installer
from ..link.setup.packages import REQUIRED_GIGABYTES, available_accelerators
from ..link.setup.state import REPAIRABLE_STATES, SetupState, SetupStatus
from ..operators.backend.setup import AUTOMATIC, is_online_access_allowed
from .layout import draw_button
from .text import draw_paragraph

_ACCELERATOR_DESCRIPTIONS = {
    Accelerator.CPU: "A download of about 0.4 GB; motions take about half a second",
    Accelerator.CUDA: "For cards from Turing on (2018); a download of several GB",
    Accelerator.CUDA_12: "For cards from Maxwell to Hopper, and for older drivers; several GB",
    Accelerator.ROCM: "For AMD's cards on Linux; a download of several GB",
    Accelerator.MPS: "Apple's graphics processor; a download of about 0.4 GB",
}


def _set_token(settings: Any, token: str) -> None:
    session.remote_tokens().set_token(origin_of(settings.remote_url), token)


def _set_unencrypted(settings: Any, allowed: bool) -> None:
    session.remote_tokens().allow_unencrypted(origin_of(settings.remote_url), allowed)


class AnyframePreferences(bpy.types.AddonPreferences):
    """Preferences of the backend.

    Tokens of remote backends are stored by address, outside of any .blend.
    """

    bl_idname = session.ADDON

    place: bpy.props.EnumProperty(
        name="Backend",
        description="Where motions are generated",
        items=(
            ("LOCAL", "On This Machine", "A process that starts and ends with Blender"),
            ("REMOTE", "On Another Machine", "A server, which others may use, too"),
        ),
    )
    remote_url: bpy.props.StringProperty(
        name="Address",
        description="Address of the backend, such as https://motion.example.com",
    )
    remote_token: bpy.props.StringProperty(
        name="Token",
        description="The token that the backend was started with (ANYFRAME_TOKEN). It is stored in \
a separate file and only sent to this address",
        subtype="PASSWORD",
        get=lambda settings: session.remote_tokens().token_for(origin_of(settings.remote_url)),
        set=_set_token,
        options={"SKIP_SAVE"},
    )
    remote_unencrypted: bpy.props.BoolProperty(
        name="Allow Without Encryption",
        description="Use this address over http://: anybody on the network can read the token and \
the motions",
        get=lambda owner: session.remote_tokens().is_unencrypted_allowed(
            origin_of(owner.remote_url)
        ),
        set=_set_unencrypted,
        options={"SKIP_SAVE"},
    )
    remote_certificate: bpy.props.StringProperty(
        name="Certificate",
        description="File (.pem) of the backend's certificate authority; leave empty for a public \
one",
        subtype="FILE_PATH",
    )
    accelerator: bpy.props.EnumProperty(
        name="Compute On",
        description="Build of PyTorch that Set up downloads",
        items=[
            (AUTOMATIC, "Automatic", "The best device of this computer"),
            *(
                (item.name, item.value, _ACCELERATOR_DESCRIPTIONS[item])
                for item in available_accelerators(sys.platform)
            ),
        ],
    )
    base_python: bpy.props.StringProperty(
        name="Base Python",
        description="Python that makes the environment, 3.11 to 3.13; leave empty to use Blender's \
or an installed one",
        subtype="FILE_PATH",
    )
    wheels: bpy.props.StringProperty(
        name="Wheels Folder",
        description="A folder with all packages, for computers without Internet: nothing is \
downloaded. Download Wheels for Another Computer makes one",
        subtype="DIR_PATH",
    )
    python: bpy.props.StringProperty(
        name="Python of the Backend",
        description="A Python with the backend's requirements, to use instead of the environment; \
leave empty to use the environment",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(self, "place", expand=True)
        width = context.region.width
        if self.place == "REMOTE":
            _draw_remote(layout, self, width)
            return
        installer = session.installer()
        box = layout.box()
        if self.python:
            _draw_named_python(box, installer, width)
        else:
            _draw_setup(box, installer, width, self)
        layout.prop(self, "python")
        layout.operator("anyframe.release_memory", icon="MEMORY")


def _draw_remote(layout: bpy.types.UILayout, settings: Any, width: float) -> None:
    column = layout.column()
    column.prop(settings, "remote_url")
    try:
        address = parse_address(settings.remote_url)
    except BackendError as error:
        draw_paragraph(layout, str(error), width=width, icon="INFO")
        return
    column.prop(settings, "remote_token")
    if address.scheme == "https":
        column.prop(settings, "remote_certificate")
    elif not address.is_this_machine:
        column.prop(settings, "remote_unencrypted")
    book = session.remote_tokens()
    reason = book.problem or session.not_ready_reason()
    if reason:
        draw_paragraph(layout, reason, width=width, icon="ERROR", alert=True)
    if not is_online_access_allowed() and not address.is_this_machine:
        layout.operator("anyframe.allow_online_access", icon="INTERNET")
    layout.operator("anyframe.test_backend", icon="URL")
    _draw_probe(layout, address.origin, width)
    for origin in book.other_origins(address.origin):
        row = layout.row()
        row.label(text=f"Stored token of {origin}", icon="LOCKED")
        draw_button(row, "anyframe.forget_backend", "X", "", origin=origin)
    layout.operator("anyframe.release_memory", icon="MEMORY")


def _draw_probe(layout: bpy.types.UILayout, origin: str, width: float) -> None:
    status = session.connection_test.status
    if status.origin != origin:
        return  # a test of another address
    if status.busy:
        layout.label(text="Testing…", icon="TIME")
    else:
        icon = "ERROR" if status.is_error else "CHECKMARK"
        draw_paragraph(layout, status.message, width=width, icon=icon, alert=status.is_error)


def _draw_setup(
    box: bpy.types.UILayout, installer: Installer, width: float, settings: AnyframePreferences
) -> None:
    status = session.setup_status()
    ready = status.state is SetupState.READY
    box.row().label(text=_headline(status), icon="CHECKMARK" if ready else "INFO")
    if status.busy:
        _draw_setup_progress(box, status, width)
        return
    _draw_setup_result(box, status, width)
    if status.environment is not None:
        info, column = status.environment, box.column(align=True)
        column.label(text=f"Python {info.python} · PyTorch {info.torch} · on {info.device}")
        column.label(text=f"{info.size / 1e9:.1f} GB in {info.folder}")
    elif status.leftover_wheels:
        text = f"{status.leftover_wheels} packages are downloaded; Set up goes on with them."
        draw_paragraph(box, text, width=width)
    _draw_choices(box, installer, width, settings)
    if status.state is not SetupState.READY:
        _draw_download(box, installer, width, settings)
    _draw_buttons(box, status)


def _draw_setup_progress(box: bpy.types.UILayout, status: SetupStatus, width: float) -> None:
    row = box.row()
    if status.progress is not None and hasattr(row, "progress"):  # Blender 4.0 and later
        row.progress(factor=status.progress, text=f"{status.progress * 100:.0f} %")
    row.operator("anyframe.cancel_setup", icon="X")
    if status.detail:
        draw_paragraph(box, status.detail[:160], width=width)


def _draw_setup_result(box: bpy.types.UILayout, status: SetupStatus, width: float) -> None:
    if status.error:
        draw_paragraph(box, status.error, width=width, icon="ERROR", alert=True)
    elif status.outcome and not status.outcome.startswith(status.headline):  # which is shown above
        draw_paragraph(box, status.outcome, width=width)


def _draw_choices(
    box: bpy.types.UILayout, installer: Installer, width: float, settings: AnyframePreferences
) -> None:
    box.prop(settings, "accelerator")
    if settings.accelerator == AUTOMATIC:
        found = installer.detection.result
        if found is None:
            installer.detection.start_detection()  # detects on a thread; the timer redraws
            session.start_timer()
        split = box.split(factor=0.4)  # below the value, as Blender splits properties
        split.label(text="")
        split.label(text=f"Automatic ({found.description if found else 'looking…'})")
        if found and found.advice:
            draw_paragraph(box, found.advice, width=width, icon="INFO")
    box.prop(settings, "wheels")
    box.prop(settings, "base_python")


def _draw_download(
    box: bpy.types.UILayout, installer: Installer, width: float, settings: AnyframePreferences
) -> None:
    """Draw the size of the download, and the button that allows it if Blender is offline."""
    if settings.wheels:
        return  # nothing is downloaded
    found = installer.detection.result
    accelerator = found.accelerator if found is not None else None
    if settings.accelerator != AUTOMATIC:
        accelerator = Accelerator[settings.accelerator]
    if accelerator is not None:
        amount = "several GB"
        if accelerator in {Accelerator.CPU, Accelerator.MPS}:
            amount = "about 0.4 GB"
        space = f"{REQUIRED_GIGABYTES[accelerator]:.0f} GB of free disk space"
        draw_paragraph(box, f"Set up downloads {amount} once and needs {space}.", width=width)
    if not is_online_access_allowed():
        column = box.column()
        text = "Blender is set to stay offline, so nothing can be downloaded."
        draw_paragraph(column, text, width=width, icon="INTERNET_OFFLINE", alert=True)
        column.operator("anyframe.allow_online_access", icon="INTERNET")


def _draw_buttons(box: bpy.types.UILayout, status: SetupStatus) -> None:
    row = box.row()
    if status.state in REPAIRABLE_STATES:
        row.operator("anyframe.repair_backend", icon="FILE_REFRESH")
    again = status.state in {SetupState.READY, *REPAIRABLE_STATES}
    row.operator(
        "anyframe.setup_backend", text="Set up Again" if again else "Set up", icon="IMPORT"
    )
    if status.environment is not None:
        row.operator("anyframe.check_backend", icon="CHECKMARK")
    if status.state is not SetupState.ABSENT:
        row.operator("anyframe.remove_backend", icon="TRASH")
        row.operator("anyframe.open_backend_folder", icon="FILE_FOLDER")
    if status.state is SetupState.READY:
        box.operator("anyframe.download_wheels", icon="EXPORT")


def _draw_named_python(box: bpy.types.UILayout, installer: Installer, width: float) -> None:
    """Draw the result of the last check of the user's Python."""
    status = installer.status
    if status.busy:
        box.label(text=_headline(status), icon="INFO")
        _draw_setup_progress(box, status, width)
        return
    _draw_setup_result(box, status, width)
    box.row().operator("anyframe.check_backend", icon="CHECKMARK")


def _headline(status: SetupStatus) -> str:
    if not status.busy:
        return status.headline
    seconds = int(time.monotonic() - status.started_at)
    return f"{status.headline}  {seconds // 60}:{seconds % 60:02d}"
