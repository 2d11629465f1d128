"""Where the strides of captures are, and sequences that begin with one.

Needs scipy, which only training has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from torch import Tensor

from ..data import features
from ..data.sequences import MAX_SECONDS, MIN_SECONDS, SequenceSet
from ..kinematics.body.skeleton import SMPL
from ..kinematics.math.rotations import Array

_DETECTION_FPS = 30.0
"""About the rate at which steps are looked for."""
_SMOOTHING_SECONDS = 0.06
"""Seconds (standard deviation) by which the way from foot to foot is smoothed."""
_MIN_STRIDE, _MAX_STRIDE = 0.4, 2.0
"""Seconds of a stride."""
_MIN_STEP_LENGTH = 0.12
"""Metres by which a foot passes the other at least."""
_MAX_STRIDE_STD = 0.2
"""Spread of log strides above which legs do not go in turn but as they like."""
_LEFT, _RIGHT = SMPL.index("left_ankle"), SMPL.index("right_ankle")


@dataclass(frozen=True)
class Gait:
    """The strides of one sequence."""

    start: float
    """Seconds at which the first begins: the left foot is farthest ahead, or up."""
    strides: Array
    """(S,) seconds that each lasts."""


def detect_gait(rows: Tensor, fps: float) -> Gait | None:
    """The strides of heading-aligned rows (T, 135); None of what does not stride throughout."""
    every = max(round(fps / _DETECTION_FPS), 1)
    rows, rate = rows[::every], fps / every
    joints = features.joint_positions(rows)
    facing = features.heading(rows)
    apart = joints[:, _LEFT] - joints[:, _RIGHT]
    ahead = apart[:, 0] * torch.sin(facing) - apart[:, 1] * torch.cos(facing)
    # On a ladder feet pass each other upwards.
    way = max(ahead.numpy(), apart[:, 2].numpy(), key=np.std)
    steps, _ = find_peaks(
        gaussian_filter1d(way, _SMOOTHING_SECONDS * rate),
        prominence=_MIN_STEP_LENGTH,
        distance=max(int(_MIN_STRIDE * rate), 1),
    )
    if len(steps) < 2:
        return None
    times = steps / rate
    strides = np.diff(times)
    before, after = times[0], (len(rows) - 1) / rate - times[-1]
    if max(strides.max(), before, after) > _MAX_STRIDE or np.log(strides).std() > _MAX_STRIDE_STD:
        return None
    return Gait(float(times[0]), strides)


def cut_at_strides(sequences: SequenceSet, index: Tensor, count: int) -> tuple[SequenceSet, Tensor]:
    """The sequences (N,) of a set, those that stride begun with a stride; and log strides (N, K).

    Strides that the capture does not show are as long as those that it does, on average. A sequence
    ends after `MAX_SECONDS` strides at the latest.
    """
    first, frames = sequences.first.clone(), sequences.frames.clone()
    strides = torch.zeros(len(index), count)
    for place, number in enumerate(index.tolist()):
        span, fps = int(sequences.frames[number]), float(sequences.fps[number])
        rows = sequences.batch_frames(torch.tensor([number]), torch.arange(span)[None]).rows[0]
        gait = detect_gait(rows, fps)
        if gait is None or not count:
            continue
        usual = float(np.log(gait.strides).mean())
        skipped = round(gait.start * fps)
        most = float(gait.strides[: int(MAX_SECONDS)].sum())
        most += (MAX_SECONDS - min(len(gait.strides), MAX_SECONDS)) * np.exp(usual)
        left = min(span - skipped, int(most * fps) + 1)
        if left - 1 < MIN_SECONDS * fps:
            continue
        strides[place] = usual
        known = torch.from_numpy(np.log(gait.strides[:count])).float()
        strides[place, : len(known)] = known
        first[number] += skipped
        frames[number] = left
    return sequences.with_ranges(first, frames), strides
