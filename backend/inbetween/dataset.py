"""Training examples: keys taken from captures, and the captured motion between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.features import mirror_rows, pose_rows_of_clip, rows_to_matrices
from ..data.motion_set import JOINT_COUNT, MocapClip
from ..data.sequences import scale_authored_weights
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.splines import KeyGaps, catmull_rom, hermite_weights, inverse_right_jacobian
from .features import key_features

KEYS_PER_WINDOW = 13
"""Number of keys in one example."""
SAMPLES_PER_GAP = 3
"""Number of times between two keys at which motions are compared."""
MIN_GAP_SECONDS, MAX_GAP_SECONDS = 1 / 32, 1 / 2
"""Shortest and longest seconds between keys."""
_UNEVEN_FRACTION = 0.25
"""Fraction of examples whose keys are not evenly spaced."""


@dataclass(frozen=True)
class KeyWindowBatch:
    """A batch of B windows of K keys, with M times in each gap."""

    features: Tensor
    """(B, K, KEY_FEATURES)."""
    slope_time_scale: Tensor
    """(B, K) seconds by which slopes of keys are scaled (`slope_time_scales`)."""
    gap_seconds: Tensor
    """(B, K-1) duration of each gap."""
    gap_fractions: Tensor
    """(B, K-1, M) position of each time in its gap, from 0 to 1."""
    hermite_weights: Tensor
    """(B, K-1, M, 3) weights of `hermite`."""
    end_slope_matrices: Tensor
    """(B, K-1, J, 3, 3) matrices of `slopes_at_end`."""
    spline_rotations: Tensor
    """(B, K-1, M, J, 3) rotation vectors of the Catmull-Rom spline from the previous key."""
    spline_translations: Tensor
    """(B, K-1, M, 3) root translation of the Catmull-Rom spline from the previous key."""
    heading_matrices: Tensor
    """(B, K, 3, 3) rotation from each key's heading to the world."""
    matrices: Tensor
    """(B, K, J, 3, 3) local rotations of the keys."""
    root: Tensor
    """(B, K, 3) root positions of the keys in metres."""
    true_matrices: Tensor
    """(B, K-1, M, J, 3, 3) local rotations of the capture."""
    true_root: Tensor
    """(B, K-1, M, 3) root positions of the capture in metres."""

    def to(self, device: torch.device) -> KeyWindowBatch:
        return KeyWindowBatch(*(tensor.to(device) for tensor in vars(self).values()))


def slope_time_scales(seconds: Array) -> Array:
    """Return the geometric mean (K, ...) of the gaps (K-1, ...) beside each key, in seconds."""
    edges = np.concatenate([seconds[:1], seconds, seconds[-1:]])
    return np.sqrt(edges[:-1] * edges[1:])


class KeyWindowDataset:
    """Captured clips from which windows of keys are sampled."""

    def __init__(self, clips: Sequence[MocapClip], authored_fraction: float | None = None) -> None:
        """Use the clips that are long and dense enough, and a mirrored copy of each.

        Raises:
            ValueError: the clips cannot have that fraction of authored motion.
        """
        self._motions: list[tuple[Array, Array, float]] = []
        sources: list[str] = []
        for clip in clips:
            if clip.fps < 2 / MAX_GAP_SECONDS or len(clip) <= KEYS_PER_WINDOW * 2:
                continue
            rows = pose_rows_of_clip(clip)
            for copy in (rows, mirror_rows(rows)):
                matrices, root = rows_to_matrices(copy)
                local = matrices[:, :JOINT_COUNT].astype(np.float32)
                self._motions.append((local, root.astype(np.float32), clip.fps))
                sources.append(clip.source)
        lengths = torch.tensor([len(root) / fps for _, root, fps in self._motions]).double()
        weights = scale_authored_weights(lengths, sources, authored_fraction).numpy()
        self._probabilities = weights / weights.sum() if len(weights) else weights

    def __len__(self) -> int:
        return len(self._motions)

    def sample_batch(self, count: int, rng: np.random.Generator) -> KeyWindowBatch:
        numbers = rng.choice(len(self._motions), size=count, p=self._probabilities)
        windows = [self._sample_window(int(number), rng) for number in numbers]
        return _make_batch(*(np.stack(parts, axis=1) for parts in zip(*windows, strict=True)))

    def _sample_window(self, number: int, rng: np.random.Generator) -> tuple[Array, ...]:
        """Sample keys and times between them, all on frames of the capture."""
        matrices, root, fps = self._motions[number]
        longest = min(MAX_GAP_SECONDS * fps, (len(root) - 1) / (KEYS_PER_WINDOW - 1))
        shortest = max(MIN_GAP_SECONDS * fps, 2.0)
        step = np.exp(rng.uniform(np.log(shortest), np.log(max(longest, shortest))))
        steps = np.full(KEYS_PER_WINDOW - 1, round(step))
        if rng.random() < _UNEVEN_FRACTION:
            steps = np.rint(step * np.exp(rng.uniform(-0.7, 0.7, KEYS_PER_WINDOW - 1))).astype(int)
        steps = np.maximum(steps, 2)
        if steps.sum() > len(root) - 1:
            steps = np.full(KEYS_PER_WINDOW - 1, max((len(root) - 1) // (KEYS_PER_WINDOW - 1), 2))
        start = rng.integers(0, len(root) - steps.sum())
        keys = start + np.concatenate([[0], np.cumsum(steps)])
        inside = rng.integers(1, steps[:, None], size=(KEYS_PER_WINDOW - 1, SAMPLES_PER_GAP))
        sample_frames = keys[:-1, None] + inside
        return (
            keys / fps,
            matrices[keys],
            root[keys],
            sample_frames / fps,
            matrices[sample_frames],
            root[sample_frames],
        )


def _make_batch(
    times: Array,
    matrices: Array,
    root: Array,
    sample_times: Array,
    true_matrices: Array,
    true_root: Array,
) -> KeyWindowBatch:
    """Make a batch from arrays with keys first and windows second."""
    gaps = KeyGaps.from_keys(times, matrices, root)
    tangents = catmull_rom(gaps)
    features, headings = key_features(matrices, root, gaps)
    fractions = (sample_times - times[:-1, :, None]) / gaps.durations[..., None]
    weights = hermite_weights(fractions)
    slope_weights = gaps.durations[..., None, None] * weights[..., 1:]
    ends = inverse_right_jacobian(gaps.rotation_vectors)
    end_slopes = (ends @ tangents.angular_velocities[1:, ..., None])[..., 0]
    rotations = (
        weights[..., :1, None] * gaps.rotation_vectors[:, :, None]
        + slope_weights[..., :1, None] * tangents.angular_velocities[:-1, :, None]
        + slope_weights[..., 1:, None] * end_slopes[:, :, None]
    )
    translations = (
        weights[..., :1] * gaps.root_steps[:, :, None]
        + slope_weights[..., :1] * tangents.root_velocities[:-1, :, None]
        + slope_weights[..., 1:] * tangents.root_velocities[1:, :, None]
    )
    arrays = (
        features,
        slope_time_scales(gaps.durations),
        gaps.durations,
        fractions,
        weights,
        ends,
        rotations,
        translations,
        axis_rotation("Z", headings),
        matrices,
        root,
        true_matrices,
        true_root,
    )
    return KeyWindowBatch(
        *(torch.from_numpy(np.moveaxis(a, 1, 0).astype(np.float32)) for a in arrays)
    )
