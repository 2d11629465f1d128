"""Making the backend's environment, and taking it away again."""

import bpy

from ..link import session
from ..link.installer import TORCH_CPU_INDEX, SetupState, SetupStatus
from .reporting import Outcome, possible, refuse

OFFLINE = (
    "Blender is set to stay offline: allow online access in Preferences > System > Network, "
    "then press Set up again."
)


class ANYFRAME_OT_setup_backend(bpy.types.Operator):
    """Make a Python environment for the backend and download what it needs (about 1 GB, once). \
Without a window, waits until that is done"""

    bl_idname = "anyframe.setup_backend"
    bl_label = "Set up"
    bl_options = {"INTERNAL"}  # noqa: RUF012 Blender's way

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """No set-up is going on."""
        busy = session.installer().status.busy
        return possible(cls, not busy, "The set-up is going on.")

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Begin the set-up."""
        if not getattr(bpy.app, "online_access", True):
            return refuse(self, OFFLINE)
        settings = session.preferences()
        cpu_only = settings is None or settings.torch == "CPU"
        session.queue.stop()
        installer = session.installer()
        installer.start(pip_arguments=("--extra-index-url", TORCH_CPU_INDEX) if cpu_only else ())
        return _follow(self)


class ANYFRAME_OT_cancel_setup(bpy.types.Operator):
    """Stop the set-up; what was downloaded so far is kept for the next try"""

    bl_idname = "anyframe.cancel_setup"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # noqa: RUF012 Blender's way

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A set-up is going on."""
        return possible(cls, session.installer().status.busy, "No set-up is going on.")

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Stop it."""
        session.installer().cancel()
        return {"FINISHED"}


class ANYFRAME_OT_remove_backend(bpy.types.Operator):
    """Delete the backend's Python environment from the disk"""

    bl_idname = "anyframe.remove_backend"
    bl_label = "Remove"
    bl_options = {"INTERNAL"}  # noqa: RUF012 Blender's way

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an environment, and no set-up is going on."""
        status = session.installer().status
        there = not status.busy and status.state is not SetupState.ABSENT
        return possible(cls, there, "There is nothing to remove.")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Stop the backend and delete its environment."""
        session.queue.stop()
        session.installer().remove()
        return _follow(self)


class ANYFRAME_OT_show_preferences(bpy.types.Operator):
    """Open the add-on's preferences, where the backend is set up"""

    bl_idname = "anyframe.show_preferences"
    bl_label = "Set up…"
    bl_options = {"INTERNAL"}  # noqa: RUF012 Blender's way

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Show them."""
        bpy.ops.preferences.addon_show(module=session.ADDON)
        return {"FINISHED"}


def _follow(operator: bpy.types.Operator) -> Outcome:
    """Let the timer show how it goes; in background mode wait and print."""
    if not bpy.app.background:
        session.watch()
        return {"FINISHED"}
    try:
        session.installer().wait(_print)
    except KeyboardInterrupt:
        session.installer().cancel()
        session.installer().wait()
    status = session.installer().status
    if status.error:
        return refuse(operator, status.error)
    operator.report({"INFO"}, status.state.value)
    return {"FINISHED"}


def _print(status: SetupStatus) -> None:
    print(f"Anyframe: {status.state.value} {status.line}", flush=True)  # noqa: T201 no window
