"""Motions drawn from a style: as long as wanted, once or going round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from ..protocol.limits import DEFAULT_STYLE_ORIGINALITY
from .label_tracks import resize_track
from .motion_matching import MotionMatcher
from .networks import StyleConfig, StyleNetwork
from .pyramid import resize_frames
from .skeleton_graph import STYLE_FPS

MIN_MOTION_SECONDS = 0.5
"""Seconds of the shortest motion that can be drawn."""
_COARSEST_PASSES = 3
"""How often the coarsest level is put together of pieces, which must first agree there..."""
_LATER_PASSES = 2
"""...and each that follows."""


def frame_count_at_rate(seconds: float, loop: bool = False) -> int:
    """Frames at `RATE` that a motion of this length needs; one that goes round has its first only
    once."""
    return round(seconds * STYLE_FPS) if loop else math.ceil(seconds * STYLE_FPS - 1e-6) + 1


@dataclass(frozen=True)
class CoarseOverride:
    """A coarsest level that is not drawn."""

    features: Array
    """(T, C)."""
    generated: Array | None = None
    """(T, C) what it was before somebody changed it; None for somebody else's motion."""


@torch.inference_mode()
def sample_features(
    network: StyleNetwork,
    tracks: Sequence[Array],
    frames: int,
    seed: int,
    loop: bool = False,
    coarse: CoarseOverride | None = None,
    levels: int | None = None,
    matcher: MotionMatcher | None = None,
    originality: float = DEFAULT_STYLE_ORIGINALITY,
) -> Array:
    """Features (T, C) of a motion, as `Layout.decode` reads them.

    Args:
        network: of the style.
        tracks: for each level (T, K) what is wanted, of any T over the same stretch of time.
        frames: at `RATE`.
        seed: the same gives the same motion.
        loop: whether the last frame is followed by the first.
        given: what to take for what the coarsest level makes.
        levels: how many, from the coarsest; None for all. Fewer give fewer frames.
        memory: the takes, of pieces of which each level is put together; None for none.
        originality: from 0, pieces alone, to 1, the networks alone.
    """
    lengths = network.config.pyramid.lengths(frames, loop)[:levels]
    device = network.mean.device
    generator = torch.Generator().manual_seed(seed)
    noise = [
        torch.randn(1, length, network.layout.channel_count, generator=generator).to(device)
        for length in lengths
    ]
    wanted = [
        torch.from_numpy(resize_track(track, length, loop)).float()[None].to(device)
        for track, length in zip(tracks, lengths, strict=False)
    ]
    coarsest = edit = None
    if coarse is not None:
        coarsest = standardize_features(network, coarse.features, lengths[0])
        if coarse.generated is not None:
            edit = coarsest - standardize_features(network, coarse.generated, lengths[0])
    change = None
    if matcher is not None and originality < 1:
        change = _PatchMatching(
            network.config, matcher, originality, loop, coarse is not None, edit
        )
    made = network(noise, wanted, loop, coarsest, change)[-1]
    return (made * network.std + network.mean)[0].cpu().double().numpy()


@dataclass
class _PatchMatching:
    """Brings each level of a motion nearer to the takes."""

    config: StyleConfig
    matcher: MotionMatcher
    originality: float
    loop: bool
    keep_coarsest: bool
    """Whether the coarsest level is to stay as it is."""
    edit: Tensor | None
    """(1, T, C) how that differs from what the takes would have: it does so at all levels, and what
    is finer comes from pieces. None until the coarsest level tells."""

    def __call__(self, level: int, drawn: Tensor, wanted: Tensor) -> Tensor:
        """A level's output (1, T, C), of its labels (1, T, K)."""
        if level == 0 and self.keep_coarsest:
            if self.edit is None:
                self.edit = drawn - self._match(level, drawn, wanted)
            return drawn
        if self.edit is None:
            found = self._match(level, drawn, wanted)
        else:
            edit = resize_frames(self.edit, drawn.shape[1], self.loop)
            found = self._match(level, drawn - edit, wanted) + edit
        return torch.lerp(drawn, found, 1 - self.originality)

    def _match(self, level: int, drawn: Tensor, wanted: Tensor) -> Tensor:
        labels = wanted[0] if self.config.film else None
        passes = _LATER_PASSES if level else _COARSEST_PASSES
        rate = self.config.pyramid.rates[level]
        return self.matcher.match_patches(
            drawn[0], labels, rate, passes, self.loop, complete=level == 0
        )[None]


def standardize_features(network: StyleNetwork, features: Array, frames: int) -> Tensor:
    """(1, frames, C) of features (T, C), as the networks have them."""
    given = torch.from_numpy(resize_track(np.asarray(features, dtype=float), frames))
    return ((given.float().to(network.mean.device) - network.mean) / network.std)[None]
