"""The temporal resolutions of a motion, from coarse to fine, and resampling between them.

Of L levels, the frames of level k are `factor`^(L-1-k) times as far apart as those of the finest.
The first and last frames of all levels coincide; in a loop, only the first ones do.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from ..protocol.style_file import STYLE_FPS


@dataclass(frozen=True)
class Pyramid:
    """The resolutions of a style."""

    levels: int = 7
    factor: float = 4 / 3

    @property
    def rates(self) -> tuple[float, ...]:
        """Frames per second of each level."""
        return tuple(STYLE_FPS / self.factor ** (self.levels - 1 - n) for n in range(self.levels))

    def lengths(self, frames: int, loop: bool = False) -> tuple[int, ...]:
        """Return the number of frames at each level, given that at the finest."""
        gaps = frames if loop else frames - 1
        return tuple(max(round(gaps * rate / STYLE_FPS), 1) + (not loop) for rate in self.rates)


def resize_frames(tracks: Tensor, frames: int, loop: bool = False) -> Tensor:
    """Interpolate tracks (B, T, C) linearly at `frames` evenly spaced times (B, frames, C).

    Both cover the same stretch of time. In a loop the last frame is followed by the first.
    """
    count = tracks.shape[1]
    if count == frames:
        return tracks
    positions = torch.arange(frames, dtype=torch.float64)
    scale = count / frames if loop else (count - 1) / max(frames - 1, 1)
    return interpolate_frames(tracks, positions * scale, loop)


def interpolate_frames(tracks: Tensor, positions: Tensor, loop: bool = False) -> Tensor:
    """Interpolate tracks (B, T, C) linearly at positions (N,), counted in their frames.

    Positions are float64 on the CPU, because Apple's GPUs have no float64.
    """
    count = tracks.shape[1]
    before = positions.floor()
    alpha = (positions - before).to(tracks.dtype)[:, None].to(tracks.device)
    frames = torch.stack([before, before + 1]).long()
    first, second = (frames % count if loop else frames.clamp(0, count - 1)).to(tracks.device)
    return tracks[:, first] * (1 - alpha) + tracks[:, second] * alpha


def resize_track(track: Array, frames: int, loop: bool = False) -> Array:
    """Interpolate a NumPy track (T, C) as `resize_frames` does, in float64."""
    count = len(track)
    scale = count / frames if loop else (count - 1) / max(frames - 1, 1)
    source = np.concatenate([track, track[:1]]) if loop else track
    return interpolate_columns(np.arange(frames) * scale, np.arange(len(source)), source)


def interpolate_columns(positions: np.ndarray, known: np.ndarray, values: Array) -> Array:
    """Interpolate columns (T, C), known at increasing positions (T,), linearly (N, C)."""
    return np.stack([np.interp(positions, known, column) for column in values.T], axis=1)
