"""One drawn motion as a part of a longer one: to be looked at at any of its moments.

A passage may be made of several codes at once: the first moves the body, others only a part of it,
such as the arm that waves while the legs walk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from ..data.features import rows_to_matrices
from ..kinematics.body_parts import PARTS
from ..kinematics.rotations import Array
from ..kinematics.seams import Frames, stances
from ..kinematics.skeleton import SMPL
from .grounding import GRID, root_correction

Decode = Callable[[Tensor, float, Array], tuple[Tensor, Tensor]]
"""`Sampler.decode`: a code, its duration and times give pose rows and contacts."""


@dataclass(frozen=True)
class Layer:
    """A code, and what it moves."""

    code: Tensor
    """(latent,)."""
    part: str = "BODY"
    """One of `PARTS`."""


class Passage:
    """A motion of one or several layers, put on its feet."""

    def __init__(self, decode: Decode, layers: tuple[Layer, ...], seconds: float) -> None:
        """Nothing is decoded yet.

        Args:
            decode: the sampler's.
            layers: the first moves the whole body.
            seconds: for which the codes were drawn.
        """
        self.layers = layers
        self.seconds = seconds
        self._decode = decode

    def at(self, times: Array) -> Frames:
        """The motion at `times` (T,) in seconds; feet are on the floor, but not held yet."""
        rows, touching = self._decode(self.layers[0].code, self.seconds, times)
        matrices, root = rows_to_matrices(rows)
        for layer in self.layers[1:]:
            joints = [SMPL.index(name) for name in PARTS[layer.part]]
            over = rows_to_matrices(self._decode(layer.code, self.seconds, times)[0])[0]
            matrices[:, joints] = over[:, joints]
        grid, correction = self._correction
        root += np.stack([np.interp(times, grid, column) for column in correction.T], axis=1)
        return Frames(matrices, root, touching.double().numpy())

    @cached_property
    def grid(self) -> Array:
        """(G,) seconds at which stances are known."""
        return np.arange(round(self.seconds * GRID) + 1) / GRID

    @cached_property
    def stances(self) -> Array:
        """(G, D) metres: see `kinematics.seams`."""
        return stances(self.at(self.grid), GRID)

    @cached_property
    def _correction(self) -> tuple[Array, Array]:
        rows, touching = self._decode(self.layers[0].code, self.seconds, self.grid)
        return self.grid, root_correction(rows, touching)
