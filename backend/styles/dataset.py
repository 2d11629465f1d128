"""The takes that a style is learnt from, at every resolution, and windows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from .errors import StyleError
from .features import FeatureLayout
from .label_tracks import are_label_weights
from .networks import StyleConfig
from .pyramid import interpolate_frames, resize_frames
from .skeleton_graph import STYLE_FPS, SkeletalMotion

_MIN_ROTATION_STD = 0.05
"""Spread of 6D numbers below which a joint counts as still."""
_MIN_ROOT_STD = 0.05
"""The same of the root's way, in m/s, rad/s and metres."""
_CONTACT_STD = 0.5
_MIN_LABEL_STD = 0.1
"""Share of all takes' spread below which a label's own counts as none."""
_MIN_SIGNAL_STD = 0.05
"""Share of the widest spread of a signal's columns below which another's counts as none."""


@dataclass(frozen=True)
class LabelledMotion:
    """A motion and what happens in it."""

    motion: SkeletalMotion
    """At any rate."""
    track: Array
    """(T, K) how much of each label there is in each of its frames."""
    name: str = "The take"
    """What refusals call it."""


class StyleDataset:
    """All takes of a style, standardised."""

    def __init__(self, takes: Sequence[LabelledMotion], config: StyleConfig) -> None:
        """Takes are brought to `RATE` and onto the floor.

        Raises:
            StyleError: a take is too short or on another skeleton.
        """
        _check_takes(takes, config)
        self.config, self.pyramid = config, config.pyramid
        self.layout = FeatureLayout(takes[0].motion.body)
        features = [
            self.layout.encode_motion(take.motion.resampled_at(STYLE_FPS).placed_on_floor())
            for take in takes
        ]
        self.mean, self.std = _feature_statistics(features, self.layout)
        self.motions = [
            (torch.from_numpy(f).float() - self.mean) / self.std for f in features
        ]  # fmt: skip
        """(T, C) of each take."""
        self.tracks = [
            _track_at_rate(take, len(f)) for take, f in zip(takes, features, strict=True)
        ]
        """(T, K) of each take."""
        self.label_means, self.label_stds = self._label_statistics()
        """(K, C) mean and spread of what has each label."""
        self.take_weights = self._take_weights()
        self._levels = [
            [resize_frames(motion[None], length)[0] for length in self.pyramid.lengths(len(motion))]
            for motion in self.motions
        ]
        self._tracks = [
            [resize_frames(track[None], len(own))[0] for own in levels]
            for track, levels in zip(self.tracks, self._levels, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.motions)

    @property
    def total_seconds(self) -> float:
        """Of all takes together."""
        return sum(len(motion) - 1 for motion in self.motions) / STYLE_FPS

    @property
    def digest(self) -> str:
        """Of what is learnt: a run goes on with the same takes only."""
        told = hashlib.sha256()
        for motion, track in zip(self.motions, self.tracks, strict=True):
            told.update(motion.numpy().tobytes())
            told.update(track.numpy().tobytes())
        return told.hexdigest()[:16]

    @property
    def _has_label_weights(self) -> bool:
        """Whether tracks are shares of a whole, as labels are, and no numbers of a signal."""
        return are_label_weights(torch.cat(self.tracks).numpy())

    @property
    def signal_stats(self) -> tuple[Tensor, Tensor]:
        """(K,) middle and (K,) spread of what networks are told: 0 and 1 of labels, so that these
        are heard as they are."""
        tracks = torch.cat(self.tracks)
        spread = tracks.std(dim=0, unbiased=False)
        if self._has_label_weights or not spread.any():
            return torch.zeros_like(spread), torch.ones_like(spread)
        return tracks.mean(dim=0), spread.clamp(min=_MIN_SIGNAL_STD * float(spread.max()))

    def _take_weights(self) -> Tensor:
        """(N,) of each take: labels come up alike, or else moments."""
        if not self._has_label_weights:
            return torch.tensor([float(len(motion)) for motion in self.motions])
        totals = torch.stack([track.sum(0) for track in self.tracks])
        return (totals / totals.sum(0)).sum(1)

    def _label_statistics(self) -> tuple[Tensor, Tensor]:
        """(K, C) mean, and how far from it, of the features of each label; of all of them where
        labels do not count, or are no shares of a whole but a signal's numbers."""
        rows, tracks = torch.cat(self.motions), torch.cat(self.tracks)
        if not (self.config.film and self._has_label_weights):
            tracks = torch.ones_like(tracks)
        weight = (tracks / tracks.sum(0)).T
        centres = weight @ rows
        squares = [
            (own @ (rows - centre).square()) for own, centre in zip(weight, centres, strict=True)
        ]
        spreads = torch.stack(squares)
        turns = (
            spreads[:, : self.layout.rotation_channels].unflatten(1, (-1, 6)).mean(2, keepdim=True)
        )
        spreads[:, : self.layout.rotation_channels] = turns.expand(-1, -1, 6).flatten(1)
        return centres, spreads.sqrt().clamp(min=_MIN_LABEL_STD)

    def motion_at_level(self, take: int, level: int) -> Tensor:
        """(T, C) of a take at one resolution."""
        return self._levels[take][level]

    def track_at_level(self, take: int, level: int) -> Tensor:
        """(T, K) of a take at one resolution."""
        return self._tracks[take][level]

    def detail_rms(self, level: int, feature_std: Callable[[Tensor], Tensor]) -> float:
        """Root mean square of what a level has that the next coarser one lacks; 1 at the coarsest,
        where motions begin.

        Args:
            level: a level's number.
            spread: of labels (T, K) the (T, C) by which features are divided.
        """
        if level == 0:
            return 1.0
        lacking = []
        for own, track in zip(self._levels, self._tracks, strict=True):
            below = resize_frames(own[level - 1][None], len(own[level]))[0]
            lacking.append(((own[level] - below) / feature_std(track[level])).square())
        return float(torch.cat(lacking).mean().sqrt())

    def sample_takes(self, count: int, generator: torch.Generator) -> list[int]:
        """Numbers of random takes, as often as `chances` says."""
        found = torch.multinomial(self.take_weights, count, replacement=True, generator=generator)
        return found.tolist()

    def sample_windows(
        self, level: int, count: int, frames: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Random windows of takes at a level: motions (B, W, C) and labels (B, W, K).

        They have `frames` frames, or as many as the shortest take that was drawn.
        """
        takes = self.sample_takes(count, generator)
        frames = min(frames, *(len(self.motion_at_level(take, level)) for take in takes))
        motions, labels = [], []
        for take in takes:
            own = self.motion_at_level(take, level)
            start = _random_start(len(own) - frames, generator)
            motions.append(own[start : start + frames])
            labels.append(self.track_at_level(take, level)[start : start + frames])
        return torch.stack(motions), torch.stack(labels)

    def sample_labels(
        self, level: int, count: int, frames: int, generator: torch.Generator
    ) -> Tensor:
        """Labels (B, frames, K) of random stretches at a level, held where a take ends."""
        found = []
        for take in self.sample_takes(count, generator):
            track = self.track_at_level(take, level)
            length = len(track)
            start = _random_start(max(length - frames, 0), generator)
            found.append(track[(start + torch.arange(frames)).clamp(max=length - 1)])
        return torch.stack(found)

    def resample_segment(self, take: int, level: int, start: int, end: int, frames: int) -> Tensor:
        """(frames, C) of a take, evenly from one frame of a level to another."""
        length = len(self.motion_at_level(take, level))
        scale = (len(self.motions[take]) - 1) / max(length - 1, 1)
        where = torch.linspace(start, end, frames, dtype=torch.float64) * scale
        return interpolate_frames(self.motions[take][None], where)[0]


def _random_start(last: int, generator: torch.Generator) -> int:
    return int(torch.randint(last + 1, (), generator=generator))


def _check_takes(takes: Sequence[LabelledMotion], config: StyleConfig) -> None:
    if not takes:
        raise StyleError("There are no takes to learn from: name one or more.")
    body = takes[0].motion.body
    for take in takes:
        if not take.motion.body.has_same_skeleton(body):
            raise StyleError(
                f"{take.name} is on another skeleton than {takes[0].name}: all takes of a style "
                "must be on the same one."
            )
        if take.motion.duration < config.min_seconds:
            raise StyleError(
                f"{take.name} lasts {take.motion.duration:.2f} s, which is shorter than the patch "
                f"that is learnt ({config.min_seconds:.2f} s): choose a longer take."
            )
        if take.track.shape != (len(take.motion), len(config.labels)):
            raise StyleError(
                f"{take.name} has {len(take.motion)} frames and the style {len(config.labels)} "
                f"labels, but its control track has the shape {take.track.shape}: both must agree."
            )


def _track_at_rate(take: LabelledMotion, frames: int) -> Tensor:
    """(frames, K) at `RATE`."""
    where = np.arange(frames) * (take.motion.fps / STYLE_FPS)
    own = np.arange(len(take.track))
    track = np.stack([np.interp(where, own, column) for column in take.track.T], axis=1)
    return torch.from_numpy(track).float()


def _feature_statistics(features: Sequence[Array], layout: FeatureLayout) -> tuple[Tensor, Tensor]:
    """(C,) mean, and (C,) what to divide by: joints and each part of the way count alike."""
    rows = np.concatenate(list(features))
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    turns = std[: layout.rotation_channels].reshape(-1, 6)
    alike = np.sqrt((turns**2).mean(axis=1, keepdims=True)).clip(min=_MIN_ROTATION_STD)
    std[: layout.rotation_channels] = np.repeat(alike, 6)
    std[layout.contact_slice] = _CONTACT_STD
    std[layout.root_slice] = std[layout.root_slice].clip(min=_MIN_ROOT_STD)
    return torch.from_numpy(mean).float(), torch.from_numpy(std).float()
