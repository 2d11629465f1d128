"""One drawn motion as a part of a longer one: to be looked at at any of its moments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from torch import Tensor

from ..data.features import rows_to_matrices
from ..kinematics.editing.transitions import MotionFrames, transition_features
from ..kinematics.feet.leg_ik import legs_from_pose
from ..kinematics.math.rotations import Array
from .ground_contact import GRID_FPS, root_correction
from .layers import BodyPartLayer


class ClipDecoder(Protocol):
    """A model whose codes are motions."""

    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """See `Sampler.decode`."""
        ...


class MotionClip:
    """A motion, put on its feet."""

    def __init__(
        self,
        decoder: ClipDecoder,
        code: Tensor,
        seconds: float,
        layers: Sequence[BodyPartLayer] = (),
    ) -> None:
        """Nothing is decoded yet; arguments as of `Sampler.decode`."""
        self.code = code
        self.layers = tuple(layers)
        self.seconds = seconds
        self._decoder = decoder

    def frames_at(self, times: Array) -> MotionFrames:
        """The motion at `times` (T,) in seconds; feet are on the floor, but not held yet."""
        rows, touching = self._decoder.decode_rows(self.code, self.seconds, times, self.layers)
        matrices, root = rows_to_matrices(rows)
        correction = [np.interp(times, self.grid_times, column) for column in self._correction.T]
        return MotionFrames(
            matrices, root + np.stack(correction, axis=1), touching.double().numpy()
        )

    @cached_property
    def grid_times(self) -> Array:
        """(G,) seconds at which stances are known."""
        return np.arange(round(self.seconds * GRID_FPS) + 1) / GRID_FPS

    @cached_property
    def transition_features(self) -> Array:
        """(G, D) metres: see `kinematics.seams`."""
        return transition_features(self.frames_at(self.grid_times), GRID_FPS)

    @cached_property
    def _correction(self) -> Array:
        """(G, 3) metres."""
        rows, touching = self._decoder.decode_rows(self.code, self.seconds, self.grid_times)
        return root_correction(
            legs_from_pose(*rows_to_matrices(rows)).foot_positions, touching.numpy()
        )
