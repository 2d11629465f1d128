"""Control tracks that replace labels: from the sound of the scene, or from a file."""

from pathlib import Path

import bpy

from ..backend.protocol.control_track import ControlTrack, is_audio_conditioned, read_control_track
from ..backend.protocol.limits import LIMITS, check_control_seconds
from ..backend.protocol.style_file import STYLE_FPS, StyleInfo
from ..link.errors import JobError
from ..rig.action.fcurves import scene_fps
from ..rig.errors import RigError
from ..rig.read.sound import last_sound_frame, read_scene_sound
from .target import scene_frame


def sound_duration(scene: bpy.types.Scene, seconds: float) -> float:
    """Length in seconds of a motion that follows the scene's sound from the current frame.

    Args:
        scene: The scene.
        seconds: Requested length; 0 for the whole rest of the sound.

    Returns:
        The length in whole rows of a control track; 0 if no sound plays.
    """
    if not seconds:
        start, end = scene_frame(scene), last_sound_frame(scene, scene_frame(scene))
        seconds = 0.0 if end is None else (end - start) / scene_fps(scene)
        seconds = min(seconds, LIMITS.timeline_seconds_max)
    return round(round(seconds * STYLE_FPS) / STYLE_FPS, 4)


def resolve_control_track(
    scene: bpy.types.Scene, style: StyleInfo, style_name: str, control_file: str, seconds: float
) -> ControlTrack | None:
    """The control track of a motion in a style, from the current frame; None if it uses labels.

    Args:
        scene: Scene of the motion.
        style: The style.
        style_name: Name of the style.
        control_file: File with a control track; "" for none.
        seconds: Length for which a sound is followed, see `sound_duration`.

    Raises:
        RigError, StyleError, LimitError: There is no such sound or file.
        JobError: The file has other columns than the style.
    """
    if control_file:
        control = read_control_track(Path(bpy.path.abspath(control_file)))
        if control.values.shape[-1] != len(style.labels):
            raise JobError(
                f"The control track of “{style_name}” must have {len(style.labels)} columns (got "
                f"{control.values.shape[-1]}): give it numbers of the kind that it was learnt from."
            )
    elif not is_audio_conditioned(style.labels):
        return None
    else:
        length = sound_duration(scene, seconds)
        if not length:
            raise RigError(
                f"No sound plays from frame {scene_frame(scene):.5g} on: add a sound strip in the "
                "Video Sequencer, or go to a frame before one."
            )
        check_control_seconds(length)
        control = read_scene_sound(scene, scene_frame(scene), round(length * STYLE_FPS))
    check_control_seconds(control.values.shape[-2] / STYLE_FPS)
    return control
