"""From decoded rows to a take: the body is put on its feet, and planted feet are held.

Where feet stand is worked out on a grid of the motion's own, so it is the same whatever the rate of
the take; the take's frames then look it up.
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
from ..kinematics.feet.foot_lock import plan_foot_lock_of_legs
from ..kinematics.feet.leg_ik import legs_from_pose
from ..kinematics.math.rotations import Array
from .ground_contact import GRID_FPS, root_correction

_TIME_DECIMALS = 9
"""Decimals of a second to which a frame and a moment of the grid are told apart."""


@dataclass(frozen=True)
class PoseTimes:
    """When a motion is looked at: at the frames of a take, and on the grid."""

    frame_times: Array
    """(T,) seconds."""
    grid_times: Array
    """(G,) seconds."""
    fps: float
    """Rate of the take."""

    @classmethod
    def for_take(
        cls, seconds: float, fps: float, start: float, end: float | None, speed: float
    ) -> PoseTimes:
        """Those of ``round((end - start) / speed * fps)`` frames, at least one."""
        span = (seconds if end is None else end) - start
        frames = max(round(span / speed * fps), 1)
        return cls(
            start + np.arange(frames) * (speed / fps),
            np.arange(round(seconds * GRID_FPS) + 1) / GRID_FPS,
            fps,
        )

    def unique_times(self) -> tuple[Array, NDArray[np.int64]]:
        """Every moment once (N,), and the place (T + G,) of each frame, then each of the grid."""
        both = np.concatenate([self.frame_times, self.grid_times]).round(_TIME_DECIMALS)
        moments, place = np.unique(both, return_inverse=True)
        return moments, place.astype(np.int64)


DecodeRows = Callable[[Array], tuple[Tensor, Tensor]]
"""Times (T,) in seconds to pose rows (T, 135) and contact probabilities (T, 4)."""


@dataclass(frozen=True)
class DecodedPoses:
    """What the decoder gave at these moments."""

    times: PoseTimes
    rows: Tensor
    """(N, 135) pose rows of every moment once."""
    contacts: Tensor
    """(N, 4) their contact probabilities."""
    frame_indices: NDArray[np.int64]
    """(T,) where among them the frames are."""
    grid_indices: NDArray[np.int64]
    """(G,) and where the grid."""

    @classmethod
    def from_decoder(cls, moments: PoseTimes, decode: DecodeRows) -> DecodedPoses:
        """What `decode` gives, asked once for every moment."""
        times, place = moments.unique_times()
        rows, touching = decode(times)
        frames = len(moments.frame_times)
        return cls(moments, rows, touching, place[:frames], place[frames:])

    @torch.inference_mode()
    def to_take(self, lock_feet: bool) -> Take:
        """The take, with planted feet held where they stand if `lock_feet`."""
        times, grid = self.times.frame_times, self.times.grid_times
        matrices, root = rows_to_matrices(self.rows)
        touching = self.contacts.numpy()[self.grid_indices]
        legs = legs_from_pose(matrices[self.grid_indices], root[self.grid_indices])
        correction = root_correction(legs.foot_positions, touching)
        matrices, root = matrices[self.frame_indices], root[self.frame_indices]
        root = root + np.stack([np.interp(times, grid, c) for c in correction.T], axis=1)
        if lock_feet:
            plan = plan_foot_lock_of_legs(legs.translated(correction), touching, GRID_FPS)
            matrices, root = plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, self.times.fps)

    def every_nth_grid_pose(self, nth: int, count: int) -> tuple[Tensor, Tensor, Array]:
        """Rows, contacts and times of `count` moments of the grid, `nth` by `nth`."""
        picked = slice(0, nth * count, nth)
        places = self.grid_indices[picked]
        return self.rows[places], self.contacts[places], self.times.grid_times[picked]
