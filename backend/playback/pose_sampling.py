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
from ..kinematics.feet.foot_lock import plan_legs
from ..kinematics.feet.leg_ik import legs_of
from ..kinematics.math.rotations import Array
from .ground_contact import GRID, root_correction

_SAME_MOMENT = 9
"""Decimals of a second to which a frame and a moment of the grid are told apart."""


@dataclass(frozen=True)
class Moments:
    """When a motion is looked at: at the frames of a take, and on the grid."""

    frames: Array
    """(T,) seconds."""
    grid: Array
    """(G,) seconds."""
    fps: float
    """Rate of the take."""

    @classmethod
    def of(
        cls, seconds: float, fps: float, start: float, end: float | None, speed: float
    ) -> Moments:
        """Those of ``round((end - start) / speed * fps)`` frames, at least one."""
        span = (seconds if end is None else end) - start
        frames = max(round(span / speed * fps), 1)
        return cls(
            start + np.arange(frames) * (speed / fps),
            np.arange(round(seconds * GRID) + 1) / GRID,
            fps,
        )

    def once(self) -> tuple[Array, NDArray[np.int64]]:
        """Every moment once (N,), and the place (T + G,) of each frame, then each of the grid."""
        both = np.concatenate([self.frames, self.grid]).round(_SAME_MOMENT)
        moments, place = np.unique(both, return_inverse=True)
        return moments, place.astype(np.int64)


Decode = Callable[[Array], tuple[Tensor, Tensor]]
"""Times (T,) in seconds to pose rows (T, 135) and contact probabilities (T, 4)."""


@dataclass(frozen=True)
class Decoded:
    """What the decoder gave at these moments."""

    moments: Moments
    rows: Tensor
    """(N, 135) pose rows of every moment once."""
    touching: Tensor
    """(N, 4) their contact probabilities."""
    frames: NDArray[np.int64]
    """(T,) where among them the frames are."""
    grid: NDArray[np.int64]
    """(G,) and where the grid."""

    @classmethod
    def at(cls, moments: Moments, decode: Decode) -> Decoded:
        """What `decode` gives, asked once for every moment."""
        times, place = moments.once()
        rows, touching = decode(times)
        frames = len(moments.frames)
        return cls(moments, rows, touching, place[:frames], place[frames:])

    @torch.inference_mode()
    def take(self, lock_feet: bool) -> Take:
        """The take, with planted feet held where they stand if `lock_feet`."""
        times, grid = self.moments.frames, self.moments.grid
        matrices, root = rows_to_matrices(self.rows)
        touching = self.touching.numpy()[self.grid]
        legs = legs_of(matrices[self.grid], root[self.grid])
        correction = root_correction(legs.feet, touching)
        matrices, root = matrices[self.frames], root[self.frames]
        root = root + np.stack([np.interp(times, grid, c) for c in correction.T], axis=1)
        if lock_feet:
            plan = plan_legs(legs.moved(correction), touching, GRID)
            matrices, root = plan.apply(matrices, root, times)
        return Take.from_matrices(matrices, root, self.moments.fps)

    def every(self, nth: int, count: int) -> tuple[Tensor, Tensor, Array]:
        """Rows, contacts and times of `count` moments of the grid, `nth` by `nth`."""
        picked = slice(0, nth * count, nth)
        places = self.grid[picked]
        return self.rows[places], self.touching[places], self.moments.grid[picked]
