"""Operators on the connection: cancel jobs, test a remote backend, release memory."""

import bpy

from ...link import session
from ...link.errors import BackendError
from ...link.http.client import RELEASE
from ..common.errors import (
    OperatorResult,
    enabled_if,
    finish_job,
    poll_result,
    report_error,
    report_message,
    reports_job_errors,
)


class ANYFRAME_OT_cancel(bpy.types.Operator):
    """Cancel the current motion and those in the queue; nothing in the scene changes. Learning a \
style goes on, unless it is the only job; learning again from the same takes resumes it"""

    bl_idname = "anyframe.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: session.queue.current, "No job is running.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        current = session.queue.current
        session.queue.cancel_all(include_preemptible=current is not None and current.is_preemptible)
        session.redraw()
        return {"FINISHED"}


class ANYFRAME_OT_test_backend(bpy.types.Operator):
    """Ask the remote backend for its version, its models and their devices"""

    bl_idname = "anyframe.test_backend"
    bl_label = "Test Connection"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session.is_remote():
            return poll_result(cls, False, "The backend is on this machine.")
        return poll_result(
            cls, not session.connection_test.status.busy, "The connection is being tested."
        )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Test in a thread; without a window, wait for the result."""
        try:
            session.connection_test.start(session.remote_backend())
        except BackendError as error:
            session.connection_test.show_error(session.remote_origin(), str(error))
            return report_error(self, error)
        if not bpy.app.background:
            session.start_timer()
            return {"FINISHED"}
        status = session.connection_test.wait()
        return (report_error if status.is_error else report_message)(self, status.message)


class ANYFRAME_OT_release_memory(bpy.types.Operator):
    """Free the memory of the model, also on the graphics card, once no motion is being generated. \
The next motion loads the model again"""

    bl_idname = "anyframe.release_memory"
    bl_label = "Release Memory"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: session.is_set_up(), "The backend is not set up.")

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        job = session.submit(
            {"kind": RELEASE}, title=self.bl_label, finish=lambda _job, reply: reply.decode()
        )
        return finish_job(self, job)


class ANYFRAME_OT_forget_backend(bpy.types.Operator):
    """Delete the stored token of this address"""

    bl_idname = "anyframe.forget_backend"
    bl_label = "Forget"
    bl_options = {"INTERNAL"}

    origin: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.remote_tokens().forget_origin(self.origin)
        return {"FINISHED"}
