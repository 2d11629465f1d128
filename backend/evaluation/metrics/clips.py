"""Clips at one frame rate, cut from random places of motions of any rate, for clip-FID.

Frames between a motion's own lie on a cubic through the four around them (Catmull-Rom). Linear
interpolation would remove exactly the detail that a comparison at a high rate is to show.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...data import features
from ...embedding.embedder import Embedder
from ...kinematics.math.rotations import Array
from ..generators import EvaluatedMotion

CLIP_FID_RATES = (20.0, 40.0, 60.0, 100.0, 120.0)
"""Frame rates of clip-FID, as in NeRM (Wei et al., 2024)."""
CLIP_FRAMES = 60
NATIVE_FPS = 120.0
SHORTEST_SECONDS = (CLIP_FRAMES + 1) / min(CLIP_FID_RATES)
"""Length of the shortest motion that holds a clip at every rate."""

_FRAME_TOLERANCE = 1e-3
"""Fraction of a frame within which times are equal."""


def embed_clips(
    embedder: Embedder,
    motions: Sequence[EvaluatedMotion],
    fps: float,
    repeats: int,
    seed: int,
) -> list[Array]:
    """Embed a random clip of each motion as (clips, D), `repeats` times."""
    rows, times = [m.rows for m in motions], [m.times for m in motions]
    generator = np.random.default_rng(seed)
    return [
        embedder.embed_motions(*random_clips(rows, times, fps, CLIP_FRAMES, generator))
        for _ in range(repeats)
    ]


def random_clips(
    rows: Sequence[Tensor],
    times: Sequence[Tensor],
    fps: float,
    frames: int,
    generator: np.random.Generator,
) -> tuple[list[Tensor], list[Tensor]]:
    """Cut a clip of `frames` frames at `fps` from each motion, from a random frame on.

    Motions that are too short, or of a lower rate than `fps`, give none. Where `fps` is a motion's
    native rate its frames are taken as they are.

    Args:
        rows: Pose rows (T, 135) of each motion.
        times: Evenly spaced seconds (T,) of its frames.

    Returns:
        Pose rows (frames, 135), each clip's first at x = y = 0 and facing -Y, and their times
        (frames,) in seconds from 0.
    """
    clips, clip_times = [], []
    for row, time in zip(rows, times, strict=True):
        if len(time) < 2:
            continue
        native = (len(time) - 1) / float(time[-1] - time[0])
        needed = (frames - 1) * native / fps
        last = int(np.floor(len(time) - 1 - needed + _FRAME_TOLERANCE))
        if native < fps * (1 - _FRAME_TOLERANCE) or last < 0:
            continue
        position = generator.integers(last + 1) + np.arange(frames) * native / fps
        clip = _interpolate_rows(row, torch.from_numpy(position))
        clips.append(
            features.align_heading(
                clip,
                features.heading(clip[0]),
                clip[0, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2],
            )
        )
        clip_times.append(torch.arange(frames, dtype=torch.float32) / fps)
    return clips, clip_times


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
