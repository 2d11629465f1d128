"""Generated motions on Actions: the source of motions that are sampled from their latents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take, take_to_bytes
from ...link.errors import JobError
from ...rig.action.metadata import has_latent, read_metadata
from ...rig.action.nla import playing_strips
from ...scene.target import chosen_armature

START_FRAME_PROPERTY = "anyframe_start"
"""Property of an Action: the frame of its motion's start."""


def active_action(armature: bpy.types.Object | None) -> Any:
    """The Action that an armature plays itself; None if it plays none."""
    data = armature.animation_data if armature else None
    return data.action if data else None


@dataclass(frozen=True)
class PlayingAction:
    """An Action and the strip that plays it. Only valid until Blender's data may change."""

    action: Any
    """None if nothing plays."""
    strip: Any = None
    """The NLA strip that plays the Action; None if the armature itself does."""

    def start_frame(self, default: float) -> float:
        """The scene frame of the motion's start; the default if the Action does not have it."""
        start = self.action.get(START_FRAME_PROPERTY) if self.action is not None else None
        if start is None:
            return float(default)
        if self.strip is None:
            return float(start)
        offset = start - self.strip.action_frame_start
        return float(self.strip.frame_start + offset * self.strip.scale)


def find_playing_action(
    armature: bpy.types.Object | None, matches: Callable[[Any], bool] = has_latent
) -> PlayingAction:
    """The matching Action that an armature plays, else the one that it plays itself.

    It is the armature's own Action or that of an NLA strip: the topmost selected one, or else the
    topmost of all.
    """
    active = active_action(armature)
    if armature is None or matches(active):
        return PlayingAction(active)
    strips = [strip for strip in playing_strips(armature) if matches(strip.action)]
    if not strips:
        return PlayingAction(active)
    strip = ([strip for strip in strips if strip.select] or strips)[-1]
    return PlayingAction(strip.action, strip)


def has_generated_motion(context: bpy.types.Context) -> bool:
    """Return whether the chosen armature plays a generated motion; fast enough for polls."""
    return has_latent(find_playing_action(chosen_armature(context)).action)


def generated_metadata(action: Any, subject: str) -> dict[str, Any]:
    """The metadata of the generated motion on an Action; JobError if it has none.

    `subject` begins the error sentence, such as “Armature” plays.
    """
    metadata = read_metadata(action) if action is not None else {}
    if "latent" not in metadata and "blocks" not in metadata:
        raise JobError(
            f"{subject} no motion that Anyframe generated, so there is no latent to sample from. "
            "Generate one first."
        )
    return metadata


def motion_title(metadata: dict[str, Any]) -> str:
    """Title of a motion from its prompt, its label or its blocks; "" if it has none."""
    blocks = metadata.get("blocks")
    if isinstance(blocks, list):
        return " → ".join(motion_title(block) for block in blocks)
    between = metadata.get("between")
    if isinstance(between, list):
        return " / ".join(map(str, between))
    return str(metadata.get("prompt") or metadata.get("action") or "")


def latent_take_bytes(metadata: dict[str, Any]) -> bytes:
    """The smallest take with this metadata: the service reads only the latent from it."""
    return take_to_bytes(Take(np.zeros((1, 72)), np.zeros((1, 3)), fps=1.0, metadata=metadata))
