"""How an operator says that something cannot be done: one sentence, no traceback."""

from __future__ import annotations

from typing import Any

import bpy

from ...backend.kinematics.body.smpl_body import SmplBodyError
from ...backend.kinematics.body.take import TakeError
from ...backend.kinematics.mocap.bvh import BvhError
from ...backend.kinematics.rigs.bone_map import MappingError
from ...backend.protocol.atomic_write import WriteError
from ...backend.protocol.limits import LimitError
from ...backend.protocol.style_file import StyleError
from ...link.errors import JobError
from ...rig.errors import RigError

OperatorResult = set[Any]
"""What `execute` and `invoke` return: {"FINISHED"}, {"CANCELLED"}..."""
USER_ERRORS = (
    *(SmplBodyError, BvhError, JobError, LimitError, MappingError, RigError, StyleError, TakeError),
    WriteError,
)
"""The errors whose text is a sentence for the user; anything else is a fault of the program."""


def report_error(operator: bpy.types.Operator, error: Exception | str) -> OperatorResult:
    """Report the sentence and end the operator without an undo step."""
    operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


def poll_result(operator: type[bpy.types.Operator], condition: bool, reason: str) -> bool:
    """The answer of a `poll`, with the reason shown in the tooltip of the greyed-out button."""
    if not condition:
        operator.poll_message_set(reason)
    return condition


def push_undo(message: str) -> None:
    """Make one undo step of what has just been done, also outside of an operator."""
    cut = message.encode()[:60].decode(errors="ignore")  # Blender keeps 63 bytes
    bpy.ops.ed.undo_push(message=cut)
