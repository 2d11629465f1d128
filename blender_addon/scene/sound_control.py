"""What a motion follows in place of labels: the sound of the scene, or numbers in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..backend.protocol.control_track import ControlTrack, is_audio_conditioned, read_control_track
from ..backend.protocol.limits import LIMITS, check_control_seconds
from ..backend.protocol.style_file import STYLE_FPS, StyleInfo
from ..link.errors import JobError
from ..operators.common.target import scene_fps
from ..rig.errors import RigError
from ..rig.read.sound import last_sound_frame, read_scene_sound

SOUND_SECONDS: dict[str, Any] = {
    "name": "Seconds",
    "description": "How long to follow the sound, from the current frame on; 0 until it ends",
    "default": 0.0,
    "soft_max": 60.0,
    "step": 50,
    "precision": 2,
}
"""What the operator asks and what the panel asks are the same property."""


def sound_duration(scene: bpy.types.Scene, start_frame: float, seconds: float) -> float:
    """How long a motion from a frame on is that follows the scene's sound, in whole rows of it;
    0 where nothing is heard any more."""
    if not seconds:
        end = last_sound_frame(scene, start_frame)
        seconds = 0.0 if end is None else (end - start_frame) / scene_fps(scene)
        seconds = min(seconds, LIMITS.timeline_seconds_max)
    return round(round(seconds * STYLE_FPS) / STYLE_FPS, 4)


def resolve_control_track(
    scene: bpy.types.Scene, facts: StyleInfo, style_name: str, control_file: str, seconds: float
) -> ControlTrack | None:
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
    if control_file:
        control = read_control_track(Path(bpy.path.abspath(control_file)))
        if control.values.shape[-1] != len(facts.labels):
            raise JobError(
                f"The control track of “{style_name}” must have {len(facts.labels)} columns (got "
                f"{control.values.shape[-1]}): give it numbers of the kind that it was learnt from."
            )
    elif not is_audio_conditioned(facts.labels):
        return None
    else:
        first = scene.frame_current + scene.frame_subframe
        length = sound_duration(scene, first, seconds)
        if not length:
            raise RigError(
                f"No sound plays from frame {first:.5g} on: add a sound strip in the Video "
                "Sequencer, or go to a frame before one."
            )
        check_control_seconds(length)
        control = read_scene_sound(scene, first, round(length * STYLE_FPS))
    check_control_seconds(control.values.shape[-2] / STYLE_FPS)
    return control
