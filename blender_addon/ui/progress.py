"""How far a job is: in the panel, and in the status bar, which is there when the panel is not."""

from __future__ import annotations

import time
from typing import Any

import bpy

from ..link import session
from ..link.http.jobs import Job

_MINUTES = 120.0
"""Seconds to go from which on they are told in minutes."""
_SWING_SECONDS = 2.0
"""In which the bar of a job whose length is unknown fills or empties."""
_REDRAW_SECONDS = 0.25
"""Between two pictures of it."""
_WIDTH = 12.0
"""Of the bar in the status bar, in Blender's units of buttons."""


def draw_bar(layout: bpy.types.UILayout, context: bpy.types.Context, job: Job) -> None:
    """A bar with steps and time to go of the current job, and the button that stops it."""
    draw_progress_of(layout, context, job, "anyframe.cancel")


def draw_progress_of(
    layout: bpy.types.UILayout, context: bpy.types.Context, job: Job, stop: str
) -> None:
    """The same of any job; `stop` is the operator that stops it."""
    row = layout.row(align=True)
    if not _is_measured(job):
        _watch_time()
    if hasattr(row, "progress"):  # Blender 4.0 and later
        row.progress(factor=fraction(job), text=_step(job))
    elif job is session.queue.current:
        row.prop(context.window_manager, "anyframe_progress", text=_step(job), slider=True)
    else:
        row.label(text=_step(job))
    row.operator(stop, text="", icon="X")


def fraction(job: Job) -> float:
    """How much of a job's bar is full, 0 ... 1; it goes up and down while nobody knows how much
    there is to do."""
    if _is_measured(job):
        return job.progress
    swing = (time.monotonic() - job.began) / _SWING_SECONDS
    return 1.0 - abs(1.0 - swing % 2.0)


def loads_once(job: Job) -> bool:
    """Whether a job waits for the backend on this machine to load its model."""
    known = session.queue.capabilities
    loading = not known or known.get("engine") == "loading"
    return loading and not job.ended and not session.is_remote()


def _is_measured(job: Job) -> bool:
    return bool(job.status.total) or job.parts > 1


def _step(job: Job) -> str:
    if not _is_measured(job):
        return f"{time.monotonic() - job.began:.0f} s"
    if job.parts > 1:
        return f"part {job.part + 1} of {job.parts}"
    eta = job.status.eta
    steps = f"{job.status.step} of {job.status.total}" if job.status.total else ""
    if eta is None or eta < 1.0:
        return steps
    return f"{steps} · {eta:.0f} s" if eta < _MINUTES else f"{steps} · {eta / 60:.0f} min"


def _watch_time() -> None:
    """Have the seconds redrawn while there is a job that tells no steps."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_redraw_time):
        bpy.app.timers.register(_redraw_time, first_interval=_REDRAW_SECONDS, persistent=True)


def _redraw_time() -> float | None:
    if all(map(_is_measured, session.queue.jobs)):
        return None
    session.redraw(viewports=False)
    return _REDRAW_SECONDS


def draw_in_status_bar(header: Any, context: bpy.types.Context) -> None:
    """The same at the end of the status bar, while there is a job."""
    job = session.queue.current
    if job is None:
        return
    row = header.layout.row()
    row.label(text=f"Anyframe: {job.message}", icon="ARMATURE_DATA")
    bar = row.row()
    bar.ui_units_x = _WIDTH
    draw_bar(bar, context, job)


def attach() -> None:
    """Add to what the status bar shows, which other add-ons do, too."""
    bpy.types.STATUSBAR_HT_header.append(draw_in_status_bar)


def detach() -> None:
    """Take it out again."""
    if bpy.app.timers.is_registered(_redraw_time):
        bpy.app.timers.unregister(_redraw_time)
    bpy.types.STATUSBAR_HT_header.remove(draw_in_status_bar)
