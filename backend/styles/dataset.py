"""The training takes of a style at every resolution, and random windows of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from ..protocol.style_file import STYLE_FPS, StyleError
from .conditioning import are_label_weights
from .features import FeatureLayout
from .networks import StyleConfig, StyleNetwork
from .pyramid import interpolate_columns, interpolate_frames, resize_frames
from .skeleton_graph import SkeletalMotion

_MIN_ROTATION_STD = 0.05
"""Lower bound of the standard deviation of 6D numbers, for joints that are still."""
_MIN_ROOT_STD = 0.05
"""Lower bound of the standard deviation of root motion, in m/s, rad/s and metres."""
_CONTACT_STD = 0.5
_MIN_LABEL_STD = 0.1
"""Lower bound of a label's standard deviation, as a fraction of that of all takes."""
_MIN_SIGNAL_STD = 0.05
"""Lower bound of a column's standard deviation, as a fraction of the largest of a signal."""


@dataclass(frozen=True)
class LabelledMotion:
    """A training take with its control track."""

    motion: SkeletalMotion
    """Motion at any frame rate."""
    track: Array
    """(T, K) label weights, or numbers, at each of its frames."""
    name: str = "The take"
    """Name in errors."""


class StyleDataset:
    """All training takes of a style, standardized."""

    def __init__(self, takes: Sequence[LabelledMotion], config: StyleConfig) -> None:
        """Resample the takes to `STYLE_FPS` and place them on the floor.

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
        self.motions = [(torch.from_numpy(f).float() - self.mean) / self.std for f in features]
        """(T, C) standardized features of each take."""
        self.tracks: list[Tensor] = []
        """(T, K) control track of each take."""
        for take, rows in zip(takes, features, strict=True):
            positions = np.arange(len(rows)) * (take.motion.fps / STYLE_FPS)
            track = interpolate_columns(positions, np.arange(len(take.track)), take.track)
            self.tracks.append(torch.from_numpy(track).float())
        self._has_label_weights = are_label_weights(torch.cat(self.tracks).numpy())
        self.label_means, self.label_stds = self._label_statistics()
        """(K, C) mean and standard deviation of the features of each label."""
        self.take_weights = torch.tensor([float(len(motion)) for motion in self.motions])
        """(N,) sampling weights: all labels are equally frequent, or all frames."""
        if self._has_label_weights:
            totals = torch.stack([track.sum(0) for track in self.tracks])
            self.take_weights = (totals / totals.sum(0)).sum(1)
        self.level_motions = [
            [resize_frames(motion[None], length)[0] for length in self.pyramid.lengths(len(motion))]
            for motion in self.motions
        ]
        """Features (T, C) of each take at each resolution."""
        self.level_tracks = [
            [resize_frames(track[None], len(motion))[0] for motion in levels]
            for track, levels in zip(self.tracks, self.level_motions, strict=True)
        ]
        """Control track (T, K) of each take at each resolution."""

    def __len__(self) -> int:
        return len(self.motions)

    @property
    def total_seconds(self) -> float:
        return sum(len(motion) - 1 for motion in self.motions) / STYLE_FPS

    @property
    def digest(self) -> str:
        """Digest of the takes; a run resumes only with the same."""
        digest = hashlib.sha256()
        for motion, track in zip(self.motions, self.tracks, strict=True):
            digest.update(motion.numpy().tobytes())
            digest.update(track.numpy().tobytes())
        return digest.hexdigest()[:16]

    @property
    def signal_stats(self) -> tuple[Tensor, Tensor]:
        """Mean (K,) and standard deviation (K,) of a signal's columns; 0 and 1 for labels."""
        tracks = torch.cat(self.tracks)
        std = tracks.std(dim=0, unbiased=False)
        if self._has_label_weights or not std.any():
            return torch.zeros_like(std), torch.ones_like(std)
        return tracks.mean(dim=0), std.clamp(min=_MIN_SIGNAL_STD * float(std.max()))

    def _label_statistics(self) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation (K, C) of the features of each label.

        They are those of all features where the networks ignore labels or the track is a signal.
        """
        rows, tracks = torch.cat(self.motions), torch.cat(self.tracks)
        if not (self.config.film and self._has_label_weights):
            tracks = torch.ones_like(tracks)
        weights = (tracks / tracks.sum(0)).T
        means = weights @ rows
        variances = torch.stack(
            [weight @ (rows - mean).square() for weight, mean in zip(weights, means, strict=True)]
        )
        # The six numbers of a joint share one scale.
        rotations = variances[:, : self.layout.rotation_channels]
        shared = rotations.unflatten(1, (-1, 6)).mean(2, keepdim=True)
        rotations.copy_(shared.expand(-1, -1, 6).flatten(1))
        return means, variances.sqrt().clamp(min=_MIN_LABEL_STD)

    def detail_rms(self, level: int, network: StyleNetwork) -> float:
        """Return the RMS difference between a level and the next coarser one; 1 at the coarsest."""
        if level == 0:
            return 1.0
        squares = []
        for levels, tracks in zip(self.level_motions, self.level_tracks, strict=True):
            coarser = resize_frames(levels[level - 1][None], len(levels[level]))[0]
            std = network.label_statistics(tracks[level])[1]
            squares.append(((levels[level] - coarser) / std).square())
        return float(torch.cat(squares).mean().sqrt())

    def sample_takes(self, count: int, generator: torch.Generator) -> list[int]:
        """Return the numbers of random takes, by `take_weights`."""
        takes = torch.multinomial(self.take_weights, count, replacement=True, generator=generator)
        return takes.tolist()

    def sample_windows(
        self, level: int, count: int, frames: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return random windows at a level: motions (B, W, C) and labels (B, W, K).

        W is `frames`, or the length of the shortest of the sampled takes.
        """
        takes = self.sample_takes(count, generator)
        frames = min(frames, *(len(self.level_motions[take][level]) for take in takes))
        motions, labels = [], []
        for take in takes:
            motion = self.level_motions[take][level]
            start = _random_start(len(motion) - frames, generator)
            motions.append(motion[start : start + frames])
            labels.append(self.level_tracks[take][level][start : start + frames])
        return torch.stack(motions), torch.stack(labels)

    def sample_labels(
        self, level: int, count: int, frames: int, generator: torch.Generator
    ) -> Tensor:
        """Return labels (B, frames, K) of random stretches; the end of a take is held."""
        stretches = []
        for take in self.sample_takes(count, generator):
            track = self.level_tracks[take][level]
            start = _random_start(max(len(track) - frames, 0), generator)
            stretches.append(track[(start + torch.arange(frames)).clamp(max=len(track) - 1)])
        return torch.stack(stretches)

    def resample_segment(self, take: int, level: int, start: int, end: int, frames: int) -> Tensor:
        """Return (frames, C) of a take, evenly spaced between two frames of a level."""
        length = len(self.level_motions[take][level])
        scale = (len(self.motions[take]) - 1) / max(length - 1, 1)
        positions = torch.linspace(start, end, frames, dtype=torch.float64) * scale
        return interpolate_frames(self.motions[take][None], positions)[0]


def _random_start(last: int, generator: torch.Generator) -> int:
    return int(torch.randint(last + 1, (), generator=generator))


def _check_takes(takes: Sequence[LabelledMotion], config: StyleConfig) -> None:
    if not takes:
        raise StyleError("A style needs at least one take to learn from.")
    body = takes[0].motion.body
    for take in takes:
        if not take.motion.body.has_same_skeleton(body):
            raise StyleError(
                f"All takes of a style must be on the same skeleton: {take.name} and "
                f"{takes[0].name} are on different ones."
            )
        if take.motion.duration < config.min_seconds:
            raise StyleError(
                f"{take.name} must last at least {config.min_seconds:.2f} s, the length of a "
                f"training patch (got {take.motion.duration:.2f} s)."
            )
        shape = (len(take.motion), len(config.labels))
        if take.track.shape != shape:
            raise StyleError(
                f"The control track of {take.name} must have the shape {shape}, frames × labels "
                f"(got {take.track.shape})."
            )


def _feature_statistics(features: Sequence[Array], layout: FeatureLayout) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) and the scale (C,) of features; the numbers of a joint share a scale."""
    rows = np.concatenate(list(features))
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    joints = std[: layout.rotation_channels].reshape(-1, 6)
    shared = np.sqrt((joints**2).mean(axis=1, keepdims=True)).clip(min=_MIN_ROTATION_STD)
    std[: layout.rotation_channels] = np.repeat(shared, 6)
    std[layout.contact_slice] = _CONTACT_STD
    std[layout.root_slice] = std[layout.root_slice].clip(min=_MIN_ROOT_STD)
    return torch.from_numpy(mean).float(), torch.from_numpy(std).float()
