"""Set-up of the backend's Python environment: install, check, repair, remove."""

import sys
from pathlib import Path
from typing import Any

import bpy

from ...link import session
from ...link.setup.accelerators import Accelerator
from ...link.setup.installer import OFFLINE_MESSAGE
from ...link.setup.state import REPAIRABLE_STATES, SetupOptions, SetupState, SetupStatus
from ...link.setup.targets import InstallTarget
from ..common.errors import OperatorResult, enabled_if, poll_result, report_error, report_message
from ..common.mixins import ConfirmMixin, OpenFileMixin

SETUP_RUNNING = "The set-up is running."
AUTOMATIC = "AUTO"
_COMPUTERS = {
    "WINDOWS": ("win32", "AMD64", "Windows"),
    "LINUX": ("linux", "x86_64", "Linux"),
    "LINUX_ARM": ("linux", "aarch64", "Linux on ARM"),
    "MACOS": ("darwin", "arm64", "macOS on Apple silicon"),
}
_PYTHONS = {"PYTHON_3_11": (3, 11, 0), "PYTHON_3_12": (3, 12, 0), "PYTHON_3_13": (3, 13, 0)}


class ANYFRAME_OT_setup_backend(bpy.types.Operator):
    """Make a Python environment for the backend and download its packages: about 0.4 GB without a \
graphics card, several GB for one. Without a window, wait until that is done"""

    bl_idname = "anyframe.setup_backend"
    bl_label = "Set up"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: not session.installer().status.busy, SETUP_RUNNING)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        options = _setup_options()
        if options.wheels is None and not options.may_download:
            return report_error(self, OFFLINE_MESSAGE)
        if options.wheels is not None and not options.wheels.is_dir():
            return report_error(
                self, f"There is no wheels folder {options.wheels}: choose another."
            )
        session.queue.stop()
        session.installer().start(options)
        return _watch_setup(self)


class ANYFRAME_OT_allow_online_access(bpy.types.Operator):
    """Allow Blender and its add-ons to use the Internet (Preferences > System > Network)"""

    bl_idname = "anyframe.allow_online_access"
    bl_label = "Allow Online Access"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if is_online_access_allowed():
            return poll_result(cls, False, "Online access is allowed.")
        is_fixed = getattr(bpy.app, "online_access_override", False)
        reason = "Blender was started with --offline-mode: start it again without."
        return poll_result(cls, not is_fixed, reason)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        preferences: Any = context.preferences
        preferences.system.use_online_access = True
        preferences.is_dirty = True
        session.redraw()
        return {"FINISHED"}


class ANYFRAME_OT_repair_backend(bpy.types.Operator):
    """Repair the environment in place, or make a new one if that is not enough"""

    bl_idname = "anyframe.repair_backend"
    bl_label = "Repair"
    bl_options = {"INTERNAL"}

    poll = enabled_if(
        lambda _: session.installer().status.state in REPAIRABLE_STATES,
        "Nothing needs a repair: press Check to see.",
    )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.queue.stop()
        session.installer().repair(_setup_options())
        return _watch_setup(self)


class ANYFRAME_OT_check_backend(bpy.types.Operator):
    """Check whether the backend's Python works, and which device it computes on"""

    bl_idname = "anyframe.check_backend"
    bl_label = "Check"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        status = session.installer().status
        available = not status.busy and (session.custom_python() or status.environment is not None)
        return poll_result(cls, bool(available), "There is no environment yet: press Set up.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.installer().check(session.custom_python())
        return _watch_setup(self)


class ANYFRAME_OT_cancel_setup(bpy.types.Operator):
    """Cancel the set-up; downloaded packages stay for the next attempt"""

    bl_idname = "anyframe.cancel_setup"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: session.installer().status.busy, "No set-up is running.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.installer().cancel()
        return {"FINISHED"}


class ANYFRAME_OT_remove_backend(ConfirmMixin, bpy.types.Operator):
    """Delete the backend's Python environment, its downloads and unfinished styles from the disk; \
finished styles stay"""

    bl_idname = "anyframe.remove_backend"
    bl_label = "Uninstall"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        status = session.installer().status
        available = not status.busy and status.state is not SetupState.ABSENT
        return poll_result(cls, available, "There is nothing to uninstall.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.queue.stop()
        session.installer().remove()
        return _watch_setup(self)


class ANYFRAME_OT_open_backend_folder(bpy.types.Operator):
    """Show the folder with the backend's environment and its logs"""

    bl_idname = "anyframe.open_backend_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        bpy.ops.wm.path_open(filepath=str(session.installer().environments.root))
        return {"FINISHED"}


class ANYFRAME_OT_download_wheels(OpenFileMixin, bpy.types.Operator):
    """Download the packages for another computer, one without Internet, into a folder: copy it \
there and choose it as Wheels Folder"""

    bl_idname = "anyframe.download_wheels"
    bl_label = "Download Wheels for Another Computer…"
    bl_options = {"INTERNAL"}

    directory: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")
    computer: bpy.props.EnumProperty(
        name="Computer",
        description="Operating system of that computer",
        items=[(key, name, "") for key, (_, _, name) in _COMPUTERS.items()],
    )
    python: bpy.props.EnumProperty(
        name="Python",
        description="Python version there: Blender 4.2 to 5.0 has 3.11, Blender 5.2 has 3.13",
        items=[(key, f"{major}.{minor}", "") for key, (major, minor, _) in _PYTHONS.items()],
    )
    accelerator: bpy.props.EnumProperty(
        name="Compute On",
        description="Device that PyTorch uses there",
        items=[(item.name, item.value, "") for item in Accelerator],
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        status = session.installer().status
        if status.busy:
            return poll_result(cls, False, SETUP_RUNNING)
        ready = status.state is SetupState.READY
        return poll_result(cls, ready, "Set up the backend on this computer first.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        if not is_online_access_allowed():
            return report_error(self, OFFLINE_MESSAGE)
        if not self.directory:
            return report_error(self, "The folder must not be empty: choose one for the packages.")
        system, machine, _ = _COMPUTERS[self.computer]
        target = InstallTarget(system, machine, _PYTHONS[self.python])
        accelerator = Accelerator[self.accelerator]
        if system == "darwin":
            accelerator = Accelerator.MPS
        folder = Path(bpy.path.abspath(self.directory))
        session.installer().download(SetupOptions(accelerator), target, folder)
        return _watch_setup(self)


class ANYFRAME_OT_show_preferences(bpy.types.Operator):
    """Open the add-on's preferences to set up the backend"""

    bl_idname = "anyframe.show_preferences"
    bl_label = "Set up…"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        bpy.ops.preferences.addon_show(module=session.ADDON)
        return {"FINISHED"}


def is_online_access_allowed() -> bool:
    """Return whether Blender may use the Internet; Blender 4.2 added a preference for it."""
    return getattr(bpy.app, "online_access", True)


def _setup_options() -> SetupOptions:
    """Options of the set-up from the preferences."""
    settings = session.preferences()
    if settings is None:
        return SetupOptions(may_download=is_online_access_allowed())
    chosen = settings.accelerator
    return SetupOptions(
        None if chosen == AUTOMATIC else Accelerator[chosen],
        bpy.path.abspath(settings.base_python) if settings.base_python else "",
        Path(bpy.path.abspath(settings.wheels)) if settings.wheels else None,
        is_online_access_allowed(),
    )


def _watch_setup(operator: bpy.types.Operator) -> OperatorResult:
    """Let the timer show the progress; in background mode wait and print it."""
    if not bpy.app.background:
        session.start_timer()
        return {"FINISHED"}
    try:
        session.installer().wait(_print)
    except KeyboardInterrupt:
        session.installer().cancel()
        session.installer().wait()
    status = session.installer().status
    if status.error:
        return report_error(operator, status.error)
    return report_message(operator, status.outcome)


def _print(status: SetupStatus) -> None:
    sys.stdout.write(f"Anyframe: {status.headline} {status.detail}\n")
    sys.stdout.flush()
