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
from ...rig.action.metadata import quality_notes, read_placement
from ...rig.apply.apply import apply_take
from ...rig.apply.options import ApplyOptions
from ..common.errors import USER_ERRORS, OperatorResult, push_undo
from ..common.generated_motion import START_FRAME_PROPERTY
from ..common.target import MotionTarget
from ..common.wait_for_job import wait_for_job
from .history_store import record_job_end, record_outcome
from .request_record import RequestRecord, read_job_keys, write_record
from .review_state import add_to_review


def apply_to_target(
    target: MotionTarget,
    take: Take,
    name: str,
    apply_options: ApplyOptions,
    record: RequestRecord | None = None,
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
    armature, scene = target.resolve()
    data = armature.animation_data
    goes_on = apply_options.merges_with_existing and apply_options.destination != "NLA_STRIP"
    earlier = read_job_keys(data.action) if data and goes_on else ()
    applied = apply_take(
        armature,
        take,
        scene=scene,
        name=name,
        start_frame=target.start_frame,
        options=apply_options,
    )
    applied.action[START_FRAME_PROPERTY] = target.start_frame
    done = f"“{name}” is on {armature.name}: {len(take)} frames at {take.fps:g} fps."
    message = " ".join([done, *applied.warnings])
    made = record and record.with_result(take.metadata, read_placement(applied.action))
    write_record(applied.action, made, earlier)
    if made is not None:
        record_outcome(made, target, "DONE", message, applied.action.name)
    push_undo(f"Anyframe: {name}")
    return message


def run_job(
    operator: bpy.types.Operator,
    request: dict[str, Any],
    *,
    title: str,
    target: MotionTarget,
    apply_options: ApplyOptions,
    takes: tuple[bytes, ...] = (),
    review: bool = False,
    pick: int = 0,
    weights_hash: str = "",
) -> OperatorResult:
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
    record = RequestRecord.from_request(request, title, target, apply_options, sources)

    def finish(job: Job, _first: bytes) -> str:
        try:
            if review:
                made = [take_from_reply(data) for data in job.takes]
                return add_to_review(target, made, title, apply_options, record)
            take = take_from_reply(job.takes[pick])
            message = apply_to_target(target, take, title, apply_options, record)
        except USER_ERRORS as error:
            raise JobError(str(error)) from error
        job.warnings = (
            *_weights_changed_remark(weights_hash, take),
            *generation_alerts(request, take),
        )
        remarks = [*_weights_changed_remark(weights_hash, take), *generation_remarks(request, take)]
        return " ".join([message, *remarks])

    job = session.submit(request, title=title, finish=finish, takes=takes)
    job.on_end = lambda ended: record_job_end(record, target, ended.state.name, ended.message)
    return wait_for_job(operator, job) if bpy.app.background else {"FINISHED"}


def generation_remarks(request: Mapping[str, Any], take: Take) -> list[str]:
    """Sentences on how a motion turned out, unless it is one that was sampled again."""
    return quality_notes(take.metadata) if request["kind"] != "decode" else []


def generation_alerts(request: Mapping[str, Any], take: Take) -> tuple[str, ...]:
    """Those of these sentences that warn of something."""
    note = take.metadata.get("note")
    return (note,) if isinstance(note, str) and request["kind"] != "decode" else ()


def _weights_changed_remark(weights: str, take: Take) -> list[str]:
    """A sentence if a take was not made by these weights."""
    now = take.metadata.get("hash")
    if not weights or now == weights:
        return []
    return [
        f"The weights are {str(now)[:8]} now and were {weights[:8]} then, so the motion may differ."
    ]


def take_from_reply(data: bytes) -> Take:
    """The take that the backend sent; JobError if it is none."""
    try:
        return load_take(data)
    except TakeError as error:
        raise JobError(f"The backend sent a motion that cannot be used: {error}") from error
