"""Motions drawn from the networks: as long as wanted, once or going round."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..kinematics.rotations import Array
from .body import RATE
from .networks import StyleNetwork
from .tracks import resized_track

SHORTEST = 0.5
"""Seconds of the shortest motion that can be drawn."""


def frames_for(seconds: float, loop: bool = False) -> int:
    """Frames at `RATE` that a motion of this length needs; one that goes round has its first only
    once."""
    return round(seconds * RATE) if loop else math.ceil(seconds * RATE - 1e-6) + 1


@torch.inference_mode()
def draw(
    network: StyleNetwork,
    tracks: Sequence[Array],
    frames: int,
    seed: int,
    loop: bool = False,
    coarsest: Array | None = None,
    levels: int | None = None,
) -> Array:
    """Features (T, C) of a motion, as `Layout.decode` reads them.

    Args:
        network: of the style.
        tracks: for each level (T, K) what is wanted, of any T over the same stretch of time.
        frames: at `RATE`.
        seed: the same gives the same motion.
        loop: whether the last frame is followed by the first.
        coarsest: (T, C) features to take for what the coarsest level makes.
        levels: how many, from the coarsest; None for all. Fewer give fewer frames.
    """
    lengths = network.config.pyramid.lengths(frames, loop)[:levels]
    device = network.mean.device
    generator = torch.Generator().manual_seed(seed)
    noise = [
        torch.randn(1, length, network.layout.channels, generator=generator).to(device)
        for length in lengths
    ]
    wanted = [
        torch.from_numpy(resized_track(track, length, loop)).float()[None].to(device)
        for track, length in zip(tracks, lengths, strict=False)
    ]
    given = None if coarsest is None else standardised(network, coarsest, lengths[0])
    made = network(noise, wanted, loop, given)[-1]
    return (made * network.std + network.mean)[0].double().cpu().numpy()


def standardised(network: StyleNetwork, features: Array, frames: int) -> Tensor:
    """(1, frames, C) of features (T, C), as the networks have them."""
    given = torch.from_numpy(resized_track(np.asarray(features, dtype=float), frames))
    return ((given.float().to(network.mean.device) - network.mean) / network.std)[None]
