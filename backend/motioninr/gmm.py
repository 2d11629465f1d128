"""Gaussian mixtures over sequence codes, as they are stored and drawn from: numpy alone.

A component's covariance is a diagonal, from the spread of the codes themselves, and one direction
for each sequence that it was fitted to: what full covariances of so few sequences amount to, at a
hundredth of their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kinematics.math.rotations import Array

_LENGTH_TOLERANCE = 0.05
"""Seconds by which a motion may be longer than any that its code stands for."""


@dataclass(frozen=True)
class MixtureBin:
    """One action's sequences of similar length, and the components that stand for them."""

    action: int
    """Number of the action."""
    low: float
    """Seconds of the shortest sequence, and"""
    high: float
    """of the longest;"""
    median: float
    """and of the one between."""
    captures: int
    """Different captures among them."""
    first: int
    """Its first component, and"""
    count: int
    """how many there are."""


@dataclass(frozen=True)
class MixtureSet:
    """All components of all actions and lengths."""

    bins: tuple[MixtureBin, ...]
    weights: Array
    """(K,) of each component within its span."""
    means: Array
    """(K, D)."""
    spreads: Array
    """(K, D) standard deviations, each dimension by itself."""
    directions: Array
    """(R, D) further standard deviations, each along a direction."""
    owner: NDArray[np.int64]
    """(R,) the component of each direction, increasing."""

    def action_bins(self, action: int) -> tuple[MixtureBin, ...]:
        """Spans of an action, from short to long."""
        return self._bins_by_action[action]

    @cached_property
    def _bins_by_action(self) -> dict[int, tuple[MixtureBin, ...]]:
        actions = {span.action for span in self.bins}
        return {
            action: tuple(
                sorted((s for s in self.bins if s.action == action), key=lambda s: s.median)
            )
            for action in actions
        }

    def bin_for_length(self, action: int, seconds: float) -> MixtureBin:
        """The shortest span half of whose sequences last long enough; else the longest."""
        spans = self.action_bins(action)
        return next(
            (span for span in spans if span.median >= seconds - _LENGTH_TOLERANCE), spans[-1]
        )

    def longest_seconds(self, action: int) -> float:
        """Seconds for which half of the longest codes of an action are known to last."""
        return self.action_bins(action)[-1].median

    def shortest_seconds(self, action: int) -> float:
        """Seconds of an action's shortest sequence."""
        return min(span.low for span in self.action_bins(action))

    def sample_code(
        self, length_bin: MixtureBin, rng: np.random.Generator, spread: float = 1.0
    ) -> Array:
        """A sequence code (D,) of a span, at `spread` times the distance from its component."""
        weights = self.weights[length_bin.first : length_bin.first + length_bin.count].astype(float)
        component = length_bin.first + int(rng.choice(length_bin.count, p=weights / weights.sum()))
        own = slice(*np.searchsorted(self.owner, [component, component + 1]))
        directions = self.directions[own]
        away = self.spreads[component] * rng.standard_normal(self.means.shape[1])
        away += rng.standard_normal(len(directions)) @ directions
        return self.means[component] + spread * away
