"""Actions that go round: marked as cyclic, over the frames of their motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy


def is_whole_loop(info: Mapping[str, Any]) -> bool:
    """Whether a take of this info ends as it began: it loops, and all of it is shown."""
    seconds = info.get("seconds")
    whole = info.get("start", 0.0) == 0.0 and info.get("end", seconds) == seconds
    return bool(info.get("loop")) and whole


def set_cyclic(action: bpy.types.Action, cyclic: bool, first: float, last: float) -> None:
    """Say whether an action repeats: then its last frame is its first again, one round on."""
    if cyclic:
        action.use_frame_range = True
        action.frame_start, action.frame_end = first, last
    elif action.use_cyclic:  # a copy of one that did
        action.use_frame_range = False
    action.use_cyclic = cyclic
