"""Results of operators, errors as one sentence without a traceback, and waiting for a job."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import bpy

from ...backend.kinematics.body.smpl_body import SmplBodyError
from ...backend.kinematics.body.take import TakeError
from ...backend.kinematics.mocap.bvh import BvhError
from ...backend.kinematics.rigs.bone_map import MappingError
from ...backend.protocol.atomic_write import WriteError
from ...backend.protocol.limits import LimitError
from ...backend.protocol.style_file import StyleError
from ...link import session
from ...link.errors import JobError
from ...link.http.jobs import Job, JobState
from ...rig.errors import RigError

OperatorResult = set[Any]
"""Result of `execute` and `invoke`: {"FINISHED"}, {"CANCELLED"}..."""
_Execute = TypeVar("_Execute", bound=Callable[..., OperatorResult])
USER_ERRORS = (
    *(BvhError, JobError, LimitError, MappingError, RigError, SmplBodyError, StyleError, TakeError),
    WriteError,
)
"""Errors whose text is a sentence for the user; any other is a fault of the program."""


def report_error(operator: bpy.types.Operator, error: Exception | str) -> OperatorResult:
    """Report the sentence and end the operator without an undo step."""
    operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


def reports_errors(execute: _Execute) -> _Execute:
    """Decorate `execute`: an error of the user is reported instead of raised."""
    return _catch_user_errors(execute, show_in_panel=False)


def reports_job_errors(execute: _Execute) -> _Execute:
    """Decorate `execute` of an operator that submits a job: the panel shows the error, too."""
    return _catch_user_errors(execute, show_in_panel=True)


def _catch_user_errors(execute: _Execute, *, show_in_panel: bool) -> _Execute:
    @functools.wraps(execute)
    def reporting(self: Any, context: bpy.types.Context) -> OperatorResult:
        try:
            return execute(self, context)
        except USER_ERRORS as error:
            if show_in_panel:
                session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    return cast("_Execute", reporting)


def poll_result(operator: type[bpy.types.Operator], condition: bool, reason: str) -> bool:
    """The result of a `poll`; the tooltip of the greyed-out button shows the reason."""
    if not condition:
        operator.poll_message_set(reason)
    return condition


def push_undo(message: str) -> None:
    """Push one undo step for what has just been done, also outside of an operator."""
    cut = message.encode()[:60].decode(errors="ignore")  # Blender stores 63 bytes
    bpy.ops.ed.undo_push(message=cut)


def finish_job(operator: bpy.types.Operator, job: Job) -> OperatorResult:
    """Let the timer finish a job; in background mode, where there is none, wait for it."""
    return wait_for_job(operator, job) if bpy.app.background else {"FINISHED"}


def wait_for_job(operator: bpy.types.Operator, job: Job) -> OperatorResult:
    """Wait until a job has ended and report its message; Ctrl-C stops the job."""
    try:
        session.queue.wait(job)
    except KeyboardInterrupt:
        session.queue.cancel(job)
    if job.state is JobState.DONE:
        operator.report({"INFO"}, job.message)
        return {"FINISHED"}
    if job.state is JobState.FAILED:
        return report_error(operator, job.message)
    operator.report({"WARNING"}, job.message)
    return {"CANCELLED"}
