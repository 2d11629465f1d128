"""A job's take onto the armature it was meant for, as one undo step, or under review first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ...backend.kinematics.body.take import Take, TakeError, load_take
from ...link import session
from ...link.errors import JobError
from ...link.http.client import BLEND
from ...link.http.jobs import Job
from ...rig.action.metadata import moved_on, remarks_on
from ...rig.apply.apply import apply_take
from ...rig.apply.options import Manner
from ..common.errors import USER_ERRORS, Outcome, push_undo
from ..common.generated_motion import START
from ..common.target import Target
from ..common.wait_for_job import see_through
from .history_store import note_end, remember
from .request_record import Record, keys_on, write_record
from .review_state import show_for_review


def put_on(
    target: Target, take: Take, name: str, manner: Manner, record: Record | None = None
) -> str:
    """Write the take's keys and push one undo step.

    Args:
        target: found again here, so this may be called long after it was made.
        name: of the new action and of the undo step: the prompt or the file's name.
        manner: how it is put there.
        record: what it was asked for with, if a job made it: kept on the action and in the history.

    Returns:
        The sentence that says what was done.

    Raises:
        One of `reporting.USER_ERRORS`; nothing has been changed then.
    """
    armature, scene = target.find()
    data = armature.animation_data
    goes_on = manner.merges and manner.destination != "NLA_STRIP"
    earlier = keys_on(data.action) if data and goes_on else ()
    applied = apply_take(
        armature, take, scene=scene, name=name, start_frame=target.start_frame, manner=manner
    )
    applied.action[START] = target.start_frame
    done = f"“{name}” is on {armature.name}: {len(take)} frames at {take.fps:g} fps."
    message = " ".join([done, *applied.notes])
    made = record and record.made(take.info, moved_on(applied.action))
    write_record(applied.action, made, earlier)
    if made is not None:
        remember(made, target, "DONE", message, applied.action.name)
    push_undo(f"Anyframe: {name}")
    return message


def run_job(
    operator: bpy.types.Operator,
    request: dict[str, Any],
    *,
    title: str,
    target: Target,
    manner: Manner,
    takes: tuple[bytes, ...] = (),
    review: bool = False,
    pick: int = 0,
    weights: str = "",
) -> Outcome:
    """Have the backend make a take and put it on the target, or show it for review.

    In a window this only starts the job, and the timer does the rest; in background mode it waits
    until that is done.

    Args:
        request: as in `Client.submit`.
        title: names the action and the undo step.
        manner: how the take is put there.
        takes: the `.npz`s that the job starts from, if any; for a motion in a style the style.
        review: show all that is made in the viewport, for one of them to be chosen.
        pick: which of several variations is put on the target without a review, counted from 0.
        weights: hash of those that are to make it; what differs is said.

    Raises:
        JobError: the backend is not set up.
    """
    # A style is too large for the file, and lies on a shelf of its own.
    by_numbers = takes[-1:] if "control_seconds" in request else ()
    sources = by_numbers if request["kind"] == BLEND else takes
    record = Record.of(request, title, target, manner, sources)

    def finish(job: Job, _first: bytes) -> str:
        try:
            if review:
                made = [take_of(data) for data in job.takes]
                return show_for_review(target, made, title, manner, record)
            take = take_of(job.takes[pick])
            message = put_on(target, take, title, manner, record)
        except USER_ERRORS as error:
            raise JobError(str(error)) from error
        job.alerts = (*_other_weights(weights, take), *alerts_on_new(request, take))
        remarks = [*_other_weights(weights, take), *remarks_on_new(request, take)]
        return " ".join([message, *remarks])

    job = session.submit(request, title=title, finish=finish, takes=takes)
    job.after = lambda ended: note_end(record, target, ended.state.name, ended.message)
    return see_through(operator, job) if bpy.app.background else {"FINISHED"}


def remarks_on_new(request: Mapping[str, Any], take: Take) -> list[str]:
    """Sentences on how a motion turned out, unless it is one that was sampled again."""
    return remarks_on(take.info) if request["kind"] != "decode" else []


def alerts_on_new(request: Mapping[str, Any], take: Take) -> tuple[str, ...]:
    """Those of these sentences that warn of something."""
    note = take.info.get("note")
    return (note,) if isinstance(note, str) and request["kind"] != "decode" else ()


def _other_weights(weights: str, take: Take) -> list[str]:
    """A sentence if a take was not made by these weights."""
    now = take.info.get("hash")
    if not weights or now == weights:
        return []
    return [
        f"The weights are {str(now)[:8]} now and were {weights[:8]} then, so the motion may differ."
    ]


def take_of(data: bytes) -> Take:
    """The take that the backend sent; JobError if it is none."""
    try:
        return load_take(data)
    except TakeError as error:
        raise JobError(f"The backend sent a motion that cannot be used: {error}") from error
