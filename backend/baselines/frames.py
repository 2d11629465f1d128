"""Training sequences as frames at 20 fps, and frames as features of the rivals.

What the published rivals do to their data: every motion is brought to one low frame rate first. A
*feature row* is (142,): the pose row (135), the root's velocity in m/s (3) and four contact labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.features import (
    CONTACT_JOINTS,
    ROTATIONS,
    ROW,
    matrices_from_6d,
)
from ..data.motion_set import JOINTS
from ..data.sequences import MAX_SECONDS, SequenceSet
from ..kinematics.math.rotations import (
    Array,
    matrix_to_6d,
    matrix_to_quaternion,
    quaternion_to_matrix,
    slerp,
)

FPS = 20.0
"""Frame rate of the rivals (HumanML3D's)."""
MAX_FRAMES = round(MAX_SECONDS * FPS) + 1
FEATURES = ROW + 3 + len(CONTACT_JOINTS)
VELOCITY = slice(ROW, ROW + 3)
CONTACTS = slice(ROW + 3, FEATURES)

_ROOT = slice(ROTATIONS, ROW)
_VELOCITY_TRUST = 25.0
"""How much more a step between two frames is believed than a place (see `settle_root`)."""


@dataclass(frozen=True)
class FrameBatch:
    """Whole sequences at 20 fps, padded with zeros to the longest."""

    values: Tensor
    """(B, T, 142) standardised feature rows."""
    mask: Tensor
    """(B, T) bool, True where there is a frame."""
    durations: Tensor
    """(B,) seconds."""


class FrameSet:
    """All training sequences at 20 fps in memory."""

    def __init__(self, sequences: SequenceSet) -> None:
        parts = [_features(sequences, n) for n in range(len(sequences))]
        self.frames = torch.tensor([len(part) for part in parts])
        self.first = torch.cumsum(self.frames, 0) - self.frames
        values = torch.cat(parts)
        self.mean = values.mean(0)
        # A joint that hardly moves must not have its noise blown up to unit size.
        self.std = values.std(0).clamp(min=0.05)
        self.values = (values - self.mean) / self.std
        self.durations = sequences.durations

    def __len__(self) -> int:
        return len(self.frames)

    def batch(self, index: Tensor, multiple: int = 1) -> FrameBatch:
        """The sequences `index` (B,), padded to a whole `multiple` of frames."""
        count = self.frames[index]
        longest = -(-int(count.max()) // multiple) * multiple
        step = torch.arange(longest)
        mask = step < count[:, None]
        where = self.first[index, None] + torch.minimum(step, count[:, None] - 1)
        return FrameBatch(self.values[where] * mask[..., None], mask, self.durations[index])

    def patches(self, length: int) -> Tensor:
        """(N, length, 142) runs of neighbouring frames from all sequences, standardised."""
        runs = [
            part[: len(part) // length * length].unflatten(0, (-1, length))
            for part in self.values.split(self.frames.tolist())
        ]
        return torch.cat(runs)

    def of_like_length(
        self, weights: Tensor, count: int, multiple: int, generator: torch.Generator
    ) -> tuple[Tensor, FrameBatch]:
        """`count` random sequences of similar length: little padding, no sequence favoured.

        Args:
            weights: (N,) how often each sequence shall come.
        """
        many = torch.multinomial(weights, 8 * count, replacement=True, generator=generator)
        groups = many[torch.argsort(self.frames[many])].split(count)
        index = groups[int(torch.randint(8, (1,), generator=generator))]
        return index, self.batch(index, multiple)


def _features(sequences: SequenceSet, n: int) -> Tensor:
    """Feature rows (T, 142) of one sequence, not standardised."""
    index = torch.tensor([n])
    frames = int(float(sequences.durations[n]) * FPS + 1e-4) + 1
    times = np.arange(frames) / FPS
    rows = native_rows(sequences, n, times)
    velocity = torch.diff(rows[:, _ROOT], dim=0) * FPS
    velocity = torch.cat([velocity, velocity[-1:]])
    nearest = torch.from_numpy(np.rint(times * float(sequences.fps[n])).astype(np.int64))
    nearest = nearest.clamp(max=int(sequences.frames[n]) - 1)
    labels = sequences.take(index, nearest[None]).contacts[0]
    return torch.cat([rows, velocity, labels], dim=1)


def native_rows(sequences: SequenceSet, n: int, times: Array) -> Tensor:
    """Pose rows (T, 135) of a sequence at any `times` (T,) in seconds, between native frames.

    Rotations by slerp, the root linearly; a time on a native frame gives that frame exactly.
    """
    place = times * float(sequences.fps[n])
    nearest = np.rint(place)
    place = np.where(np.abs(place - nearest) < 1e-3, nearest, place)
    low = np.floor(place)
    last = int(sequences.frames[n]) - 1
    frame = torch.from_numpy(np.stack([low, low + 1]).clip(max=last).astype(np.int64))
    first, second = sequences.take(torch.tensor([n]), frame.reshape(1, -1)).rows[0].chunk(2)
    share = place - low
    return first if not share.any() else blend_rows(first, second, share)


def blend_rows(first: Tensor, second: Tensor, share: Array) -> Tensor:
    """Rows (T, 135) between two, by slerp and linearly; `share` (T,) is the second's."""
    q0, q1 = row_quaternions(first), row_quaternions(second)
    quaternions = slerp(q0, q1, share[:, None])
    root = torch.lerp(
        first[:, _ROOT].double(), second[:, _ROOT].double(), torch.from_numpy(share)[:, None]
    )
    return rows_from(quaternions, root.numpy())


def row_quaternions(rows: Tensor) -> Array:
    """Local rotations of pose rows (T, 135) as quaternions (T, 22, 4)."""
    matrices = matrices_from_6d(rows[:, :ROTATIONS].double().unflatten(-1, (JOINTS, 6)))
    return matrix_to_quaternion(matrices.numpy())


def rows_from(quaternions: Array, root: Array) -> Tensor:
    """Pose rows (T, 135) from quaternions (T, 22, 4), normalised here, and root (T, 3)."""
    turned = matrix_to_6d(quaternion_to_matrix(quaternions)).reshape(len(root), -1)
    return torch.from_numpy(np.concatenate([turned, root], axis=1).astype(np.float32))


def settle_root(values: Tensor) -> Tensor:
    """Pose rows (T, 135) of feature rows (T, 142): one root path from places and velocities.

    A network that predicts places alone leaves the root trembling by centimetres; one that sums
    velocities drifts. The path taken is the least-squares one between both.
    """
    rows = values[:, :ROW].clone()
    count = len(rows)
    if count < 2:
        return rows
    place = rows[:, _ROOT].double().numpy()
    step = values[:-1, VELOCITY].double().numpy() / FPS
    # Normal equations of sum |p - place|² + trust · sum |p[t+1] - p[t] - step|².
    difference = np.diff(np.eye(count), axis=0)
    normal = np.eye(count) + _VELOCITY_TRUST * difference.T @ difference
    right = place + _VELOCITY_TRUST * difference.T @ step
    rows[:, _ROOT] = torch.from_numpy(np.linalg.solve(normal, right).astype(np.float32))
    return rows
