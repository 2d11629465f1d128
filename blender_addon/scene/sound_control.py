"""What a motion follows in place of labels: the sound of the scene, or numbers in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..backend.protocol.control_track import Control, follows_sound, read_control
from ..backend.protocol.limits import LIMITS, check_control_seconds
from ..backend.protocol.style_file import RATE, StyleFacts
from ..link.errors import JobError
from ..operators.common.target import scene_rate
from ..rig.errors import RigError
from ..rig.read.sound import sound_ends, sound_heard

SOUND_SECONDS: dict[str, Any] = {
    "name": "Seconds",
    "description": "How long to follow the sound, from the current frame on; 0 until it ends",
    "default": 0.0,
    "soft_max": 60.0,
    "step": 50,
    "precision": 2,
}
"""What the operator asks and what the panel asks are the same property."""


def seconds_to_follow(scene: bpy.types.Scene, first: float, seconds: float) -> float:
    """How long a motion from a frame on is that follows the scene's sound, in whole rows of it;
    0 where nothing is heard any more."""
    if not seconds:
        end = sound_ends(scene, first)
        seconds = 0.0 if end is None else (end - first) / scene_rate(scene)
        seconds = min(seconds, LIMITS.timeline_seconds_max)
    return round(round(seconds * RATE) / RATE, 4)


def followed(
    scene: bpy.types.Scene, facts: StyleFacts, name: str, file: str, seconds: float
) -> Control | None:
    """What a motion in a style is to follow, from the scene's frame on; None if that is labels.

    Args:
        scene: that it is for.
        facts: of the style,
        name: and what it is called.
        file: with a control track; "" for none.
        seconds: see `SOUND_SECONDS`.

    Raises:
        RigError, StyleError, LimitError: there is no such sound or file.
        JobError: the style goes by other numbers.
    """
    if file:
        control = read_control(Path(bpy.path.abspath(file)))
        if control.track.shape[-1] != len(facts.labels):
            raise JobError(
                f"The control track has {control.track.shape[-1]} columns and “{name}” goes by "
                f"{len(facts.labels)}: give it numbers of the kind that it was learnt from."
            )
    elif not follows_sound(facts.labels):
        return None
    else:
        first = scene.frame_current + scene.frame_subframe
        length = seconds_to_follow(scene, first, seconds)
        if not length:
            raise RigError(
                f"No sound plays from frame {first:.5g} on: add a sound strip in the Video "
                "Sequencer, or go to a frame before one."
            )
        check_control_seconds(length)
        control = sound_heard(scene, first, round(length * RATE))
    check_control_seconds(control.track.shape[-2] / RATE)
    return control
