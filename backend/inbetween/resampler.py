"""A take with few keys, looked at as often as one likes.

The keys are kept to the last bit. Between them runs a spline that the network bends, as far as it
can be trusted on this very take: every second key is left out once, and where the network, which
then has to bridge twice the gap, misses it by far more than the spline would, the spline is used.
"""

from __future__ import annotations

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
"""Seconds of a gap up to which the spline is left as it is, and from which it is bent in full."""
_MAX_ERROR_RATIO = 1.5
"""Times as far off as the spline, over twice the gap, from which the network is not trusted."""
_CHUNK_KEYS, _CONTEXT_KEYS = 1024, 16
"""Keys that the network sees at a time, and how many more to either side: more than its reach."""


@dataclass(frozen=True)
class BentSpline:
    """A motion through keys: a spline, bent."""

    spline: PoseSpline
    """With the network's slopes in its tangents."""
    bends: Array
    """(K-1, terms, 3 · 24 + 3) in the gaps: radians, and metres in the world."""

    def evaluate(self, times: Array) -> tuple[Array, Array]:
        """Rotations (T, 24, 3, 3) and root positions (T, 3) at `times` (T,); keys as they are."""
        gap, share = self.spline.locate(times)
        turned, moved = self.spline.offsets_from_key(gap, share)
        shapes = bend_basis(torch.from_numpy(share), self.bends.shape[1]).numpy()
        added = np.einsum("tn,tno->to", shapes, self.bends[gap])
        joints = added.shape[1] // 3 - 1
        turned = turned + added[:, :-3].reshape(-1, joints, 3)
        return self.spline.pose_at_offsets(gap, share, turned, moved + added[:, -3:])


def gap_bend_weights(seconds: Array) -> Array:
    """(K-1,) from 0 to 1: how much gaps of so many seconds are bent. In the shortest a spline is
    as near to the truth as a capture's own noise lets anyone come."""
    return np.clip(
        (seconds - _UNBENT_GAP_SECONDS) / (_FULLY_BENT_GAP_SECONDS - _UNBENT_GAP_SECONDS), 0.0, 1.0
    )


class SplineResampler:
    """The network, ready to be asked."""

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
        """The motion through keys.

        Args:
            times: (K,) seconds, increasing, at least two.
            matrices: (K, 24, 3, 3) local rotations, the first being the world orientation.
            root: (K, 3) metres, Z up.
            trust: (K-1,) how much each gap is bent, from 0, the spline, to 1; None for 1.
            still: (K-1,) the gaps in which nothing moves; None for none.
        """
        gaps = KeyGaps.from_keys(times, matrices, root)
        slopes, bends = self._predict_bends(matrices[:, :JOINT_COUNT], root, gaps)
        trust = gap_bend_weights(gaps.durations) * (1.0 if trust is None else trust)
        edges = np.concatenate([trust[:1], trust, trust[-1:]])
        # A key between a gap that is trusted and one that is not keeps the spline's slope.
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
        """Where the network knows this motion.

        Every second key is left out once, and found again from the others.

        Args:
            times, matrices, root: as of `motion`.
            bound: metres of mean joint error up to which it is trusted in any case.

        Returns:
            trust (K-1,), 0 or 1 for each gap; and the error (K,) in metres with which each key was
            found again, NaN for the first and the last.
        """
        count = len(times)
        found, plain = np.full(count, np.nan), np.full(count, np.nan)
        if count >= 5:
            true = _joint_positions(matrices, root)
            for first in (0, 1):
                kept = np.arange(first, count, 2)
                out = np.setdiff1d(np.arange(kept[0], kept[-1]), kept)
                keys = times[kept], matrices[kept], root[kept]
                for errors, motion in (
                    (found, self.fit_spline(*keys)),
                    (plain, PoseSpline.through_keys(*keys)),
                ):
                    away = _joint_positions(*motion.evaluate(times[out])) - true[out]
                    errors[out] = np.linalg.norm(away, axis=-1).mean(axis=-1)
        doubted = found > np.maximum(_MAX_ERROR_RATIO * plain, max_error)
        return np.where(doubted[:-1] | doubted[1:], 0.0, 1.0), found

    @torch.inference_mode()
    def _predict_bends(self, matrices: Array, root: Array, gaps: KeyGaps) -> tuple[Array, Array]:
        """Slopes (K, 75) per second and bends (K-1, terms, 75), hands at rest; the root's in the
        world."""
        known = replace(gaps, rotation_vectors=gaps.rotation_vectors[:, :JOINT_COUNT])
        features, headings = key_features(matrices, root, known)
        slopes, bends = self._predict_in_chunks(features)
        slopes = slopes / slope_time_scales(gaps.durations)[:, None]
        spin = axis_rotation("Z", headings)
        slopes[:, -3:] = (spin @ slopes[:, -3:, None])[..., 0]
        bends[..., -3:] = (spin[:-1, None] @ bends[..., -3:, None])[..., 0]
        return _insert_hands(slopes), _insert_hands(bends)

    def _predict_in_chunks(self, features: Array) -> tuple[Array, Array]:
        """The network's answer; of long takes in pieces that overlap by more than it looks around,
        so that nobody could tell."""
        seen = torch.from_numpy(features.astype(np.float32))[None]
        slopes, bends = [], []
        for start in range(0, len(features), _CHUNK_KEYS):
            first, end = max(start - _CONTEXT_KEYS, 0), start + _CHUNK_KEYS + _CONTEXT_KEYS
            slope, bend = self._network(seen[:, first:end])
            own = slice(start - first, start - first + _CHUNK_KEYS)
            slopes.append(slope[0, own])
            bends.append(bend[0, own])
        return torch.cat(slopes).double().numpy(), torch.cat(bends).double().numpy()


def _insert_hands(predicted: Array) -> Array:
    """(..., 3 · 24 + 3) from (..., OUT): what the network says nothing of is left to the spline."""
    hands = np.zeros((*predicted.shape[:-1], 3 * (len(SMPL) - JOINT_COUNT)))
    return np.concatenate(
        [predicted[..., : OUTPUT_WIDTH - 3], hands, predicted[..., OUTPUT_WIDTH - 3 :]], axis=-1
    )


def _joint_positions(matrices: Array, root: Array) -> Array:
    return forward_kinematics(SMPL, matrices, root)[0]
