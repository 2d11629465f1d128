"""The temporal resolutions of a motion, from coarse to fine, and the way between them.

Level k of L has its frames `factor`^(L-1-k) times as far apart as the finest. First and last frames
of all levels are at the same moments; of a motion that goes round, its first frames are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .skeleton_graph import STYLE_FPS


@dataclass(frozen=True)
class Pyramid:
    """Resolutions."""

    levels: int = 7
    factor: float = 4 / 3

    @property
    def rates(self) -> tuple[float, ...]:
        """Frames per second of each level."""
        return tuple(STYLE_FPS / self.factor ** (self.levels - 1 - n) for n in range(self.levels))

    def lengths(self, frames: int, loop: bool = False) -> tuple[int, ...]:
        """Frames of each level, of a motion with so many at the finest."""
        gaps = frames if loop else frames - 1
        return tuple(max(round(gaps * rate / STYLE_FPS), 1) + (not loop) for rate in self.rates)


def resize_frames(tracks: Tensor, frames: int, loop: bool = False) -> Tensor:
    """Tracks (B, T, C) at `frames` moments (B, frames, C), straight between their own.

    Args:
        tracks: at evenly spread moments.
        frames: how many moments of the same stretch of time.
        loop: whether the last frame is followed by the first; otherwise ends stay ends.
    """
    count = tracks.shape[1]
    if count == frames:
        return tracks
    where = torch.arange(frames, dtype=torch.float64)
    where = where * (count / frames) if loop else where * ((count - 1) / max(frames - 1, 1))
    return interpolate_frames(tracks, where, loop)


def interpolate_frames(tracks: Tensor, positions: Tensor, loop: bool = False) -> Tensor:
    """Tracks (B, T, C) at places (N,) counted in their frames, straight between them.

    Places are doubles on the CPU: Apple's graphics cards have none.
    """
    count = tracks.shape[1]
    before = positions.floor()
    share = (positions - before).to(tracks.dtype)[:, None].to(tracks.device)
    first = before.long()
    second = first + 1
    if loop:
        first, second = first % count, second % count
    else:
        first, second = first.clamp(0, count - 1), second.clamp(0, count - 1)
    first, second = first.to(tracks.device), second.to(tracks.device)
    return tracks[:, first] * (1 - share) + tracks[:, second] * share
