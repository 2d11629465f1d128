"""Control tracks that are not timelines: read from a file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ..kinematics.rotations import Array
from .errors import StyleError


def read_control(path: Path) -> Array:
    """The array `control` of an ``.npz``: (T, K) or (levels, T, K), 30 frames a second.

    Raises:
        StyleError: there is none.
    """
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
