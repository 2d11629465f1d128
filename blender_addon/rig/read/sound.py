"""Sound of a scene's Video Sequencer as a control track."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...backend.protocol.audio_features import MelProsody, Sound, read_wav
from ...backend.protocol.control_track import ControlTrack
from ...backend.protocol.style_file import STYLE_FPS, StyleError
from ..action.fcurves import scene_fps
from ..errors import RigError

_FRAME_TOLERANCE = 1e-6
"""Scene frames. A sound that ends this close after a frame has ended."""


def read_scene_sound(scene: bpy.types.Scene, first_frame: float, row_count: int) -> ControlTrack:
    """Mix the unmuted sound strips and return their features (`MelProsody`).

    Args:
        first_frame: Scene frame of the first row.
        row_count: Number of rows, `STYLE_FPS` per second.

    Raises:
        RigError: There is no sound on these frames, or Blender cannot mix it.
    """
    fps = scene_fps(scene)
    last_frame = first_frame + (row_count - 1) / STYLE_FPS * fps
    ranges = _sound_strip_ranges(scene)
    if not any(start < last_frame and end > first_frame for start, end in ranges):
        raise RigError(
            f"No sound plays from frame {first_frame:.5g} to frame {last_frame:.5g}. Add a sound "
            "strip in the Video Sequencer, or unmute one."
        )
    # Frames of a scene are whole and start at 0; before that there is silence.
    start = max(int(np.floor(first_frame)), 0)
    sound = _mix_down(scene, start, max(int(np.ceil(last_frame)), start + 1))
    skipped = round((first_frame - start) / fps * sound.rate)
    count = int(np.ceil((row_count - 1) / STYLE_FPS * sound.rate)) + 1
    samples = np.pad(sound.samples, (max(-skipped, 0), count))[max(skipped, 0) :][:count]
    features = MelProsody()
    return ControlTrack(features.extract(Sound(samples, sound.rate))[:row_count], features.columns)


def last_sound_frame(scene: bpy.types.Scene, first_frame: float) -> float | None:
    """Return the frame at which the last sound after a frame ends; None if there is none."""
    ends = (end for _, end in _sound_strip_ranges(scene))
    return max((end for end in ends if end > first_frame + _FRAME_TOLERANCE), default=None)


def _sound_strip_ranges(scene: bpy.types.Scene) -> list[tuple[float, float]]:
    """Return first frame and end, exclusive, of each unmuted sound strip."""
    editor: Any = scene.sequence_editor
    if editor is None:
        return []
    # Sequences are called strips since 4.4.
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return [
        (float(strip.frame_final_start), float(strip.frame_final_end))
        for strip in strips
        if strip.type == "SOUND" and not strip.mute
    ]


def _mix_down(scene: bpy.types.Scene, first: int, last: int) -> Sound:
    if not bpy.app.build_options.audaspace:
        raise RigError(
            "This Blender was built without sound (Audaspace). Use one from blender.org, or choose "
            "a file with a control track."
        )
    with tempfile.TemporaryDirectory() as folder, _scene_range(scene, first, last):
        path = Path(folder, "mixdown.wav")
        try:
            with bpy.context.temp_override(scene=scene):
                bpy.ops.sound.mixdown(
                    filepath=str(path), container="WAV", codec="PCM", format="S16"
                )
        except RuntimeError as error:
            reason = str(error).strip().removeprefix("Error: ").rstrip(".")
            raise RigError(f"The scene's sound cannot be mixed ({reason}).") from error
        try:
            return read_wav(path)
        except StyleError as error:  # some builds report success though their FFmpeg failed
            raise RigError(
                "The scene's sound cannot be mixed (this Blender wrote no sound). Use one from "
                "blender.org."
            ) from error


@contextmanager
def _scene_range(scene: bpy.types.Scene, first: int, last: int) -> Iterator[None]:
    previous = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = first, last
        yield
    finally:
        scene.frame_start, scene.frame_end = previous
