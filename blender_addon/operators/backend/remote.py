"""Trying out a backend on another machine, and freeing the memory of any."""

import bpy

from ...link import session
from ...link.errors import BackendError
from ...link.http.client import RELEASE
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.wait_for_job import wait_for_job


class ANYFRAME_OT_test_backend(bpy.types.Operator):
    """Ask the backend on the other machine for its version, its models and what they run on"""

    bl_idname = "anyframe.test_backend"
    bl_label = "Test Connection"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The backend is to be on another machine, and is not being asked."""
        if not session.is_remote():
            return poll_result(cls, False, "The backend is on this machine.")
        return poll_result(
            cls, not session.connection_test.status.busy, "The backend is being asked."
        )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Ask in a thread; without a window, wait for the answer."""
        try:
            session.connection_test.start(session.remote_backend())
        except BackendError as error:
            session.connection_test.show_error(session.remote_origin(), str(error))
            return report_error(self, error)
        if not bpy.app.background:
            session.start_timer()
            return {"FINISHED"}
        status = session.connection_test.wait()
        if status.is_error:
            return report_error(self, status.message)
        self.report({"INFO"}, status.message)
        return {"FINISHED"}


class ANYFRAME_OT_release_memory(bpy.types.Operator):
    """Free the memory that the model takes, on the graphics card too, once no motion is being \
made; the next motion loads it again"""

    bl_idname = "anyframe.release_memory"
    bl_label = "Release Memory"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a backend."""
        return poll_result(cls, session.is_set_up(), "The backend is not set up.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Ask the backend for it; without a window, wait until it has answered."""
        try:
            job = session.submit(
                {"kind": RELEASE}, title=self.bl_label, finish=lambda _job, said: said.decode()
            )
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)
        return wait_for_job(self, job) if bpy.app.background else {"FINISHED"}


class ANYFRAME_OT_forget_backend(bpy.types.Operator):
    """Forget the token of this address"""

    bl_idname = "anyframe.forget_backend"
    bl_label = "Forget"
    bl_options = {"INTERNAL"}

    origin: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove what is known of it."""
        session.remote_tokens().forget_origin(self.origin)
        return {"FINISHED"}
