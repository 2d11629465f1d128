"""Keys taken out of captures, and what the captures did between them: what is learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.features import clip_rows, mirror, rows_to_matrices
from ..data.motion_set import JOINTS, Clip
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.splines import Gaps, catmull_rom, hermite, slopes_at_end
from .features import key_features

KEYS = 13
"""In one example."""
LOOKS = 3
"""Moments between two keys at which a motion is compared."""
SHORTEST, LONGEST = 1 / 32, 1 / 2
"""Seconds between keys."""
_UNEVEN = 0.25
"""Share of examples whose keys are not evenly spaced."""


@dataclass(frozen=True)
class Examples:
    """A batch: B windows of K keys, M moments in each gap."""

    features: Tensor
    """(B, K, WIDTH)."""
    reference: Tensor
    """(B, K) seconds that slopes of keys are told by (`slope_seconds`)."""
    seconds: Tensor
    """(B, K-1)."""
    share: Tensor
    """(B, K-1, M) of its gap at which each moment is."""
    weights: Tensor
    """(B, K-1, M, 3) of `hermite`."""
    ends: Tensor
    """(B, K-1, J, 3, 3) of `slopes_at_end`."""
    turns: Tensor
    """(B, K-1, M, J, 3) rotation vectors of the Catmull-Rom spline, from the key before."""
    moves: Tensor
    """(B, K-1, M, 3) its root, from the key before."""
    spin: Tensor
    """(B, K, 3, 3) from each key's heading to the world."""
    matrices: Tensor
    """(B, K, J, 3, 3) of the keys."""
    root: Tensor
    """(B, K, 3)."""
    true_matrices: Tensor
    """(B, K-1, M, J, 3, 3) what the capture did."""
    true_root: Tensor
    """(B, K-1, M, 3)."""


def slope_seconds(seconds: Array) -> Array:
    """(K, ...) seconds by which a key's slope is told: the mean of the gaps (K-1, ...) beside it,
    by their ratio."""
    edges = np.concatenate([seconds[:1], seconds, seconds[-1:]])
    return np.sqrt(edges[:-1] * edges[1:])


class Captures:
    """Clips to take keys from."""

    def __init__(self, clips: Sequence[Clip], mirrored: bool = True) -> None:
        """Only what is long and dense enough is kept.

        Args:
            clips: at their native rates.
            mirrored: whether each is there mirrored as well.
        """
        self._motions: list[tuple[Array, Array, float]] = []
        for clip in clips:
            if clip.fps < 2 / LONGEST or len(clip) <= KEYS * 2:
                continue
            rows = clip_rows(clip)
            for one in (rows, mirror(rows)) if mirrored else (rows,):
                matrices, root = rows_to_matrices(one)
                kept = matrices[:, :JOINTS].astype(np.float32)
                self._motions.append((kept, root.astype(np.float32), clip.fps))
        lengths = np.array([len(root) / fps for _, root, fps in self._motions])
        self._chances = lengths / lengths.sum() if len(lengths) else lengths

    def __len__(self) -> int:
        return len(self._motions)

    def draw(self, count: int, chance: np.random.Generator) -> Examples:
        """A batch of examples."""
        windows = [self._window(int(n), chance) for n in self._chosen(count, chance)]
        times, matrices, root, looks, true_matrices, true_root = (
            np.stack(parts, axis=1) for parts in zip(*windows, strict=True)
        )
        return _batch(times, matrices, root, looks, true_matrices, true_root)

    def _chosen(self, count: int, chance: np.random.Generator) -> NDArray[np.int64]:
        return chance.choice(len(self._motions), size=count, p=self._chances)

    def _window(self, number: int, chance: np.random.Generator) -> tuple[Array, ...]:
        """Keys and moments between them; frames of the capture, so nothing is interpolated."""
        matrices, root, fps = self._motions[number]
        longest = min(LONGEST * fps, (len(root) - 1) / (KEYS - 1))
        shortest = max(SHORTEST * fps, 2.0)
        step = np.exp(chance.uniform(np.log(shortest), np.log(max(longest, shortest))))
        steps = np.full(KEYS - 1, round(step))
        if chance.random() < _UNEVEN:
            steps = np.rint(step * np.exp(chance.uniform(-0.7, 0.7, KEYS - 1))).astype(int)
        steps = np.maximum(steps, 2)
        if steps.sum() > len(root) - 1:
            steps = np.full(KEYS - 1, max((len(root) - 1) // (KEYS - 1), 2))
        start = chance.integers(0, len(root) - steps.sum())
        keys = start + np.concatenate([[0], np.cumsum(steps)])
        inside = chance.integers(1, steps[:, None], size=(KEYS - 1, LOOKS))
        looks = keys[:-1, None] + inside
        return keys / fps, matrices[keys], root[keys], looks / fps, matrices[looks], root[looks]


def _batch(
    times: Array, matrices: Array, root: Array, looks: Array, true_matrices: Array, true_root: Array
) -> Examples:
    """From arrays with keys first and windows second."""
    gaps = Gaps.of(times, matrices, root)
    tangents = catmull_rom(gaps)
    features, headings = key_features(matrices, root, gaps)
    share = (looks - times[:-1, :, None]) / gaps.seconds[..., None]
    weights = hermite(share)
    wide = gaps.seconds[..., None, None] * weights[..., 1:]
    ends = slopes_at_end(gaps.turns)
    last = (ends @ tangents.turning[1:, ..., None])[..., 0]
    turns = (
        weights[..., :1, None] * gaps.turns[:, :, None]
        + wide[..., :1, None] * tangents.turning[:-1, :, None]
        + wide[..., 1:, None] * last[:, :, None]
    )
    moves = (
        weights[..., :1] * gaps.steps[:, :, None]
        + wide[..., :1] * tangents.moving[:-1, :, None]
        + wide[..., 1:] * tangents.moving[1:, :, None]
    )
    arrays = (
        features,
        slope_seconds(gaps.seconds),
        gaps.seconds,
        share,
        weights,
        ends,
        turns,
        moves,
        axis_rotation("Z", headings),
        matrices,
        root,
        true_matrices,
        true_root,
    )
    return Examples(*(torch.from_numpy(np.moveaxis(a, 1, 0).astype(np.float32)) for a in arrays))
