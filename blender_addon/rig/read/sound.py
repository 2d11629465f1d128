"""What is heard in a scene: the sound of its sequencer as numbers, in step with its frames."""

from __future__ import annotations

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
from ..errors import RigError

_FRAME_TOLERANCE = 1e-6
"""Frames by which moments may be off."""


def read_scene_sound(scene: bpy.types.Scene, first_frame: float, row_count: int) -> ControlTrack:
    """The sound from a frame on, as `MelProsody` has it: every strip that is not muted, at its
    volume and speed.

    Args:
        scene: whose sequencer plays.
        first: frame of the first row.
        rows: how many, `RATE` a second.

    Raises:
        RigError: there is no sound, or this Blender cannot tell.
    """
    rate = scene.render.fps / scene.render.fps_base
    last = first_frame + (row_count - 1) / STYLE_FPS * rate
    if not any(begin < last and end > first_frame for begin, end in _sound_strip_ranges(scene)):
        raise RigError(
            f"No sound plays from frame {first_frame:.5g} to frame {last:.5g}. Add a sound strip "
            "in the Video Sequencer, or unmute one."
        )
    # A scene's frames are whole and begin at 0; before that nothing is heard.
    begin = max(int(np.floor(first_frame)), 0)
    sound = _mix_down(scene, begin, max(int(np.ceil(last)), begin + 1))
    ahead = round((first_frame - begin) / rate * sound.rate)
    wanted = int(np.ceil((row_count - 1) / STYLE_FPS * sound.rate)) + 1
    samples = np.pad(sound.samples, (max(-ahead, 0), wanted))[max(ahead, 0) :][:wanted]
    features = MelProsody()
    return ControlTrack(features.extract(Sound(samples, sound.rate))[:row_count], features.columns)


def last_sound_frame(scene: bpy.types.Scene, first_frame: float) -> float | None:
    """The frame at which the last sound after a frame has ended; None if there is none."""
    return max(
        (end for _, end in _sound_strip_ranges(scene) if end > first_frame + _FRAME_TOLERANCE),
        default=None,
    )


def _sound_strip_ranges(scene: bpy.types.Scene) -> list[tuple[float, float]]:
    """First frame of each sound strip that is heard, and the one past its last."""
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
    """What Blender plays from the beginning of a frame to the end of another."""
    if not bpy.app.build_options.audaspace:
        raise RigError(
            "This Blender was built without sound (Audaspace): use one from blender.org, or give "
            "the numbers in a file."
        )
    with tempfile.TemporaryDirectory() as folder, _scene_range(scene, first, last):
        path = Path(folder, "heard.wav")
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
                "The scene's sound cannot be mixed (this Blender wrote no sound): use one from "
                "blender.org."
            ) from error


@contextmanager
def _scene_range(scene: bpy.types.Scene, first: int, last: int) -> Iterator[None]:
    """Have a scene begin and end elsewhere."""
    before = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = first, last
        yield
    finally:
        scene.frame_start, scene.frame_end = before
