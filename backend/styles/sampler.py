"""Sampling of a style's networks, level by level, with motion matching in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from ..protocol.generation_fields import STYLE_ORIGINALITY
from ..protocol.style_file import StyleError
from .conditioning import frame_count_at_rate
from .features import FeatureLayout
from .motion_matching import MotionMatcher
from .networks import StyleConfig, StyleNetwork
from .pyramid import interpolate_columns, resize_frames, resize_track
from .skeleton_graph import SkeletalMotion

_COARSEST_PASSES = 3
"""Passes of motion matching at the coarsest level, where overlapping patches have to agree."""
_LATER_PASSES = 2


@dataclass(frozen=True)
class CoarseMotion:
    """A motion at the coarsest level: a few poses, which decide what happens."""

    features: Array
    """(T, C)."""
    seconds: float
    layout: FeatureLayout
    generated: Array | None = None
    """(T, C) features that the style sampled, before any edit; None for another motion."""

    @property
    def times(self) -> Array:
        """Seconds (T,) of the poses."""
        return np.linspace(0.0, self.seconds, len(self.features))

    def preview_motion(self) -> SkeletalMotion:
        """Return the poses, interpolated at the style's frame rate."""
        times = np.linspace(0, self.seconds, frame_count_at_rate(self.seconds))
        return self.layout.decode_features(interpolate_columns(times, self.times, self.features))[0]

    def with_pose(
        self, seconds: float, pose: SkeletalMotion, frame: int, falloff: float = 0.4
    ) -> CoarseMotion:
        """Return the motion with another body's pose at a time.

        Args:
            seconds: Time of the pose; it replaces the nearest coarse pose.
            pose: Motion whose rotations and height are used.
            frame: Frame of that motion.
            falloff: Seconds over which the influence on the other coarse poses fades to zero.

        Raises:
            StyleError: the skeletons differ.
        """
        check_same_skeleton(pose, self.layout)
        key = int(np.argmin(np.abs(self.times - seconds)))
        target = self.layout.encode_motion(pose.slice_frames(frame, frame + 1))[0]
        columns = np.r_[0 : self.layout.rotation_channels, self.layout.channel_count - 1]
        weight = np.clip(1 - np.abs(self.times - self.times[key]) / max(falloff, 1e-6), 0, 1)
        features = np.array(self.features)
        change = target[columns] - features[key, columns]
        features[:, columns] += weight[:, None] * change
        return replace(self, features=features)


def check_same_skeleton(motion: SkeletalMotion, layout: FeatureLayout) -> None:
    if not motion.body.has_same_skeleton(layout.body):
        raise StyleError("The motion must be on the style's skeleton.")


@torch.inference_mode()
def sample_features(
    network: StyleNetwork,
    tracks: Sequence[Array],
    frames: int,
    seed: int,
    loop: bool = False,
    coarse: CoarseMotion | None = None,
    levels: int | None = None,
    matcher: MotionMatcher | None = None,
    originality: float = STYLE_ORIGINALITY.default,
) -> Array:
    """Sample the features (T, C) of a motion, in SI units, for `FeatureLayout.decode_features`.

    Args:
        network: Networks of the style.
        tracks: Control track (T, K) of each level, of any length over the same stretch of time.
        frames: Number of frames at the finest level.
        seed: Seed of the noise.
        loop: Whether the last frame is followed by the first.
        coarse: Output of the coarsest level; None to sample it.
        levels: Number of levels to run, from the coarsest; None for all. Fewer give fewer frames.
        matcher: Training takes to match patches with; None for the networks alone.
        originality: Weight of the networks, from 0 (training patches only) to 1.
    """
    lengths = network.config.pyramid.lengths(frames, loop)[:levels]
    device = network.mean.device
    generator = torch.Generator().manual_seed(seed)
    noise = [
        torch.randn(1, length, network.layout.channel_count, generator=generator).to(device)
        for length in lengths
    ]
    conditioning = [
        torch.from_numpy(resize_track(track, length, loop)).float()[None].to(device)
        for track, length in zip(tracks, lengths, strict=False)
    ]
    coarsest = edit = None
    if coarse is not None:
        coarsest = _standardize(network, coarse.features, lengths[0])
        if coarse.generated is not None:
            edit = coarsest - _standardize(network, coarse.generated, lengths[0])
    matching = None
    if matcher is not None and originality < 1:
        matching = _PatchMatching(
            network.config, matcher, originality, loop, coarse is not None, edit
        )
    output = network(noise, conditioning, loop, coarsest, matching)[-1]
    return (output * network.std + network.mean)[0].cpu().double().numpy()


@dataclass
class _PatchMatching:
    """Moves the output of each level towards patches of the training takes."""

    config: StyleConfig
    matcher: MotionMatcher
    originality: float
    loop: bool
    keep_coarsest: bool
    edit: Tensor | None
    """(1, T, C) difference between a given coarsest level and its nearest patches. Finer levels are
    matched without it, and get it added again. None until the coarsest level is matched."""

    def __call__(self, level: int, output: Tensor, conditioning: Tensor) -> Tensor:
        """Replace the output (1, T, C) of a level, given its labels (1, T, K)."""
        if level == 0 and self.keep_coarsest:
            if self.edit is None:
                self.edit = output - self._match(level, output, conditioning)
            return output
        if self.edit is None:
            matched = self._match(level, output, conditioning)
        else:
            edit = resize_frames(self.edit, output.shape[1], self.loop)
            matched = self._match(level, output - edit, conditioning) + edit
        return torch.lerp(output, matched, 1 - self.originality)

    def _match(self, level: int, output: Tensor, conditioning: Tensor) -> Tensor:
        labels = conditioning[0] if self.config.film else None
        passes = _LATER_PASSES if level else _COARSEST_PASSES
        rate = self.config.pyramid.rates[level]
        return self.matcher.match_patches(
            output[0], labels, rate, passes, self.loop, complete=level == 0
        )[None]


def _standardize(network: StyleNetwork, features: Array, frames: int) -> Tensor:
    """Return features (T, C) as the networks use them (1, frames, C)."""
    resized = torch.from_numpy(resize_track(np.asarray(features, dtype=float), frames))
    return ((resized.float().to(network.mean.device) - network.mean) / network.std)[None]
