"""``control``: the control track of a sound as a file, and what hears sounds for all commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..console import out, report_errors
from ..protocol.atomic_write import write_atomically
from ..protocol.limits import LimitError

if TYPE_CHECKING:
    from ..protocol.audio_features import AudioFeatures

_SOUND, _TRACK = ".wav", ".npz"


def write_control_track(source: Path, output: Path, wavlm: Path | None) -> None:
    """Write what a style hears of a sound, 30 rows a second.

    Args:
        source: a ``.wav``.
        output: an ``.npz``, which gets the array `control`.
        wavlm: folder of a WavLM model; None for log-mel bands and prosody.
    """
    from ..protocol.control_track import read_control_track
    from ..protocol.style_file import StyleError

    with report_errors(StyleError):
        if source.suffix.lower() != _SOUND:
            raise LimitError(f"The sound {source.name} must be an uncompressed .wav file.")
        if output.suffix.lower() != _TRACK:
            raise LimitError(f"The control track {output.name} must end in .npz.")
        made = read_control_track(source, open_audio_features(wavlm, [source.name]))
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, lambda part: part.write_bytes(made.to_bytes()))
        frames, columns = made.values.shape
        out.print(f"{output}: {frames} frames of {columns} columns", highlight=False)


def open_audio_features(wavlm: Path | None, names: Sequence[str]) -> AudioFeatures | None:
    """What makes control tracks of sounds; None for log-mel bands and prosody.

    Args:
        wavlm: folder of a WavLM model.
        names: what may be a file with a sound.

    Raises:
        LimitError: there is a model and no sound for it.
        StyleError: the folder holds no model that can be read.
    """
    if wavlm is None:
        return None
    if not any(name.lower().endswith(_SOUND) for name in names):
        raise LimitError("--wavlm hears .wav files, and none is named: leave it out, or name one.")
    # torch takes a second to import.
    from ..styles.wavlm import WavLm

    return WavLm(wavlm)
