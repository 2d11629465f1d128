"""Stopping what is being made."""

import bpy

from ...link import session
from ..common.errors import OperatorResult, poll_result


class ANYFRAME_OT_cancel(bpy.types.Operator):
    """Stop the motion that is being made and those that wait; nothing in the scene changes. A \
style that is learnt meanwhile goes on; if nothing else is being made that is stopped, and goes on \
when it is asked for with the same takes"""

    bl_idname = "anyframe.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Something is being made."""
        return poll_result(cls, session.queue.current is not None, "Nothing is being made.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Stop the jobs."""
        current = session.queue.current
        session.queue.cancel_all(include_preemptible=current is not None and current.is_preemptible)
        session.redraw()
        return {"FINISHED"}
