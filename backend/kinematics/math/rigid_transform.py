"""Rigid transforms: rotations followed by translations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rotations import Array


@dataclass(frozen=True)
class RigidTransform:
    """A rotation and a translation per frame: x becomes ``rotations @ x + translations``."""

    rotations: Array
    """(T, 3, 3)."""
    translations: Array
    """(T, 3)."""

    def apply(self, points: Array) -> Array:
        """Map points (T, 3) or (3,) to (T, 3)."""
        return (self.rotations @ points[..., None])[..., 0] + self.translations

    def inverse(self) -> RigidTransform:
        back = np.swapaxes(self.rotations, -1, -2)
        return RigidTransform(back, -(back @ self.translations[..., None])[..., 0])

    def compose(self, inner: RigidTransform) -> RigidTransform:
        return RigidTransform(self.rotations @ inner.rotations, self.apply(inner.translations))

    def relative_to_start(self) -> RigidTransform:
        """Return the transform seen from its first frame, which becomes the identity."""
        rotations = self.rotations @ self.rotations[0].T
        return RigidTransform(rotations, self.translations - rotations @ self.translations[0])
