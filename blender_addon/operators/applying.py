"""A take onto the armature it was meant for, as one undo step."""

from __future__ import annotations

from ..backend.kinematics.take import Take
from ..rig.apply import apply_take
from .reporting import push_undo
from .target import Target


def put_on(target: Target, take: Take, name: str) -> str:
    """Write the take's keys and push one undo step.

    Args:
        target: found again here, so this may be called long after it was made.
        name: of the new action and of the undo step: the prompt or the file's name.

    Returns:
        The sentence that says what was done.

    Raises:
        One of `reporting.USER_ERRORS`; nothing has been changed then.
    """
    armature, scene = target.find()
    applied = apply_take(armature, take, scene=scene, name=name, start_frame=target.start_frame)
    push_undo(f"Anyframe: {name}")
    done = f"“{name}” is on {armature.name}: {len(take)} frames at {take.fps:g} fps."
    return " ".join([done, *applied.notes])
