"""Progress of jobs in the panel and in the status bar."""

import time
from typing import Any

import bpy

from ..link import session
from ..link.http.jobs import Job

_MINUTES_THRESHOLD = 120.0
"""Seconds from which the remaining time is shown in minutes."""
_SWING_SECONDS = 2.0
"""Time in which the bar of a job of unknown length fills or empties."""
_REDRAW_SECONDS = 0.25
"""Time between two redraws of that bar."""
_BAR_WIDTH = 12.0
"""Width of the bar in the status bar, in Blender's UI units."""


def draw_job_progress(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    job: Job,
    cancel_operator: str = "anyframe.cancel",
) -> None:
    """Draw the bar of a job with its remaining time, and the button that cancels it."""
    row = layout.row(align=True)
    is_swinging = not _has_known_length(job) and not bpy.app.background
    if is_swinging and not bpy.app.timers.is_registered(_redraw_while_running):
        bpy.app.timers.register(
            _redraw_while_running, first_interval=_REDRAW_SECONDS, persistent=True
        )
    if hasattr(row, "progress"):  # Blender 4.0 and later
        row.progress(factor=progress_fraction(job), text=_progress_text(job))
    elif job is session.queue.current:
        row.prop(context.window_manager, "anyframe_progress", text=_progress_text(job), slider=True)
    else:
        row.label(text=_progress_text(job))
    row.operator(cancel_operator, text="", icon="X")


def progress_fraction(job: Job) -> float:
    """Filled fraction of a job's bar, 0..1; it swings while the length of the job is unknown."""
    if _has_known_length(job):
        return job.completed_fraction
    swing = (time.monotonic() - job.started_at) / _SWING_SECONDS
    return 1.0 - abs(1.0 - swing % 2.0)


def is_loading_model(job: Job) -> bool:
    """Return whether a job waits for the backend on this machine to load its model."""
    known = session.queue.capabilities
    loading = not known or known.get("engine") == "loading"
    return loading and not job.ended and not session.is_remote()


def _has_known_length(job: Job) -> bool:
    return bool(job.status.total) or job.part_count > 1


def _progress_text(job: Job) -> str:
    if not _has_known_length(job):
        return f"{time.monotonic() - job.started_at:.0f} s"
    if job.part_count > 1:
        return f"part {job.part_index + 1} of {job.part_count}"
    eta = job.status.eta
    steps = f"{job.status.step} of {job.status.total}" if job.status.total else ""
    if eta is None or eta < 1.0:
        return steps
    return f"{steps} · {eta:.0f} s" if eta < _MINUTES_THRESHOLD else f"{steps} · {eta / 60:.0f} min"


def _redraw_while_running() -> float | None:
    """Redraw the elapsed seconds while there is a job of unknown length; for a timer."""
    if all(map(_has_known_length, session.queue.jobs)):
        return None
    session.redraw(viewports=False)
    return _REDRAW_SECONDS


def draw_in_status_bar(header: Any, context: bpy.types.Context) -> None:
    """Draw the bar at the end of the status bar, while there is a job."""
    job = session.queue.current
    if job is None:
        return
    row = header.layout.row()
    row.label(text=f"Anyframe: {job.message}", icon="ARMATURE_DATA")
    bar = row.row()
    bar.ui_units_x = _BAR_WIDTH
    draw_job_progress(bar, context, job)


def _get_progress(_manager: Any) -> float:
    job = session.queue.current
    return 100.0 * progress_fraction(job) if job else 0.0


def register() -> None:
    # A read-only slider: before 4.0 there is no progress bar.
    manager: Any = bpy.types.WindowManager
    manager.anyframe_progress = bpy.props.FloatProperty(
        name="Progress", subtype="PERCENTAGE", min=0.0, max=100.0, precision=0, get=_get_progress
    )
    bpy.types.STATUSBAR_HT_header.append(draw_in_status_bar)


def unregister() -> None:
    if bpy.app.timers.is_registered(_redraw_while_running):
        bpy.app.timers.unregister(_redraw_while_running)
    bpy.types.STATUSBAR_HT_header.remove(draw_in_status_bar)
    manager: Any = bpy.types.WindowManager
    del manager.anyframe_progress
