"""The backend of this Blender: its jobs, its set-up, and the timer that drives them.

This is the add-on's only state outside the .blend. Opening and saving files, undo and renames do
not touch it, and nothing of it is stored in a .blend, the token least of all.
"""

import atexit
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import bpy

from .errors import BackendError
from .files.remote_tokens import RemoteTokens
from .files.style_library import SHIPPED_FILE, StyleLibrary
from .http.client import BODY
from .http.connection import BackendLocation
from .http.connection_test import ConnectionTest
from .http.jobs import ClientJobQueue, Job, JobState
from .http.remote import RemoteBackend, check_remote_backend, origin_of
from .process.child import BackendCommand
from .setup.installer import Installer
from .setup.state import SetupState, SetupStatus

ADDON = __package__.rpartition(".")[0]
"""Module name of the add-on: "anyframe", or "bl_ext.<repository>.anyframe" as an extension."""
HOME = Path(__file__).resolve().parents[1]
_TICK_SECONDS = 0.05
_HEARTBEAT_SECONDS = 1.0
_SCENE_READING_JOBS = ("RENDER", "OBJECT_BAKE")
"""Blender's jobs that read the scene on another thread."""
_MODAL_TOOL_PREFIXES = ("TRANSFORM_OT_", "POSE_OT_", "POSELIB_OT_", "GRAPH_OT_", "ACTION_OT_")
"""Prefixes of the modal operators that hold keys or poses while they run."""

queue = ClientJobQueue()
connection_test = ConnectionTest()


def preferences() -> Any:
    """Return the add-on's preferences; None while it is not enabled."""
    addon = bpy.context.preferences.addons.get(ADDON)
    return addon.preferences if addon else None


def user_folder() -> Path:
    """Return the folder that survives an upgrade of the add-on.

    The add-on writes to no other folder, except for the environment on Windows.
    """
    if ADDON.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ADDON, create=True))
    return Path(bpy.utils.user_resource("DATAFILES", path="anyframe", create=True))


@cache  # created late, because only a running Blender knows the user's folder
def installer() -> Installer:
    return Installer(user_folder(), HOME / "backend" / "requirements")


@cache
def style_library() -> StyleLibrary:
    return StyleLibrary(user_folder() / "styles", HOME / "assets" / SHIPPED_FILE)


@cache
def remote_tokens() -> RemoteTokens:
    return RemoteTokens(user_folder() / "addresses.json")


def is_remote() -> bool:
    settings = preferences()
    return settings is not None and settings.place == "REMOTE"


def remote_origin() -> str:
    """Return scheme, host and port of the remote backend; "" if its address is invalid."""
    settings = preferences()
    return origin_of(settings.remote_url) if settings else ""


def remote_backend() -> RemoteBackend:
    """Return the remote backend; raise BackendError if it cannot be used."""
    settings, tokens, origin = preferences(), remote_tokens(), remote_origin()
    return check_remote_backend(
        settings.remote_url,
        tokens.token_for(origin),
        certificate=bpy.path.abspath(settings.remote_certificate),
        allow_unencrypted=tokens.is_unencrypted_allowed(origin),
        is_online=getattr(bpy.app, "online_access", True),
    )


def custom_python() -> str:
    """Return the Python that the user chose instead of the environment; "" if none."""
    settings = preferences()
    return bpy.path.abspath(settings.python) if settings and settings.python else ""


def setup_status() -> SetupStatus:
    """Return the status of the set-up; cheap enough for a draw function.

    While the backend is not set up, a thread checks whether another Blender has done it.
    """
    setup = installer()
    setup.refresh_status()
    if setup.is_refreshing:
        start_timer()
    return setup.status


def is_set_up() -> bool:
    """Return whether the backend has a Python or an address; cheap enough for a draw function."""
    if is_remote():
        return bool(remote_origin())
    return bool(custom_python()) or setup_status().state is SetupState.READY


def not_ready_reason() -> str:
    """Return why the backend cannot be used now, as a sentence; "" if it can."""
    if not is_remote():
        return _local_not_ready_reason()
    try:
        remote_backend()
    except BackendError as error:
        return str(error)
    return ""


def _local_not_ready_reason() -> str:
    python = custom_python()
    if python:
        if Path(python).is_file():
            return ""
        return f"“Python of the Backend” in the preferences must be a file (got {python})."
    status = setup_status()
    if status.busy:
        return "The backend is being set up: wait until that is done."
    if status.state is not SetupState.READY:
        return f"{status.state.value}: press {status.remedy_label} in the add-on's preferences."
    return ""


def backend_command() -> BackendCommand:
    """Return the command that starts the backend here; raise BackendError if it is not set up."""
    reason = _local_not_ready_reason()
    if reason:
        raise BackendError(reason)
    environments = installer().environments
    python = custom_python() or str(installer().hold_python())
    return BackendCommand(
        arguments=(python, "-m", "backend", "serve", "--heartbeat", str(_HEARTBEAT_SECONDS)),
        folder=HOME,
        log_path=environments.backend_log,
        work_folder=environments.learning_folder,
    )


def backend_location(kind: str) -> BackendLocation:
    """Return where requests of a kind are sent; raise BackendError if that is not ready."""
    if not is_remote():
        return backend_command()
    if kind != BODY:
        return remote_backend()
    try:
        return backend_command()
    except BackendError as error:
        raise BackendError(
            f"SMPL model files are always read on this machine, even with a remote backend. {error}"
        ) from error


def submit(
    request: dict[str, Any],
    *,
    title: str,
    finish: Callable[[Job, bytes], str],
    takes: tuple[bytes, ...] = (),
) -> Job:
    """Queue a job and start the timer; raise BackendError if the backend is not ready."""
    location = backend_location(request["kind"])
    job = queue.submit(location, request, title=title, finish=finish, takes=takes)
    start_timer()
    return job


def warm_up() -> None:
    """Start or connect to the backend before the first request, if it is ready."""
    if not bpy.app.background and not not_ready_reason():
        queue.warm_up(remote_backend() if is_remote() else backend_command())
        start_timer()


def start_timer() -> None:
    """Start the timer that handles events on the main thread; it ends by itself."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.register(_on_timer, first_interval=0.0, persistent=True)


def _on_timer() -> float | None:
    last = queue.last
    reason = _wait_reason()
    changed = queue.tick(may_finish=not reason)
    changed |= _show_wait_reason(reason)
    busy = installer().is_pending or connection_test.status.busy
    continues = queue.busy or busy
    if changed or busy or not continues:  # draw the final state too
        redraw(viewports=queue.last is not last)
    return _TICK_SECONDS if continues else None


def _wait_reason() -> str:
    """Return what must end before a take can be applied, as a sentence; "" if nothing."""
    if any(bpy.app.is_job_running(job) for job in _SCENE_READING_JOBS):
        return "Ready: it is applied when the render has ended."
    windows = bpy.context.window_manager.windows
    active = [window.view_layer.objects.active for window in windows]
    # Undo steps of edit, paint and other modes do not contain Actions.
    if any(item is not None and item.mode not in {"OBJECT", "POSE"} for item in active):
        return "Ready: go back to Object or Pose Mode to apply it."
    # Blender before 4.2 does not list running tools.
    tools = (tool for window in windows for tool in getattr(window, "modal_operators", ()))
    if any(tool.bl_idname.startswith(_MODAL_TOOL_PREFIXES) for tool in tools):
        return "Ready: it is applied when the tool that is in use has ended."
    selected = (item for window in windows for item in window.view_layer.objects.selected)
    animations = (item.animation_data for item in (*active, *selected) if item is not None)
    if any(data is not None and data.use_tweak_mode for data in animations):
        return "Ready: leave tweak mode in the NLA editor (Tab there) to apply it."
    return ""


def _show_wait_reason(reason: str) -> bool:
    """Show what ready jobs wait for; return whether any message changed."""
    changed = [
        job for job in queue.jobs if job.state is JobState.READY and reason not in {"", job.message}
    ]
    for job in changed:
        job.message = reason
    return bool(changed)


def redraw(*, viewports: bool = True) -> None:
    """Redraw the sidebars, the status bars, the preferences and, if asked for, the 3D views."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES" or (viewports and area.type == "VIEW_3D"):
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
        # A status bar belongs to no area; only setting its text redraws it. While a tool runs, the
        # text may be that tool's (unknown before 4.2). The call uses the window in the context;
        # after a file was opened there is none, and Blender 5 would crash.
        if not getattr(window, "modal_operators", ()):
            with bpy.context.temp_override(window=window):
                window.workspace.status_text_set_internal(None)


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    # Jobs and their last message belong to the file that is being closed; a style does not.
    queue.last = None
    queue.cancel_all(
        "Another file was opened, so the motion was not finished.", include_preemptible=False
    )


@bpy.app.handlers.persistent
def _after_factory_reset(*_: object) -> None:
    # File > New also calls this if the user has no start-up file; the add-on then stays enabled and
    # keeps its backend.
    if preferences() is None:
        queue.stop()


def register() -> None:
    atexit.register(queue.stop)
    bpy.app.handlers.load_pre.append(_before_load)
    bpy.app.handlers.load_factory_startup_post.append(_after_factory_reset)


def unregister() -> None:
    if bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.unregister(_on_timer)
    bpy.app.handlers.load_pre.remove(_before_load)
    bpy.app.handlers.load_factory_startup_post.remove(_after_factory_reset)
    atexit.unregister(queue.stop)
    queue.stop()
    if installer.cache_info().currsize:
        installer().close()
        installer.cache_clear()
