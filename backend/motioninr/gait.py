"""Detect strides in captures, and cut sequences so that they start with one.

Needs SciPy, which only training installs.
"""

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
"""Approximate frame rate of the detection."""
_SMOOTHING_SECONDS = 0.06
"""Standard deviation in seconds of the smoothing of the distance between the feet."""
_MIN_STRIDE, _MAX_STRIDE = 0.4, 2.0
"""Seconds that a stride may last."""
_MIN_STEP_LENGTH = 0.12
"""Metres by which a foot has to pass the other."""
_MAX_STRIDE_STD = 0.2
"""Standard deviation of log strides above which a motion has no regular gait."""
_LEFT, _RIGHT = SMPL.index("left_ankle"), SMPL.index("right_ankle")


@dataclass(frozen=True)
class Gait:
    """The strides of one sequence."""

    start: float
    """Seconds at which the first stride starts: the left foot is farthest ahead, or up."""
    strides: Array
    """(S,) seconds of each stride."""


def detect_gait(rows: Tensor, fps: float) -> Gait | None:
    """Return the strides of heading-aligned rows (T, 135); None if they do not last throughout."""
    every = max(round(fps / _DETECTION_FPS), 1)
    rows, rate = rows[::every], fps / every
    joints = features.joint_positions(rows)
    facing = features.heading(rows)
    offset = joints[:, _LEFT] - joints[:, _RIGHT]
    ahead = offset[:, 0] * torch.sin(facing) - offset[:, 1] * torch.cos(facing)
    # On a ladder, feet pass each other upwards.
    distance = max(ahead.numpy(), offset[:, 2].numpy(), key=np.std)
    steps, _ = find_peaks(
        gaussian_filter1d(distance, _SMOOTHING_SECONDS * rate),
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
    """Cut sequences (N,) of a set so that walks and runs start with a stride.

    Returns:
        The set, and the log seconds (N, K) of the first strides of each sequence; 0 without gait.
        Strides beyond the capture have its mean length. No sequence has more than `MAX_SECONDS`
        strides.
    """
    first, frames = sequences.first.clone(), sequences.frames.clone()
    strides = torch.zeros(len(index), count)
    for row, number in enumerate(index.tolist()):
        length, fps = int(sequences.frames[number]), float(sequences.fps[number])
        rows = sequences.batch_frames(torch.tensor([number]), torch.arange(length)[None]).rows[0]
        gait = detect_gait(rows, fps)
        if gait is None or not count:
            continue
        mean_log = float(np.log(gait.strides).mean())
        skipped = round(gait.start * fps)
        max_seconds = float(gait.strides[: int(MAX_SECONDS)].sum())
        max_seconds += (MAX_SECONDS - min(len(gait.strides), MAX_SECONDS)) * np.exp(mean_log)
        remaining = min(length - skipped, int(max_seconds * fps) + 1)
        if remaining - 1 < MIN_SECONDS * fps:
            continue
        strides[row] = mean_log
        known = torch.from_numpy(np.log(gait.strides[:count])).float()
        strides[row, : len(known)] = known
        first[number] += skipped
        frames[number] = remaining
    return sequences.with_ranges(first, frames), strides
