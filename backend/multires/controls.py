"""Control tracks that are not timelines: numbers or a sound, read from a file."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..kinematics.rotations import Array
from .errors import StyleError
from .speech import Features, MelProsody, read_sound

ENDINGS = (".npz", ".wav")
"""Of files that hold a control track."""


@dataclass(frozen=True)
class Control:
    """A control track and what its columns are."""

    track: Array
    """(T, K), or (levels, T, K) for each level, `RATE` rows a second."""
    columns: tuple[str, ...]


def read_control(path: Path, features: Features | None = None) -> Control:
    """The control track of a file.

    Args:
        path: an ``.npz`` or a ``.wav``.
        features: what is made of a sound; log-mel bands and prosody if None.

    Raises:
        StyleError: it holds none.
    """
    if path.suffix.lower() == ".wav":
        features = features or MelProsody()
        return Control(features.track(read_sound(path)), features.columns)
    track = _numbers(path)
    return Control(track, tuple(f"column {n + 1}" for n in range(track.shape[-1])))


def _numbers(path: Path) -> Array:
    """The array `control` of an ``.npz``."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            control = archive["control"]
    except FileNotFoundError as error:
        raise StyleError(f"There is no file {path}.") from error
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StyleError(f'{path.name} holds no array called "control".') from error
    if control.dtype.kind not in "fiu" or control.ndim not in {2, 3} or not np.size(control):
        raise StyleError(
            f"The control track of {path.name} has the shape {control.shape}; it must be numbers, "
            "frames × labels or levels × frames × labels."
        )
    return control.astype(np.float64)
