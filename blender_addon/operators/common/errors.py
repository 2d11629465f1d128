"""Results of operators, errors as one sentence without a traceback, and waiting for a job."""

import functools
from collections.abc import Callable
from typing import Any

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
USER_ERRORS = (
    *(BvhError, JobError, LimitError, MappingError, RigError, SmplBodyError, StyleError, TakeError),
    WriteError,
)
"""Errors whose text is a sentence for the user; any other is a fault of the program."""


def report_error(operator: bpy.types.Operator, error: Exception | str) -> OperatorResult:
    """Report the sentence and end the operator without an undo step."""
    operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


def report_message(operator: bpy.types.Operator, message: str) -> OperatorResult:
    operator.report({"INFO"}, message)
    return {"FINISHED"}


def reports_errors(execute: Callable[..., Any], *, in_panel: bool = False) -> Any:
    """Decorate `execute`: an error of the user is reported instead of raised.

    `execute` returns a message to report, a result of its own, or None.
    """

    @functools.wraps(execute)
    def reporting(self: Any, context: bpy.types.Context) -> OperatorResult:
        try:
            result = execute(self, context)
        except USER_ERRORS as error:
            if in_panel:
                session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)
        return report_message(self, result) if isinstance(result, str) else result or {"FINISHED"}

    return reporting


reports_job_errors = functools.partial(reports_errors, in_panel=True)
"""Decorates `execute` of an operator that submits a job: the panel shows the error, too."""


def poll_result(operator: Any, condition: bool, reason: str) -> bool:
    """The result of a `poll`; the tooltip of the greyed-out button shows the reason."""
    if not condition:
        operator.poll_message_set(reason)
    return condition


def enabled_if(condition: Callable[[Any], object], reason: str) -> Any:
    """Make a `poll` from a condition on the context, see `poll_result`."""

    def poll(cls: Any, context: bpy.types.Context) -> bool:
        return poll_result(cls, bool(condition(context)), reason)

    return classmethod(poll)


def enabled_in_scene(condition: Callable[[Any], object], reason: str) -> Any:
    """The same from a condition on the scene; a script may give what the scene does not have."""
    return enabled_if(
        lambda context: context.scene and (bpy.app.background or condition(context.scene)), reason
    )


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
        return report_message(operator, job.message)
    if job.state is JobState.FAILED:
        return report_error(operator, job.message)
    operator.report({"WARNING"}, job.message)
    return {"CANCELLED"}
