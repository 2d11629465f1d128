"""Sampling of a style's networks, level by level, with motion matching in between."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from ..protocol.generation_fields import STYLE_ORIGINALITY
from .motion_matching import MotionMatcher
from .networks import StyleNetwork
from .pyramid import resize_track

_COARSEST_PASSES = 3
"""Passes of motion matching at the coarsest level, where overlapping patches have to agree."""
_LATER_PASSES = 2


@torch.inference_mode()
def sample_features(
    network: StyleNetwork,
    tracks: Sequence[Array],
    frames: int,
    seed: int,
    loop: bool = False,
    matcher: MotionMatcher | None = None,
    originality: float = STYLE_ORIGINALITY.default,
) -> Array:
    """Sample the features (T, C) of a motion, in SI units, for `FeatureLayout.decode_features`.

    Args:
        network: Networks of the style.
        tracks: Control track (T, K) of each level to run, from the coarsest, of any length over the
            same stretch of time. Fewer levels give fewer frames.
        frames: Number of frames at the finest level.
        seed: Seed of the noise.
        loop: Whether the last frame is followed by the first.
        matcher: Training takes to match patches with; None for the networks alone.
        originality: Weight of the networks, from 0 (training patches only) to 1.
    """
    config, device = network.config, network.mean.device
    lengths = config.pyramid.lengths(frames, loop)[: len(tracks)]
    generator = torch.Generator().manual_seed(seed)
    noise = [
        torch.randn(1, length, network.layout.channel_count, generator=generator).to(device)
        for length in lengths
    ]
    conditioning = [
        torch.from_numpy(resize_track(track, length, loop)).float()[None].to(device)
        for track, length in zip(tracks, lengths, strict=True)
    ]

    def match_level(level: int, output: Tensor, labels: Tensor) -> Tensor:
        """Move the output (1, T, C) of a level towards patches of the training takes."""
        if matcher is None or originality >= 1:
            return output
        matched = matcher.match_patches(
            output[0],
            labels[0] if config.film else None,
            config.pyramid.rates[level],
            passes=_LATER_PASSES if level else _COARSEST_PASSES,
            loop=loop,
            complete=level == 0,
        )
        return torch.lerp(output, matched[None], 1 - originality)

    output = network(noise, conditioning, loop, match_level)[-1]
    return (output * network.std + network.mean)[0].cpu().double().numpy()
