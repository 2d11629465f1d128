"""Control tracks: numbers per frame, from a file or a sound, in place of a label timeline."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .audio_features import Array, AudioFeatures, MelProsody, read_wav
from .style_file import STYLE_FPS, StyleError

CONTROL_FILE_SUFFIXES = (".npz", ".wav")
"""Suffixes of files that contain a control track."""

_MAX_LENGTH_DIFFERENCE = 0.1
"""Seconds by which the lengths of a take and its control track may differ."""
_ARRAY_NAME = "control"
"""Name of the array in an ``.npz``."""
_MAX_BYTES = 2**28
"""Largest size of an unpacked control track."""


@dataclass(frozen=True)
class ControlTrack:
    """A control track and the names of its columns."""

    values: Array
    """(T, K), or (levels, T, K) for each level, with `STYLE_FPS` rows per second."""
    columns: tuple[str, ...]

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez_compressed(file, **{_ARRAY_NAME: self.values.astype(np.float32)})
        return file.getvalue()


def read_control_track(path: Path, features: AudioFeatures | None = None) -> ControlTrack:
    """Read the control track of a file; StyleError if it contains none.

    The track of a sound is computed by `features`: log-mel bands and prosody by default.
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
    """Read the array `control` of an ``.npz``; StyleError, about `name`, if it is invalid."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
                raise StyleError(f"{name} must unpack to at most {_MAX_BYTES // 2**20} MB.")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            control = archive[_ARRAY_NAME]
    except StyleError:
        raise
    except Exception as error:
        # numpy and zipfile raise many kinds for damaged archives.
        raise StyleError(f'{name} holds no array called "{_ARRAY_NAME}".') from error
    if control.dtype.kind not in "fiu" or control.ndim not in {2, 3} or not np.size(control):
        raise StyleError(
            f"{name}: the control track must be numbers, frames × labels or levels × frames × "
            f"labels (got the shape {control.shape})."
        )
    if not np.isfinite(control).all():
        raise StyleError(f"{name}: the control track has values that are not finite (NaN).")
    return control.astype(np.float64)


def check_control_values(values: Array, column_count: int) -> None:
    """Raise StyleError unless values (T, K) or (levels, T, K) have this many columns."""
    if values.ndim not in {2, 3} or values.shape[-1] != column_count:
        raise StyleError(
            f"The control track must have a column for each of the style's {column_count} labels "
            f"(got the shape {values.shape})."
        )
    if not np.isfinite(values).all():
        raise StyleError("The control track has values that are not finite numbers (NaN).")


def check_training_control(values: Array, seconds: float, name: str) -> None:
    """Raise StyleError unless a take of this length can be learnt with control values (T, K)."""
    if values.ndim != 2:
        raise StyleError(f"The control track of {name} is for levels; training needs one without.")
    length = (len(values) - 1) / STYLE_FPS
    if abs(length - seconds) > _MAX_LENGTH_DIFFERENCE:
        raise StyleError(
            f"The control track of {name} must be as long as the take, {seconds:.2f} s "
            f"(got {length:.2f} s)."
        )


def is_audio_conditioned(columns: Sequence[str]) -> bool:
    """Check whether a style with these labels was learnt from the features of `MelProsody`."""
    return tuple(columns) == MelProsody().columns
