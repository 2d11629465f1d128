"""The result of the last job: one line in the panel, and the rest to unfold."""

import re
import textwrap
from typing import Any

import bpy

from ..link.http.jobs import Job, JobState
from .text import characters_per_line, draw_paragraph, truncate

_SENTENCE = re.compile(r"(?:“[^”]*”|[^“.]|\.(?=\S))*(?:\.|$)")
"""A sentence, up to the first full stop outside quotes and numbers."""
_MAX_UNFOLDED_LINES = 2
"""Lines of a message that is not folded."""
_ARROW_CHARACTERS = 3
"""Width of the arrow in characters."""

_open = False


def draw_job_result(layout: bpy.types.UILayout, job: Job, width: float) -> None:
    """Draw the message of a job: errors and alerts in full, a success in one line."""
    if job.state is JobState.FAILED:
        box = layout.box()
        draw_paragraph(box, job.message, width=width, icon="ERROR", alert=True, boxed=True)
        return
    icon: Any = "CHECKMARK" if job.state is JobState.DONE else "X"
    columns = characters_per_line(width)
    if len(textwrap.wrap(job.message, columns)) <= _MAX_UNFOLDED_LINES:
        draw_paragraph(layout, job.message, width=width, icon=icon)
        return
    headline, details = split_message(job.message, job.warnings)
    line = truncate(headline, columns - _ARROW_CHARACTERS)
    row = layout.row(align=True)
    row.label(text=line, icon=icon)
    manager: Any = bpy.context.window_manager
    arrow: Any = "TRIA_DOWN" if _open else "TRIA_LEFT"
    row.prop(manager, "anyframe_details", text="", icon=arrow, emboss=False)
    for alert in job.warnings:
        draw_paragraph(layout, alert, width=width, icon="ERROR")
    if _open:
        whole = headline if line != headline else ""
        for text in filter(None, (whole, *details)):
            draw_paragraph(layout, text, width=width, icon="DOT")


def split_message(message: str, alerts: tuple[str, ...]) -> tuple[str, list[str]]:
    """The first sentence of a message, and the others without the alerts."""
    for alert in alerts:
        message = message.replace(alert, "")
    sentences = [match.strip() for match in _SENTENCE.findall(message)]
    headline, *details = [sentence for sentence in sentences if sentence] or [""]
    return headline, details


def _set_open(_manager: Any, is_open: bool) -> None:
    global _open  # noqa: PLW0603 a stored property would be saved in the file
    _open = is_open


def register() -> None:
    manager: Any = bpy.types.WindowManager
    manager.anyframe_details = bpy.props.BoolProperty(
        name="Details",
        description="Show the whole message: match with the prompt, novelty, warnings",
        get=lambda _manager: _open,
        set=_set_open,
    )


def unregister() -> None:
    manager: Any = bpy.types.WindowManager
    del manager.anyframe_details
