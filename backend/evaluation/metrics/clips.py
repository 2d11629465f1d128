"""Clips at one frame rate, cut from anywhere in motions of any rate: what clip-FID compares.

Frames between a motion's own are on a cubic through the four around them (Catmull-Rom). Straight
lines would smooth just what a comparison at a high rate is to show.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...data import features

_FRAME_TOLERANCE = 1e-3
"""Share of a frame by which times may differ and still be the same."""


def random_clips(
    rows: Sequence[Tensor],
    times: Sequence[Tensor],
    fps: float,
    frames: int,
    generator: np.random.Generator,
) -> tuple[list[Tensor], list[Tensor]]:
    """A clip of `frames` frames at `fps` from each motion, beginning at any of its own frames.

    Motions shorter than that, or of a lower rate than `fps`, give none. Where `fps` is a motion's
    own rate its frames are taken as they are.

    Args:
        rows: pose rows (T, 135) of each motion.
        times: (T,) evenly spaced seconds of its frames.
        fps: of the clips.
        frames: of each clip.
        generator: draws where clips begin.

    Returns:
        Pose rows (frames, 135), each clip's first at x = y = 0 and facing -Y, and their times
        (frames,) in seconds from 0.
    """
    cut, when = [], []
    for row, time in zip(rows, times, strict=True):
        if len(time) < 2:
            continue
        own = (len(time) - 1) / float(time[-1] - time[0])
        needed = (frames - 1) * own / fps
        last = int(np.floor(len(time) - 1 - needed + _FRAME_TOLERANCE))
        if own < fps * (1 - _FRAME_TOLERANCE) or last < 0:
            continue
        position = generator.integers(last + 1) + np.arange(frames) * own / fps
        clip = _interpolate_rows(row, torch.from_numpy(position))
        cut.append(
            features.align_heading(
                clip,
                features.heading(clip[0]),
                clip[0, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2],
            )
        )
        when.append(torch.arange(frames, dtype=torch.float32) / fps)
    return cut, when


def _interpolate_rows(rows: Tensor, position: Tensor) -> Tensor:
    """Rows (N, 135) at frame numbers (N,) that need not be whole."""
    last = len(rows) - 1
    whole = position.round()
    position = torch.where((position - whole).abs() < _FRAME_TOLERANCE, whole, position).clamp(
        0, last
    )
    low = position.floor().long().clamp(max=max(last - 1, 0))
    x = (position - low)[:, None].to(rows.dtype)
    a, b, c, d = (rows[(low + n).clamp(0, last)] for n in (-1, 0, 1, 2))
    slope_b, slope_c = (c - a) / 2, (d - b) / 2
    cubic = (2 * b - 2 * c + slope_b + slope_c) * x + (3 * c - 3 * b - 2 * slope_b - slope_c)
    return (cubic * x + slope_b) * x + b
