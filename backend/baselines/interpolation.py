"""Upsampling of frames at 20 fps to any frame rate, as in animation software."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.features import ROTATION_CHANNELS
from ..kinematics.math.rotations import Array, continuous_quaternions
from .frames import interpolate_rows, row_quaternions, rows_from_quaternions

Interpolation = Literal["linear", "cubic"]


def upsample_rows(rows: Tensor, fps: float, times: Array, method: Interpolation) -> Tensor:
    """Interpolate pose rows (T, 135) at `fps` to pose rows (N, 135) at `times` (N,) in seconds.

    Args:
        rows: At least two frames, the first at t = 0.
        fps: Frame rate of `rows`.
        times: Seconds; outside of the rows the ends are repeated.
        method: "linear" is slerp for rotations and linear for the root; "cubic" is Catmull-Rom for
            both, over quaternions kept in one hemisphere. Both give the rows themselves at their
            own times.
    """
    position = np.clip(np.asarray(times, dtype=float) * fps, 0, len(rows) - 1)
    low = np.minimum(np.floor(position).astype(np.int64), max(len(rows) - 2, 0))
    alpha = position - low
    if method == "linear":
        return interpolate_rows(rows[torch.from_numpy(low)], rows[torch.from_numpy(low + 1)], alpha)
    quaternions = continuous_quaternions(row_quaternions(rows))
    root = rows[:, ROTATION_CHANNELS:].double().numpy()
    return rows_from_quaternions(
        _catmull_rom(quaternions, low, alpha[:, None, None]),
        _catmull_rom(root, low, alpha[:, None]),
    )


def _catmull_rom(values: Array, low: NDArray[np.integer], fraction: Array) -> Array:
    """Interpolate from `values[low]` to the next by Catmull-Rom, with linear extrapolation."""
    padded = np.concatenate([2 * values[:1] - values[1:2], values, 2 * values[-1:] - values[-2:-1]])
    p0, p1, p2, p3 = (padded[low + n] for n in range(4))
    slope0, slope1 = (p2 - p0) / 2, (p3 - p1) / 2
    return (
        (2 * fraction**3 - 3 * fraction**2 + 1) * p1
        + (fraction**3 - 2 * fraction**2 + fraction) * slope0
        + (3 * fraction**2 - 2 * fraction**3) * p2
        + (fraction**3 - fraction**2) * slope1
    )
