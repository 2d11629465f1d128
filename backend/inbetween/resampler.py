"""Resampling of a take with few keys at any times.

Keys stay exactly as they are. Between them runs a spline that the network corrects as far as it can
be trusted on this take: every second key is left out once, and where the network, which then
bridges twice the gap, misses the key by far more than the spline does, the spline is used.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL, forward_kinematics
from ..kinematics.math.rotations import Array, axis_rotation
from ..kinematics.math.signals import Mask
from ..kinematics.math.splines import KeyGaps, PoseSpline, Tangents, catmull_rom
from .dataset import slope_time_scales
from .features import key_features
from .spline_network import OUTPUT_WIDTH, Inbetweener, bend_basis

_UNBENT_GAP_SECONDS, _FULLY_BENT_GAP_SECONDS = 1 / 30, 1 / 15
"""Seconds of a gap up to which the spline stays as it is, and from which it is fully corrected."""
_MAX_ERROR_RATIO = 1.5
"""Ratio of the network's to the spline's error, over twice the gap, above which it is not
trusted."""
_CHUNK_KEYS, _CONTEXT_KEYS = 1024, 16
"""Keys per forward pass, and context keys on either side: more than the receptive field."""


@dataclass(frozen=True)
class BentSpline:
    """A motion through keys: a spline with corrections."""

    spline: PoseSpline
    """Spline whose tangents include the network's slopes."""
    bends: Array
    """(K-1, terms, 3 · 24 + 3) polynomials of the gaps: radians, and metres in the world frame."""

    def evaluate(self, times: Array) -> tuple[Array, Array]:
        """Return rotations (T, 24, 3, 3) and root positions (T, 3) at `times` (T,)."""
        gap, fraction = self.spline.locate(times)
        rotations, translations = self.spline.offsets_from_key(gap, fraction)
        shapes = bend_basis(torch.from_numpy(fraction), self.bends.shape[1]).numpy()
        added = np.einsum("tn,tno->to", shapes, self.bends[gap])
        joints = added.shape[1] // 3 - 1
        rotations = rotations + added[:, :-3].reshape(-1, joints, 3)
        return self.spline.pose_at_offsets(gap, fraction, rotations, translations + added[:, -3:])


def gap_bend_weights(seconds: Array) -> Array:
    """Return from 0 to 1 how far gaps (K-1,) of these durations are corrected.

    In the shortest gaps the error of a spline is already that of a capture's noise.
    """
    return np.clip(
        (seconds - _UNBENT_GAP_SECONDS) / (_FULLY_BENT_GAP_SECONDS - _UNBENT_GAP_SECONDS), 0.0, 1.0
    )


class SplineResampler:
    """Resamples motions with the network."""

    def __init__(self, network: Inbetweener) -> None:
        self._network = network

    def fit_spline(
        self,
        times: Array,
        matrices: Array,
        root: Array,
        trust: Array | None = None,
        still_gaps: Mask | None = None,
    ) -> BentSpline:
        """Return the motion through keys.

        Args:
            times: (K,) seconds, increasing, at least two.
            matrices: (K, 24, 3, 3) local rotations, the first being the world orientation.
            root: (K, 3) metres, Z up.
            trust: (K-1,) weight of the correction in each gap, from 0 to 1; None for 1.
            still_gaps: (K-1,) bool, gaps in which nothing moves; None for none.
        """
        gaps = KeyGaps.from_keys(times, matrices, root)
        slopes, bends = self._predict_bends(matrices[:, :JOINT_COUNT], root, gaps)
        trust = gap_bend_weights(gaps.durations) * (1.0 if trust is None else trust)
        edges = np.concatenate([trust[:1], trust, trust[-1:]])
        # A key beside a gap that is not trusted has the slope of the spline.
        slopes = slopes * np.minimum(edges[:-1], edges[1:])[:, None]
        bends = bends * trust[:, None, None]
        plain = catmull_rom(gaps)
        turning = plain.angular_velocities + slopes[:, :-3].reshape(len(root), -1, 3)
        moving = plain.root_velocities + slopes[:, -3:]
        if still_gaps is not None:
            stands = np.append(still_gaps, False) | np.append(False, still_gaps)
            turning[stands], moving[stands], bends[still_gaps] = 0.0, 0.0, 0.0
        return BentSpline(PoseSpline(times, matrices, root, gaps, Tangents(turning, moving)), bends)

    def estimate_trust(
        self, times: Array, matrices: Array, root: Array, max_error: float
    ) -> tuple[Array, Array]:
        """Leave out every second key once and predict it from the others.

        Args:
            times: (K,) seconds, see `fit_spline`.
            matrices: (K, 24, 3, 3) local rotations.
            root: (K, 3) metres.
            max_error: Mean joint error in metres up to which the network is always trusted.

        Returns:
            Trust (K-1,), 0 or 1 for each gap; and the error (K,) in metres of each predicted key,
            NaN for the first and the last.
        """
        count = len(times)
        errors, spline_errors = np.full(count, np.nan), np.full(count, np.nan)
        if count >= 5:
            true = _joint_positions(matrices, root)
            for first in (0, 1):
                others = np.arange(first, count, 2)
                out = np.setdiff1d(np.arange(others[0], others[-1]), others)
                keys = times[others], matrices[others], root[others]
                for key_errors, motion in (
                    (errors, self.fit_spline(*keys)),
                    (spline_errors, PoseSpline.through_keys(*keys)),
                ):
                    offsets = _joint_positions(*motion.evaluate(times[out])) - true[out]
                    key_errors[out] = np.linalg.norm(offsets, axis=-1).mean(axis=-1)
        doubted = errors > np.maximum(_MAX_ERROR_RATIO * spline_errors, max_error)
        return np.where(doubted[:-1] | doubted[1:], 0.0, 1.0), errors

    @torch.inference_mode()
    def _predict_bends(self, matrices: Array, root: Array, gaps: KeyGaps) -> tuple[Array, Array]:
        """Return slopes (K, 75) per second and bends (K-1, terms, 75), zero for the hands.

        Those of the root are in the world frame.
        """
        known = replace(gaps, rotation_vectors=gaps.rotation_vectors[:, :JOINT_COUNT])
        features, headings = key_features(matrices, root, known)
        slopes, bends = self._predict_in_chunks(features)
        slopes = slopes / slope_time_scales(gaps.durations)[:, None]
        spin = axis_rotation("Z", headings)
        slopes[:, -3:] = (spin @ slopes[:, -3:, None])[..., 0]
        bends[..., -3:] = (spin[:-1, None] @ bends[..., -3:, None])[..., 0]
        return _insert_hands(slopes), _insert_hands(bends)

    def _predict_in_chunks(self, features: Array) -> tuple[Array, Array]:
        """Run the network; long takes in chunks with enough context to be the same."""
        inputs = torch.from_numpy(features.astype(np.float32))[None]
        slopes, bends = [], []
        for start in range(0, len(features), _CHUNK_KEYS):
            first, end = max(start - _CONTEXT_KEYS, 0), start + _CHUNK_KEYS + _CONTEXT_KEYS
            slope, bend = self._network(inputs[:, first:end])
            chunk = slice(start - first, start - first + _CHUNK_KEYS)
            slopes.append(slope[0, chunk])
            bends.append(bend[0, chunk])
        return torch.cat(slopes).double().numpy(), torch.cat(bends).double().numpy()


def _insert_hands(predicted: Array) -> Array:
    """Extend (..., OUTPUT_WIDTH) to (..., 3 · 24 + 3) with zeros for the hands."""
    hands = np.zeros((*predicted.shape[:-1], 3 * (len(SMPL) - JOINT_COUNT)))
    return np.concatenate(
        [predicted[..., : OUTPUT_WIDTH - 3], hands, predicted[..., OUTPUT_WIDTH - 3 :]], axis=-1
    )


def _joint_positions(matrices: Array, root: Array) -> Array:
    return forward_kinematics(SMPL, matrices, root)[0]
