"""Training sequences as frames at 20 fps, and frames as features of the baselines.

As in the published baselines, every motion is first resampled to one low frame rate. A *feature
row* is (142,): the pose row (135), the root's velocity in m/s (3) and four contact labels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.features import (
    CONTACT_JOINTS,
    ROTATION_CHANNELS,
    ROW_CHANNELS,
    matrices_from_6d,
)
from ..data.motion_set import JOINT_COUNT
from ..data.sequences import MAX_SECONDS, SequenceSet
from ..kinematics.math.rotations import (
    Array,
    matrix_to_6d,
    matrix_to_quaternion,
    quaternion_to_matrix,
    slerp,
)

BASELINE_FPS = 20.0
"""Frame rate of the baselines (HumanML3D's)."""
MAX_FRAMES = round(MAX_SECONDS * BASELINE_FPS) + 1
FEATURE_COUNT = ROW_CHANNELS + 3 + len(CONTACT_JOINTS)
VELOCITY_COLUMNS = slice(ROW_CHANNELS, ROW_CHANNELS + 3)
CONTACT_COLUMNS = slice(ROW_CHANNELS + 3, FEATURE_COUNT)

_ROOT_COLUMNS = slice(ROTATION_CHANNELS, ROW_CHANNELS)
_VELOCITY_WEIGHT = 25.0
"""Weight of a step between two frames relative to a position (see `fit_root_path`)."""


@dataclass(frozen=True)
class PaddedFrames:
    """Whole sequences at 20 fps, padded with zeros to the longest."""

    values: Tensor
    """(B, T, 142) standardised feature rows."""
    mask: Tensor
    """(B, T) bool, True where there is a frame."""
    durations: Tensor
    """(B,) seconds."""


class FrameDataset:
    """All training sequences at 20 fps in memory."""

    def __init__(self, sequences: SequenceSet) -> None:
        parts = [_feature_rows(sequences, n) for n in range(len(sequences))]
        self.frame_counts = torch.tensor([len(part) for part in parts])
        self.first_frames = torch.cumsum(self.frame_counts, 0) - self.frame_counts
        values = torch.cat(parts)
        self.mean = values.mean(0)
        # The noise of a joint that hardly moves must not be scaled up to unit variance.
        self.std = values.std(0).clamp(min=0.05)
        self.values = (values - self.mean) / self.std
        self.durations = sequences.durations

    def __len__(self) -> int:
        return len(self.frame_counts)

    def padded_batch(self, index: Tensor, multiple: int = 1) -> PaddedFrames:
        """Return the sequences `index` (B,), padded to a multiple of `multiple` frames."""
        count = self.frame_counts[index]
        longest = -(-int(count.max()) // multiple) * multiple
        step = torch.arange(longest)
        mask = step < count[:, None]
        where = self.first_frames[index, None] + torch.minimum(step, count[:, None] - 1)
        return PaddedFrames(self.values[where] * mask[..., None], mask, self.durations[index])

    def frame_windows(self, length: int) -> Tensor:
        """Return standardised windows (N, length, 142) of neighbouring frames of all sequences."""
        runs = [
            part[: len(part) // length * length].unflatten(0, (-1, length))
            for part in self.values.split(self.frame_counts.tolist())
        ]
        return torch.cat(runs)

    def sample_similar_lengths(
        self, weights: Tensor, count: int, multiple: int, generator: torch.Generator
    ) -> tuple[Tensor, PaddedFrames]:
        """Sample sequences of similar length by `weights` (N,), so that there is little padding."""
        many = torch.multinomial(weights, 8 * count, replacement=True, generator=generator)
        groups = many[torch.argsort(self.frame_counts[many])].split(count)
        index = groups[int(torch.randint(8, (1,), generator=generator))]
        return index, self.padded_batch(index, multiple)


def _feature_rows(sequences: SequenceSet, n: int) -> Tensor:
    """Return the feature rows (T, 142) of one sequence, not standardised."""
    index = torch.tensor([n])
    frames = int(float(sequences.durations[n]) * BASELINE_FPS + 1e-4) + 1
    times = np.arange(frames) / BASELINE_FPS
    rows = rows_at_times(sequences, n, times)
    velocity = torch.diff(rows[:, _ROOT_COLUMNS], dim=0) * BASELINE_FPS
    velocity = torch.cat([velocity, velocity[-1:]])
    nearest = torch.from_numpy(np.rint(times * float(sequences.fps[n])).astype(np.int64))
    nearest = nearest.clamp(max=int(sequences.frames[n]) - 1)
    labels = sequences.batch_frames(index, nearest[None]).contacts[0]
    return torch.cat([rows, velocity, labels], dim=1)


def rows_at_times(sequences: SequenceSet, n: int, times: Array) -> Tensor:
    """Interpolate the pose rows (T, 135) of a sequence at `times` (T,) in seconds.

    Rotations by slerp, the root linearly; a time on a native frame gives that frame exactly.
    """
    position = times * float(sequences.fps[n])
    nearest = np.rint(position)
    position = np.where(np.abs(position - nearest) < 1e-3, nearest, position)
    low = np.floor(position)
    last = int(sequences.frames[n]) - 1
    frame = torch.from_numpy(np.stack([low, low + 1]).clip(max=last).astype(np.int64))
    first, second = sequences.batch_frames(torch.tensor([n]), frame.reshape(1, -1)).rows[0].chunk(2)
    alpha = position - low
    return first if not alpha.any() else interpolate_rows(first, second, alpha)


def interpolate_rows(first: Tensor, second: Tensor, alpha: Array) -> Tensor:
    """Interpolate rows (T, 135) by slerp and linearly; `alpha` (T,) is 1 for `second`."""
    q0, q1 = row_quaternions(first), row_quaternions(second)
    quaternions = slerp(q0, q1, alpha[:, None])
    root = torch.lerp(
        first[:, _ROOT_COLUMNS].double(),
        second[:, _ROOT_COLUMNS].double(),
        torch.from_numpy(alpha)[:, None],
    )
    return rows_from_quaternions(quaternions, root.numpy())


def row_quaternions(rows: Tensor) -> Array:
    """Return the local rotations of pose rows (T, 135) as quaternions (T, 22, 4)."""
    matrices = matrices_from_6d(
        rows[:, :ROTATION_CHANNELS].double().unflatten(-1, (JOINT_COUNT, 6))
    )
    return matrix_to_quaternion(matrices.numpy())


def rows_from_quaternions(quaternions: Array, root: Array) -> Tensor:
    """Return the pose rows (T, 135) of quaternions (T, 22, 4), of any length, and root (T, 3)."""
    turned = matrix_to_6d(quaternion_to_matrix(quaternions)).reshape(len(root), -1)
    return torch.from_numpy(np.concatenate([turned, root], axis=1).astype(np.float32))


def fit_root_path(values: Tensor) -> Tensor:
    """Return the pose rows (T, 135) of feature rows (T, 142), with the root path that fits best.

    Predicted positions alone jitter by centimetres; summed velocities drift. The path is the
    least-squares fit to both.
    """
    rows = values[:, :ROW_CHANNELS].clone()
    count = len(rows)
    if count < 2:
        return rows
    position = rows[:, _ROOT_COLUMNS].double().numpy()
    step = values[:-1, VELOCITY_COLUMNS].double().numpy() / BASELINE_FPS
    # Normal equations of sum |p - position|² + weight · sum |p[t+1] - p[t] - step|².
    difference = np.diff(np.eye(count), axis=0)
    normal = np.eye(count) + _VELOCITY_WEIGHT * difference.T @ difference
    right = position + _VELOCITY_WEIGHT * difference.T @ step
    rows[:, _ROOT_COLUMNS] = torch.from_numpy(np.linalg.solve(normal, right).astype(np.float32))
    return rows
