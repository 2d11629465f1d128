"""Control tracks that are not timelines: numbers or a sound, read from a file or sent along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .audio_features import Array, AudioFeatures, MelProsody, read_wav
from .style_file import STYLE_FPS, StyleError

CONTROL_FILE_SUFFIXES = (".npz", ".wav")
"""Of files that hold a control track."""

_FARTHEST = 0.1
"""Seconds by which a take and its control track may differ."""
_ARRAY = "control"
"""Its name in an ``.npz``."""
_MOST_BYTES = 2**28
"""That a track may take up."""


@dataclass(frozen=True)
class ControlTrack:
    """A control track and what its columns are."""

    values: Array
    """(T, K), or (levels, T, K) for each level, `RATE` rows a second."""
    columns: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """The track as the content of an ``.npz``, in single precision."""
        file = io.BytesIO()
        np.savez_compressed(file, **{_ARRAY: self.values.astype(np.float32)})
        return file.getvalue()


def read_control_track(path: Path, features: AudioFeatures | None = None) -> ControlTrack:
    """The control track of a file.

    Args:
        path: an ``.npz`` or a ``.wav``.
        features: what is made of a sound; log-mel bands and prosody if None.

    Raises:
        StyleError: it holds none.
    """
    if path.suffix.lower() == ".wav":
        features = features or MelProsody()
        return ControlTrack(features.extract(read_wav(path)), features.columns)
    try:
        track = parse_control_values(path.read_bytes(), path.name)
    except FileNotFoundError as error:
        raise StyleError(f"There is no file {path}.") from error
    except OSError as error:
        raise StyleError(f"{path} cannot be read: {error.strerror or error}.") from error
    return ControlTrack(track, tuple(f"column {n + 1}" for n in range(track.shape[-1])))


def parse_control_values(data: bytes, name: str) -> Array:
    """The array `control` of an ``.npz``.

    Args:
        data: the file's content.
        name: what sentences begin with.

    Raises:
        StyleError: there is none, or it is no track.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise StyleError(f"{name} unpacks to more than {_MOST_BYTES // 2**20} MB.")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            control = archive[_ARRAY]
    except StyleError:
        raise
    except Exception as error:
        # A damaged archive fails in a dozen ways (zlib, struct, a header that claims too much).
        raise StyleError(f'{name} holds no array called "{_ARRAY}".') from error
    if control.dtype.kind not in "fiu" or control.ndim not in {2, 3} or not np.size(control):
        raise StyleError(
            f"{name}: the control track has the shape {control.shape}; it must be numbers, "
            "frames × labels or levels × frames × labels."
        )
    if not np.isfinite(control).all():
        raise StyleError(f"{name}: the control track has values that are not finite (NaN).")
    return control.astype(np.float64)


def check_control_values(values: Array, column_count: int) -> None:
    """Raise StyleError unless numbers (T, K) or (levels, T, K) are for so many columns."""
    if values.ndim not in {2, 3} or values.shape[-1] != column_count:
        raise StyleError(
            f"The control track must have a column for each of the style's {column_count} labels "
            f"(got the shape {values.shape})."
        )
    if not np.isfinite(values).all():
        raise StyleError("The control track has values that are not finite numbers (NaN).")


def check_training_control(values: Array, seconds: float, name: str) -> None:
    """Raise StyleError unless a take can be learnt by numbers (T, K).

    Args:
        track: the numbers.
        seconds: from the take's first frame to its last.
        name: of the take.
    """
    if values.ndim != 2:
        raise StyleError(f"The control track of {name} is for levels; to learn it must have none.")
    lasts = (len(values) - 1) / STYLE_FPS
    if abs(lasts - seconds) > _FARTHEST:
        raise StyleError(
            f"The control track of {name} lasts {lasts:.2f} s and the take {seconds:.2f} s: both "
            "must be as long."
        )


def is_audio_conditioned(columns: Sequence[str]) -> bool:
    """Whether a style of these labels was learnt from sound as `MelProsody` has it."""
    return tuple(columns) == MelProsody().columns
