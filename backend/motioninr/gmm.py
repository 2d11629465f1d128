"""Gaussian mixtures over sequence codes, stored and sampled with NumPy alone.

The covariance of a component is a diagonal (the variance of the codes) and one direction for each
sequence that it was fitted to. That equals the full covariance of so few sequences, at a hundredth
of its size.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinematics.math.rotations import Array

_LENGTH_TOLERANCE = 0.05
"""Seconds that a motion may last beyond the training captures of its code."""


@dataclass(frozen=True)
class MixtureBin:
    """The mixture of one label's sequences of similar length."""

    action: int
    """Number of the label."""
    low: float
    """Seconds of the shortest sequence."""
    high: float
    """Seconds of the longest sequence."""
    median: float
    """Median length in seconds."""
    captures: int
    """Number of different captures."""
    first: int
    """Number of the first component."""
    count: int
    """Number of components."""


@dataclass(frozen=True)
class MixtureSet:
    """The components of all labels and length bins."""

    bins: tuple[MixtureBin, ...]
    weights: Array
    """(K,) weight of each component within its bin."""
    means: Array
    """(K, D)."""
    spreads: Array
    """(K, D) standard deviation in each dimension."""
    directions: Array
    """(R, D) further standard deviations, as vectors."""
    owner: NDArray[np.int64]
    """(R,) component of each direction, increasing."""

    def action_bins(self, action: int) -> tuple[MixtureBin, ...]:
        """Return the bins of a label, from short to long."""
        bins = (length_bin for length_bin in self.bins if length_bin.action == action)
        return tuple(sorted(bins, key=lambda length_bin: length_bin.median))

    def bin_for_length(self, action: int, seconds: float) -> MixtureBin:
        """Return the first bin whose median length is enough; else the longest."""
        bins = self.action_bins(action)
        return next((b for b in bins if b.median >= seconds - _LENGTH_TOLERANCE), bins[-1])

    def longest_seconds(self, action: int) -> float:
        """Return the median length of the longest bin."""
        return self.action_bins(action)[-1].median

    def sample_code(
        self, length_bin: MixtureBin, rng: np.random.Generator, spread: float = 1.0
    ) -> Array:
        """Sample a sequence code (D,), with its distance from the mean scaled by `spread`."""
        weights = self.weights[length_bin.first : length_bin.first + length_bin.count].astype(float)
        component = length_bin.first + int(rng.choice(length_bin.count, p=weights / weights.sum()))
        directions = self.directions[
            slice(*np.searchsorted(self.owner, [component, component + 1]))
        ]
        offset = self.spreads[component] * rng.standard_normal(self.means.shape[1])
        offset += rng.standard_normal(len(directions)) @ directions
        return self.means[component] + spread * offset
