"""The one backend of this Blender: its queue, its set-up, and the timer that drives them.

The only state of the add-on that lives outside the .blend; a file that is opened or saved, an undo
or a rename does not touch it, and nothing of it (the token least of all) is stored in a file.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from .errors import BackendError
from .files.remote_tokens import RemoteTokens
from .files.style_library import SHIPPED_FILE, StyleLibrary
from .http.client import BODY
from .http.connection import BackendLocation
from .http.connection_test import ConnectionTest
from .http.jobs import Job, JobQueue, JobState
from .http.remote import RemoteBackend, check_remote_backend, origin_of
from .process.child import BackendCommand
from .setup.installer import Installer
from .setup.state import SetupState, SetupStatus

ADDON = __package__.rpartition(".")[0]
"""The add-on's module name: "anyframe", or "bl_ext.<repository>.anyframe" as an extension."""
HOME = Path(__file__).resolve().parents[1]
_TICK_SECONDS = 0.05
_HEARTBEAT_SECONDS = 1.0
_SCENE_READING_JOBS = ("RENDER", "OBJECT_BAKE")
"""Blender's jobs that read the scene on a thread of their own."""
_MODAL_TOOL_PREFIXES = ("TRANSFORM_OT_", "POSE_OT_", "POSELIB_OT_", "GRAPH_OT_", "ACTION_OT_")
"""How operators begin that hold on to keys or poses while they run."""

queue = JobQueue()
connection_test = ConnectionTest()
_remote_tokens: RemoteTokens | None = None
_style_library: StyleLibrary | None = None
_installer: Installer | None = None


def preferences() -> Any:
    """The add-on's preferences; None while it is not enabled through Blender."""
    addon = bpy.context.preferences.addons.get(ADDON)
    return addon.preferences if addon else None


def user_folder() -> Path:
    """The folder that outlives an upgrade of the add-on, and the only one it writes in, but for the
    environment on Windows.
    """
    if ADDON.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ADDON, create=True))
    return Path(bpy.utils.user_resource("DATAFILES", path="anyframe", create=True))


def installer() -> Installer:
    """The environment of the backend."""
    global _installer  # noqa: PLW0603 made late, because the folder is only known inside Blender
    if _installer is None:
        _installer = Installer(user_folder(), HOME / "backend" / "requirements")
    return _installer


def style_library() -> StyleLibrary:
    """The styles in the user's folder, and the one that ships."""
    global _style_library  # noqa: PLW0603 as above
    if _style_library is None:
        _style_library = StyleLibrary(user_folder() / "styles", HOME / "assets" / SHIPPED_FILE)
    return _style_library


def remote_tokens() -> RemoteTokens:
    """What is known of backends on other machines."""
    global _remote_tokens  # noqa: PLW0603 as above
    if _remote_tokens is None:
        _remote_tokens = RemoteTokens(user_folder() / "addresses.json")
    return _remote_tokens


def is_remote() -> bool:
    """Whether the backend is to be on another machine."""
    settings = preferences()
    return settings is not None and settings.place == "REMOTE"


def remote_origin() -> str:
    """Scheme, host and port of the other machine's backend; "" if its address is none."""
    settings = preferences()
    return origin_of(settings.remote_url) if settings else ""


def remote_backend() -> RemoteBackend:
    """The backend on the other machine; BackendError if it may not be spoken to."""
    settings, book, origin = preferences(), remote_tokens(), remote_origin()
    return check_remote_backend(
        settings.remote_url,
        book.token_for(origin),
        certificate=bpy.path.abspath(settings.remote_certificate),
        allow_unencrypted=book.is_unencrypted_allowed(origin),
        is_online=getattr(bpy.app, "online_access", True),
    )


def custom_python() -> str:
    """The Python that the preferences name in place of the environment; "" if none."""
    settings = preferences()
    return bpy.path.abspath(settings.python) if settings and settings.python else ""


def setup_status() -> SetupStatus:
    """How the set-up stands; cheap enough for a draw function.

    As long as the backend is not set up, another Blender may do it: that is looked for on a thread.
    """
    setup = installer()
    setup.refresh_status()
    if setup.is_refreshing:
        start_timer()
    return setup.status


def is_set_up() -> bool:
    """Whether there is a Python or an address for the backend; cheap enough for a draw function."""
    if is_remote():
        return bool(remote_origin())
    settings = preferences()
    named = settings is not None and bool(settings.python)
    return named or setup_status().state is SetupState.READY


def not_ready_reason() -> str:
    """Why the backend cannot be asked now, as a sentence; "" if it can."""
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
        found = Path(python).is_file()
        return "" if found else f"“Python of the Backend” in the preferences is no file: {python}."
    status = setup_status()
    if status.busy:
        return "The backend is being set up: wait until that is done."
    if status.state is not SetupState.READY:
        return f"{status.state.value}: press {status.remedy_label} in the add-on's preferences."
    return ""


def backend_command() -> BackendCommand:
    """How the backend is started on this machine; BackendError if it is not set up."""
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
    """Where requests of a kind are sent; BackendError if they cannot be."""
    if not is_remote():
        return backend_command()
    if kind != BODY:
        return remote_backend()
    try:
        return backend_command()
    except BackendError as error:
        raise BackendError(
            f"Model files are read on this machine, wherever motions are made. {error}"
        ) from error


def submit(
    request: dict[str, Any],
    *,
    title: str,
    finish: Callable[[Job, bytes], str],
    takes: tuple[bytes, ...] = (),
) -> Job:
    """Queue a job and keep the timer running until it has ended; BackendError if not set up."""
    place = backend_location(request["kind"])
    job = queue.submit(place, request, title=title, finish=finish, takes=takes)
    start_timer()
    return job


def warm_up() -> None:
    """Start or find the backend before it is asked for anything, if it is set up."""
    if not bpy.app.background and not not_ready_reason():
        queue.warm_up(remote_backend() if is_remote() else backend_command())
        start_timer()


def start_timer() -> None:
    """Start the timer that moves what is heard to the main thread; it ends by itself."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.register(_on_timer, first_interval=0.0, persistent=True)


def _on_timer() -> float | None:
    last = queue.last
    reason = _wait_reason()
    changed = queue.tick(may_finish=not reason)
    changed |= _show_wait_reason(reason)
    busy = installer().is_pending or connection_test.status.busy
    goes_on = queue.busy or busy
    if changed or busy or not goes_on:  # what ended last is to be seen as well
        redraw(viewports=queue.last is not last)
    return _TICK_SECONDS if goes_on else None


def _wait_reason() -> str:
    """What has to end in some window before a job may land, as a sentence; "" if nothing."""
    if any(bpy.app.is_job_running(job) for job in _SCENE_READING_JOBS):
        return "Ready: it is applied when the render has ended."
    windows = bpy.context.window_manager.windows
    active = [window.view_layer.objects.active for window in windows]
    # The undo steps of edit, paint... do not hold actions.
    if any(item is not None and item.mode not in {"OBJECT", "POSE"} for item in active):
        return "Ready: go back to Object or Pose Mode to apply it."
    # Before 4.2 nobody can tell which tools run.
    tools = (tool for window in windows for tool in getattr(window, "modal_operators", ()))
    if any(tool.bl_idname.startswith(_MODAL_TOOL_PREFIXES) for tool in tools):
        return "Ready: it is applied when the tool that is in use has ended."
    selected = (item for window in windows for item in window.view_layer.objects.selected)
    if any(_is_in_tweak_mode(item) for item in (*active, *selected)):
        return "Ready: leave tweak mode in the NLA editor (Tab there) to apply it."
    return ""


def _is_in_tweak_mode(item: bpy.types.Object | None) -> bool:
    data = item.animation_data if item is not None else None
    return data is not None and data.use_tweak_mode


def _show_wait_reason(reason: str) -> bool:
    """Have jobs that are ready say what they wait for; whether any said something else before."""
    silent = [
        job for job in queue.jobs if job.state is JobState.READY and reason not in {"", job.message}
    ]
    for job in silent:
        job.message = reason
    return bool(silent)


def redraw(*, viewports: bool = True) -> None:
    """Have the sidebars, the status bars and the preferences drawn again.

    Args:
        viewports: whether 3D views, too, which costs more.
    """
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES" or (viewports and area.type == "VIEW_3D"):
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
        # A status bar is in no area of a screen: setting its text is what has it drawn again. While
        # a tool runs the text may be that tool's; before 4.2 nobody can tell. It is that of the
        # window in the context; after a file was opened there is none, and Blender 5 would crash.
        if not getattr(window, "modal_operators", ()):
            with bpy.context.temp_override(window=window):
                window.workspace.status_text_set_internal(None)


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    # The jobs, and the message of the last one, belong to the file that is being closed; a style
    # belongs to none.
    queue.last = None
    queue.cancel_all(
        "Another file was opened, so the motion was not finished.", include_preemptible=False
    )


@bpy.app.handlers.persistent
def _after_factory_reset(*_: object) -> None:
    # Also called by File > New where there is no start-up file of the user's own: the add-on stays
    # enabled then, and its backend is kept.
    if preferences() is None:
        queue.stop()


def register() -> None:
    """Hook into Blender; the backend itself starts with the first job."""
    atexit.register(queue.stop)
    bpy.app.handlers.load_pre.append(_before_load)
    bpy.app.handlers.load_factory_startup_post.append(_after_factory_reset)


def unregister() -> None:
    """Unhook, and stop the backend and a set-up that is going on."""
    global _installer  # noqa: PLW0603
    if bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.unregister(_on_timer)
    bpy.app.handlers.load_pre.remove(_before_load)
    bpy.app.handlers.load_factory_startup_post.remove(_after_factory_reset)
    atexit.unregister(queue.stop)
    queue.stop()
    if _installer is not None:
        _installer.close()
        _installer = None
