"""Submission of a job for a take, which is applied to its target or reviewed first."""

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
from ...scene.history import record_job_end, record_outcome
from ...scene.request_record import RequestRecord, read_job_keys, write_record
from ...scene.target import MotionTarget
from ..common.errors import USER_ERRORS, OperatorResult, finish_job, push_undo
from ..common.generated_motion import START_FRAME_PROPERTY, active_action
from .review_state import add_to_review


def apply_to_target(
    target: MotionTarget,
    take: Take,
    name: str,
    apply_options: ApplyOptions,
    record: RequestRecord | None = None,
) -> str:
    """Write the keys of a take, push one undo step and return the message with what was done.

    The name is that of the new Action and of the undo step. The request of the job that made the
    take, if any, is stored on the Action and in the history. After one of `USER_ERRORS` nothing has
    been changed.
    """
    armature, scene = target.resolve()
    merges = apply_options.merges_with_existing and apply_options.destination != "NLA_STRIP"
    earlier_keys = read_job_keys(active_action(armature)) if merges else ()
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
    if record is not None:
        record = record.with_result(take.metadata, read_placement(applied.action))
    write_record(applied.action, record, earlier_keys)
    if record is not None:
        record_outcome(record, target, "DONE", message, applied.action.name)
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
    """Have the backend make a take and apply it to the target, or show it for review.

    In a window this only submits the job; in background mode it waits until that is done.

    Args:
        request: The request as `session.submit` takes it.
        title: Name of the Action and of the undo step.
        takes: Files that the request refers to: takes, a style, a control track.
        review: Show all variations in the viewport instead of applying one.
        pick: Number of the variation that is applied without a review.
        weights_hash: Hash of the expected weights; the message has a remark if others were used.
    """
    # A style is too large for the .blend, and has a library of its own.
    control_track = takes[-1:] if "control_seconds" in request else ()
    sources = control_track if request["kind"] == BLEND else takes
    record = RequestRecord.from_request(request, title, target, apply_options, sources)

    def finish(job: Job, _first: bytes) -> str:
        try:
            if review:
                variations = [take_from_reply(data) for data in job.takes]
                return add_to_review(target, variations, title, apply_options, record)
            take = take_from_reply(job.takes[pick])
            message = apply_to_target(target, take, title, apply_options, record)
        except USER_ERRORS as error:
            raise JobError(str(error)) from error
        changed, current = [], str(take.metadata.get("hash"))
        if weights_hash and current != weights_hash:
            changed = [
                f"The weights are {current[:8]} now and were {weights_hash[:8]} then, so the "
                "motion may differ."
            ]
        job.warnings = (*changed, *generation_alerts(request, take))
        return " ".join([message, *changed, *generation_remarks(request, take)])

    job = session.submit(request, title=title, finish=finish, takes=takes)
    job.on_end = lambda ended: record_job_end(record, target, ended.state.name, ended.message)
    return finish_job(operator, job)


def generation_remarks(request: Mapping[str, Any], take: Take) -> list[str]:
    """Sentences on the quality of a new motion; none for one that was sampled again."""
    return quality_notes(take.metadata) if request["kind"] != "decode" else []


def generation_alerts(request: Mapping[str, Any], take: Take) -> tuple[str, ...]:
    """Those of `generation_remarks` that are warnings."""
    note = take.metadata.get("note")
    return (note,) if isinstance(note, str) and request["kind"] != "decode" else ()


def take_from_reply(data: bytes) -> Take:
    """Parse a take of the backend; JobError if it is not valid."""
    try:
        return load_take(data)
    except TakeError as error:
        raise JobError(f"The backend sent a motion that cannot be used: {error}") from error
