"""One drawn motion as a part of a longer one: to be looked at at any of its moments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from torch import Tensor

from ..data.features import rows_to_matrices
from ..kinematics.editing.transitions import Frames, stances
from ..kinematics.feet.leg_ik import legs_of
from ..kinematics.math.rotations import Array
from .ground_contact import GRID, root_correction
from .layers import Layer


class Decodes(Protocol):
    """A model whose codes are motions."""

    def decode(
        self, code: Tensor, seconds: float, times: Array, over: Sequence[Layer] = ()
    ) -> tuple[Tensor, Tensor]:
        """See `Sampler.decode`."""
        ...


class Passage:
    """A motion, put on its feet."""

    def __init__(
        self, sampler: Decodes, code: Tensor, seconds: float, over: Sequence[Layer] = ()
    ) -> None:
        """Nothing is decoded yet; arguments as of `Sampler.decode`."""
        self.code = code
        self.over = tuple(over)
        self.seconds = seconds
        self._sampler = sampler

    def at(self, times: Array) -> Frames:
        """The motion at `times` (T,) in seconds; feet are on the floor, but not held yet."""
        rows, touching = self._sampler.decode(self.code, self.seconds, times, self.over)
        matrices, root = rows_to_matrices(rows)
        correction = [np.interp(times, self.grid, column) for column in self._correction.T]
        return Frames(matrices, root + np.stack(correction, axis=1), touching.double().numpy())

    @cached_property
    def grid(self) -> Array:
        """(G,) seconds at which stances are known."""
        return np.arange(round(self.seconds * GRID) + 1) / GRID

    @cached_property
    def stances(self) -> Array:
        """(G, D) metres: see `kinematics.seams`."""
        return stances(self.at(self.grid), GRID)

    @cached_property
    def _correction(self) -> Array:
        """(G, 3) metres."""
        rows, touching = self._sampler.decode(self.code, self.seconds, self.grid)
        return root_correction(legs_of(*rows_to_matrices(rows)).feet, touching.numpy())
