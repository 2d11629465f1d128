"""Seeing a job through where no timer fires: in background mode."""

from __future__ import annotations

import bpy

from ...link import session
from ...link.http.jobs import Job, JobState
from .errors import OperatorResult, report_error


def wait_for_job(operator: bpy.types.Operator, job: Job) -> OperatorResult:
    """Wait until a job has ended, and report how; Ctrl-C stops it."""
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
