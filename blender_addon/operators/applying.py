"""A job's take onto the armature it was meant for, as one undo step."""

from __future__ import annotations

from typing import Any

import bpy

from ..backend.kinematics.take import Take, TakeError, load_take
from ..link import session
from ..link.errors import JobError
from ..rig.apply import apply_take
from ..rig.manner import Manner
from ..rig.provenance import remarks_on
from .reporting import USER_ERRORS, Outcome, push_undo
from .target import Target
from .waiting import see_through

START = "anyframe_start"
"""The property of an action that says on which frame its motion was put."""


def put_on(target: Target, take: Take, name: str, manner: Manner) -> str:
    """Write the take's keys and push one undo step.

    Args:
        target: found again here, so this may be called long after it was made.
        name: of the new action and of the undo step: the prompt or the file's name.
        manner: how it is put there.

    Returns:
        The sentence that says what was done.

    Raises:
        One of `reporting.USER_ERRORS`; nothing has been changed then.
    """
    armature, scene = target.find()
    applied = apply_take(
        armature, take, scene=scene, name=name, start_frame=target.start_frame, manner=manner
    )
    applied.action[START] = target.start_frame
    push_undo(f"Anyframe: {name}")
    done = f"“{name}” is on {armature.name}: {len(take)} frames at {take.fps:g} fps."
    return " ".join([done, *applied.notes])


def run_job(
    operator: bpy.types.Operator,
    request: dict[str, Any],
    *,
    title: str,
    target: Target,
    manner: Manner,
    takes: tuple[bytes, ...] = (),
) -> Outcome:
    """Have the backend make a take and put it on the target.

    In a window this only starts the job, and the timer does the rest; in background mode it waits
    until that is done.

    Args:
        request: as in `Client.submit`.
        title: names the action and the undo step.
        manner: how the take is put there.
        takes: the `.npz`s that the job starts from, if any.

    Raises:
        JobError: the backend is not set up.
    """
    job = session.submit(
        request,
        title=title,
        finish=lambda _job, data: _apply(
            target, data, title, manner, new=request["kind"] != "decode"
        ),
        takes=takes,
    )
    return see_through(operator, job) if bpy.app.background else {"FINISHED"}


def _apply(target: Target, data: bytes, title: str, manner: Manner, *, new: bool) -> str:
    """Put a job's take on the target; of a new motion, also say how it turned out."""
    try:
        take = load_take(data)
    except TakeError as error:
        raise JobError(f"The backend sent a motion that cannot be used: {error}") from error
    try:
        message = put_on(target, take, title, manner)
    except USER_ERRORS as error:
        raise JobError(str(error)) from error
    return " ".join([message, *(remarks_on(take.info) if new else ())])
