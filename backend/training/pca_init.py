"""Initialization of encoders and decoders with the principal components of whole sequences.

256 components of evenly sampled sequences already hold most of a motion. Encoder and decoder start
as that linear map and learn the rest. Started at random, they had not reached it after a thousand
steps; the map takes a second.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

ROOT_WEIGHT = 4.0
"""Weight of the root position relative to a rotation: all joints move with it."""


@dataclass(frozen=True)
class PcaMap:
    """Linear map between evenly sampled sequences (K, 135) and codes (D,)."""

    encoder_weight: Tensor
    """(D, K · 135): code = encoder_weight @ flattened standardised rows - encoder_shift."""
    encoder_shift: Tensor
    """(D,): see `encoder_weight`."""
    decoder_basis: Tensor
    """(D, C, 135): weights of C cosines of time, for standardised rows."""
    decoder_offset: Tensor
    """(C, 135): weights for the code zero."""


def cosine_basis(t: Tensor, count: int) -> Tensor:
    """Return (..., count) cosines of normalised time t (...) in [-1, 1], from constant to fast."""
    orders = torch.arange(count, device=t.device)
    return torch.cos(0.5 * math.pi * (t.unsqueeze(-1) + 1) * orders)


def fit_pca_map(rows: Tensor, latent: int, cosine_count: int) -> PcaMap:
    """Fit the map to heading-aligned, standardised rows (N, K, 135) at K evenly spaced times.

    The standard deviation of a code's dimension is the square root of its component's: coarse
    motion stands out over detail, as the diffusion of codes needs it, and no detail is lost in
    noise.
    """
    sequences, frames, width = rows.shape
    rank = min(latent, sequences, frames * width)
    weight = torch.ones(width)
    weight[-3:] = ROOT_WEIGHT
    flat = (rows * weight).flatten(1)
    centre = flat.mean(0)
    _, strength, directions = torch.pca_lowrank(flat - centre, q=rank, center=False, niter=4)
    strength = strength / math.sqrt(sequences)
    # Few or similar sequences have fewer components; rounding errors do not count as such.
    rank = int((strength > 1e-5 * math.sqrt(frames * width)).sum())
    strength, directions = strength[:rank], directions[:, :rank]
    spread = strength.sqrt()
    spread = spread / spread.square().mean().sqrt()
    to_code = torch.zeros(latent, frames * width)
    to_code[:rank] = ((spread / strength) * directions).T
    from_code = torch.zeros(latent, frames * width)
    from_code[:rank] = ((strength / spread) * directions).T
    weight_flat = weight.repeat(frames)
    # From values at K times to cosine weights, with ridge regularization against ringing.
    waves = cosine_basis(torch.linspace(-1, 1, frames), cosine_count)
    solve = torch.linalg.solve(waves.T @ waves + 1e-3 * torch.eye(cosine_count), waves.T)
    unweighted = (from_code / weight_flat).unflatten(1, (frames, width))
    return PcaMap(
        encoder_weight=to_code * weight_flat,
        encoder_shift=to_code @ centre,
        decoder_basis=torch.einsum("ck,dkw->dcw", solve, unweighted),
        decoder_offset=solve @ (centre / weight_flat).unflatten(0, (frames, width)),
    )
