"""From decoded rows to a take: root correction and foot lock.

Contacts are evaluated on a grid of the motion's own, so that planted feet stand at the same place
whatever the take's frame rate; the frames then interpolate in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.features import rows_to_matrices
from ..kinematics.body.take import Take
from ..kinematics.feet.foot_lock import plan_foot_lock
from ..kinematics.feet.leg_ik import legs_from_pose
from ..kinematics.math.rotations import Array
from .ground_contact import GRID_FPS, root_correction

_TIME_DECIMALS = 9
"""Decimals of a second within which a frame and a grid time count as the same."""
_CHUNK_FRAMES = 2048
"""Frames decoded at once."""


@dataclass(frozen=True)
class PoseTimes:
    """Times at which a motion is decoded: the frames of a take, and the grid."""

    frame_times: Array
    """(T,) seconds."""
    grid_times: Array
    """(G,) seconds."""
    fps: float
    """Frame rate of the take."""

    @classmethod
    def for_take(
        cls, seconds: float, fps: float, start: float, end: float | None, speed: float
    ) -> PoseTimes:
        """Return the times of ``round((end - start) / speed * fps)`` frames, at least one."""
        span = (seconds if end is None else end) - start
        frames = max(round(span / speed * fps), 1)
        return cls(
            start + np.arange(frames) * (speed / fps),
            np.arange(round(seconds * GRID_FPS) + 1) / GRID_FPS,
            fps,
        )

    def unique_times(self) -> tuple[Array, NDArray[np.int64]]:
        """Return all times without repetition (N,), and the index (T + G,) in them of each frame,
        then of each grid time."""
        both = np.concatenate([self.frame_times, self.grid_times]).round(_TIME_DECIMALS)
        times, indices = np.unique(both, return_inverse=True)
        return times, indices.astype(np.int64)


DecodeRows = Callable[[Array], tuple[Tensor, Tensor]]
"""Function from times (T,) in seconds to pose rows (T, 135) and contact probabilities (T, 4)."""


def decode_in_chunks(
    decode: Callable[[Tensor], tuple[Tensor, Tensor]], times: Array
) -> tuple[Tensor, Tensor]:
    """Return rows (T, 135) and contact probabilities (T, 4) at `times` (T,), on the CPU.

    `decode` maps times to rows (1, T, 135) and contact logits (1, T, 4).
    """
    rows, contacts = [], []
    for part in torch.from_numpy(np.asarray(times, dtype=np.float32)).split(_CHUNK_FRAMES):
        row, logits = decode(part)
        rows.append(row[0].cpu())
        contacts.append(torch.sigmoid(logits[0]).cpu())
    return torch.cat(rows), torch.cat(contacts)


@dataclass(frozen=True)
class DecodedPoses:
    """Output of a decoder at the times of a take and of the grid."""

    times: PoseTimes
    rows: Tensor
    """(N, 135) pose rows of all times without repetition."""
    contacts: Tensor
    """(N, 4) contact probabilities of these times."""
    frame_indices: NDArray[np.int64]
    """(T,) index of each frame of the take."""
    grid_indices: NDArray[np.int64]
    """(G,) index of each grid time."""

    @classmethod
    def from_decoder(cls, times: PoseTimes, decode: DecodeRows) -> DecodedPoses:
        """Decode every time once."""
        unique_times, indices = times.unique_times()
        rows, contacts = decode(unique_times)
        frames = len(times.frame_times)
        return cls(times, rows, contacts, indices[:frames], indices[frames:])

    @torch.inference_mode()
    def to_take(self, lock_feet: bool) -> Take:
        """Return the take, with planted feet held in place if `lock_feet`."""
        times, grid = self.times.frame_times, self.times.grid_times
        matrices, root = rows_to_matrices(self.rows)
        contacts = self.contacts.numpy()[self.grid_indices]
        legs = legs_from_pose(matrices[self.grid_indices], root[self.grid_indices])
        correction = root_correction(legs.foot_positions, contacts)
        matrices, root = matrices[self.frame_indices], root[self.frame_indices]
        root = root + np.stack([np.interp(times, grid, c) for c in correction.T], axis=1)
        if lock_feet:
            plan = plan_foot_lock(legs.translated(correction), contacts, GRID_FPS)
            matrices, root = plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, self.times.fps)

    def every_nth_grid_pose(self, nth: int, count: int) -> tuple[Tensor, Tensor, Array]:
        """Return rows, contacts and times of `count` grid times, every `nth` from the first."""
        chosen = slice(0, nth * count, nth)
        indices = self.grid_indices[chosen]
        return self.rows[indices], self.contacts[indices], self.times.grid_times[chosen]
