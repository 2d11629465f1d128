"""A linear start for stage 1: principal components of whole sequences.

256 components of evenly sampled sequences already hold most of a motion. Encoder and decoder begin
as that linear map and learn what it lacks; begun from nothing, they were not there after a thousand
steps, and this takes a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

ROOT_WEIGHT = 4.0
"""How much more than a rotation the root's position counts: all joints move with it."""


@dataclass(frozen=True)
class PcaMap:
    """The linear map between evenly sampled sequences (K, 135) and codes (D,)."""

    encoder_weight: Tensor
    """(D, K · 135): code = encode @ (rows in units of their spread), flattened."""
    encoder_shift: Tensor
    """(D,) subtracted from that."""
    decoder_basis: Tensor
    """(D, C, 135): weights of C cosines of time, rows in units of their spread."""
    decoder_offset: Tensor
    """(C, 135): the same for the code zero."""


def cosine_basis(t: Tensor, count: int) -> Tensor:
    """(..., count) cosines of normalised time t (...) in [-1, 1], from constant to fast."""
    orders = torch.arange(count, device=t.device)
    return torch.cos(0.5 * math.pi * (t.unsqueeze(-1) + 1) * orders)


def fit_pca_map(rows: Tensor, latent: int, cosine_count: int) -> PcaMap:
    """Fit the map to sequences.

    Args:
        rows: (N, K, 135) heading-aligned rows at K evenly spread times, less their mean, in units
            of their spread.
        latent: D, the size of a code.
        count: C, the number of cosines.

    Codes are spread by the square root of their component's strength: coarse motion stands out
    over detail, as it should for the diffusion that learns them, yet no detail is lost in noise.
    """
    sequences, frames, width = rows.shape
    rank = min(latent, sequences, frames * width)
    weight = torch.ones(width)
    weight[-3:] = ROOT_WEIGHT
    flat = (rows * weight).flatten(1)
    centre = flat.mean(0)
    _, strength, directions = torch.pca_lowrank(flat - centre, q=rank, center=False, niter=4)
    strength = strength / math.sqrt(sequences)
    # Few or like sequences have fewer components than that; rounding errors are none.
    rank = int((strength > 1e-5 * math.sqrt(frames * width)).sum())
    strength, directions = strength[:rank], directions[:, :rank]
    spread = strength.sqrt()
    spread = spread / spread.square().mean().sqrt()
    to_code = torch.zeros(latent, frames * width)
    to_code[:rank] = ((spread / strength) * directions).T
    from_code = torch.zeros(latent, frames * width)
    from_code[:rank] = ((strength / spread) * directions).T
    weight_flat = weight.repeat(frames)
    # From values at K times to cosine weights, slightly damped against ringing.
    waves = cosine_basis(torch.linspace(-1, 1, frames), cosine_count)
    solve = torch.linalg.solve(waves.T @ waves + 1e-3 * torch.eye(cosine_count), waves.T)
    unweighted = (from_code / weight_flat).unflatten(1, (frames, width))
    return PcaMap(
        encoder_weight=to_code * weight_flat,
        encoder_shift=to_code @ centre,
        decoder_basis=torch.einsum("ck,dkw->dcw", solve, unweighted),
        decoder_offset=solve @ (centre / weight_flat).unflatten(0, (frames, width)),
    )
