"""Generated motions as actions carry them: what *Sample Again* and *Blend Two Takes* start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take, take_to_bytes
from ...link.errors import JobError
from ...rig.action.metadata import has_latent, read_metadata
from ...rig.action.nla import playing_strips
from .target import chosen_armature

START_FRAME_PROPERTY = "anyframe_start"
"""The property of an action that says on which frame its motion was put."""

FOOT_LOCK_ITEMS = (
    ("AS_MADE", "As Made", "Hold them if they were held before"),
    ("HOLD", "Hold", "Planted feet stay where they stand"),
    ("FREE", "Free", "Feet go as the model has them"),
)
"""The items of an EnumProperty for planted feet."""
NO_GENERATED_MOTION = "The armature plays no motion that Anyframe generated."


def foot_lock_field(feet: str) -> dict[str, bool]:
    """What of `FEET` was chosen, as a part of a request."""
    return {} if feet == "AS_MADE" else {"lock_feet": feet == "HOLD"}


def active_action(armature: bpy.types.Object | None) -> Any:
    """The action that an armature plays; None if none."""
    data = armature.animation_data if armature else None
    return data.action if data else None


@dataclass(frozen=True)
class PlayingAction:
    """An action where an armature plays it. Only valid until Blender's data may change."""

    action: Any
    """None if it plays none."""
    strip: Any = None
    """The NLA strip that plays it; None if the armature itself does."""

    def start_frame(self, default: float) -> float:
        """The scene's frame on which the motion begins; the default if the action does not say."""
        start = self.action.get(START_FRAME_PROPERTY) if self.action is not None else None
        if start is None:
            return float(default)
        if self.strip is None:
            return float(start)
        ahead = start - self.strip.action_frame_start
        return float(self.strip.frame_start + ahead * self.strip.scale)


def find_playing_action(
    armature: bpy.types.Object | None, matches: Callable[[Any], bool] = has_latent
) -> PlayingAction:
    """The action with a generated motion that an armature plays, or else what it plays.

    It is the armature's own action or that of an NLA strip: of the selected ones the topmost, or
    else the topmost of all.

    Args:
        fits: says of an action whether it is meant.
    """
    own = active_action(armature)
    if armature is None or matches(own):
        return PlayingAction(own)
    strips = [strip for strip in playing_strips(armature) if matches(strip.action)]
    if not strips:
        return PlayingAction(own)
    strip = ([strip for strip in strips if strip.select] or strips)[-1]
    return PlayingAction(strip.action, strip)


def has_generated_motion(context: bpy.types.Context) -> bool:
    """Whether the chosen armature plays a generated motion; quick enough for a poll."""
    return has_latent(find_playing_action(chosen_armature(context)).action)


def search_generated_actions(_owner: Any, _context: bpy.types.Context, text: str) -> list[str]:
    """Names of actions with a generated motion, for the `search` of a property."""
    found = (action.name for action in bpy.data.actions if has_latent(action))
    return sorted(name for name in found if text.lower() in name.lower())


def generated_metadata(action: Any, subject: str) -> dict[str, Any]:
    """The info of the motion in an action.

    Args:
        action: may be None.
        whose: begins the sentence, such as “Armature” in quotes.

    Raises:
        JobError: it holds no generated motion.
    """
    info = read_metadata(action) if action is not None else {}
    if "latent" not in info and "blocks" not in info:
        raise JobError(
            f"{subject} no motion that Anyframe generated, so there is none to sample again. "
            "Generate one first."
        )
    return info


def motion_title(info: dict[str, Any]) -> str:
    """What a motion was generated from: names the action that comes of it; "" if nothing is said"""
    blocks = info.get("blocks")
    if isinstance(blocks, list):
        return " → ".join(motion_title(block) for block in blocks)
    between = info.get("between")
    if isinstance(between, list):
        return " / ".join(map(str, between))
    return str(info.get("prompt") or info.get("action") or "")


def latent_take_bytes(info: dict[str, Any]) -> bytes:
    """The least take that holds the latent: the service reads nothing else of it."""
    return take_to_bytes(Take(np.zeros((1, 72)), np.zeros((1, 3)), fps=1.0, metadata=info))
